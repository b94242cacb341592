#include "net/watch.h"

#include "base/check.h"

#include <poll.h>

static void
watch_on_ready(struct ev_loop *ev, ev_io *io, int revents)
{
	struct watch *w = container_of(io, struct watch, io);

	(void)ev;
	CHECK((revents & EV_ERROR) == 0); /* a descriptor that is none */
	w->on_ready(w, revents, loop_now(w->loop));
}

void
watch_init(struct watch *w, struct loop *loop, watch_fn *on_ready)
{
	ev_io_init(&w->io, watch_on_ready, -1, 0);
	w->loop = loop;
	w->on_ready = on_ready;
}

void
watch_set(struct watch *w, int fd, int events)
{
	if (ev_is_active(&w->io) && w->io.fd == fd &&
	    (w->io.events & (WATCH_READ | WATCH_WRITE)) == events)
		return;
	ev_io_stop(loop_ev(w->loop), &w->io);
	ev_io_set(&w->io, fd, events);
	if (events != 0)
		ev_io_start(loop_ev(w->loop), &w->io);
}

void
watch_stop(struct watch *w)
{
	ev_io_stop(loop_ev(w->loop), &w->io);
}

int
watch_poll(const struct watch *w)
{
	struct pollfd pfd = { .fd = w->io.fd };
	int events = 0;

	if (!ev_is_active(&w->io))
		return 0;
	pfd.events = (short)((w->io.events & WATCH_READ ? POLLIN : 0) |
	    (w->io.events & WATCH_WRITE ? POLLOUT : 0));
	if (poll(&pfd, 1, 0) != 1)
		return 0;
	/* What libev makes of an error, too. */
	if ((pfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		events |= WATCH_READ;
	if ((pfd.revents & (POLLOUT | POLLHUP | POLLERR)) != 0)
		events |= WATCH_WRITE;
	return events & w->io.events;
}
