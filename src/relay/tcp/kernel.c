#include "relay/tcp/kernel.h"

#include "base/mem.h"
#include "net/sock.h"
#include "net/sockmap.h"
#include "relay/flow.h"
#include "relay/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often a direction is looked at whose bytes are not in the sink yet. */
#define KERNEL_POKE_FIRST (USEC_MS / 2)
#define KERNEL_POKE_LAST (32 * USEC_MS)

/* Counters of listeners and nodes are so old at most. */
#define KERNEL_SYNC (USEC_SEC / 2)

/* As sockmap.h counts lanes and sides. */
enum { KERNEL_TO_NODE, KERNEL_TO_CLIENT };

struct kernel_lane {
	uint64_t entered; /* of the sink, when it was handed over */
	uint64_t bytes;   /* of the session, then */
	uint64_t counted; /* of those carried since */
	uint64_t pumped;  /* when the pump was last looked at */
	bool is_served;   /* by the pump */
	bool is_ended;    /* the source has sent all it will */
	bool is_early;    /* it told its end before all its bytes */
};

struct kernel {
	struct session *session;
	struct kernels *kernels;
	struct list link; /* kernels.list */
	struct timer poke;
	usec_t patience;
	int pair;
	struct kernel_lane lanes[2];
};

struct kernels {
	struct sockmap *map;
	struct list list;
	struct timer sync;
};

static uint64_t *
kernel_session_bytes(struct session *s, int lane)
{
	return lane == KERNEL_TO_NODE ? &s->bytes_in : &s->bytes_out;
}

static struct stream *
kernel_side(struct session *s, int side)
{
	return side == KERNEL_TO_NODE ? &s->client : &s->backend;
}

static struct pump *
kernel_pump(struct session *s, int lane)
{
	return lane == KERNEL_TO_NODE ? &s->to_node : &s->to_client;
}

static uint64_t
kernel_uncounted(const struct kernel *k, int lane)
{
	return sockmap_carried(k->kernels->map, k->pair, lane) -
	    k->lanes[lane].counted;
}

static void
kernel_count(struct kernel *k)
{
	struct session *s = k->session;
	uint64_t in = kernel_uncounted(k, KERNEL_TO_NODE);
	uint64_t out = kernel_uncounted(k, KERNEL_TO_CLIENT);

	k->lanes[KERNEL_TO_NODE].counted += in;
	k->lanes[KERNEL_TO_CLIENT].counted += out;
	s->bytes_in += in;
	s->bytes_out += out;
	session_count(s, LISTEN_bytes_in, in);
	session_count_node(s, NODE_bytes_in, in);
	session_count(s, LISTEN_bytes_out, out);
	session_count_node(s, NODE_bytes_out, out);
}

/* Bytes that the pump has written since the session was handed over. */
static uint64_t
kernel_pumped(struct kernel *k, int lane)
{
	const struct kernel_lane *l = &k->lanes[lane];

	return *kernel_session_bytes(k->session, lane) - l->bytes - l->counted;
}

/* Bytes were left, and the pump does not know of them. */
static bool
kernel_has_left(struct kernel *k, int lane)
{
	return !k->lanes[lane].is_served &&
	    sockmap_left(k->kernels->map, k->pair, lane) !=
	    kernel_pumped(k, lane);
}

/* Whether all that was carried is in the sink, so that the pump may go on. */
static bool
kernel_is_arrived(struct kernel *k, int lane)
{
	int sink = stream_fd(kernel_side(k->session, !lane));
	uint64_t entered;

	/* An end is seen before the bytes that came with it. */
	sockmap_sync(stream_fd(kernel_side(k->session, lane)));
	entered = sockmap_entered(sink) - k->lanes[lane].entered;
	return entered ==
	    kernel_pumped(k, lane) +
	    sockmap_carried(k->kernels->map, k->pair, lane);
}

/* false: not all of it could be had. */
static bool
kernel_watch(struct kernel *k)
{
	struct sockmap *map = k->kernels->map;
	struct session *s = k->session;
	int events[2] = { 0, 0 };

	for (int lane = 0; lane < 2; lane++) {
		const struct kernel_lane *l = &k->lanes[lane];
		const struct pump *pump = kernel_pump(s, lane);

		if (!l->is_served)
			events[lane] |= l->is_ended ? 0 : SOCKMAP_END;
		else if (pump_wants_of_source(pump) != 0 && !l->is_early)
			events[lane] |= SOCKMAP_READ;
		if (l->is_served && pump_wants_of_sink(pump) != 0)
			events[!lane] |= SOCKMAP_WRITE;
	}
	return sockmap_watch(map, k->pair, 0, events[0]) &&
	    sockmap_watch(map, k->pair, 1, events[1]);
}

/* A direction with an end or bytes left goes to its pump, as soon as what was
 * carried before is in the sink. */
static void
kernel_attend(struct kernel *k, usec_t now)
{
	bool is_waiting = false;

	for (int lane = 0; lane < 2; lane++) {
		struct kernel_lane *l = &k->lanes[lane];

		is_waiting |= l->is_early;
		if (l->is_served || (!l->is_ended && !kernel_has_left(k, lane)))
			continue;
		l->is_served = kernel_is_arrived(k, lane);
		l->pumped = kernel_pumped(k, lane);
		is_waiting |= !l->is_served;
	}
	k->patience = !is_waiting            ? 0
	    : k->patience == 0               ? KERNEL_POKE_FIRST
	    : k->patience < KERNEL_POKE_LAST ? 2 * k->patience
					     : k->patience;
	if (is_waiting)
		timer_set(&k->poke, now + k->patience);
	else
		timer_stop(&k->poke);
}

/* The pump is at rest: everything left was read and written. */
static void
kernel_give_back(struct kernel *k, int lane)
{
	struct kernel_lane *l = &k->lanes[lane];
	const struct pump *pump = kernel_pump(k->session, lane);
	uint64_t pumped = kernel_pumped(k, lane);
	uint64_t moved = pumped - l->pumped;

	l->pumped = pumped;
	if (!l->is_served || l->is_ended || pump->is_at_end ||
	    pump_pending(pump) > 0 || moved > KERNEL_SMALL ||
	    sockmap_left(k->kernels->map, k->pair, lane) != pumped)
		return;
	/* Bytes that are left from here on are told, or seen by
	 * kernel_attend. */
	sockmap_give_back(k->kernels->map, k->pair, lane, pumped);
	l->is_served = false;
}

void
kernel_settle(struct session *s, usec_t now)
{
	struct kernel *k = s->kernel;

	for (int lane = 0; lane < 2; lane++)
		kernel_give_back(k, lane);
	kernel_attend(k, now);
	if (!kernel_watch(k))
		timer_set(&k->poke, now + KERNEL_POKE_LAST);
}

static void
kernel_fail(struct session *s, int side, usec_t now)
{
	int rc = sock_connect_result(stream_fd(kernel_side(s, side)));

	if (rc == 0)
		rc = -ECONNRESET; /* somebody has heard it already */
	flow_fail(s, side != KERNEL_TO_NODE, rc, now);
}

static void
kernel_on_event(void *owner, int side, int events, usec_t now)
{
	struct kernel *k = owner;
	struct session *s = k->session;
	bool is_client = side == KERNEL_TO_NODE;

	CHECK_OBJ(s, SESSION_MAGIC);
	if ((events & SOCKMAP_FAIL) != 0) {
		kernel_fail(s, side, now);
		return;
	}
	if ((events & SOCKMAP_END) != 0)
		k->lanes[side].is_ended = true;
	if ((events & (SOCKMAP_END | SOCKMAP_LEFT)) != 0)
		kernel_settle(s, now);
	if ((events & SOCKMAP_WRITE) != 0 && k->lanes[!side].is_served)
		(is_client ? flow_client_writable : flow_backend_writable)(
		    s, now);
	if ((events & SOCKMAP_READ) != 0 && s->state == SESSION_OPEN &&
	    k->lanes[side].is_served)
		(is_client ? flow_client_readable : flow_backend_readable)(
		    s, now);
}

/* A sink that is broken takes nothing any more, and need not be watched. */
static void
kernel_on_poke(struct timer *timer, usec_t now)
{
	struct kernel *k = container_of(timer, struct kernel, poke);
	struct session *s = k->session;

	for (int side = 0; side < 2; side++)
		if (stream_is_hung_up(kernel_side(s, side)) &&
		    sock_connect_result(stream_fd(kernel_side(s, side))) != 0) {
			flow_fail(s, side != KERNEL_TO_NODE, -ECONNRESET, now);
			return;
		}
	k->lanes[KERNEL_TO_NODE].is_early = false;
	k->lanes[KERNEL_TO_CLIENT].is_early = false;
	kernel_settle(s, now);
}

static bool
kernel_is_at_end(struct session *s, int lane, uint64_t n_moved)
{
	struct kernel *k = s->kernel;

	k->lanes[lane].is_ended = true;
	k->lanes[lane].is_early = kernel_pumped(k, lane) + n_moved !=
	    sockmap_left(k->kernels->map, k->pair, lane);
	return !k->lanes[lane].is_early;
}

bool
kernel_client_is_at_end(void *arg, uint64_t n_moved)
{
	return kernel_is_at_end(arg, KERNEL_TO_NODE, n_moved);
}

bool
kernel_backend_is_at_end(void *arg, uint64_t n_moved)
{
	return kernel_is_at_end(arg, KERNEL_TO_CLIENT, n_moved);
}

/* splice(2) does not see bytes that were left. */
static bool
kernel_is_at_rest(const struct pump *pump)
{
	return pump_pending(pump) == 0 && pump->pipe == NULL &&
	    !pump->is_at_end;
}

static bool
kernel_is_due(const struct session *s)
{
	return !s->is_draining && s->bytes_in > 0 && s->bytes_out > 0 &&
	    kernel_is_at_rest(&s->to_node) && kernel_is_at_rest(&s->to_client);
}

static int
kernel_join(struct kernel *k)
{
	struct session *s = k->session;
	const int fds[2] = { stream_fd(&s->client), stream_fd(&s->backend) };

	for (int lane = 0; lane < 2; lane++) {
		k->lanes[lane].entered = sockmap_entered(fds[!lane]);
		k->lanes[lane].bytes = *kernel_session_bytes(s, lane);
	}
	k->pair = sockmap_join(k->kernels->map, fds, k);
	return k->pair < 0 ? k->pair : 0;
}

bool
kernel_take(struct session *s, usec_t now)
{
	struct kernels *kernels = s->front->worker->kernels;
	struct kernel *k;
	int rc;

	CHECK(s->n_small == KERNEL_TURNS && s->kernel == NULL);
	if (kernels == NULL || s->front->listen->accel != ACCEL_AUTO) {
		s->n_small = KERNEL_NEVER;
		return false;
	}
	if (!kernel_is_due(s))
		return false;
	s->n_small = KERNEL_NEVER; /* if it fails, it is not asked again */
	k = mem_try(sizeof(*k));
	if (k == NULL)
		return false;
	k->session = s;
	k->kernels = kernels;
	list_init(&k->link);
	timer_init(&k->poke, stream_loop(&s->client), kernel_on_poke);
	rc = kernel_join(k);
	if (rc != 0) {
		free(k);
		if (rc == -ECANCELED)
			session_close(s, "the kernel took half of it");
		return false;
	}
	s->kernel = k;
	stream_leave(&s->client);
	stream_leave(&s->backend);
	if (list_is_empty(&kernels->list))
		timer_set(&kernels->sync, now + KERNEL_SYNC);
	list_push(&kernels->list, &k->link);
	session_count(s, LISTEN_accelerated, 1);
	kernel_settle(s, now);
	return true;
}

static usec_t
kernel_idle(const struct session *s)
{
	usec_t client = sockmap_idle_us(stream_fd(&s->client));
	usec_t backend = sockmap_idle_us(stream_fd(&s->backend));

	return client < backend ? client : backend;
}

void
kernel_look(struct session *s, usec_t now)
{
	usec_t at;

	if (s->kernel == NULL)
		return;
	kernel_count(s->kernel);
	at = now - kernel_idle(s);
	if (at > s->active_at)
		s->active_at = at;
}

void
kernel_describe(const struct session *s, struct session_info *info)
{
	usec_t idle;

	if (s->kernel == NULL)
		return;
	info->bytes_in += kernel_uncounted(s->kernel, KERNEL_TO_NODE);
	info->bytes_out += kernel_uncounted(s->kernel, KERNEL_TO_CLIENT);
	idle = kernel_idle(s);
	if (idle < info->idle_us)
		info->idle_us = idle;
}

void
kernel_end(struct session *s)
{
	struct kernel *k = s->kernel;

	if (k == NULL)
		return;
	if (!pump_is_done(&s->to_node) || !pump_is_done(&s->to_client))
		sockmap_stop(k->kernels->map, k->pair);
	kernel_count(k);
	sockmap_forget(k->kernels->map, k->pair);
	timer_stop(&k->poke);
	list_remove(&k->link);
	if (list_is_empty(&k->kernels->list))
		timer_stop(&k->kernels->sync);
	s->kernel = NULL;
	free(k);
}

static void
kernels_on_sync(struct timer *timer, usec_t now)
{
	struct kernels *kernels = container_of(timer, struct kernels, sync);

	LIST_FOREACH (it, &kernels->list) {
		struct kernel *k = LIST_ENTRY(it, struct kernel, link);

		kernel_count(k);
		/* In case that the ring was full when bytes were left. */
		if (kernel_has_left(k, KERNEL_TO_NODE) ||
		    kernel_has_left(k, KERNEL_TO_CLIENT))
			kernel_settle(k->session, now);
	}
	timer_set(&kernels->sync, now + KERNEL_SYNC);
}

struct kernels *
kernels_new(struct loop *loop, unsigned sessions_max, struct err *err)
{
	struct kernels *kernels = mem_new(sizeof(*kernels));

	list_init(&kernels->list);
	timer_init(&kernels->sync, loop, kernels_on_sync);
	kernels->map = sockmap_new(loop, sessions_max, kernel_on_event, err);
	if (kernels->map == NULL) {
		free(kernels);
		return NULL;
	}
	return kernels;
}

void
kernels_free(struct kernels **kernels)
{
	struct kernels *k = *kernels;

	if (k == NULL)
		return;
	CHECK(list_is_empty(&k->list));
	timer_stop(&k->sync);
	sockmap_free(&k->map);
	free(k);
	*kernels = NULL;
}
