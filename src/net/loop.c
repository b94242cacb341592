#include "net/loop.h"

#include "base/heap.h"
#include "base/mem.h"
#include "net/timer.h"

#include <ev.h>
#include <stdlib.h>
#include <time.h>

#define LOOP_MAGIC 0x4c4f4f50u

enum { LOOP_SIGNALS_MAX = 8 };

struct loop_signal {
	ev_signal ev;
	loop_signal_fn *fn;
	void *arg;
};

struct loop {
	uint32_t magic;
	struct ev_loop *ev;
	ev_check check;
	ev_prepare prepare;
	ev_timer alarm; /* for the first of the timers, or earlier */
	usec_t alarm_at;
	usec_t now;
	usec_t spin;
	usec_t busy_at; /* the last turn that had an event */
	bool is_stopped;
	struct heap timers;
	struct list graves;
	struct loop_signal signals[LOOP_SIGNALS_MAX];
	int n_signals;
};

static usec_t
loop_read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * USEC_SEC + ts.tv_nsec / 1000;
}

usec_t
loop_clock(void)
{
	return loop_read_clock(CLOCK_MONOTONIC);
}

usec_t
loop_boot_clock(void)
{
	return loop_read_clock(CLOCK_BOOTTIME);
}

static void
loop_on_check(struct ev_loop *ev, ev_check *w, int revents)
{
	struct loop *loop = container_of(w, struct loop, check);

	(void)revents;
	loop->now = loop_clock();
	/* This watcher is not counted. */
	if (loop->spin > 0 && ev_pending_count(ev) > 0)
		loop->busy_at = loop->now;
}

static void
loop_on_alarm(struct ev_loop *ev, ev_timer *w, int revents)
{
	struct loop *loop = container_of(w, struct loop, alarm);

	(void)ev;
	(void)revents;
	timer_fire(&loop->timers, loop->now);
}

/*
 * The alarm moves only to be earlier: most timers never fire, and one that
 * rings in vain is set again.
 */
static void
loop_set_alarm(struct loop *loop)
{
	const struct heap_node *first = heap_first(&loop->timers);
	usec_t wait;

	if (first == NULL ||
	    (ev_is_active(&loop->alarm) && loop->alarm_at <= first->key))
		return;
	wait = first->key - loop_clock();
	ev_timer_stop(loop->ev, &loop->alarm);
	/* libev counts from the start of the turn; the clock has gone on. */
	ev_now_update(loop->ev);
	ev_timer_set(&loop->alarm, wait > 0 ? (double)wait / 1e6 : 0., 0.);
	ev_timer_start(loop->ev, &loop->alarm);
	loop->alarm_at = first->key;
}

static void
loop_empty_graves(struct loop *loop)
{
	LIST_FOREACH_SAFE (link, &loop->graves) {
		struct grave *grave = LIST_ENTRY(link, struct grave, link);

		list_remove(link);
		grave->free(grave);
	}
}

static void
loop_on_prepare(struct ev_loop *ev, ev_prepare *w, int revents)
{
	struct loop *loop = container_of(w, struct loop, prepare);

	(void)ev;
	(void)revents;
	loop_empty_graves(loop);
	loop_set_alarm(loop);
}

struct loop *
loop_new(bool is_main)
{
	struct loop *loop = mem_new(sizeof(*loop));

	loop->magic = LOOP_MAGIC;
	loop->ev =
	    is_main ? ev_default_loop(EVFLAG_NOENV) : ev_loop_new(EVFLAG_NOENV);
	CHECK(loop->ev != NULL);
	loop->now = loop_clock();
	list_init(&loop->graves);
	ev_check_init(&loop->check, loop_on_check);
	ev_set_priority(&loop->check, EV_MAXPRI);
	ev_check_start(loop->ev, &loop->check);
	ev_prepare_init(&loop->prepare, loop_on_prepare);
	ev_prepare_start(loop->ev, &loop->prepare);
	ev_timer_init(&loop->alarm, loop_on_alarm, 0., 0.);
	return loop;
}

void
loop_free(struct loop **loop)
{
	struct loop *l = *loop;

	if (l == NULL)
		return;
	CHECK_OBJ(l, LOOP_MAGIC);
	loop_empty_graves(l);
	for (int i = 0; i < l->n_signals; i++)
		ev_signal_stop(l->ev, &l->signals[i].ev);
	ev_check_stop(l->ev, &l->check);
	ev_prepare_stop(l->ev, &l->prepare);
	ev_timer_stop(l->ev, &l->alarm);
	heap_fini(&l->timers);
	ev_loop_destroy(l->ev);
	free(l);
	*loop = NULL;
}

void
loop_set_spin(struct loop *loop, usec_t spin)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	CHECK(spin >= 0);
	loop->spin = spin;
	ev_break(loop->ev, EVBREAK_ONE); /* loop_run goes on as it is now */
}

/* How the next turns are run: each by itself costs libev more. */
static int
loop_run_flags(const struct loop *loop)
{
	if (loop->spin == 0)
		return 0;
	return loop->now - loop->busy_at < loop->spin ? EVRUN_NOWAIT
						      : EVRUN_ONCE;
}

void
loop_run(struct loop *loop)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	loop->is_stopped = false;
	while (!loop->is_stopped)
		ev_run(loop->ev, loop_run_flags(loop));
	loop_empty_graves(loop);
}

void
loop_stop(struct loop *loop)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	loop->is_stopped = true;
	ev_break(loop->ev, EVBREAK_ALL);
}

usec_t
loop_now(const struct loop *loop)
{
	return loop->now;
}

static void
loop_on_ev_signal(struct ev_loop *ev, ev_signal *w, int revents)
{
	struct loop_signal *s = container_of(w, struct loop_signal, ev);

	(void)ev;
	(void)revents;
	s->fn(s->arg, w->signum);
}

void
loop_on_signal(struct loop *loop, int signum, loop_signal_fn *fn, void *arg)
{
	struct loop_signal *s;

	CHECK_OBJ(loop, LOOP_MAGIC);
	CHECK(loop->n_signals < LOOP_SIGNALS_MAX);
	s = &loop->signals[loop->n_signals++];
	s->fn = fn;
	s->arg = arg;
	ev_signal_init(&s->ev, loop_on_ev_signal, signum);
	ev_signal_start(loop->ev, &s->ev);
}

void
loop_bury(struct loop *loop, struct grave *grave, void (*free)(struct grave *))
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	grave->free = free;
	list_init(&grave->link);
	list_push(&loop->graves, &grave->link);
}

struct heap *
loop_timers(struct loop *loop)
{
	return &loop->timers;
}

struct ev_loop *
loop_ev(struct loop *loop)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	return loop->ev;
}
