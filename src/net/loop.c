#include "net/loop.h"

#include "base/mem.h"

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
	usec_t now;
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

	(void)ev;
	(void)revents;
	loop->now = loop_clock();
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
	(void)ev;
	(void)revents;
	loop_empty_graves(container_of(w, struct loop, prepare));
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
	ev_loop_destroy(l->ev);
	free(l);
	*loop = NULL;
}

void
loop_run(struct loop *loop)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	ev_run(loop->ev, 0);
	loop_empty_graves(loop);
}

void
loop_stop(struct loop *loop)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
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

struct ev_loop *
loop_ev(struct loop *loop)
{
	CHECK_OBJ(loop, LOOP_MAGIC);
	return loop->ev;
}
