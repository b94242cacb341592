/*
 * herald.h - tells the operator's notify_command of one event after another.
 *
 * One process at a time, in the order of the events.  Those that come
 * meanwhile wait; when too many do, the oldest are lost, counted and logged.
 * Nothing ever waits for it.  Embedded in its owner.
 */
#ifndef REGENT_GUARD_HERALD_H
#define REGENT_GUARD_HERALD_H

#include "guard/hookenv.h"
#include "net/child.h"

enum { HERALD_WAITING_MAX = 32 };

struct herald;

/* What is worth a line in the log: a run that failed, events that are lost. */
typedef void herald_fn(struct herald *herald, const char *text);

struct herald {
	struct loop *loop;
	herald_fn *on_trouble;
	struct child *child; /* running, or NULL */
	char *command;       /* of the newest event */
	usec_t timeout_us;
	uint64_t n_lost;      /* ever */
	uint64_t n_lost_told; /* of them, the command knows */
	bool is_losing;       /* since the queue was last empty */
	unsigned first;
	unsigned n;
	struct hookenv waiting[HERALD_WAITING_MAX]; /* a ring */
};

void herald_init(struct herald *h, struct loop *loop, herald_fn *on_trouble);

/* Kills what runs and forgets what waits. */
void herald_close(struct herald *h);

/*
 * Takes the environment over; the command is copied, and those that wait are
 * told to the newest one.
 */
void herald_tell(struct herald *h, const char *command, usec_t timeout_us,
    struct hookenv *env);

#endif
