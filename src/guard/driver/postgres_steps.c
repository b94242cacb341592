#include "guard/driver/postgres_steps.h"

#include "guard/driver/postgres_conninfo.h"
#include "guard/driver/postgres_examine.h"
#include "guard/driver/postgres_reply.h"
#include "guard/driver/postgres_timeline.h"

#include <stdio.h>
#include <string.h>

bool
postgres_is_ok(const PGresult *answer)
{
	return PQresultStatus(answer) == PGRES_TUPLES_OK ||
	    PQresultStatus(answer) == PGRES_COMMAND_OK;
}

/* "" where there is no such cell; what it holds is text. */
static const char *
steps_cell(const PGresult *answer, int column)
{
	if (PQntuples(answer) == 0 || column >= PQnfields(answer))
		return "";
	return PQgetvalue(answer, 0, column);
}

static bool
steps_is(const PGresult *answer, int column, const char *want)
{
	return strcmp(steps_cell(answer, column), want) == 0;
}

static enum postgres_taken
steps_fail(struct contact *c, const char *why)
{
	snprintf(c->result.detail, sizeof(c->result.detail), "%s", why);
	return TAKEN_FAILED;
}

static enum postgres_taken
steps_wait(struct contact *c, const char *what)
{
	snprintf(c->waits, sizeof(c->waits), "%s", what);
	return TAKEN_AGAIN;
}

/* Most statements do what they do, and that is all there is to say. */
static enum postgres_taken
take_done(struct contact *c, const PGresult *answer)
{
	(void)c;
	(void)answer;
	return TAKEN;
}

/*
 * ---- probe -----------------------------------------------------------
 * The role first, then the timeline: asked the other way round, a standby that
 * is promoted in between would be a primary of the timeline it left.
 */

static const char *
ask_system(struct contact *c)
{
	(void)c;
	return "IDENTIFY_SYSTEM";
}

static enum postgres_taken
take_system(struct contact *c, const PGresult *answer)
{
	if (!postgres_read_system(&c->result, steps_cell(answer, 0),
		steps_cell(answer, 1), steps_cell(answer, 2)))
		return steps_fail(c, "no answer to IDENTIFY_SYSTEM");
	return TAKEN;
}

static const char *
ask_state(struct contact *c)
{
	return postgres_state_sql(PQserverVersion(c->link.pg));
}

static enum postgres_taken
take_state(struct contact *c, const PGresult *answer)
{
	const char *cells[CELL_COUNT];

	for (int i = 0; i < CELL_COUNT; i++)
		cells[i] = steps_cell(answer, i);
	if (!postgres_read_state(&c->result, cells))
		return steps_fail(c, "no answer about its state");
	return TAKEN;
}

/* The first timeline forked off from nothing, and the others stay as they
 * are: each is asked about once. */
static const char *
ask_fork(struct contact *c)
{
	const char *history = c->result.report.history;
	const char *timeline = strchr(history, '/') + 1;

	if (strcmp(timeline, "1") == 0 || strcmp(history, c->forked) == 0)
		return NULL;
	text_clear(&c->sql);
	text_addf(&c->sql, "TIMELINE_HISTORY %s", timeline);
	return text_cstr(&c->sql);
}

/* A node that lost the file can't tell; then nobody is kin by it. */
static enum postgres_taken
take_fork(struct contact *c, const PGresult *answer)
{
	struct report *r = &c->result.report;

	if (answer != NULL) {
		text_clear(&c->fork);
		if (postgres_is_ok(answer) && PQntuples(answer) > 0 &&
		    PQnfields(answer) > 1)
			text_add_bytes(&c->fork, PQgetvalue(answer, 0, 1),
			    (size_t)PQgetlength(answer, 0, 1));
		memcpy(c->forked, r->history, sizeof(c->forked));
	}
	if (strcmp(r->history, c->forked) != 0 ||
	    !postgres_read_fork(r, text_cstr(&c->fork), c->fork.len))
		r->forked_at = 0;
	postgres_judge_upstream(&c->result, &c->job.known);
	return TAKEN;
}

/* ---- fence ----------------------------------------------------------- */

static const char *
ask_close(struct contact *c)
{
	(void)c;
	return "ALTER SYSTEM SET default_transaction_read_only = on";
}

static const char *
ask_open(struct contact *c)
{
	(void)c;
	return "ALTER SYSTEM RESET default_transaction_read_only";
}

static const char *
ask_reload(struct contact *c)
{
	(void)c;
	return "SELECT pg_reload_conf()";
}

static const char *
ask_read_only(struct contact *c)
{
	(void)c;
	return "SHOW default_transaction_read_only";
}

/*
 * Once this session has it, the postmaster has it: whoever connects from now
 * on does.
 */
static enum postgres_taken
take_closed(struct contact *c, const PGresult *answer)
{
	if (steps_is(answer, 0, "on"))
		return TAKEN;
	return steps_wait(
	    c, "default_transaction_read_only does not take effect");
}

static enum postgres_taken
take_opened(struct contact *c, const PGresult *answer)
{
	if (steps_is(answer, 0, "off"))
		return TAKEN;
	return steps_wait(c,
	    "default_transaction_read_only stays on: is it set in "
	    "postgresql.conf, for the user or the database?");
}

/*
 * Sessions that began before the setting took effect may write on, so they
 * end.  Those of superusers can't be ended by others: they are waited for
 * until they are between two transactions, and the next is read-only.
 */
static const char *
ask_cut(struct contact *c)
{
	(void)c;
	return "WITH cut AS (SELECT r.rolsuper AND NOT"
	       " current_setting('is_superuser')::bool AS is_kept,"
	       " a.xact_start, CASE WHEN NOT r.rolsuper"
	       " OR current_setting('is_superuser')::bool"
	       " THEN pg_terminate_backend(a.pid) END AS is_ended"
	       " FROM pg_stat_activity AS a"
	       " JOIN pg_roles AS r ON r.oid = a.usesysid"
	       " WHERE a.backend_type = 'client backend'"
	       " AND a.pid <> pg_backend_pid())"
	       " SELECT count(*) FILTER (WHERE NOT is_kept),"
	       " count(*) FILTER (WHERE is_kept AND xact_start IS NOT NULL),"
	       " count(is_ended) FROM cut";
}

static enum postgres_taken
take_cut(struct contact *c, const PGresult *answer)
{
	char what[sizeof(c->waits)];

	if (steps_is(answer, 0, "0") && steps_is(answer, 1, "0"))
		return TAKEN;
	snprintf(what, sizeof(what),
	    "%.8s sessions do not end, and %.8s of superusers are in a "
	    "transaction",
	    steps_cell(answer, 0), steps_cell(answer, 1));
	return steps_wait(c, what);
}

/* ---- promote --------------------------------------------------------- */

/* A promotion waits for as long as replay is paused. */
static const char *
ask_resume(struct contact *c)
{
	(void)c;
	return "SELECT pg_wal_replay_resume() WHERE CASE WHEN "
	       "pg_is_in_recovery() THEN pg_is_wal_replay_paused() END";
}

/* A fence from when it was primary before. */
static enum postgres_taken
take_is_closed(struct contact *c, const PGresult *answer)
{
	if (steps_is(answer, 0, "off"))
		c->step += 3; /* nothing to open, to reload, to wait for */
	return TAKEN;
}

static const char *
ask_promote(struct contact *c)
{
	(void)c;
	return "SELECT pg_promote(false) WHERE pg_is_in_recovery()";
}

static enum postgres_taken
take_promote(struct contact *c, const PGresult *answer)
{
	if (steps_is(answer, 0, "f"))
		return steps_fail(c, "pg_promote() failed: see its log");
	return TAKEN;
}

/*
 * A startup process that is told something just as it notices the end of its
 * receiver may go to sleep for wal_retrieve_retry_interval (5 s) all the same:
 * it resets its latch in between (PostgreSQL 15, xlogrecovery.c).  A reload
 * wakes it.  After 50 ms, 100 ms, 200 ms and so on.
 */
static bool
steps_is_nudge(const struct contact *c)
{
	return c->n_again >= 16 && (c->n_again & (c->n_again - 1)) == 0;
}

/*
 * Nor does it apply a record that a reader of ours is in the way of, for
 * max_standby_streaming_delay, and until it has applied all that it has
 * received there is no primary: those transactions are ended.
 */
static const char *
ask_recovery(struct contact *c)
{
	if (!steps_is_nudge(c))
		return "SELECT pg_is_in_recovery()";
	return "SELECT pg_is_in_recovery() AND pg_reload_conf() AND (SELECT"
	       " count(pg_terminate_backend(a.pid)) FROM pg_stat_activity AS a"
	       " JOIN pg_roles AS r ON r.oid = a.usesysid"
	       " WHERE a.backend_type = 'client backend'"
	       " AND a.xact_start IS NOT NULL AND a.pid <> pg_backend_pid()"
	       " AND (NOT r.rolsuper OR current_setting('is_superuser')::bool)"
	       " AND EXISTS (SELECT FROM pg_stat_activity AS s"
	       " WHERE s.backend_type = 'startup'"
	       " AND (s.wait_event_type IN ('Lock', 'BufferPin')"
	       " OR s.wait_event LIKE 'RecoveryConflict%'))) >= 0";
}

static enum postgres_taken
take_promoted(struct contact *c, const PGresult *answer)
{
	if (steps_is(answer, 0, "f"))
		return TAKEN;
	return steps_wait(c, "it still applies what it has received");
}

static enum postgres_taken
take_state_of_primary(struct contact *c, const PGresult *answer)
{
	enum postgres_taken taken = take_state(c, answer);

	if (taken == TAKEN && c->result.report.role != ROLE_PRIMARY)
		return steps_fail(c, "it stayed a standby");
	return taken;
}

/* ---- repoint, redial ------------------------------------------------- */

static const char *
ask_conninfo(struct contact *c)
{
	(void)c;
	return "SELECT pg_is_in_recovery(),"
	       " current_setting('primary_conninfo'),"
	       " current_setting('primary_slot_name'),"
	       " (SELECT pid FROM pg_stat_wal_receiver),"
	       " pg_last_wal_replay_lsn()";
}

static enum postgres_taken
take_standby(struct contact *c, const PGresult *answer)
{
	if (!steps_is(answer, 0, "t"))
		return steps_fail(c, "it is no standby");
	if (PQserverVersion(c->link.pg) < 130000) {
		c->result.needs_rejoin = c->job.kind == JOB_REPOINT;
		return steps_fail(c,
		    "PostgreSQL 12 takes primary_conninfo only when it "
		    "starts: change it there, or use rejoin_command");
	}
	snprintf(c->slot, sizeof(c->slot), "%s", steps_cell(answer, 2));
	snprintf(c->link_pid, sizeof(c->link_pid), "%s", steps_cell(answer, 3));
	return TAKEN;
}

static enum postgres_taken
take_lead(struct contact *c, const PGresult *answer)
{
	text_clear(&c->conninfo);
	if (!postgres_lead_to(
		&c->conninfo, steps_cell(answer, 1), &c->job.target))
		return steps_fail(c, "its primary_conninfo can't be read");
	c->their_timeline = 0;
	c->applied = 0;
	(void)postgres_read_position(steps_cell(answer, 4), &c->applied);
	return take_standby(c, answer);
}

static enum postgres_taken
take_stir(struct contact *c, const PGresult *answer)
{
	text_clear(&c->conninfo);
	if (!postgres_stir(&c->conninfo, steps_cell(answer, 1)))
		return steps_fail(c, "its primary_conninfo can't be read");
	return take_standby(c, answer);
}

/* After what the standby has applied was read, so the primary has it too. */
static enum postgres_taken
take_their_system(struct contact *c, const PGresult *answer)
{
	struct contact_result theirs = { .verdict = VERDICT_OK };

	if (answer != NULL && postgres_is_ok(answer) &&
	    postgres_read_system(&theirs, steps_cell(answer, 0),
		steps_cell(answer, 1), steps_cell(answer, 2))) {
		c->their_timeline = postgres_timeline(&theirs.report);
		c->their_position = theirs.report.position;
	}
	return TAKEN;
}

static const char *
ask_their_file(struct contact *c)
{
	if (c->their_timeline <= 1)
		return NULL;
	text_clear(&c->sql);
	text_addf(&c->sql, "TIMELINE_HISTORY %llu",
	    (unsigned long long)c->their_timeline);
	return text_cstr(&c->sql);
}

/*
 * Judged before it is told to follow: its primary_conninfo stays, and nobody
 * takes it for one that follows already.
 */
static enum postgres_taken
take_their_file(struct contact *c, const PGresult *answer)
{
	const struct postgres_course mine = {
		.timeline = postgres_timeline(&c->result.report),
		.position = c->applied,
		.file = text_cstr(&c->fork),
		.len = c->fork.len,
	};
	struct postgres_course primary = {
		.timeline = c->their_timeline,
		.position = c->their_position,
		.file = "",
	};

	if (answer != NULL && postgres_is_ok(answer) && PQntuples(answer) > 0 &&
	    PQnfields(answer) > 1) {
		primary.file = PQgetvalue(answer, 0, 1);
		primary.len = (size_t)PQgetlength(answer, 0, 1);
	}
	if (c->their_timeline == 0 ||
	    postgres_can_follow(
		&mine, &primary, c->result.detail, sizeof(c->result.detail)))
		return TAKEN;
	c->result.needs_rejoin = true;
	return TAKEN_FAILED;
}

/* A standby with a slot of that name can't stream from where there is none. */
static const char *
ask_slot(struct contact *c)
{
	char *name;

	if (c->slot[0] == '\0')
		return NULL;
	name = PQescapeLiteral(c->link.pg, c->slot, strlen(c->slot));
	if (name == NULL)
		return NULL; /* it will not stream, and be told so */
	text_clear(&c->sql);
	text_addf(&c->sql,
	    "SELECT pg_create_physical_replication_slot(%s, true) WHERE NOT"
	    " EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
	    name, name);
	PQfreemem(name);
	return text_cstr(&c->sql);
}

static const char *
steps_with_conninfo(struct contact *c, const char *before, const char *after)
{
	char *value = PQescapeLiteral(
	    c->link.pg, text_cstr(&c->conninfo), c->conninfo.len);

	text_clear(&c->sql);
	text_addf(
	    &c->sql, "%s%s%s", before, value != NULL ? value : "''", after);
	PQfreemem(value);
	return text_cstr(&c->sql);
}

static const char *
ask_set_conninfo(struct contact *c)
{
	return steps_with_conninfo(
	    c, "ALTER SYSTEM SET primary_conninfo = ", "");
}

/* As postgres_reply.c has it: streaming beyond what it had. */
#define STEPS_OF_RECEIVER \
	", w.pid, w.status = 'streaming' AND coalesce(" \
	"(to_jsonb(w) ->> 'written_lsn')::pg_lsn >= replayed," \
	" a.backend_start < clock_timestamp() - interval '0.5 s')" \
	" FROM (SELECT pg_last_wal_replay_lsn() AS replayed OFFSET 0) AS one" \
	" LEFT JOIN pg_stat_wal_receiver AS w ON true" \
	" LEFT JOIN LATERAL pg_stat_get_activity(coalesce(w.pid, 0)) AS a" \
	" ON true"

static const char *
ask_streams(struct contact *c)
{
	return steps_with_conninfo(c,
	    "SELECT current_setting('primary_conninfo') = ",
	    steps_is_nudge(c) ? " AND pg_reload_conf()" STEPS_OF_RECEIVER
			      : STEPS_OF_RECEIVER);
}

static enum postgres_taken
take_streams(struct contact *c, const PGresult *answer)
{
	char what[sizeof(c->waits)], host[ENDPOINT_TEXT_LEN];

	if (steps_is(answer, 0, "t") && !steps_is(answer, 1, c->link_pid) &&
	    steps_is(answer, 2, "t"))
		return TAKEN;
	snprintf(what, sizeof(what),
	    "told to follow %.50s, but it does not stream from there: its log "
	    "says why",
	    endpoint_format(&c->job.target, host));
	return steps_wait(c, what);
}

/* That the old one is gone is all: whether a new one comes is to be seen. */
static enum postgres_taken
take_redialed(struct contact *c, const PGresult *answer)
{
	if (steps_is(answer, 0, "t") &&
	    (steps_is(answer, 1, "") || !steps_is(answer, 1, c->link_pid)))
		return TAKEN;
	return steps_wait(c, "it does not drop the link to its primary");
}

/* ---- examine --------------------------------------------------------- */

static const char *
ask_privileges(struct contact *c)
{
	return postgres_examine_sql(PQserverVersion(c->link.pg));
}

static enum postgres_taken
take_privileges(struct contact *c, const PGresult *answer)
{
	postgres_examine_read(
	    &c->result, steps_cell(answer, 0), steps_cell(answer, 1));
	return TAKEN;
}

/* ---- the jobs -------------------------------------------------------- */

#define STEP(name, ...) \
	static const struct postgres_step step_##name = { __VA_ARGS__ }

STEP(system, .ask = ask_system, .take = take_system);
STEP(state, .ask = ask_state, .take = take_state);
STEP(fork, .ask = ask_fork, .take = take_fork, .may_fail = true);
STEP(close, .ask = ask_close, .take = take_done);
STEP(closed, .ask = ask_read_only, .take = take_closed);
STEP(open, .ask = ask_open, .take = take_done);
STEP(opened, .ask = ask_read_only, .take = take_opened);
STEP(reload, .ask = ask_reload, .take = take_done);
STEP(cut, .ask = ask_cut, .take = take_cut);
STEP(resume, .ask = ask_resume, .take = take_done);
STEP(is_closed, .ask = ask_read_only, .take = take_is_closed);
STEP(promote, .ask = ask_promote, .take = take_promote);
STEP(promoted, .ask = ask_recovery, .take = take_promoted);
STEP(is_primary, .ask = ask_state, .take = take_state_of_primary);
STEP(lead, .ask = ask_conninfo, .take = take_lead);
STEP(stir, .ask = ask_conninfo, .take = take_stir);
STEP(their_system, .ask = ask_system, .take = take_their_system,
    .may_fail = true, .is_of_target = true);
STEP(their_file, .ask = ask_their_file, .take = take_their_file,
    .may_fail = true, .is_of_target = true);
STEP(slot, .ask = ask_slot, .take = take_done, .is_of_target = true);
STEP(set_conninfo, .ask = ask_set_conninfo, .take = take_done);
STEP(streams, .ask = ask_streams, .take = take_streams);
STEP(privileges, .ask = ask_privileges, .take = take_privileges);
STEP(redialed, .ask = ask_streams, .take = take_redialed);

#define STEPS(...) \
	(const struct postgres_step *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

static const struct postgres_step *const *const steps_of[JOB_COUNT] = {
	[JOB_PROBE] = STEPS(&step_state, &step_system, &step_fork),
	[JOB_FENCE] = STEPS(&step_close, &step_reload, &step_closed, &step_cut),
	[JOB_UNFENCE] = STEPS(&step_open, &step_reload, &step_opened),
	[JOB_PROMOTE] = STEPS(&step_resume, &step_is_closed, &step_open,
	    &step_reload, &step_opened, &step_promote, &step_promoted,
	    &step_is_primary, &step_system, &step_fork),
	[JOB_REPOINT] = STEPS(&step_lead, &step_system, &step_fork,
	    &step_their_system, &step_their_file, &step_slot,
	    &step_set_conninfo, &step_reload, &step_streams),
	[JOB_EXAMINE] = STEPS(&step_state, &step_system, &step_privileges),
	[JOB_REDIAL] =
	    STEPS(&step_stir, &step_set_conninfo, &step_reload, &step_redialed),
};

const struct postgres_step *const *
postgres_steps(enum job_kind kind)
{
	CHECK(kind < JOB_COUNT && steps_of[kind] != NULL);
	return steps_of[kind];
}
