/*
 * postgres_steps.h - the jobs of the PostgreSQL driver, step by step.
 *
 * A job is a list of steps; each asks one statement and takes its answer.
 * Private to the driver: postgres.c walks through them.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_STEPS_H
#define REGENT_GUARD_DRIVER_POSTGRES_STEPS_H

#include "base/text.h"
#include "guard/driver/postgres_link.h"

struct contact {
	struct grave grave;
	struct postgres_link link;
	struct postgres_link target; /* to the node that is to be followed */
	struct timer again;
	const struct contact_ops *ops;
	void *arg;
	struct contact_login login; /* with strings of its own */
	bool is_busy;
	struct job job;
	const struct postgres_step *const *step;
	struct text sql;
	struct contact_result result;
	char waits[128];          /* for what, when a step asks again */
	unsigned n_again;         /* how often this step has */
	char forked[HISTORY_LEN]; /* the history that `fork` is of */
	struct text fork;         /* its file */
	struct text conninfo;     /* to be; holds a password */
	uint64_t applied;         /* by a standby that is to follow another */
	uint64_t their_timeline;  /* of the target; 0 if it is not known */
	uint64_t their_position;
	char slot[64];     /* primary_slot_name */
	char link_pid[16]; /* the receiver that is to go */
};

enum postgres_taken {
	TAKEN,        /* go on with the next step */
	TAKEN_AGAIN,  /* not yet: the same question in a moment */
	TAKEN_FAILED, /* the job is over; the detail says why */
};

struct postgres_step {
	/* The statement; NULL: there is nothing to ask. */
	const char *(*ask)(struct contact *c);
	/*
	 * Its answer, which is no error unless may_fail; NULL if none.  Of a
	 * target that can't be reached: none, if it may fail.
	 */
	enum postgres_taken (*take)(struct contact *c, const PGresult *answer);
	bool may_fail;
	bool is_of_target; /* asked over there */
};

/* The steps of a job, behind them NULL. */
const struct postgres_step *const *postgres_steps(enum job_kind kind);

/* Whether that is an answer and no error. */
bool postgres_is_ok(const PGresult *answer);

#endif
