/*
 * share.h - which worker serves a client that one of them has accepted.
 *
 * The kernel deals clients out by a hash of their addresses: of ten
 * connections of a pool one of two workers may get eight, and who carries
 * much gets as many as who is idle.  So a worker that has clearly more to do
 * than another one hands a new client over.  Sessions under way stay.
 */
#ifndef REGENT_RELAY_SHARE_H
#define REGENT_RELAY_SHARE_H

#include "base/usec.h"

#include <stdatomic.h>
#include <stdbool.h>

struct front;
struct mailbox;
struct worker;

enum { SHARE_BUSY_MAX = 1000 };

/* Of a worker; others see it. */
struct share {
	struct mailbox *arrivals; /* clients of others */
	bool is_over;             /* the worker has ended: nobody is served */
	/* In no cache line with anything that changes with each message. */
	char before[64];
	_Atomic unsigned sessions; /* and clients on their way to it */
	_Atomic unsigned busy;     /* of 1000, written by the guard */
	char behind[64];
};

/* Guard thread, before the worker's begins and after it was joined. */
void share_init(struct worker *w);
void share_fini(struct worker *w);

/* Guard thread, now and then: how busy each worker's processor was. */
struct share_clock {
	usec_t at;
	usec_t cpu; /* that the thread had used by then */
};

void share_note_busy(struct worker *w, struct share_clock *clock, usec_t now);

/* Hands an accepted client to a worker that has less to do, if there is one;
 * its room in the listener goes along. */
bool share_hand_over(struct front *f, int fd);

/* A session has begun (1) or ended (-1) here. */
void share_count(struct worker *w, int n);

/*
 * How much there is to do: grows with the sessions, and with the share of the
 * last moments in which the processor was used.
 */
uint64_t share_load(unsigned sessions, unsigned busy);

/* Whether a new client at a worker of load `mine` is better off elsewhere. */
bool share_is_uneven(uint64_t mine, uint64_t other);

#endif
