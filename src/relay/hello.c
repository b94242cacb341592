#include "relay/hello.h"

#include "relay/cancel.h"
#include "relay/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool
hello_is_awaited(const struct front *f)
{
	return f->listen->mode == MODE_TCP &&
	    f->cluster->protocol == PROTOCOL_POSTGRES;
}

ssize_t
hello_take(struct session *s)
{
	struct hello *h = &s->hello;
	uint8_t bytes[HELLO_MAX], *all;
	ssize_t n;

	CHECK(h->len < sizeof(bytes));
	n = stream_read(&s->client, bytes, sizeof(bytes) - h->len);
	if (n <= 0)
		return n;
	all = realloc(h->bytes, h->len + (size_t)n);
	if (all == NULL)
		return -ENOMEM;
	memcpy(all + h->len, bytes, (size_t)n);
	h->bytes = all;
	h->len += (uint32_t)n;
	return n;
}

enum pgwire_hello_kind
hello_kind(const struct session *s)
{
	return pgwire_hello(s->hello.bytes, s->hello.len).kind;
}

bool
hello_is_repeatable(const struct session *s)
{
	switch (hello_kind(s)) {
	case PGWIRE_STARTUP:
	case PGWIRE_SSL:
	case PGWIRE_GSSENC:
		return true;
	case PGWIRE_MORE:
	case PGWIRE_CANCEL:
	case PGWIRE_TLS:
	case PGWIRE_ALIEN:
	case PGWIRE_HELLO_COUNT:
		break;
	}
	return false;
}

void
hello_forget(struct session *s)
{
	free(s->hello.bytes);
	s->hello.bytes = NULL;
	s->hello.len = 0;
}

void
hello_read(struct session *s, usec_t now)
{
	ssize_t n;

	CHECK_OBJ(s, SESSION_MAGIC);
	CHECK(s->state == SESSION_HELLO);
	n = hello_take(s);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		session_close(
		    s, n == 0 ? "left before it spoke" : strerror((int)-n));
		return;
	}
	switch (hello_kind(s)) {
	case PGWIRE_MORE:
		break;
	case PGWIRE_CANCEL:
		cancel_begin(s, now);
		break;
	case PGWIRE_STARTUP:
	case PGWIRE_SSL:
	case PGWIRE_GSSENC:
	case PGWIRE_TLS:
	case PGWIRE_ALIEN: /* the node says what it thinks of it */
		session_route(s, now);
		break;
	case PGWIRE_HELLO_COUNT:
		CHECK_NEVER("unknown hello");
	}
}
