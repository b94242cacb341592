/*
 * mysql_step.h - one step of a script: what is said, and how the answer is
 * taken; and the steps that several jobs share.
 *
 * Private to mysql_script.c and mysql_job.c.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_STEP_H
#define REGENT_GUARD_DRIVER_MYSQL_STEP_H

#include "guard/driver/mysql_script.h"

/* What became of a step. */
enum step_outcome {
	STEP_OVER,  /* on to the next one */
	STEP_AGAIN, /* once more after a pause, from `again` steps before */
	STEP_FAILED /* result tells why */
};

struct mysql_step {
	const char *name;
	/* Writes s->sql; false: nothing to say, the step is over. */
	bool (*say)(struct mysql_script *s);
	/* Takes the answer; without `say` it only judges, and t is NULL. */
	enum step_outcome (*take)(
	    struct mysql_script *s, const struct mysql_table *t, usec_t now);
	unsigned again;
	unsigned tolerates; /* an error of the server that is as good as OK */
	bool is_optional;   /* any error is told, and that is all */
	bool is_undone;     /* by the script's undo, if what follows fails */
	bool is_final;      /* what was done is not undone from here on */
	usec_t pause_us;    /* before it comes again */
	usec_t patience_us; /* for its answer; 0: as long as it takes */
};

/* Results of `take`; the text is for people. */
enum step_outcome mysql_step_fail(struct mysql_script *s, enum verdict verdict,
    const char *fmt, ...) PRINTF_LIKE(3, 4);
enum step_outcome mysql_step_read(
    struct mysql_script *s, bool is_read, const char *what);

/* Adds a remark to a result that is none yet. */
void mysql_step_tell(struct mysql_script *s, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

enum step_outcome mysql_step_take_nothing(
    struct mysql_script *s, const struct mysql_table *t, usec_t now);

/* Of the replica connection, if there is one. */
bool mysql_step_say_replica(
    struct mysql_script *s, const char *verb, const char *what);
bool mysql_step_say_upstreams(struct mysql_script *s);

extern const struct mysql_step mysql_step_start;
extern const struct mysql_step mysql_step_who;
extern const struct mysql_step mysql_step_upstreams;
extern const struct mysql_step mysql_step_received;
extern const struct mysql_step mysql_step_sync;
extern const struct mysql_step mysql_step_report;

extern const struct mysql_step mysql_step_close;
extern const struct mysql_step mysql_step_open;
extern const struct mysql_step mysql_step_sessions;
extern const struct mysql_step mysql_step_end_session;
extern const struct mysql_step mysql_step_readers; /* those in the way */
extern const struct mysql_step mysql_step_space;   /* who lacks it is told */

extern const struct mysql_step mysql_step_stop;
extern const struct mysql_step mysql_step_stop_receiving;
extern const struct mysql_step mysql_step_start_receiving;

/* JOB_EXAMINE: which privileges our user has not; mysql_examine.c. */
extern const struct mysql_step mysql_step_examine;

/* The steps of each job, in order, with NULL at the end; and of the undo. */
extern const struct mysql_step *const *const mysql_job_steps[JOB_COUNT];
extern const struct mysql_step *const mysql_job_undo[];

#endif
