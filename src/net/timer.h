/*
 * timer.h - a one-shot deadline of the monotonic clock.
 *
 * Embedded in its owner, which stops it before it goes.  Never early.  Setting
 * one costs no system call and no look at the clock.
 */
#ifndef REGENT_NET_TIMER_H
#define REGENT_NET_TIMER_H

#include "base/heap.h"
#include "net/loop.h"

struct timer;
typedef void timer_fn(struct timer *timer, usec_t now);

struct timer {
	struct heap_node node; /* its key is the deadline */
	struct loop *loop;
	timer_fn *fn;
};

void timer_init(struct timer *timer, struct loop *loop, timer_fn *fn);

/* Sets or moves the deadline; one in the past fires in the next turn. */
void timer_set(struct timer *timer, usec_t deadline);
void timer_stop(struct timer *timer);
bool timer_is_set(const struct timer *timer);

/* The deadline it has, or had when it fired or was stopped. */
usec_t timer_deadline(const struct timer *timer);

/* For net/loop only: calls those of `timers` that are due at `now`. */
void timer_fire(struct heap *timers, usec_t now);

#endif
