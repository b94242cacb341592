#include "net/watch.h"

#include "base/check.h"

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
