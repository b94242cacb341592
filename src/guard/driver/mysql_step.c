#include "guard/driver/mysql_step.h"

#include "base/mem.h"
#include "guard/driver/mysql_session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEP_NO_SUCH_SESSION = 1094, STEP_READERS_EVERY = 16 };

enum step_outcome
mysql_step_fail(
    struct mysql_script *s, enum verdict verdict, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->result.detail, sizeof(s->result.detail), fmt, ap);
	va_end(ap);
	s->result.verdict = verdict;
	return STEP_FAILED;
}

void
mysql_step_tell(struct mysql_script *s, const char *fmt, ...)
{
	va_list ap;

	if (s->result.detail[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(s->result.detail, sizeof(s->result.detail), fmt, ap);
	va_end(ap);
}

/* ---- questions ------------------------------------------------------- */

static bool
step_ask(struct mysql_script *s, enum mysql_question question)
{
	text_clear(&s->sql);
	text_add(&s->sql, mysql_say_question(&s->facts, question));
	return true;
}

enum step_outcome
mysql_step_read(struct mysql_script *s, bool is_read, const char *what)
{
	if (is_read)
		return STEP_OVER;
	return mysql_step_fail(s, VERDICT_GARBAGE,
	    "the answer to a question for %s is not understood", what);
}

/* A process keeps its start, and a connection its process. */
static bool
step_say_start(struct mysql_script *s)
{
	return s->facts.instance[0] == '\0' && step_ask(s, ASK_START);
}

static enum step_outcome
step_take_start(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	return mysql_step_read(s, mysql_read_start(&s->facts, t), "its start");
}

static bool
step_say_who(struct mysql_script *s)
{
	return step_ask(s, ASK_WHO);
}

static enum step_outcome
step_take_who(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	return mysql_step_read(
	    s, mysql_read_who(&s->facts, t), "variables and GTIDs");
}

bool
mysql_step_say_upstreams(struct mysql_script *s)
{
	return step_ask(s, ASK_UPSTREAMS);
}

static enum step_outcome
step_take_upstreams(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	return mysql_step_read(
	    s, mysql_read_upstreams(&s->facts, t), "the state of replication");
}

static bool
step_say_received(struct mysql_script *s)
{
	return s->facts.dialect == DIALECT_MYSQL && s->facts.n_upstreams > 0 &&
	    step_ask(s, ASK_RECEIVED);
}

static enum step_outcome
step_take_received(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	return mysql_step_read(
	    s, mysql_read_received(&s->facts, t), "received GTIDs");
}

static bool
step_say_sync(struct mysql_script *s)
{
	s->facts.sync_replicas = 0;
	return s->facts.is_semi_sync && s->facts.n_upstreams == 0 &&
	    step_ask(s, ASK_SYNC);
}

static enum step_outcome
step_take_sync(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	return mysql_step_read(s, mysql_read_sync(&s->facts, t),
	    "the state of semi-synchronous replication");
}

static enum step_outcome
step_take_report(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	mysql_report(&s->result, &s->facts, &s->job.known);
	return STEP_OVER;
}

/* ---- writes ---------------------------------------------------------- */

enum step_outcome
mysql_step_take_nothing(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)s;
	(void)t;
	(void)now;
	return STEP_OVER;
}

static bool
step_say_close(struct mysql_script *s)
{
	mysql_say_read_only(&s->sql, &s->facts, true, s->job.timeout_us / 2);
	return true;
}

static bool
step_say_open(struct mysql_script *s)
{
	mysql_say_read_only(&s->sql, &s->facts, false, s->job.timeout_us / 2);
	return true;
}

static bool
step_say_sessions(struct mysql_script *s)
{
	return step_ask(s, ASK_SESSIONS);
}

/*
 * What is applied may wait for the table of a reader, for lock_wait_timeout:
 * a day, or a year.  Asked at every STEP_READERS_EVERYth wait.
 */
static bool
step_say_readers(struct mysql_script *s)
{
	return s->n_waits % STEP_READERS_EVERY == STEP_READERS_EVERY - 1 &&
	    step_ask(s, ASK_SESSIONS);
}

static enum step_outcome
step_take_sessions(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	free(s->sessions);
	s->sessions = mem_new((t->n_rows + 1) * sizeof(*s->sessions));
	s->n_sessions = 0;
	for (unsigned i = 0; i < t->n_rows; i++) {
		uint64_t id = mysql_session_client(t, i, s->user);

		if (id != 0)
			s->sessions[s->n_sessions++] = id;
	}
	return STEP_OVER;
}

static enum step_outcome
step_take_readers(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	return mysql_session_is_waited_for(t) ? step_take_sessions(s, t, now)
					      : STEP_OVER;
}

/*
 * Where the disk is full every question is answered, and who writes waits for
 * ever.  A primary that has written since the last probe has room.
 */
static bool
step_say_space(struct mysql_script *s)
{
	const struct mysql_facts *f = &s->facts;
	uint64_t at = f->last.seq;
	bool stands = at == s->stood_at;

	s->stood_at = at;
	return f->dialect == DIALECT_MARIADB && f->n_upstreams == 0 &&
	    !f->is_read_only && stands && step_ask(s, ASK_SESSIONS);
}

static enum step_outcome
step_take_space(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)now;
	if (mysql_session_lacks_space(t))
		mysql_step_tell(s, "its disk is full: writers wait for room");
	return STEP_OVER;
}

/* One after the other, from the last. */
static bool
step_say_end_session(struct mysql_script *s)
{
	if (s->n_sessions == 0)
		return false;
	text_clear(&s->sql);
	text_addf(&s->sql, "KILL %llu",
	    (unsigned long long)s->sessions[--s->n_sessions]);
	return true;
}

static enum step_outcome
step_take_end_session(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	s->n_ended++;
	return s->n_sessions > 0 ? STEP_AGAIN : STEP_OVER;
}

/* ---- replica connections --------------------------------------------- */

bool
mysql_step_say_replica(
    struct mysql_script *s, const char *verb, const char *what)
{
	if (s->facts.n_upstreams == 0)
		return false;
	mysql_say_replica(&s->sql, &s->facts, verb, what);
	return true;
}

static bool
step_say_stop(struct mysql_script *s)
{
	return mysql_step_say_replica(s, "STOP", "");
}

static bool
step_say_stop_receiving(struct mysql_script *s)
{
	return mysql_step_say_replica(s, "STOP", " IO_THREAD");
}

static bool
step_say_start_receiving(struct mysql_script *s)
{
	return mysql_step_say_replica(s, "START", " IO_THREAD");
}

/* ---- the steps ------------------------------------------------------- */

const struct mysql_step mysql_step_start = {
	.name = "start",
	.say = step_say_start,
	.take = step_take_start,
};

const struct mysql_step mysql_step_who = {
	.name = "who",
	.say = step_say_who,
	.take = step_take_who,
};

const struct mysql_step mysql_step_upstreams = {
	.name = "upstreams",
	.say = mysql_step_say_upstreams,
	.take = step_take_upstreams,
};

const struct mysql_step mysql_step_received = {
	.name = "received",
	.say = step_say_received,
	.take = step_take_received,
};

const struct mysql_step mysql_step_sync = {
	.name = "sync",
	.say = step_say_sync,
	.take = step_take_sync,
};

const struct mysql_step mysql_step_report = {
	.name = "report",
	.take = step_take_report,
};

const struct mysql_step mysql_step_close = {
	.name = "close",
	.say = step_say_close,
	.take = mysql_step_take_nothing,
};

const struct mysql_step mysql_step_open = {
	.name = "open",
	.say = step_say_open,
	.take = mysql_step_take_nothing,
	.is_final = true,
};

const struct mysql_step mysql_step_sessions = {
	.name = "sessions",
	.say = step_say_sessions,
	.take = step_take_sessions,
};

const struct mysql_step mysql_step_readers = {
	.name = "readers",
	.say = step_say_readers,
	.take = step_take_readers,
};

const struct mysql_step mysql_step_space = {
	.name = "space",
	.say = step_say_space,
	.take = step_take_space,
};

const struct mysql_step mysql_step_end_session = {
	.name = "end-session",
	.say = step_say_end_session,
	.take = step_take_end_session,
	.tolerates = STEP_NO_SUCH_SESSION,
};

const struct mysql_step mysql_step_stop = {
	.name = "stop",
	.say = step_say_stop,
	.take = mysql_step_take_nothing,
};

const struct mysql_step mysql_step_stop_receiving = {
	.name = "stop-receiving",
	.say = step_say_stop_receiving,
	.take = mysql_step_take_nothing,
	.is_undone = true,
};

const struct mysql_step mysql_step_start_receiving = {
	.name = "start-receiving",
	.say = step_say_start_receiving,
	.take = mysql_step_take_nothing,
};
