/*
 * balance.h - choosing one node among those that a view offers.
 *
 * Pure: the caller brings counters, seeds and what it knows of the client.
 */
#ifndef REGENT_CORE_BALANCE_H
#define REGENT_CORE_BALANCE_H

#include "core/view.h"

struct balance {
	const struct cluster_view *view;
	const unsigned *sessions; /* by slot */
	uint32_t candidates;      /* slots that may be chosen, bits */
	usec_t slow_start_us;     /* 0: none */
	usec_t now;
	/* For some of them, by slot; else NULL. */
	const uint64_t *keys; /* source: who the node is */
	const uint8_t *ranks; /* first: its place in the file */
};

/* All of a node's weight, or maxconn. */
enum { BALANCE_WHOLE = 1024 };

/*
 * What a node may have of it, at least 1: grows evenly for `slow_start_us`
 * (0: none) after it returned.
 */
unsigned balance_share(
    const struct node_view *node, usec_t slow_start_us, usec_t now);

/* Slots a route may use but for `barred`, as bits: backups only where there is
 * no other. */
uint32_t balance_readers(
    const struct cluster_view *view, bool with_writer, uint32_t barred);

/* Fewest sessions per weight; the lower slot on a tie; -1 when none. */
int balance_leastsess(const struct balance *b);

/*
 * Smooth weighted round robin: `credit` is kept between calls, by slot.
 * Source: nginx, "upstream: smooth weighted round-robin balancing", 2012.
 */
int balance_roundrobin(const struct balance *b, int *credit);

/*
 * Weighted rendezvous: each node draws a lot from its key and the client's,
 * and the best one wins.  When a node goes, its clients move, each to where
 * its next best lot is, and nobody else; when one comes or gets more weight,
 * some move to it, and nobody between the others.
 * Source: Schindelhauer and Schomaker, "Weighted Distributed Hash Tables",
 * SPAA 2005 (the logarithmic method).
 */
int balance_source(const struct balance *b, uint64_t client);

/*
 * Two different ones are drawn by weight; fewer sessions per weight wins.
 * Source: Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing", 2001.
 */
int balance_random2(const struct balance *b, uint64_t *seed);

/* The least rank. */
int balance_first(const struct balance *b);

#endif
