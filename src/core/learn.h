/*
 * learn.h - how an event changes what the brain knows.  Decides nothing.
 */
#ifndef REGENT_CORE_LEARN_H
#define REGENT_CORE_LEARN_H

#include "core/event.h"

void learn_event(struct cluster *c, const struct event *ev, usec_t now);

/* All nodes shall be probed at once. */
void learn_hurry(struct cluster *c, usec_t now);

/*
 * A promotion is done, or nobody will ever hear what became of it: it counts
 * for failover_limit unless it is a switchover.
 */
void learn_promotion(struct cluster *c, usec_t now);

#endif
