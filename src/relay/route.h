/*
 * route.h - which node a client of a front is connected to.
 *
 * Pure: reads the view, the worker's own counts and what it has tried.
 */
#ifndef REGENT_RELAY_ROUTE_H
#define REGENT_RELAY_ROUTE_H

#include "conf/conf.h"
#include "core/balance.h"

/* Of a cluster's section, by slot. */
struct route_nodes {
	usec_t slow_start_us;
	uint64_t keys[NODES_MAX]; /* of their names, in every process alike */
	uint8_t ranks[NODES_MAX]; /* places in the file */
};

struct route {
	enum conf_route route;
	enum conf_balance balance;
	bool has_primary_fallback;
	const struct cluster_view *view;
	const unsigned *sessions; /* by slot, of all workers */
	int *credit;              /* by slot, kept for round robin */
	const struct route_nodes *nodes;
	uint64_t client; /* what its address hashes to */
	uint64_t *seed;  /* kept for drawing */
	usec_t now;
	uint32_t barred; /* slots not to be used now, bits */
	uint32_t full;   /* slots to be waited for, bits */
};

void route_nodes_fill(
    struct route_nodes *nodes, const struct conf_cluster *cluster);

/* The slots that a client may be sent to, full ones too, as bits. */
uint32_t route_candidates(const struct route *route);

/* The slot, or -1: the client has to wait. */
int route_choose(const struct route *route);

/*
 * What a view asks of a session that is at `slot`: a writer's session must
 * leave a node the moment it is not the writer.
 */
enum cut route_cut(
    const struct cluster_view *view, enum conf_route route, int slot);

#endif
