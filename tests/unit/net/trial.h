/*
 * trial.h - a loop for one test, run turn by turn until something holds.
 *
 * Nothing waits for a length of time: a turn ends when something happened,
 * and after a millisecond at the latest, because what a test waits for may
 * happen in another thread.  A test that waits too long fails.
 */
#ifndef REGENT_TESTS_NET_TRIAL_H
#define REGENT_TESTS_NET_TRIAL_H

#include "base/endpoint.h"
#include "net/timer.h"

#include <ev.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct trial {
	struct loop *loop;
	struct timer beat;
	ev_prepare pause;
	bool is_in_turn;
	usec_t deadline;
};

void trial_open(struct trial *t, bool is_main);
void trial_close(struct trial *t);

/* One turn of the loop; `what` is what the test waits for. */
void trial_turn(struct trial *t, const char *what);

#define TRIAL_UNTIL(t, cond) \
	do { \
		while (!(cond)) \
			trial_turn((t), #cond); \
	} while (0)

/* Keeps the loop from its work, as a slow callback does. */
void trial_spin(usec_t duration);

/*
 * A loopback address nobody else uses: 127.x.y.1 is derived from the process
 * id, so that tests may run side by side, and the port is one that is free.
 */
void trial_endpoint(struct endpoint *ep);

/* A listening socket there that nobody else can join. */
int trial_listen(const struct endpoint *ep);

/* Where the socket is bound. */
void trial_endpoint_of(struct endpoint *ep, int fd);

#endif
