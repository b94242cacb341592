#include "net/timer.h"

static void
timer_start(struct timer *timer)
{
	usec_t wait = timer->deadline - loop_clock();
	struct ev_loop *ev = loop_ev(timer->loop);

	/* libev counts from the start of the turn; the clock has gone on. */
	ev_timer_stop(ev, &timer->ev);
	ev_now_update(ev);
	ev_timer_set(&timer->ev, wait > 0 ? (double)wait / 1e6 : 0., 0.);
	ev_timer_start(ev, &timer->ev);
}

static void
timer_on_ev(struct ev_loop *ev, ev_timer *w, int revents)
{
	struct timer *timer = container_of(w, struct timer, ev);
	usec_t now = loop_now(timer->loop);

	(void)ev;
	(void)revents;
	if (now < timer->deadline) {
		timer_start(timer);
		return;
	}
	timer->fn(timer, now);
}

void
timer_init(struct timer *timer, struct loop *loop, timer_fn *fn)
{
	timer->loop = loop;
	timer->fn = fn;
	timer->deadline = USEC_NEVER;
	ev_timer_init(&timer->ev, timer_on_ev, 0., 0.);
}

void
timer_set(struct timer *timer, usec_t deadline)
{
	if (deadline == USEC_NEVER) {
		timer_stop(timer);
		return;
	}
	timer->deadline = deadline;
	timer_start(timer);
}

void
timer_stop(struct timer *timer)
{
	timer->deadline = USEC_NEVER;
	ev_timer_stop(loop_ev(timer->loop), &timer->ev);
}

bool
timer_is_set(const struct timer *timer)
{
	return ev_is_active(&timer->ev) != 0;
}
