#include "relay/cancel.h"

#include "relay/route.h"
#include "relay/session.h"

/* Whether clients of this listener may be on the node. */
static bool
cancel_may_have(const struct session *s, int slot)
{
	const struct front *f = s->front;

	return route_cut(worker_view(f->worker, f->cluster->id),
		   f->listen->route, slot) != CUT_NOW;
}

static bool
cancel_connect(struct session *s, int slot, usec_t now)
{
	const struct front *f = s->front;
	const struct addr *addr = worker_addr(f->worker, f->cluster->id, slot);

	s->tried |= UINT32_C(1) << slot;
	if (addr->len == 0 || !cancel_may_have(s, slot) ||
	    stream_connect(&s->backend, addr) != 0)
		return false;
	s->cancel_slot = (int8_t)slot;
	session_set_timer(s, now);
	return true;
}

/* The next node; the client hears the end when all have been asked. */
static void
cancel_next(struct session *s, usec_t now)
{
	stream_close(&s->backend);
	s->cancel_slot = -1;
	for (int slot = 0; slot < NODES_MAX; slot++)
		if ((s->tried & UINT32_C(1) << slot) == 0 &&
		    cancel_connect(s, slot, now))
			return;
	session_close(s, "cancel request: all nodes were asked");
}

void
cancel_begin(struct session *s, usec_t now)
{
	CHECK_OBJ(s, SESSION_MAGIC);
	CHECK(s->slot < 0);
	session_count(s, LISTEN_cancels, 1);
	session_set_state(s, SESSION_CANCEL);
	stream_want(&s->client, 0); /* it may go: its wish stands */
	s->tried = 0;
	cancel_next(s, now);
}

void
cancel_write(struct session *s, usec_t now)
{
	size_t len = pgwire_hello(s->hello.bytes, s->hello.len).len;

	CHECK(s->state == SESSION_CANCEL);
	if (stream_connect_result(&s->backend) != 0 ||
	    stream_write(&s->backend, s->hello.bytes, len) != (ssize_t)len) {
		cancel_next(s, now);
		return;
	}
	stream_want(&s->backend, STREAM_READ);
	session_set_timer(s, now);
}

/* It hangs up when it has done what it could; if it speaks, it complains. */
void
cancel_read(struct session *s, usec_t now)
{
	CHECK(s->state == SESSION_CANCEL);
	cancel_next(s, now);
}

void
cancel_late(struct session *s, usec_t now)
{
	CHECK(s->state == SESSION_CANCEL);
	cancel_next(s, now);
}

void
cancel_reroute(struct session *s, usec_t now)
{
	CHECK(s->state == SESSION_CANCEL);
	if (s->cancel_slot < 0 || cancel_may_have(s, s->cancel_slot))
		return;
	stream_close_reset(&s->backend);
	cancel_next(s, now);
}
