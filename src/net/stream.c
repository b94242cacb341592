#include "net/stream.h"

#include "net/sock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static void
stream_on_ev(struct ev_loop *ev, ev_io *w, int revents)
{
	struct stream *s = container_of(w, struct stream, io);
	usec_t now = loop_now(stream_loop(s));

	(void)ev;
	if ((revents & EV_WRITE) != 0)
		s->ops->on_writable(s, now);
	/* The first callback may have closed the stream or lost interest. */
	if ((revents & EV_READ) != 0 && (stream_wants(s) & EV_READ) != 0)
		s->ops->on_readable(s, now);
}

void
stream_init(struct stream *s, struct loop *loop, const struct stream_ops *ops)
{
	s->ops = ops;
	ev_io_init(&s->io, stream_on_ev, -1, 0);
	s->io.data = loop;
}

void
stream_adopt(struct stream *s, int fd)
{
	CHECK(!stream_is_open(s));
	CHECK(fd >= 0);
	ev_io_set(&s->io, fd, 0);
}

int
stream_connect(struct stream *s, const struct addr *addr)
{
	int fd = sock_connect(addr);

	if (fd < 0)
		return fd;
	stream_adopt(s, fd);
	stream_want(s, STREAM_WRITE);
	return 0;
}

int
stream_connect_look(struct stream *s, const struct addr *addr)
{
	int rc = sock_connect_look(s->io.fd, addr);

	if (rc == 0)
		stream_want(s, 0);
	return rc;
}

int
stream_connect_result(const struct stream *s)
{
	return sock_connect_result(s->io.fd);
}

bool
stream_is_open(const struct stream *s)
{
	return s->io.fd >= 0;
}

int
stream_fd(const struct stream *s)
{
	return s->io.fd;
}

struct loop *
stream_loop(const struct stream *s)
{
	return s->io.data;
}

int
stream_wants(const struct stream *s)
{
	return ev_is_active(&s->io) ? s->io.events & (EV_READ | EV_WRITE) : 0;
}

void
stream_want(struct stream *s, int events)
{
	struct ev_loop *ev = loop_ev(stream_loop(s));

	CHECK(stream_is_open(s));
	if (events == stream_wants(s))
		return;
	ev_io_stop(ev, &s->io);
	if (events == 0)
		return;
	ev_io_set(&s->io, s->io.fd, events);
	ev_io_start(ev, &s->io);
}

/*
 * libev takes a descriptor out of its epoll set only when it is told of
 * something that nobody waits for: a stopped watch of what is ready.
 */
static void
stream_on_leave(struct ev_loop *ev, ev_io *w, int revents)
{
	(void)revents;
	ev_io_stop(ev, w);
	ev_set_cb(w, stream_on_ev);
}

void
stream_leave(struct stream *s)
{
	stream_want(s, STREAM_WRITE);
	ev_set_cb(&s->io, stream_on_leave);
}

ssize_t
stream_read(struct stream *s, void *buf, size_t len)
{
	ssize_t n;

	do
		n = recv(s->io.fd, buf, len, 0);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : -errno;
}

ssize_t
stream_write(struct stream *s, const void *buf, size_t len)
{
	ssize_t n;

	do
		n = send(s->io.fd, buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : -errno;
}

int
stream_peek_end(const struct stream *s)
{
	char byte;
	ssize_t n;

	n = recv(s->io.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n == 0;
}

bool
stream_is_hung_up(const struct stream *s)
{
	struct pollfd fd = { .fd = s->io.fd, .events = 0 };

	CHECK(stream_is_open(s));
	return poll(&fd, 1, 0) == 1 && (fd.revents & (POLLHUP | POLLERR)) != 0;
}

void
stream_shutdown_write(struct stream *s)
{
	(void)shutdown(s->io.fd, SHUT_WR); /* a dead peer is seen by reading */
}

static int
stream_release(struct stream *s)
{
	int fd = s->io.fd;

	ev_io_stop(loop_ev(stream_loop(s)), &s->io);
	s->io.fd = -1;
	return fd;
}

void
stream_close(struct stream *s)
{
	if (stream_is_open(s))
		close(stream_release(s));
}

void
stream_close_reset(struct stream *s)
{
	if (stream_is_open(s))
		sock_close_reset(stream_release(s));
}
