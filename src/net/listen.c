#include "net/listen.h"

#include "net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* More than a handful a turn would starve the sessions that are there. */
enum { LISTENER_BATCH = 16 };

/* More than the backlog has room for. */
enum { LISTENER_DRAIN_MAX = 8192 };

static bool
listener_is_accepting(const struct listener *l)
{
	return listener_is_open(l) && !l->is_paused;
}

/* Whether there may be another one. */
static bool
listener_accept(struct listener *l, usec_t now)
{
	struct addr peer;
	int fd;

	if (l->ops->may_accept != NULL && !l->ops->may_accept(l, now))
		return false;
	fd = sock_accept(l->io.fd, &peer);
	if (fd == -EAGAIN) {
		if (l->ops->on_nobody != NULL)
			l->ops->on_nobody(l);
		return false;
	}
	if (fd < 0) {
		listener_pause(l);
		l->ops->on_starved(l, -fd, now);
		return false;
	}
	l->ops->on_accept(l, fd, &peer, now);
	return true;
}

static void
listener_on_ev(struct ev_loop *ev, ev_io *w, int revents)
{
	struct listener *l = container_of(w, struct listener, io);
	usec_t now = loop_now(l->loop);

	(void)ev;
	(void)revents;
	for (int i = 0; i < LISTENER_BATCH && listener_is_accepting(l); i++)
		if (!listener_accept(l, now))
			return;
}

void
listener_drain(struct listener *l)
{
	usec_t now = loop_now(l->loop);

	/* Another process may accept as well, and be outrun by who comes. */
	for (int i = 0; i < LISTENER_DRAIN_MAX && listener_is_accepting(l); i++)
		if (!listener_accept(l, now))
			return;
}

void
listener_open(struct listener *l, struct loop *loop, int fd,
    const struct listener_ops *ops)
{
	CHECK(fd >= 0);
	l->loop = loop;
	l->ops = ops;
	l->is_paused = false;
	ev_io_init(&l->io, listener_on_ev, fd, EV_READ);
	ev_io_start(loop_ev(loop), &l->io);
}

void
listener_pause(struct listener *l)
{
	CHECK(listener_is_open(l));
	l->is_paused = true;
	ev_io_stop(loop_ev(l->loop), &l->io);
}

void
listener_resume(struct listener *l)
{
	CHECK(listener_is_open(l));
	l->is_paused = false;
	ev_io_start(loop_ev(l->loop), &l->io);
}

int
listener_release(struct listener *l)
{
	int fd = l->io.fd;

	CHECK(listener_is_open(l));
	ev_io_stop(loop_ev(l->loop), &l->io);
	l->io.fd = -1;
	return fd;
}

void
listener_close(struct listener *l)
{
	if (listener_is_open(l))
		close(listener_release(l));
}

/*
 * What epoll has registered stays as long as the socket is open anywhere, and
 * libev does not take it out before it hears of it once more; it then asks for
 * the number, which must not be somebody else's by then.  So the number is
 * kept, with nothing behind it, until this process ends.
 */
void
listener_abandon(struct listener *l)
{
	int fd, nothing;

	if (!listener_is_open(l))
		return;
	fd = listener_release(l);
	nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0 || dup3(nothing, fd, O_CLOEXEC) < 0)
		close(fd);
	if (nothing >= 0)
		close(nothing);
}

bool
listener_is_open(const struct listener *l)
{
	return l->io.fd >= 0;
}

int
listener_fd(const struct listener *l)
{
	return l->io.fd;
}
