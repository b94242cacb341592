#include "relay/farewell.h"

#include "base/text.h"
#include "relay/choice.h"
#include "relay/session.h"
#include "wire/mywire.h"

#include <errno.h>
#include <string.h>

/* A client asks for TLS and for GSS, each once. */
enum { FAREWELL_NOES_MAX = 2, FAREWELL_TEXT_MAX = 256 };

/* What the log says, of all kinds of clients. */
static const char *const farewell_reasons[REFUSAL_COUNT] = {
	[REFUSAL_NO_NODE] = "refused: no node in time",
	[REFUSAL_UNREACHABLE] = "refused: its nodes can't be reached",
	[REFUSAL_FULL] = "refused: no room at its nodes in time",
	[REFUSAL_HOLD_MAX] = "refused: hold_max clients wait already",
	[REFUSAL_CLOSING] = "refused: the listener closes",
	[REFUSAL_STARVED] = "refused: no descriptors left",
};

static const char *
farewell_wanted(const struct session *s)
{
	switch (s->front->listen->route) {
	case ROUTE_PRIMARY:
		return "primary";
	case ROUTE_REPLICA:
		return "replica that is fit to be read";
	case ROUTE_ANY:
		return "node that is fit to be read";
	case ROUTE_COUNT:
		break;
	}
	CHECK_NEVER("unknown route");
}

/* Whether it is for the limits of the nodes that the client is refused. */
static bool
farewell_is_full(const struct session *s)
{
	const struct front *f = s->front;

	return s->refusal == REFUSAL_FULL ||
	    (s->refusal == REFUSAL_HOLD_MAX &&
		choice_waits_for_room(f, loop_now(f->worker->loop)));
}

/* What a client that waits would be waiting for. */
static void
farewell_add_lack(const struct session *s, char *buf, size_t size, size_t *len)
{
	const struct front *f = s->front;
	const char *cluster = f->cluster->name;

	if (!farewell_is_full(s))
		text_append(buf, size, len, "cluster %s has no %s", cluster,
		    farewell_wanted(s));
	else if (f->listen->route == ROUTE_PRIMARY)
		text_append(buf, size, len,
		    "the primary of cluster %s has all the sessions that "
		    "maxconn allows",
		    cluster);
	else
		text_append(buf, size, len,
		    "the nodes of cluster %s have all the sessions that "
		    "maxconn allows",
		    cluster);
}

static void
farewell_add_reason(
    const struct session *s, char *buf, size_t size, size_t *len)
{
	const struct conf_listen *listen = s->front->listen;
	const char *cluster = s->front->cluster->name;

	switch ((enum refusal)s->refusal) {
	case REFUSAL_NO_NODE:
		text_append(buf, size, len, "cluster %s has no %s", cluster,
		    farewell_wanted(s));
		break;
	case REFUSAL_UNREACHABLE:
		text_append(buf, size, len,
		    listen->route == ROUTE_PRIMARY
			? "the primary of cluster %s can't be reached"
			: "no node of cluster %s can be reached",
		    cluster);
		break;
	case REFUSAL_FULL:
		farewell_add_lack(s, buf, size, len);
		break;
	case REFUSAL_HOLD_MAX:
		farewell_add_lack(s, buf, size, len);
		text_append(
		    buf, size, len, ", and too many clients wait already");
		break;
	case REFUSAL_CLOSING:
		text_append(
		    buf, size, len, "listener %s is closing", listen->name);
		break;
	case REFUSAL_STARVED:
		text_append(buf, size, len, "no file descriptors are left");
		break;
	case REFUSAL_COUNT:
		CHECK_NEVER("unknown refusal");
	}
}

/* "regent: cluster crm has no primary; waited 30 s" */
static void
farewell_text(const struct session *s, char *buf, size_t size)
{
	size_t len = 0;

	text_append(buf, size, &len, "regent: ");
	farewell_add_reason(s, buf, size, &len);
	if (s->waited_us >= USEC_SEC)
		text_append(buf, size, &len, "; waited %lld s",
		    (long long)(s->waited_us / USEC_SEC));
	else if (s->waited_us >= USEC_MS)
		text_append(buf, size, &len, "; waited %lld ms",
		    (long long)(s->waited_us / USEC_MS));
}

/*
 * 1040 and not 1053, which is as true: clients that know which errors pass
 * try again after it.
 */
static bool
farewell_encode_mysql(
    const struct session *s, uint8_t *buf, size_t size, size_t *len)
{
	char text[FAREWELL_TEXT_MAX];
	const struct mywire_error error = {
		.code = s->refusal == REFUSAL_CLOSING
		    ? MYWIRE_SERVER_SHUTDOWN
		    : MYWIRE_TOO_MANY_CONNECTIONS,
		.message = text,
	};

	farewell_text(s, text, sizeof(text));
	return mywire_error(buf, size, len, &error);
}

static bool
farewell_encode_postgres(
    const struct session *s, uint8_t *buf, size_t size, size_t *len)
{
	char text[FAREWELL_TEXT_MAX];
	const struct pgwire_error error = {
		.state = farewell_is_full(s) ? PGWIRE_TOO_MANY_CONNECTIONS
					     : PGWIRE_CANNOT_CONNECT_NOW,
		.message = text,
	};

	farewell_text(s, text, sizeof(text));
	return pgwire_error(buf, size, len, &error);
}

/* All of it or none: a client has room for so little, or is none. */
static bool
farewell_send(struct session *s, const void *bytes, size_t len)
{
	return stream_write(&s->client, bytes, len) == (ssize_t)len;
}

static void
farewell_tell(struct session *s)
{
	uint8_t buf[512];
	size_t len = 0;
	bool is_encoded = s->front->cluster->protocol == PROTOCOL_MYSQL
	    ? farewell_encode_mysql(s, buf, sizeof(buf), &len)
	    : farewell_encode_postgres(s, buf, sizeof(buf), &len);

	CHECK(is_encoded);
	if (!farewell_send(s, buf, len)) {
		session_close(s, farewell_reasons[s->refusal]);
		return;
	}
	session_count(s, LISTEN_told, 1);
	s->is_told = true;
	stream_shutdown_write(&s->client);
}

/* Encryption is for the node to offer: "no", so that it asks in the clear. */
static void
farewell_say_no(struct session *s)
{
	hello_forget(s);
	if (++s->n_noes > FAREWELL_NOES_MAX ||
	    !farewell_send(s, PGWIRE_NO, strlen(PGWIRE_NO)))
		session_close(s, farewell_reasons[s->refusal]);
}

/* To what the PostgreSQL client has said, as far as that is known. */
static void
farewell_answer(struct session *s)
{
	switch (hello_kind(s)) {
	case PGWIRE_MORE:
		break;
	case PGWIRE_SSL:
	case PGWIRE_GSSENC:
		farewell_say_no(s);
		break;
	case PGWIRE_STARTUP:
		farewell_tell(s);
		break;
	case PGWIRE_CANCEL:
	case PGWIRE_TLS:
	case PGWIRE_ALIEN:
		session_close(s, farewell_reasons[s->refusal]);
		break;
	case PGWIRE_HELLO_COUNT:
		CHECK_NEVER("unknown hello");
	}
}

static bool
farewell_is_possible(const struct session *s)
{
	const struct front *f = s->front;

	return f->n_farewells < FAREWELL_MAX &&
	    (f->cluster->protocol == PROTOCOL_MYSQL ||
		f->cluster->protocol == PROTOCOL_POSTGRES);
}

void
farewell_begin(struct session *s, enum refusal why, usec_t now)
{
	CHECK_OBJ(s, SESSION_MAGIC);
	session_unbind(s);
	session_count(s, LISTEN_refused, 1);
	s->refusal = (uint8_t)why;
	if (!farewell_is_possible(s)) {
		session_close(s, farewell_reasons[why]);
		return;
	}
	if (s->held_at > 0)
		s->waited_us = now - s->held_at;
	session_set_state(s, SESSION_FAREWELL);
	session_set_timer(s, now);
	stream_want(&s->client, STREAM_READ);
	if (s->front->cluster->protocol == PROTOCOL_MYSQL)
		farewell_tell(s); /* there the server speaks first */
	else
		farewell_answer(s);
	/* Others need the descriptor more than this one needs to hear why. */
	if (why == REFUSAL_STARVED && s->state == SESSION_FAREWELL)
		session_close(s, farewell_reasons[why]);
}

/* What it goes on to say does not matter, but must not lie unread. */
static void
farewell_leave_out(struct session *s)
{
	ssize_t n =
	    stream_read(&s->client, s->front->worker->scratch, PUMP_SCRATCH);

	if (n > 0)
		s->n_left_out += (uint32_t)n;
	if (n == -EAGAIN || (n > 0 && s->n_left_out < FAREWELL_BYTES))
		return;
	session_close(s, farewell_reasons[s->refusal]);
}

void
farewell_read(struct session *s)
{
	ssize_t n;

	CHECK_OBJ(s, SESSION_MAGIC);
	CHECK(s->state == SESSION_FAREWELL);
	if (s->is_told) {
		farewell_leave_out(s);
		return;
	}
	n = hello_take(s);
	if (n > 0)
		farewell_answer(s);
	else if (n != -EAGAIN)
		session_close(s, farewell_reasons[s->refusal]);
}
