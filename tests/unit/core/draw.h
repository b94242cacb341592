/*
 * draw.h - states of a cluster and events, drawn by a generator that gives
 * the same ones in every run.  Never a state that the brain's own assertions
 * exclude, but many that no history leads to.
 */
#ifndef REGENT_TESTS_UNIT_CORE_DRAW_H
#define REGENT_TESTS_UNIT_CORE_DRAW_H

#include "brain.h"

struct draw {
	uint64_t state;
};

void draw_cluster(struct draw *d, struct brain *b);

/* Of a kind that may come in the phase the cluster is in. */
void draw_event(
    struct draw *d, struct brain *b, enum event_kind kind, struct event *ev);

#endif
