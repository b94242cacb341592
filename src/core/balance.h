/*
 * balance.h - choosing one node among those that a view offers.
 *
 * Pure: the caller brings its own counters.  A worker balances over the
 * sessions it has itself, so no line is shared between threads.
 */
#ifndef REGENT_CORE_BALANCE_H
#define REGENT_CORE_BALANCE_H

#include "core/view.h"

struct balance {
	const struct cluster_view *view;
	const unsigned *sessions; /* by slot: what this worker has there */
	uint32_t candidates;      /* slots that may be chosen, bits */
};

/* Slots a route may use, as bits. */
uint32_t balance_readers(const struct cluster_view *view, bool with_writer);

/* Fewest sessions per weight; the lower slot on a tie; -1 when none. */
int balance_leastsess(const struct balance *b);

/*
 * Smooth weighted round robin: `credit` is kept between calls, by slot.
 * Source: nginx, "upstream: smooth weighted round-robin balancing", 2012.
 */
int balance_roundrobin(const struct balance *b, int *credit);

#endif
