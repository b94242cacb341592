#include "relay/choice.h"

#include "net/sock.h"
#include "relay/front.h"
#include "relay/session.h"

static struct cluster_room *
choice_room(const struct front *f)
{
	return &f->worker->room->clusters[f->cluster->id];
}

static const struct route_nodes *
choice_nodes(const struct front *f)
{
	return &f->worker->known[f->cluster->id];
}

bool
choice_is_limited(const struct front *f)
{
	return f->worker->limits[f->cluster->id].is_limited;
}

/* A node that is back may have less than its maxconn. */
static void
choice_warm_limits(
    const struct front *f, struct room_limits *limits, usec_t now)
{
	const struct cluster_view *view =
	    worker_view(f->worker, f->cluster->id);

	for (int i = 0; i < NODES_MAX; i++) {
		int64_t max = limits->node_max[i];

		if (max == 0)
			continue;
		max = max *
		    balance_share(
			&view->nodes[i], choice_nodes(f)->slow_start_us, now) /
		    BALANCE_WHOLE;
		limits->node_max[i] = max > 0 ? max : 1;
	}
}

/* Of the moment; `warm` is room for them. */
static const struct room_limits *
choice_limits(const struct front *f, struct room_limits *warm, usec_t now)
{
	const struct room_limits *limits = &f->worker->limits[f->cluster->id];

	if (!limits->is_limited || choice_nodes(f)->slow_start_us == 0)
		return limits;
	*warm = *limits;
	choice_warm_limits(f, warm, now);
	return warm;
}

static bool
choice_is_warming(const struct front *f, usec_t now)
{
	const struct cluster_view *view =
	    worker_view(f->worker, f->cluster->id);

	if (!choice_is_limited(f) || choice_nodes(f)->slow_start_us == 0)
		return false;
	for (int i = 0; i < NODES_MAX; i++)
		if (balance_share(&view->nodes[i],
			choice_nodes(f)->slow_start_us, now) < BALANCE_WHOLE)
			return true;
	return false;
}

bool
choice_must_look_again(const struct front *f, usec_t now)
{
	return worker_barred(f->worker, f->cluster->id, now) != 0 ||
	    choice_is_warming(f, now);
}

static struct route
choice_route(const struct front *f, uint32_t barred, usec_t now)
{
	return (struct route){
		.route = f->listen->route,
		.balance = f->listen->balance,
		.has_primary_fallback = f->listen->has_primary_fallback,
		.view = worker_view(f->worker, f->cluster->id),
		.nodes = choice_nodes(f),
		.now = now,
		.barred = barred,
	};
}

/* A client that is gone by now is led anywhere. */
static uint64_t
choice_client(const struct front *f, const struct session *s)
{
	struct addr peer;

	if (f->listen->balance != BALANCE_SOURCE ||
	    !sock_peer(stream_fd(&s->client), &peer))
		return 0;
	return addr_hash_host(&peer);
}

static int
choice_make(struct front *f, const struct session *s, struct route *route)
{
	const struct cluster_room *room = choice_room(f);
	uint32_t slots = route_candidates(route) & ~route->full;
	unsigned sessions[NODES_MAX];

	/* As of a primary, mostly: there is nothing to compare. */
	if ((slots & (slots - 1)) == 0)
		return slots != 0 ? __builtin_ctz(slots) : -1;
	for (int i = 0; i < NODES_MAX; i++)
		sessions[i] = (unsigned)atomic_load_explicit(
		    &room->node_used[i], memory_order_relaxed);
	route->sessions = sessions;
	route->credit = f->credit;
	route->client = choice_client(f, s);
	route->seed = &f->worker->seed;
	return route_choose(route);
}

int
choice_take(struct front *f, const struct session *s, usec_t now)
{
	struct room_limits warm;
	const struct room_limits *limits = choice_limits(f, &warm, now);
	struct route route = choice_route(
	    f, s->tried | worker_barred(f->worker, f->cluster->id, now), now);

	for (;;) {
		int slot;

		route.full = room_full(choice_room(f), limits);
		slot = choice_make(f, s, &route);
		if (slot < 0 || room_take_node(choice_room(f), limits, slot))
			return slot;
		/* Another worker was faster; what was taken in vain has been
		 * given back, and may have been missed by a third one. */
		queue_wake(f->worker, f->cluster->id);
	}
}

void
choice_give(struct front *f, int slot)
{
	room_give_node(choice_room(f), slot);
	if (choice_is_limited(f))
		queue_wake(f->worker, f->cluster->id);
}

/* Full or not, but for those that were just tried in vain. */
static uint32_t
choice_candidates(const struct front *f, usec_t now)
{
	struct route route =
	    choice_route(f, worker_barred(f->worker, f->cluster->id, now), now);

	return route_candidates(&route);
}

bool
choice_has_node(const struct front *f, usec_t now)
{
	struct room_limits warm;
	const struct room_limits *limits = choice_limits(f, &warm, now);

	return (choice_candidates(f, now) &
		   ~room_full(choice_room(f), limits)) != 0;
}

bool
choice_names_node(const struct front *f, usec_t now)
{
	struct route route = choice_route(f, 0, now);

	return route_candidates(&route) != 0;
}

bool
choice_waits_for_room(const struct front *f, usec_t now)
{
	return choice_is_limited(f) && choice_candidates(f, now) != 0;
}
