/*
 * mysql_script.h - what is said to a server for a job, statement by
 * statement, and what its answers mean for the next one.
 *
 * Decides only: the contact sends what script_next says, and brings the
 * answers.  So every dialect can be tried without a server.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_SCRIPT_H
#define REGENT_GUARD_DRIVER_MYSQL_SCRIPT_H

#include "guard/driver/mysql_say.h"

enum script_next {
	SCRIPT_ASK,   /* send `sql` and bring the answer */
	SCRIPT_PAUSE, /* come again after pause_us */
	SCRIPT_DONE,  /* `result` has a verdict */
};

struct mysql_step;

/* Embedded in its owner, a contact, and used for one job after the other. */
struct mysql_script {
	struct mysql_facts facts; /* kept from job to job of a connection */
	struct job job;
	struct mysql_follow follow; /* borrowed strings */
	const char *user;           /* our own; borrowed */
	bool is_synced; /* a primary waits for replicas, and nobody else does */
	const struct mysql_step *const *steps;
	unsigned at;
	bool is_done;
	bool is_undoing; /* what failed stands in result */
	usec_t deadline; /* of waiting, before the job's own */
	usec_t pause_us;
	usec_t patience_us; /* for the statement; 0: as long as it takes */
	struct text sql;
	uint64_t *sessions; /* still to be ended */
	unsigned n_sessions;
	unsigned n_ended;
	unsigned n_waits;  /* for what is still to be applied */
	uint64_t stood_at; /* where the last probe found it */
	struct contact_result result;
};

void script_init(struct mysql_script *s);
void script_fini(struct mysql_script *s);

/* A new connection: nothing is known of the server but its version.  false
 * if it is neither MariaDB nor MySQL. */
bool script_meet(struct mysql_script *s, const char *version);

void script_begin(struct mysql_script *s, const struct job *job, usec_t now);

/* What comes next; after SCRIPT_ASK one of the three below is due. */
enum script_next script_next(struct mysql_script *s, usec_t now);
void script_take(
    struct mysql_script *s, const struct mysql_table *t, usec_t now);
void script_refuse(
    struct mysql_script *s, unsigned code, const char *text, usec_t now);

/* patience_us has passed without an answer. */
void script_impatient(struct mysql_script *s);

#endif
