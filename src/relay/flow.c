#include "relay/flow.h"

#include "relay/session.h"
#include "relay/tcp/kernel.h"

#include <errno.h>
#include <string.h>

bool
flow_is_unanswered(const struct session *s)
{
	return s->bytes_in <= s->hello.len && s->bytes_out == 0 &&
	    pump_pending(&s->to_node) == 0 && !s->to_node.is_at_end &&
	    !s->to_client.is_at_end;
}

/* Connected, and not a byte has passed either way. */
static bool
flow_is_quiet(const struct session *s)
{
	return s->bytes_in == 0 && flow_is_unanswered(s);
}

/*
 * The node of a quiet session has gone: another one, as after a refusal.  One
 * that was told something may have gone because of that, so it is no failure
 * of the node, and the client hears of it.
 */
static bool
flow_move_quiet(struct session *s, usec_t now)
{
	if (!flow_is_quiet(s) || stream_peek_end(&s->backend) == 0)
		return false;
	session_note_failure(s, -ECONNRESET, now);
	session_route(s, now);
	return true;
}

/*
 * Both sides have said goodbye: a plain close, so that the last bytes still
 * in the kernel arrive.
 */
static void
flow_finish(struct session *s)
{
	kernel_end(s);
	stream_close(&s->backend);
	session_close(s, "done");
}

/* Watches what the two directions wait for; ends when both are done. */
static void
flow_settle(struct session *s, usec_t now)
{
	if (pump_is_done(&s->to_node) && pump_is_done(&s->to_client)) {
		flow_finish(s);
		return;
	}
	if (s->kernel != NULL) {
		kernel_settle(s, now);
		return;
	}
	if (s->n_small == KERNEL_TURNS &&
	    (kernel_take(s, now) || s->state != SESSION_OPEN))
		return;
	stream_want(&s->client,
	    pump_wants_of_source(&s->to_node) |
		pump_wants_of_sink(&s->to_client));
	stream_want(&s->backend,
	    pump_wants_of_source(&s->to_client) |
		pump_wants_of_sink(&s->to_node));
}

/* After a turn that a readable source brought: a direction whose sink took
 * all of it waits for what it waited for before. */
static void
flow_settle_behind(struct session *s, const struct pump *p, usec_t now)
{
	if (s->kernel != NULL || s->n_small == KERNEL_TURNS ||
	    pump_wants_of_source(p) == 0)
		flow_settle(s, now);
}

static void
flow_fail_backend(struct session *s, int error, usec_t now)
{
	session_count_node(s, NODE_resets, 1);
	if (error == -ECONNRESET || error == -ETIMEDOUT ||
	    error == -EHOSTUNREACH)
		worker_trouble(
		    s->front->worker, s->front->cluster->id, s->slot, now);
	session_close(s, strerror(-error));
}

void
flow_fail(struct session *s, bool is_backend, int error, usec_t now)
{
	if (is_backend)
		flow_fail_backend(s, error, now);
	else
		session_close(s, strerror(-error));
}

static const char *
flow_why(enum pump_result rc, int error)
{
	return rc == PUMP_NO_MEMORY ? "no memory" : strerror(-error);
}

static void
flow_count_in(struct session *s, uint64_t n, usec_t now)
{
	s->bytes_in += n;
	s->active_at = now;
	session_count(s, LISTEN_bytes_in, n);
	session_count_node(s, NODE_bytes_in, n);
}

/* Small turns in a row make a conversation: see tcp/kernel.h. */
static void
flow_note_turn(struct session *s, uint64_t moved)
{
	if (s->n_small == KERNEL_NEVER)
		return;
	if (moved > KERNEL_SMALL)
		s->n_small = 0;
	else if (moved > 0 && s->n_small < KERNEL_TURNS)
		s->n_small++;
}

/* false: the session has ended. */
static bool
flow_pump_to_node(struct session *s, usec_t now)
{
	struct pump_move m = {
		.source = &s->client,
		.sink = &s->backend,
		.is_end = s->kernel != NULL ? kernel_client_is_at_end : NULL,
		.arg = s,
		.scratch = s->front->worker->scratch,
		.pipes = &s->front->worker->pipes,
		.is_spliced = s->front->listen->is_spliced && s->kernel == NULL,
		.is_last = pump_is_done(&s->to_client),
	};
	enum pump_result rc = pump_run(&s->to_node, &m);

	flow_count_in(s, m.moved, now);
	flow_note_turn(s, m.moved);
	if (rc == PUMP_SINK_FAILED)
		flow_fail_backend(s, m.error, now);
	else if (rc != PUMP_OK)
		session_close(s, flow_why(rc, m.error));
	return rc == PUMP_OK;
}

static bool
flow_pump_to_client(struct session *s, usec_t now)
{
	struct pump_move m = {
		.source = &s->backend,
		.sink = &s->client,
		.is_end = s->kernel != NULL ? kernel_backend_is_at_end : NULL,
		.arg = s,
		.scratch = s->front->worker->scratch,
		.pipes = &s->front->worker->pipes,
		.is_spliced = s->front->listen->is_spliced && s->kernel == NULL,
		.is_last = pump_is_done(&s->to_node),
	};
	enum pump_result rc = pump_run(&s->to_client, &m);

	s->bytes_out += m.moved;
	flow_note_turn(s, m.moved);
	s->active_at = now;
	session_count(s, LISTEN_bytes_out, m.moved);
	session_count_node(s, NODE_bytes_out, m.moved);
	if (s->bytes_out > 0)
		hello_forget(s); /* the node has taken the client over */
	if (rc == PUMP_SOURCE_FAILED)
		flow_fail_backend(s, m.error, now);
	else if (rc != PUMP_OK)
		session_close(s, flow_why(rc, m.error));
	return rc == PUMP_OK;
}

/* What was read before there was a node.  false: it did not take it. */
static bool
flow_send_hello(struct session *s, usec_t now)
{
	ssize_t n;

	if (s->hello.len == 0)
		return true;
	n = stream_write(&s->backend, s->hello.bytes, s->hello.len);
	if (n != (ssize_t)s->hello.len) {
		session_note_failure(s, n < 0 ? (int)n : -EPIPE, now);
		session_route(s, now);
		return false;
	}
	s->bytes_in = 0; /* another node may have been told before */
	flow_count_in(s, s->hello.len, now);
	if (!hello_is_repeatable(s))
		hello_forget(s);
	return true;
}

void
flow_begin(struct session *s, usec_t now)
{
	CHECK_OBJ(s, SESSION_MAGIC);
	front_tune(s->front, stream_fd(&s->backend));
	session_set_state(s, SESSION_OPEN);
	session_count_node(s, NODE_opened, 1);
	s->active_at = now;
	if (!flow_send_hello(s, now))
		return;
	s->held_at = 0;
	s->tried = 0;
	session_set_timer(s, now);
	if (flow_pump_to_node(s, now)) /* what the client said already */
		flow_settle(s, now);
}

void
flow_client_readable(struct session *s, usec_t now)
{
	if (!flow_move_quiet(s, now) && flow_pump_to_node(s, now))
		flow_settle_behind(s, &s->to_node, now);
}

void
flow_client_writable(struct session *s, usec_t now)
{
	if (flow_pump_to_client(s, now))
		flow_settle(s, now);
}

void
flow_backend_readable(struct session *s, usec_t now)
{
	if (!flow_move_quiet(s, now) && flow_pump_to_client(s, now))
		flow_settle_behind(s, &s->to_client, now);
}

void
flow_backend_writable(struct session *s, usec_t now)
{
	if (flow_pump_to_node(s, now))
		flow_settle(s, now);
}

void
flow_late(struct session *s, usec_t now)
{
	usec_t idle = s->front->listen->idle_timeout_us;

	kernel_look(s, now);
	if (s->is_draining && now >= s->drain_until) {
		session_cut(s);
		return;
	}
	/* Activity does not move the timer; it is looked at here. */
	if (idle > 0 && now - s->active_at >= idle) {
		session_count(s, LISTEN_idle, 1);
		session_close(s, "idle_timeout");
		return;
	}
	session_set_timer(s, now);
}
