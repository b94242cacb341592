#include "guard/driver/mysql_step.h"

#include <stdio.h>
#include <string.h>

/* Between two looks at something that is about to happen. */
#define JOB_LOOK (3 * USEC_MS)

/*
 * The statement that begins a reign is in the log at once; where the server
 * is semi-synchronous already, its answer waits for a replica, and there is
 * none before the others are told of the new primary.
 */
#define JOB_PATIENCE (5 * USEC_MS)

/* ---- fence ------------------------------------------------------------ */

static enum step_outcome
job_take_fenced(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	mysql_step_tell(s, "read-only, %u sessions ended", s->n_ended);
	return STEP_OVER;
}

static bool
job_say_start_applying(struct mysql_script *s)
{
	return !s->facts.upstream.is_applying &&
	    mysql_step_say_replica(s, "START", " SQL_THREAD");
}

/* ---- promotion ------------------------------------------------------- */

static enum step_outcome
job_take_fit(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	const struct mysql_facts *f = &s->facts;

	(void)t;
	(void)now;
	if (!f->has_log)
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "not promoted: log_bin and log_slave_updates must be on, "
		    "or nobody could follow it");
	if (f->n_upstreams > 1)
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "not promoted: it has %u replica connections and regent "
		    "understands one",
		    f->n_upstreams);
	if (f->n_upstreams == 1 && !f->upstream.has_gtid)
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "not promoted: it does not replicate by GTID");
	if (f->n_upstreams == 1 && f->upstream.sql_errno != 0 &&
	    !f->upstream.is_applying && !mysql_is_applied(f))
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "not promoted: it can't apply what it received: %.90s",
		    f->upstream.sql_error);
	return STEP_OVER;
}

static enum step_outcome
job_take_applied(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	const struct mysql_upstream *u = &s->facts.upstream;

	(void)t;
	if (s->facts.n_upstreams == 0 || mysql_is_applied(&s->facts))
		return STEP_OVER;
	if (!u->is_applying)
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "not promoted: it can't apply what it received: %.90s",
		    u->sql_error[0] != '\0' ? u->sql_error
					    : "the SQL thread has stopped");
	if (now >= s->deadline)
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "not promoted: it has received more than it could apply "
		    "within promote_timeout");
	s->n_waits++;
	return STEP_AGAIN;
}

static enum step_outcome
job_take_proof(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	mysql_report(&s->result, &s->facts, &s->job.known);
	if (s->result.report.role == ROLE_PRIMARY && !s->facts.is_read_only)
		return STEP_OVER;
	return mysql_step_fail(s, VERDICT_ALIVE, "it did not become primary");
}

/*
 * Harmless, and yet written to the binary log: so replicas have a transaction
 * of the new reign before the first client writes one.
 */
static bool
job_say_reign(struct mysql_script *s)
{
	if (s->facts.dialect != DIALECT_MARIADB)
		return false;
	text_clear(&s->sql);
	text_add(&s->sql, "FLUSH HOSTS");
	return true;
}

static bool
job_say_reset(struct mysql_script *s)
{
	return mysql_step_say_replica(s, "RESET", " ALL");
}

/*
 * A replica must not wait: it logs what it replicates, and would wait with it
 * for replicas of its own (seen with 10.11: "Waiting for semi-sync ACK" is
 * what its applying thread says then).
 */
static bool
job_say_sync(struct mysql_script *s, bool is_on)
{
	const struct mysql_facts *f = &s->facts;

	if (!s->is_synced || f->is_semi_sync == is_on ||
	    (f->dialect == DIALECT_MYSQL && f->semi_sync[0] == '\0'))
		return false;
	mysql_say_sync(&s->sql, f, is_on);
	return true;
}

static bool
job_say_sync_on(struct mysql_script *s)
{
	return job_say_sync(s, true);
}

static bool
job_say_sync_off(struct mysql_script *s)
{
	return job_say_sync(s, false);
}

/* ---- following ------------------------------------------------------- */

/* MySQL takes a replica that has more than its source without a word. */
static enum step_outcome
job_judge_mysql(struct mysql_script *s)
{
	const struct report *r = &s->result.report;

	if (s->facts.source[0] != '\0' || !s->facts.was_written)
		return STEP_OVER;
	if (strcmp(r->history, s->job.known.history_prev) != 0)
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "it can't be proven that it has nothing which the cluster "
		    "has not; build it anew");
	if (r->position > s->job.known.forked_at) {
		s->result.needs_rejoin = true;
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "diverged: it has %llu transactions of %.40s which the "
		    "cluster has not; build it anew",
		    (unsigned long long)(r->position - s->job.known.forked_at),
		    r->history);
	}
	return STEP_OVER;
}

static enum step_outcome
job_take_judge(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	const struct gtid *last = &s->facts.last;
	uint64_t fork;

	(void)t;
	(void)now;
	mysql_report(&s->result, &s->facts, &s->job.known);
	s->result.has_report = false; /* of a moment that is over soon */
	if (s->facts.dialect != DIALECT_MARIADB)
		return job_judge_mysql(s);
	if (!mysql_has_diverged(&s->facts, &s->job.known, &fork))
		return STEP_OVER;
	s->result.needs_rejoin = true;
	return mysql_step_fail(s, VERDICT_ALIVE,
	    "diverged: it has %u-%u-%llu to %u-%u-%llu, which the cluster has "
	    "not; build it anew",
	    last->domain, last->server, (unsigned long long)fork + 1,
	    last->domain, last->server, (unsigned long long)last->seq);
}

/* A former primary goes on behind what it wrote itself. */
static bool
job_say_position(struct mysql_script *s)
{
	if (s->facts.dialect != DIALECT_MARIADB || s->facts.n_upstreams > 0)
		return false;
	text_clear(&s->sql);
	text_add(
	    &s->sql, "SET GLOBAL gtid_slave_pos = @@global.gtid_current_pos");
	return true;
}

/* Also where there was no connection before: there is one now. */
static bool
job_say_start_replica(struct mysql_script *s)
{
	mysql_say_replica(&s->sql, &s->facts, "START", "");
	return true;
}

static bool
job_say_follow(struct mysql_script *s)
{
	struct mysql_follow follow = s->follow;

	follow.target = s->job.target;
	mysql_say_follow(&s->sql, &s->facts, &follow);
	return true;
}

static enum step_outcome
job_take_follow(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	text_clear(&s->sql); /* it had a password */
	return STEP_OVER;
}

/* With neither a connection of its own nor ours it would be dialed as ''. */
static enum step_outcome
job_take_user(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	if (s->facts.n_upstreams > 0 || s->follow.user[0] != '\0')
		return STEP_OVER;
	return mysql_step_fail(s, VERDICT_LOGIN,
	    "it can't follow: set replication_user and "
	    "replication_password_file, for it has no connection of its own");
}

static enum step_outcome
job_fail_link(struct mysql_script *s, const char *text)
{
	if (strstr(text, "has diverged") != NULL ||
	    strstr(text, "more GTIDs") != NULL) {
		const char *gtid = strstr(text, "GTID ");

		s->result.needs_rejoin = true;
		return mysql_step_fail(s, VERDICT_ALIVE,
		    "diverged: its %.60s is not in the cluster's log; build "
		    "it anew",
		    gtid != NULL ? gtid : text);
	}
	return mysql_step_fail(
	    s, VERDICT_ALIVE, "it does not follow: %.130s", text);
}

static enum step_outcome
job_take_linked(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	const struct mysql_upstream *u = &s->facts.upstream;

	if (!mysql_read_upstreams(&s->facts, t))
		return mysql_step_read(s, false, "the state of replication");
	if (u->is_receiving && u->is_applying)
		return STEP_OVER;
	if (!u->is_applying && u->sql_errno != 0)
		return job_fail_link(s, u->sql_error);
	if (!u->is_receiving && !u->is_dialing && u->io_errno != 0)
		return job_fail_link(s, u->io_error);
	if (now < s->deadline)
		return STEP_AGAIN;
	return job_fail_link(
	    s, u->io_error[0] != '\0' ? u->io_error : "no link in time");
}

/* Whom nobody follows can't be told to dial anew; who follows can't open. */
static enum step_outcome
job_take_is_replica(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	return s->facts.n_upstreams > 0
	    ? STEP_OVER
	    : mysql_step_fail(s, VERDICT_ALIVE, "it follows nobody");
}

static enum step_outcome
job_take_is_alone(
    struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	(void)t;
	(void)now;
	return s->facts.n_upstreams == 0
	    ? STEP_OVER
	    : mysql_step_fail(s, VERDICT_ALIVE, "it follows another node");
}

/*
 * Not where it stopped applying: to start it would throw away what it has
 * received, and perhaps nobody else has that.
 */
static bool
job_say_undo(struct mysql_script *s)
{
	return s->facts.upstream.is_applying &&
	    mysql_step_say_replica(s, "START", "");
}

/* ---- steps ------------------------------------------------------------ */

#define STEP(step, text, ...) \
	static const struct mysql_step job_##step = { .name = text, \
		__VA_ARGS__ }

STEP(fenced, "fenced", .take = job_take_fenced);
STEP(fit, "fit", .take = job_take_fit);
STEP(start_applying, "start-applying", .say = job_say_start_applying,
    .take = mysql_step_take_nothing);
STEP(applied, "applied", .take = job_take_applied, .again = 5,
    .pause_us = JOB_LOOK);
STEP(reset, "reset", .say = job_say_reset, .take = mysql_step_take_nothing,
    .is_final = true);
STEP(proof, "proof", .take = job_take_proof);
STEP(reign, "reign", .say = job_say_reign, .take = mysql_step_take_nothing,
    .is_optional = true, .patience_us = JOB_PATIENCE);
STEP(sync_on, "sync-on", .say = job_say_sync_on,
    .take = mysql_step_take_nothing);
STEP(sync_off, "sync-off", .say = job_say_sync_off,
    .take = mysql_step_take_nothing);
STEP(judge, "judge", .take = job_take_judge);
STEP(user, "user", .take = job_take_user);
STEP(position, "position", .say = job_say_position,
    .take = mysql_step_take_nothing);
STEP(follow, "follow", .say = job_say_follow, .take = job_take_follow);
STEP(start_replica, "start-replica", .say = job_say_start_replica,
    .take = mysql_step_take_nothing);
STEP(linked, "linked", .say = mysql_step_say_upstreams, .take = job_take_linked,
    .pause_us = JOB_LOOK);
STEP(is_replica, "is-replica", .take = job_take_is_replica);
STEP(is_alone, "is-alone", .take = job_take_is_alone);
STEP(undo, "undo", .say = job_say_undo, .take = mysql_step_take_nothing,
    .is_optional = true);

/* ---- jobs ------------------------------------------------------------- */

static const struct mysql_step *const job_probe[] = {
	&mysql_step_start,
	&mysql_step_who,
	&mysql_step_upstreams,
	&mysql_step_received,
	&mysql_step_sync,
	&mysql_step_space,
	&mysql_step_report,
	NULL,
};

static const struct mysql_step *const job_examine[] = {
	&mysql_step_start,
	&mysql_step_who,
	&mysql_step_upstreams,
	&mysql_step_received,
	&mysql_step_sync,
	&mysql_step_report,
	&mysql_step_examine,
	NULL,
};

/*
 * A statement that still runs keeps read_only waiting: its session is ended
 * first.  And whoever came meanwhile would sit on a node that is none of his.
 */
#define JOB_FENCE_STEPS \
	&mysql_step_sessions, &mysql_step_end_session, &mysql_step_close, \
	    &mysql_step_sessions, &mysql_step_end_session

static const struct mysql_step *const job_fence[] = {
	JOB_FENCE_STEPS,
	&job_fenced,
	NULL,
};

static const struct mysql_step *const job_unfence[] = {
	&mysql_step_who,
	&mysql_step_upstreams,
	&job_is_alone,
	&job_sync_on,
	&mysql_step_open,
	NULL,
};

/*
 * The applying thread is started before the receiving one is stopped: were
 * both stopped for a moment, the server would throw away what it received and
 * did not apply.  Closing comes first, also where it changes nothing: it
 * proves the privilege before anything is undone.
 */
static const struct mysql_step *const job_promote[] = {
	&mysql_step_start,
	&mysql_step_who,
	&mysql_step_upstreams,
	&mysql_step_received,
	&job_fit,
	&mysql_step_close,
	&job_start_applying,
	&mysql_step_stop_receiving,
	&mysql_step_readers,
	&mysql_step_end_session,
	&mysql_step_who,
	&mysql_step_upstreams,
	&mysql_step_received,
	&job_applied,
	&mysql_step_stop,
	&job_reset,
	&job_reign,
	&job_sync_on,
	&mysql_step_open,
	&mysql_step_who,
	&mysql_step_upstreams,
	&mysql_step_sync,
	&job_proof,
	NULL,
};

#define JOB_FOLLOW_STEPS \
	&mysql_step_who, &mysql_step_upstreams, &mysql_step_received, \
	    &job_judge, &job_user, &mysql_step_stop, &job_sync_off, \
	    &job_position, &job_follow, &job_start_replica, &job_linked

static const struct mysql_step *const job_demote[] = {
	JOB_FENCE_STEPS,
	JOB_FOLLOW_STEPS,
	NULL,
};

static const struct mysql_step *const job_repoint[] = {
	&mysql_step_close,
	JOB_FOLLOW_STEPS,
	NULL,
};

static const struct mysql_step *const job_redial[] = {
	&mysql_step_who,
	&mysql_step_upstreams,
	&job_is_replica,
	&mysql_step_stop_receiving,
	&mysql_step_start_receiving,
	NULL,
};

/* Roles are in the node's own files, or in none. */
static const struct mysql_step *const job_persist[] = { NULL };

const struct mysql_step *const mysql_job_undo[] = { &job_undo, NULL };

const struct mysql_step *const *const mysql_job_steps[JOB_COUNT] = {
	[JOB_PROBE] = job_probe,
	[JOB_FENCE] = job_fence,
	[JOB_UNFENCE] = job_unfence,
	[JOB_PROMOTE] = job_promote,
	[JOB_DEMOTE] = job_demote,
	[JOB_REPOINT] = job_repoint,
	[JOB_REDIAL] = job_redial,
	[JOB_PERSIST] = job_persist,
	[JOB_EXAMINE] = job_examine,
};
