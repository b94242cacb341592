/*
 * loop.h - an event loop with one cached monotonic `now` per turn, and a
 * graveyard that is emptied at the end of the turn.
 *
 * libev is the engine; ev_now() is wall clock, so nothing here uses it.  A
 * loop belongs to the thread that runs it; only loop_wake and mailboxes may
 * be called from others.
 */
#ifndef REGENT_NET_LOOP_H
#define REGENT_NET_LOOP_H

#include "base/list.h"
#include "base/usec.h"

#include <stdbool.h>

struct ev_loop;
struct heap;
struct loop;

typedef void loop_signal_fn(void *arg, int signum);

/* `is_main`: the one loop that receives signals. */
struct loop *loop_new(bool is_main);
void loop_free(struct loop **loop);

/*
 * How long the loop looks for events without sleeping, after each turn that
 * had some: a wake-up costs more than a short wait.  0: it sleeps at once.
 */
void loop_set_spin(struct loop *loop, usec_t spin);

/* Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Monotonic time, read once a turn. */
usec_t loop_now(const struct loop *loop);

/* Monotonic too, but goes on while the machine is suspended. */
usec_t loop_boot_clock(void);

/* Reads the clock again; for measuring inside a turn. */
usec_t loop_clock(void);

/* The main loop only. */
void loop_on_signal(
    struct loop *loop, int signum, loop_signal_fn *fn, void *arg);

/* Freed at the end of the turn, so callbacks under way may still look. */
struct grave {
	struct list link;
	void (*free)(struct grave *grave);
};

void loop_bury(
    struct loop *loop, struct grave *grave, void (*free)(struct grave *));

/* For net/ only. */
struct ev_loop *loop_ev(struct loop *loop);
struct heap *loop_timers(struct loop *loop);

#endif
