#include "relay/session.h"

#include "net/sock.h"
#include "relay/cancel.h"
#include "relay/choice.h"
#include "relay/flow.h"
#include "relay/route.h"
#include "relay/tcp/kernel.h"

#include <errno.h>
#include <string.h>

void
session_count(struct session *s, enum listen_counter counter, uint64_t n)
{
	stats_add(&s->front->worker->listen_stats[s->front->id].at[counter], n);
}

void
session_count_node(struct session *s, enum node_counter counter, uint64_t n)
{
	struct worker *w = s->front->worker;

	CHECK(s->slot >= 0);
	stats_add(
	    &w->node_stats[s->front->cluster->id][s->slot].at[counter], n);
}

void
session_set_state(struct session *s, enum session_state state)
{
	struct front *f = s->front;
	bool was_held;

	if (s->state == SESSION_HELD && state != SESSION_HELD) {
		f->n_held--;
		session_count(s, LISTEN_unheld, 1);
	}
	if (state == SESSION_HELD && s->state != SESSION_HELD) {
		f->n_held++;
		session_count(s, LISTEN_held, 1);
	}
	if (s->state == SESSION_FAREWELL)
		f->n_farewells--;
	if (state == SESSION_FAREWELL)
		f->n_farewells++;
	was_held = s->state == SESSION_HELD;
	s->state = (uint8_t)state;
	list_remove(&s->link);
	if (state == SESSION_HELD)
		queue_push(f, s);
	else if (state != SESSION_CLOSED)
		list_push(&f->sessions[state], &s->link);
	if (was_held || state == SESSION_HELD)
		queue_settle(f);
}

static usec_t
session_hello_until(const struct session *s)
{
	usec_t idle = s->front->listen->idle_timeout_us;

	return s->opened_at +
	    (idle > 0 && idle < HELLO_TIME ? idle : HELLO_TIME);
}

/* Who saw both a failover and full nodes may wait for the longer one. */
static usec_t
session_held_until(const struct session *s, usec_t now)
{
	const struct conf_listen *listen = s->front->listen;
	usec_t limit = choice_waits_for_room(s->front, now)
	    ? listen->queue_timeout_us
	    : listen->hold_timeout_us;

	return limit > 0 ? s->held_at + limit : now;
}

static usec_t
session_open_until(const struct session *s)
{
	usec_t idle = s->front->listen->idle_timeout_us;
	usec_t at = idle > 0 ? s->active_at + idle : USEC_NEVER;

	return s->is_draining && s->drain_until < at ? s->drain_until : at;
}

/* The timer serves the state. */
void
session_set_timer(struct session *s, usec_t now)
{
	usec_t at = USEC_NEVER;

	switch ((enum session_state)s->state) {
	case SESSION_HELLO:
		at = session_hello_until(s);
		break;
	case SESSION_HELD:
		at = session_held_until(s, now);
		break;
	case SESSION_CONNECTING:
	case SESSION_CANCEL: /* a node to connect, and then to answer */
		at = now + s->front->listen->connect_timeout_us;
		break;
	case SESSION_OPEN:
		at = session_open_until(s);
		break;
	case SESSION_FAREWELL:
		at = now + FAREWELL_TIME;
		break;
	case SESSION_CLOSED:
	case SESSION_STATE_COUNT:
		break;
	}
	timer_set(&s->timer, at);
}

static void
session_free(struct grave *grave)
{
	struct session *s = container_of(grave, struct session, grave);

	/* The front, if it ends too, was buried later. */
	pool_give(&s->front->worker->sessions, s);
}

void
session_unbind(struct session *s)
{
	stream_close_reset(&s->backend);
	if (s->slot < 0)
		return;
	choice_give(s->front, s->slot);
	if (s->state == SESSION_OPEN)
		session_count_node(s, NODE_closed, 1);
	pump_fini(&s->to_node, &s->front->worker->pipes);
	s->slot = -1;
	s->is_draining = false; /* it was of that node */
}

void
session_close(struct session *s, const char *why)
{
	struct front *f = s->front;

	CHECK_OBJ(s, SESSION_MAGIC);
	CHECK(s->state != SESSION_CLOSED);
	kernel_end(s);
	if (log_is_on(LEVEL_INFO))
		session_log(s, why);
	session_unbind(s);
	stream_close(&s->client);
	pump_fini(&s->to_client, &f->worker->pipes);
	hello_forget(s);
	timer_stop(&s->timer);
	session_count(s, LISTEN_closed, 1);
	session_set_state(s, SESSION_CLOSED);
	loop_bury(f->worker->loop, &s->grave, session_free);
	front_forget(f, s->source);
}

void
session_cut(struct session *s)
{
	session_count(s, LISTEN_cut, 1);
	session_count_node(s, NODE_cut, 1);
	session_close(s, "cut: its node is no longer to be used");
}

/* Whoever waited in vain is told what was missing. */
static void
session_give_up(struct session *s, usec_t now)
{
	if (choice_waits_for_room(s->front, now)) {
		session_count(s, LISTEN_queue_expired, 1);
		farewell_begin(s, REFUSAL_FULL, now);
		return;
	}
	session_count(s, LISTEN_hold_expired, 1);
	farewell_begin(s,
	    choice_names_node(s->front, now) ? REFUSAL_UNREACHABLE
					     : REFUSAL_NO_NODE,
	    now);
}

static void
session_hold(struct session *s, usec_t now)
{
	/* Its place among those of other workers, whose turns began at other
	 * times: `now` may be older than the client. */
	if (s->held_at == 0)
		s->held_at = choice_is_limited(s->front) ? loop_clock() : now;
	/* One that waited already and was tried in vain has its place. */
	if (s->state != SESSION_HELD &&
	    s->front->n_held >= (uint64_t)s->front->listen->hold_max) {
		session_count(s, LISTEN_hold_refused, 1);
		farewell_begin(s, REFUSAL_HOLD_MAX, now);
		return;
	}
	if (now >= session_held_until(s, now)) {
		session_give_up(s, now);
		return;
	}
	if (s->state != SESSION_HELD && choice_waits_for_room(s->front, now))
		session_count(s, LISTEN_queued, 1);
	session_set_state(s, SESSION_HELD);
	stream_want(&s->client, STREAM_READ); /* to see it go away */
	session_set_timer(s, now);
}

/* What it lacks may be another thing by now, for which it may wait longer. */
static void
session_held_late(struct session *s, usec_t now)
{
	if (now < session_held_until(s, now))
		session_set_timer(s, now);
	else
		session_give_up(s, now);
}

/* Another node failed the client just now, or this one may have before. */
static void
session_count_connect(struct session *s)
{
	session_count_node(s, NODE_connects, 1);
	if (s->tried != 0)
		session_count_node(s, NODE_redispatched, 1);
	else if (s->n_retries > 0)
		session_count_node(s, NODE_retries, 1);
}

/*
 * The slot was taken; given back where nothing comes of it.  0: connecting or
 * connected, and then it may have ended already.
 */
static int
session_connect_to(struct session *s, int slot, usec_t now)
{
	struct worker *w = s->front->worker;
	const struct addr *addr = worker_addr(w, s->front->cluster->id, slot);
	int rc;

	/* A view may be a moment older than a reload that took the node. */
	if (addr->len == 0 ||
	    conf_node_by_id(s->front->cluster, (unsigned)slot) == NULL) {
		choice_give(s->front, slot);
		return -EHOSTUNREACH;
	}
	s->slot = (int8_t)slot;
	session_set_state(s, SESSION_CONNECTING);
	session_count_connect(s);
	rc = stream_connect(&s->backend, addr);
	if (rc == 0)
		rc = stream_connect_look(&s->backend, addr);
	if (rc == 0) {
		flow_begin(s, now);
	} else if (rc == -EALREADY) {
		stream_want(&s->client, 0);
		session_set_timer(s, now);
		rc = 0;
	}
	return rc;
}

/*
 * This node failed this client: the next one is tried, each once, and then
 * the client waits.
 */
void
session_note_failure(struct session *s, int error, usec_t now)
{
	int slot = s->slot;

	if (slot < 0)
		return;
	/* A connection that was good for a while is a new beginning. */
	if (s->state == SESSION_OPEN && now - s->active_at > USEC_SEC)
		s->n_retries = 0;
	session_count_node(s, NODE_connect_failed, 1);
	if (!sock_error_is_local(error))
		worker_trouble(
		    s->front->worker, s->front->cluster->id, slot, now);
	s->tried |= UINT32_C(1) << slot;
	session_unbind(s);
}

/* false: none of them takes it. */
static bool
session_try_nodes(struct session *s, usec_t now)
{
	for (int i = 0; i < NODES_MAX; i++) {
		int slot = choice_take(s->front, s, now), rc;

		if (slot < 0)
			break;
		rc = session_connect_to(s, slot, now);
		if (rc == 0)
			return true;
		s->tried |= UINT32_C(1) << slot;
		session_note_failure(s, rc, now);
		if (rc == -EMFILE || rc == -ENFILE) {
			/* Clients that wait must not keep the descriptors
			 * that it takes to serve them. */
			session_count(s, LISTEN_starved, 1);
			farewell_begin(s, REFUSAL_STARVED, now);
			return true;
		}
	}
	return false;
}

/* All nodes have failed this client; false: once too often. */
static bool
session_may_retry(struct session *s)
{
	int64_t max = s->front->listen->connect_retries;

	if (max > 0 && s->n_retries >= max)
		return false;
	if (s->n_retries < UINT8_MAX)
		s->n_retries++;
	return true;
}

void
session_route(struct session *s, usec_t now)
{
	bool is_next = s->state == SESSION_HELD || !queue_has_others(s->front);

	if (is_next && session_try_nodes(s, now))
		return;
	if (s->tried != 0 && !session_may_retry(s)) {
		farewell_begin(s, REFUSAL_UNREACHABLE, now);
		return;
	}
	/* Later all of them may be tried again, and what others barred. */
	if (s->tried != 0 || choice_must_look_again(s->front, now))
		queue_retry_later(s->front, now);
	s->tried = 0;
	session_hold(s, now);
}

/* A client that waits has nothing to say that we would read. */
static void
session_watch_held(struct session *s)
{
	int rc = stream_peek_end(&s->client);

	if (rc != 0)
		session_close(s, "the client left while it waited");
	else
		stream_want(&s->client, 0); /* bytes wait in the kernel */
}

static void
session_on_client_readable(struct stream *stream, usec_t now)
{
	struct session *s = container_of(stream, struct session, client);

	CHECK_OBJ(s, SESSION_MAGIC);
	switch ((enum session_state)s->state) {
	case SESSION_HELLO:
		hello_read(s, now);
		break;
	case SESSION_HELD:
		session_watch_held(s);
		break;
	case SESSION_OPEN:
		flow_client_readable(s, now);
		break;
	case SESSION_FAREWELL:
		farewell_read(s);
		break;
	case SESSION_CONNECTING:
	case SESSION_CANCEL:
	case SESSION_CLOSED:
	case SESSION_STATE_COUNT:
		break; /* bytes wait in the kernel */
	}
}

static void
session_on_client_writable(struct stream *stream, usec_t now)
{
	struct session *s = container_of(stream, struct session, client);

	CHECK_OBJ(s, SESSION_MAGIC);
	if (s->state == SESSION_OPEN)
		flow_client_writable(s, now);
}

static void
session_on_backend_readable(struct stream *stream, usec_t now)
{
	struct session *s = container_of(stream, struct session, backend);

	CHECK_OBJ(s, SESSION_MAGIC);
	if (s->state == SESSION_OPEN)
		flow_backend_readable(s, now);
	else if (s->state == SESSION_CANCEL)
		cancel_read(s, now);
}

static void
session_on_connect_result(struct session *s, usec_t now)
{
	int rc = stream_connect_result(&s->backend);

	if (rc == 0) {
		flow_begin(s, now);
		return;
	}
	session_note_failure(s, rc, now);
	session_route(s, now);
}

static void
session_on_backend_writable(struct stream *stream, usec_t now)
{
	struct session *s = container_of(stream, struct session, backend);

	CHECK_OBJ(s, SESSION_MAGIC);
	if (s->state == SESSION_OPEN)
		flow_backend_writable(s, now);
	else if (s->state == SESSION_CONNECTING)
		session_on_connect_result(s, now);
	else if (s->state == SESSION_CANCEL)
		cancel_write(s, now);
}

static void
session_on_timer(struct timer *timer, usec_t now)
{
	struct session *s = container_of(timer, struct session, timer);

	CHECK_OBJ(s, SESSION_MAGIC);
	switch ((enum session_state)s->state) {
	case SESSION_HELLO:
		session_count(s, LISTEN_silent, 1);
		session_close(s, "silent: it did not say what it wants");
		break;
	case SESSION_HELD:
		session_held_late(s, now);
		break;
	case SESSION_CONNECTING:
		session_note_failure(s, -ETIMEDOUT, now);
		session_route(s, now);
		break;
	case SESSION_OPEN:
		flow_late(s, now);
		break;
	case SESSION_CANCEL:
		cancel_late(s, now);
		break;
	case SESSION_FAREWELL:
		session_close(s, "refused, and it stayed");
		break;
	case SESSION_CLOSED:
	case SESSION_STATE_COUNT:
		CHECK_NEVER("a timer of a closed session");
	}
}

static const struct stream_ops session_client_ops = {
	.on_readable = session_on_client_readable,
	.on_writable = session_on_client_writable,
};

static const struct stream_ops session_backend_ops = {
	.on_readable = session_on_backend_readable,
	.on_writable = session_on_backend_writable,
};

static void
session_begin(struct session *s, usec_t now)
{
	session_count(s, LISTEN_opened, 1);
	if (hello_is_awaited(s->front)) {
		session_set_state(s, SESSION_HELLO);
		session_set_timer(s, now);
		stream_want(&s->client, STREAM_READ);
		hello_read(s, now); /* mostly it is there already */
	} else {
		session_set_state(s, SESSION_CONNECTING);
		session_route(s, now);
	}
}

bool
session_open(struct front *f, int fd, uint32_t source, usec_t now)
{
	struct session *s = pool_take(&f->worker->sessions);

	if (s == NULL) {
		sock_close_reset(fd);
		return false;
	}
	s->magic = SESSION_MAGIC;
	s->state = SESSION_CLOSED;
	s->slot = -1;
	s->cancel_slot = -1;
	s->source = source;
	s->front = f;
	s->id = ++f->worker->next_session;
	s->opened_at = now;
	s->active_at = now;
	list_init(&s->link);
	timer_init(&s->timer, f->worker->loop, session_on_timer);
	stream_init(&s->client, f->worker->loop, &session_client_ops);
	stream_init(&s->backend, f->worker->loop, &session_backend_ops);
	stream_adopt(&s->client, fd);
	session_begin(s, now);
	return true;
}

void
session_retry(struct session *s, usec_t now)
{
	CHECK_OBJ(s, SESSION_MAGIC);
	CHECK(s->state == SESSION_HELD);
	session_route(s, now);
}

void
session_reroute(struct session *s, bool may_cut, usec_t now)
{
	enum cut cut;

	CHECK_OBJ(s, SESSION_MAGIC);
	CHECK(s->slot >= 0);
	cut = route_cut(worker_view(s->front->worker, s->front->cluster->id),
	    s->front->listen->route, s->slot);
	switch (cut) {
	case CUT_NONE:
		s->is_draining = false;
		break;
	case CUT_DRAIN:
		if (s->is_draining)
			break;
		s->is_draining = true;
		s->drain_until = now + s->front->conf->drain_timeout_us;
		if (s->state == SESSION_OPEN)
			session_set_timer(s, now);
		break;
	case CUT_NOW:
		if (s->state == SESSION_OPEN && !flow_is_unanswered(s)) {
			if (may_cut)
				session_cut(s);
			break;
		}
		session_unbind(s); /* another one can be told the same */
		session_route(s, now);
		break;
	case CUT_COUNT:
		CHECK_NEVER("unknown cut");
	}
}
