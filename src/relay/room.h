/*
 * room.h - how many sessions there are and may be: of the process, of a
 * listener, of a cluster and of a node.
 *
 * Shared by all workers and touched once a session, never for its bytes: a
 * node's maxconn is a number of the database, whoever connects to it.
 */
#ifndef REGENT_RELAY_ROOM_H
#define REGENT_RELAY_ROOM_H

#include "conf/conf.h"
#include "core/view.h"
#include "relay/sources.h"

#include <stdatomic.h>

/* Kinds of clients that want the same nodes: see queue.h. */
enum { ROOM_QUEUES = ROUTE_COUNT + 1 };

struct cluster_room {
	_Atomic int64_t used; /* sessions that have a node, or connect to it */
	_Atomic int64_t node_used[NODES_MAX];
	_Atomic int64_t n_queues[ROOM_QUEUES]; /* fronts with some who wait */
};

struct room {
	atomic_uint n_retired; /* workers that accept nobody any more */
	_Atomic int64_t used;
	_Atomic int64_t max;
	_Atomic int64_t listen_used[CONF_LISTENS_MAX];
	_Atomic int64_t listen_due_ns[CONF_LISTENS_MAX]; /* see core/rate.h */
	struct sources *sources;
	struct cluster_room clusters[CONF_CLUSTERS_MAX];
};

/* Of a cluster's section, by slot; 0 is no limit. */
struct room_limits {
	bool is_limited; /* else nobody looks at the others */
	int64_t max;
	int64_t node_max[NODES_MAX];
};

void room_limits_fill(
    struct room_limits *limits, const struct conf_cluster *cluster);

/* One more session of the listener, if there is room; max 0 is no limit. */
bool room_take_listen(struct room *room, unsigned listen_id, int64_t max);
void room_give_listen(struct room *room, unsigned listen_id);

/* How long until one more may be accepted at that rate (0: none); 0: now. */
usec_t room_wait_listen(
    struct room *room, unsigned listen_id, int64_t per_second, usec_t now);
void room_came_listen(
    struct room *room, unsigned listen_id, int64_t per_second, usec_t now);

/* One more session of the node, if there is room. */
bool room_take_node(
    struct cluster_room *room, const struct room_limits *limits, int slot);
void room_give_node(struct cluster_room *room, int slot);

/* Slots that have no room, as bits. */
uint32_t room_full(
    const struct cluster_room *room, const struct room_limits *limits);

#endif
