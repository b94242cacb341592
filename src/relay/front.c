#include "relay/front.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/sock.h"
#include "relay/cancel.h"
#include "relay/route.h"
#include "relay/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room is given back by any worker; a paused front looks again this often. */
#define FRONT_RESUME (10 * USEC_MS)
/* As many as may come at once at such rates are due within it. */
#define FRONT_RATE_PAUSE (1 * USEC_MS)
/* Descriptors are not back that soon. */
#define FRONT_RESUME_STARVED (100 * USEC_MS)

/* One socket of a front: more workers may have run before, each with one. */
struct front_entry {
	struct list link; /* in front.entries */
	struct front *front;
	struct listener listener;
};

_Static_assert(ARRAY_LEN(((struct front *)0)->sessions) == SESSION_STATE_COUNT,
    "a list for each state");

static struct front *
front_of(struct listener *l)
{
	return container_of(l, struct front_entry, listener)->front;
}

static void
front_count(struct front *f, enum listen_counter counter)
{
	stats_add(&f->worker->listen_stats[f->id].at[counter], 1);
}

static bool
front_reserve(struct front *f)
{
	return room_take_listen(f->worker->room, f->id, f->listen->maxconn);
}

static void
front_give_back(struct front *f)
{
	room_give_listen(f->worker->room, f->id);
}

/* Excess clients wait in the backlog of the kernel. */
static void
front_pause(
    struct front *f, struct listener *l, enum listen_counter why, usec_t at)
{
	front_count(f, why);
	listener_pause(l);
	timer_set(&f->resume, at);
}

static bool
front_may_accept(struct listener *l, usec_t now)
{
	struct front *f = front_of(l);
	usec_t wait = f->is_draining ? 0
				     : room_wait_listen(f->worker->room, f->id,
					   f->listen->rate_limit, now);

	if (wait > 0)
		front_pause(f, l, LISTEN_rate_limited,
		    now + (wait > FRONT_RATE_PAUSE ? wait : FRONT_RATE_PAUSE));
	else if (front_reserve(f))
		return true;
	else
		front_pause(f, l, LISTEN_paused, now + FRONT_RESUME);
	return false;
}

static void
front_on_nobody(struct listener *l)
{
	front_give_back(front_of(l));
}

/* Whether the client's address has room left; *source: what it took, or 0. */
static bool
front_admits(struct front *f, int fd, usec_t now, uint32_t *source)
{
	const struct source_limits limits = {
		.maxconn = f->listen->source_maxconn,
		.per_second = f->listen->source_rate_limit,
	};
	enum source_answer answer;
	struct addr peer;

	*source = 0;
	if ((limits.maxconn == 0 && limits.per_second == 0) ||
	    !sock_peer(fd, &peer))
		return true;
	answer = sources_enter(f->worker->room->sources,
	    hash_mix(addr_hash_host(&peer) + f->id), &limits, now, source);
	if (answer == SOURCE_UNWATCHED)
		front_count(f, LISTEN_source_unwatched);
	return answer != SOURCE_REFUSED;
}

static void
front_on_accept(struct listener *l, int fd, const struct addr *peer, usec_t now)
{
	struct front *f = front_of(l);

	(void)peer;
	room_came_listen(f->worker->room, f->id, f->listen->rate_limit, now);
	if (!share_hand_over(f, fd))
		front_welcome(f, fd, now);
}

void
front_welcome(struct front *f, int fd, usec_t now)
{
	uint32_t source;

	CHECK_OBJ(f, FRONT_MAGIC);
	/* From here on it has a client: one that was made for this client
	 * alone ends with it. */
	f->n_sessions++;
	share_count(f->worker, 1);
	if (!front_admits(f, fd, now, &source)) {
		front_count(f, LISTEN_source_refused);
		sock_close_reset(fd);
		front_forget(f, 0);
	} else if (!session_open(f, fd, source, now)) {
		front_count(f, LISTEN_starved);
		front_forget(f, source);
	}
}

static void
front_on_starved(struct listener *l, int error, usec_t now)
{
	struct front *f = front_of(l);

	front_give_back(f);
	front_count(f, LISTEN_starved);
	log_warn("listen=%s worker=%u accepting=paused reason=\"%s\"",
	    f->listen->name, f->worker->id, strerror(error));
	timer_set(&f->resume, now + FRONT_RESUME_STARVED);
}

static const struct listener_ops front_listener_ops = {
	.may_accept = front_may_accept,
	.on_nobody = front_on_nobody,
	.on_accept = front_on_accept,
	.on_starved = front_on_starved,
};

static void
front_on_resume(struct timer *timer, usec_t now)
{
	struct front *f = container_of(timer, struct front, resume);

	if (!front_reserve(f)) {
		timer_set(timer, now + FRONT_RESUME);
		return;
	}
	front_give_back(f);
	LIST_FOREACH (it, &f->entries)
		listener_resume(
		    &LIST_ENTRY(it, struct front_entry, link)->listener);
}

static void
front_on_retry(struct timer *timer, usec_t now)
{
	queue_release(container_of(timer, struct front, retry), now);
}

static bool
front_is_concerned(const struct cluster_view *a, const struct cluster_view *b)
{
	if (a->writer != b->writer)
		return true;
	for (int i = 0; i < NODES_MAX; i++)
		if (a->nodes[i].cut != b->nodes[i].cut)
			return true;
	return false;
}

void
front_reroute(
    struct front *f, const struct cluster_view *old, bool may_cut, usec_t now)
{
	CHECK_OBJ(f, FRONT_MAGIC);
	if (front_is_concerned(old, worker_view(f->worker, f->cluster->id))) {
		LIST_FOREACH_SAFE (it, &f->sessions[SESSION_OPEN])
			session_reroute(
			    LIST_ENTRY(it, struct session, link), may_cut, now);
		LIST_FOREACH_SAFE (it, &f->sessions[SESSION_CONNECTING])
			session_reroute(
			    LIST_ENTRY(it, struct session, link), may_cut, now);
		LIST_FOREACH_SAFE (it, &f->sessions[SESSION_CANCEL])
			cancel_reroute(
			    LIST_ENTRY(it, struct session, link), now);
	}
	queue_release(f, now);
}

void
front_tune(const struct front *f, int fd)
{
	const struct sock_tuning tuning = {
		.keepalive_us = f->listen->keepalive_us,
		.user_timeout_us = f->listen->user_timeout_us,
	};

	sock_tune(fd, &tuning);
}

void
front_configure(
    struct front *f, const struct conf *conf, const struct conf_listen *listen)
{
	const struct conf *old = f->conf;

	CHECK_OBJ(f, FRONT_MAGIC);
	CHECK(listen->id == f->id);
	f->conf = conf_ref(conf);
	f->listen = listen;
	f->cluster = conf_cluster_by_id(conf, listen->cluster_id);
	CHECK(f->cluster != NULL);
	/* What they accept has the same. */
	LIST_FOREACH (it, &f->entries)
		front_tune(f,
		    listener_fd(
			&LIST_ENTRY(it, struct front_entry, link)->listener));
	if (old != NULL)
		conf_unref(&old);
}

struct front *
front_open(
    struct worker *w, const struct conf *conf, const struct conf_listen *listen)
{
	struct front *f = mem_new(sizeof(*f));

	f->magic = FRONT_MAGIC;
	f->worker = w;
	f->id = listen->id;
	list_init(&f->link);
	queue_init(f);
	list_init(&f->entries);
	for (int i = 0; i < SESSION_STATE_COUNT; i++)
		list_init(&f->sessions[i]);
	timer_init(&f->resume, w->loop, front_on_resume);
	timer_init(&f->retry, w->loop, front_on_retry);
	front_configure(f, conf, listen);
	return f;
}

void
front_add(struct front *f, int fd)
{
	struct front_entry *e = mem_new(sizeof(*e));

	CHECK_OBJ(f, FRONT_MAGIC);
	CHECK(!f->is_closing);
	e->front = f;
	list_init(&e->link);
	list_push(&f->entries, &e->link);
	listener_open(&e->listener, f->worker->loop, fd, &front_listener_ops);
	front_tune(f, fd);
}

static void
front_free(struct grave *grave)
{
	struct front *f = container_of(grave, struct front, grave);

	conf_unref(&f->conf);
	free(f);
}

/* Closed and without sessions: nothing is left of it. */
static void
front_end_if_done(struct front *f)
{
	if (!f->is_closing || f->n_sessions > 0)
		return;
	timer_stop(&f->retry);
	list_remove(&f->link);
	loop_bury(f->worker->loop, &f->grave, front_free);
}

void
front_forget(struct front *f, uint32_t source)
{
	CHECK_OBJ(f, FRONT_MAGIC);
	if (source != 0)
		sources_leave(f->worker->room->sources, source);
	CHECK(f->n_sessions > 0);
	front_give_back(f);
	f->n_sessions--;
	share_count(f->worker, -1);
	front_end_if_done(f);
}

static void
front_close_all(struct front *f, enum session_state state)
{
	LIST_FOREACH_SAFE (it, &f->sessions[state])
		session_close(
		    LIST_ENTRY(it, struct session, link), "regent stops");
}

/* Those that have no node yet, and will get none. */
static void
front_refuse_all(struct front *f, enum session_state state)
{
	usec_t now = loop_now(f->worker->loop);

	LIST_FOREACH_SAFE (it, &f->sessions[state])
		farewell_begin(
		    LIST_ENTRY(it, struct session, link), REFUSAL_CLOSING, now);
}

static void
front_end_entry(struct front_entry *e)
{
	list_remove(&e->link);
	free(e);
}

void
front_leave(struct front *f)
{
	CHECK_OBJ(f, FRONT_MAGIC);
	timer_stop(&f->resume);
	LIST_FOREACH_SAFE (it, &f->entries) {
		struct front_entry *e =
		    LIST_ENTRY(it, struct front_entry, link);

		(void)listener_release(&e->listener); /* others have it */
		front_end_entry(e);
	}
}

void
front_drain(struct front *f)
{
	CHECK_OBJ(f, FRONT_MAGIC);
	f->is_draining = true;
	LIST_FOREACH (it, &f->entries) {
		struct listener *l =
		    &LIST_ENTRY(it, struct front_entry, link)->listener;

		listener_resume(l); /* there may be room again */
		listener_drain(l);
	}
	f->is_draining = false;
}

static void
front_end_entries(struct front *f, void (*end)(struct listener *l))
{
	CHECK_OBJ(f, FRONT_MAGIC);
	timer_stop(&f->resume);
	LIST_FOREACH_SAFE (it, &f->entries) {
		struct front_entry *e =
		    LIST_ENTRY(it, struct front_entry, link);

		end(&e->listener);
		front_end_entry(e);
	}
}

void
front_retire(struct front *f)
{
	front_end_entries(f, listener_abandon);
}

void
front_close(struct front *f)
{
	front_end_entries(f, listener_close);
	front_refuse_all(f, SESSION_HELLO);
	front_refuse_all(f, SESSION_HELD);
	if (f->is_closing)
		return;
	f->is_closing = true;
	front_end_if_done(f);
}

/* What can be said without waiting is said: the last session buries it. */
void
front_kill(struct front *f)
{
	CHECK_OBJ(f, FRONT_MAGIC);
	CHECK(f->is_closing);
	front_refuse_all(f, SESSION_HELD);
	front_refuse_all(f, SESSION_CONNECTING);
	front_close_all(f, SESSION_CANCEL);
	front_close_all(f, SESSION_FAREWELL);
	front_close_all(f, SESSION_OPEN);
}
