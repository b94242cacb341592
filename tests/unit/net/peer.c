#include "peer.h"

#include <errno.h>
#include <string.h>

static void
peer_on_readable(struct stream *stream, usec_t now)
{
	struct peer *p = container_of(stream, struct peer, stream);
	char *at = p->in + p->in_len;
	ssize_t n;

	(void)now;
	assert_true(p->in_len < PEER_IN_MAX - 1);
	n = stream_read(stream, at, PEER_IN_MAX - 1 - p->in_len);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		p->is_ended = n == 0;
		p->error = (int)n;
		stream_want(stream, 0);
		return;
	}
	p->in_len += (size_t)n;
	p->in[p->in_len] = '\0';
	if (p->is_echoing)
		(void)stream_write(stream, at, (size_t)n);
}

static void
peer_on_writable(struct stream *stream, usec_t now)
{
	struct peer *p = container_of(stream, struct peer, stream);

	(void)now;
	p->error = stream_connect_result(stream);
	p->is_connected = p->error == 0;
	stream_want(stream, p->is_connected ? STREAM_READ : 0);
}

static const struct stream_ops peer_ops = {
	.on_readable = peer_on_readable,
	.on_writable = peer_on_writable,
};

void
peer_connect(struct peer *p, struct trial *t, const struct endpoint *ep)
{
	struct addr addr;

	memset(p, 0, sizeof(*p));
	addr_from_endpoint(&addr, ep);
	stream_init(&p->stream, t->loop, &peer_ops);
	p->error = stream_connect(&p->stream, &addr);
}

void
peer_adopt(struct peer *p, struct trial *t, int fd)
{
	memset(p, 0, sizeof(*p));
	stream_init(&p->stream, t->loop, &peer_ops);
	stream_adopt(&p->stream, fd);
	stream_want(&p->stream, STREAM_READ);
	p->is_connected = true;
}

void
peer_close(struct peer *p)
{
	stream_close(&p->stream);
}

void
peer_say(struct peer *p, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(stream_write(&p->stream, text, len), (int)len);
}

bool
peer_heard(const struct peer *p, const char *text)
{
	return strcmp(p->in, text) == 0;
}

bool
peer_heard_of(const struct peer *p, const char *text)
{
	return strstr(p->in, text) != NULL;
}

bool
peer_is_gone(const struct peer *p)
{
	return p->is_ended || p->error != 0;
}

void
peer_forget(struct peer *p)
{
	p->in_len = 0;
	p->in[0] = '\0';
}
