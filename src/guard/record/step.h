/*
 * step.h - one step of a brain, for those who look over its shoulder.
 */
#ifndef REGENT_GUARD_RECORD_STEP_H
#define REGENT_GUARD_RECORD_STEP_H

#include "core/failover.h"

/* Everything is borrowed. */
struct step {
	const struct cluster *before;
	const struct cluster *after;
	const struct event *event;
	const struct rule *rule; /* fired, or NULL */
	const struct actions *actions;
	usec_t now;
};

#endif
