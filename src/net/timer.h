/*
 * timer.h - a one-shot deadline of the monotonic clock.
 *
 * Embedded in its owner, which stops it before it goes.  Never early: a
 * wake-up before the deadline is slept over.
 */
#ifndef REGENT_NET_TIMER_H
#define REGENT_NET_TIMER_H

#include "net/loop.h"

#include <ev.h>

struct timer;
typedef void timer_fn(struct timer *timer, usec_t now);

struct timer {
	ev_timer ev;
	struct loop *loop;
	usec_t deadline;
	timer_fn *fn;
};

void timer_init(struct timer *timer, struct loop *loop, timer_fn *fn);

/* Sets or moves the deadline; one in the past fires in the next turn. */
void timer_set(struct timer *timer, usec_t deadline);
void timer_stop(struct timer *timer);
bool timer_is_set(const struct timer *timer);

#endif
