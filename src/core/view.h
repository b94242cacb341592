/*
 * view.h - the routing of one cluster, as workers see it.
 *
 * Built from the model by view_build(), published by the guard, read by
 * workers.  At most one writer, and never a node that is unproven.
 */
#ifndef REGENT_CORE_VIEW_H
#define REGENT_CORE_VIEW_H

#include "base/usec.h"

#include <stdbool.h>
#include <stdint.h>

enum { NODES_MAX = 16 };

/* What happens to sessions that a node has already. */
enum cut {
	CUT_NONE,  /* they stay */
	CUT_DRAIN, /* they may finish within drain_timeout */
	CUT_NOW,   /* at once: the node is down, or its role is lost */
	CUT_COUNT
};

struct node_view {
	usec_t returned_at; /* it serves again since then; 0: all the time */
	uint32_t weight;
	uint8_t cut;    /* enum cut */
	bool is_reader; /* takes new sessions that read */
	bool is_backup; /* but only when no other reader is left */
	bool is_cold;   /* was away, and has not served since */
};

struct cluster_view {
	uint64_t epoch;
	int16_t writer; /* slot or -1: writers wait */
	struct node_view nodes[NODES_MAX];
};

/* A replica that lost its link keeps its readers this long: a failover. */
#define VIEW_READER_GRACE (5 * USEC_SEC)

struct cluster;

void view_build(
    struct cluster_view *view, const struct cluster *cluster, usec_t now);

bool view_is_equal(const struct cluster_view *a, const struct cluster_view *b);

/* Whether it was proven to follow the primary, and says that it still does. */
bool view_is_following(const struct cluster *cluster, int node);

/* Bytes that a replica lacks of what the primary was last seen at. */
uint64_t view_lag_bytes(const struct cluster *cluster, int node);

#endif
