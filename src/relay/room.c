#include "relay/room.h"

#include "base/check.h"
#include "core/rate.h"

#include <string.h>

void
room_limits_fill(struct room_limits *limits, const struct conf_cluster *cluster)
{
	memset(limits, 0, sizeof(*limits));
	limits->max = cluster->maxconn;
	limits->is_limited = cluster->maxconn > 0;
	for (unsigned i = 0; i < cluster->n_nodes; i++) {
		const struct conf_node *node = &cluster->nodes[i];

		limits->node_max[node->id] = node->maxconn;
		limits->is_limited |= node->maxconn > 0;
	}
}

static bool
room_take_one(_Atomic int64_t *used, int64_t max)
{
	int64_t n;

	if (max == 0) {
		atomic_fetch_add_explicit(used, 1, memory_order_relaxed);
		return true;
	}
	n = atomic_load_explicit(used, memory_order_relaxed);
	while (n < max)
		if (atomic_compare_exchange_weak_explicit(used, &n, n + 1,
			memory_order_relaxed, memory_order_relaxed))
			return true;
	return false;
}

/*
 * Not relaxed: whoever gives looks afterwards for one that waits, and whoever
 * begins to wait looks afterwards for room.  One of the two sees the other.
 */
static void
room_give_one(_Atomic int64_t *used)
{
	CHECK(atomic_fetch_sub(used, 1) > 0);
}

bool
room_take_listen(struct room *room, unsigned listen_id, int64_t max)
{
	int64_t most = atomic_load_explicit(&room->max, memory_order_relaxed);

	if (!room_take_one(&room->listen_used[listen_id], max))
		return false;
	if (most > 0 && room_take_one(&room->used, most))
		return true;
	room_give_one(&room->listen_used[listen_id]);
	return false;
}

void
room_give_listen(struct room *room, unsigned listen_id)
{
	room_give_one(&room->used);
	room_give_one(&room->listen_used[listen_id]);
}

usec_t
room_wait_listen(
    struct room *room, unsigned listen_id, int64_t per_second, usec_t now)
{
	struct rate rate;

	if (per_second == 0)
		return 0;
	rate = rate_of(per_second);
	return rate_wait(&rate,
	    atomic_load_explicit(
		&room->listen_due_ns[listen_id], memory_order_relaxed),
	    now);
}

/* Two workers that looked at once may be one too many; the next one waits. */
void
room_came_listen(
    struct room *room, unsigned listen_id, int64_t per_second, usec_t now)
{
	_Atomic int64_t *due_ns = &room->listen_due_ns[listen_id];
	struct rate rate;
	int64_t old;

	if (per_second == 0)
		return;
	rate = rate_of(per_second);
	old = atomic_load_explicit(due_ns, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(due_ns, &old,
	    rate_next(&rate, old, now), memory_order_relaxed,
	    memory_order_relaxed))
		;
}

bool
room_take_node(
    struct cluster_room *room, const struct room_limits *limits, int slot)
{
	CHECK(slot >= 0 && slot < NODES_MAX);
	if (!room_take_one(&room->used, limits->max))
		return false;
	if (room_take_one(&room->node_used[slot], limits->node_max[slot]))
		return true;
	room_give_one(&room->used);
	return false;
}

void
room_give_node(struct cluster_room *room, int slot)
{
	CHECK(slot >= 0 && slot < NODES_MAX);
	room_give_one(&room->node_used[slot]);
	room_give_one(&room->used);
}

static bool
room_is_full(const _Atomic int64_t *used, int64_t max)
{
	return max > 0 && atomic_load(used) >= max;
}

uint32_t
room_full(const struct cluster_room *room, const struct room_limits *limits)
{
	uint32_t bits = 0;

	if (!limits->is_limited)
		return 0;
	if (room_is_full(&room->used, limits->max))
		return UINT32_MAX;
	for (int i = 0; i < NODES_MAX; i++)
		if (room_is_full(&room->node_used[i], limits->node_max[i]))
			bits |= UINT32_C(1) << i;
	return bits;
}
