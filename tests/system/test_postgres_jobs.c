/*
 * What regent tells a PostgreSQL server to do, one order at a time: the driver
 * alone, against real servers.
 */
#include "guard/driver/driver.h"
#include "pg_farm.h"
#include "pg_guise.h"
#include "pg_tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct jobs {
	struct site *site;
	struct pg_node *a, *b; /* b follows a */
	struct loop *loop;
	struct contact *contact;
	bool is_done;
	struct contact_result result;
};

static void
jobs_on_done(void *arg, const struct contact_result *result, usec_t now)
{
	struct jobs *j = arg;

	(void)now;
	j->result = *result;
	j->is_done = true;
	loop_stop(j->loop);
}

static void
jobs_on_lost(void *arg, const char *detail, usec_t now)
{
	(void)now;
	fail_msg("%p: lost: %s", arg, detail);
}

static const struct contact_ops jobs_ops = {
	.on_done = jobs_on_done,
	.on_lost = jobs_on_lost,
};

static void
jobs_dial(struct jobs *j, struct pg_node *node, struct contact_login login)
{
	assert_true(endpoint_from(&login.address, "127.0.0.1", node->port));
	driver_postgres.close(&j->contact);
	j->contact = driver_postgres.open(j->loop, &login, &jobs_ops, j);
}

static const struct contact_login jobs_login = {
	.user = "regent",
	.password = PG_PASSWORD,
	.ca_path = "",
	.database = "postgres",
	.ssl_ca = "",
	.ssl_cert = "",
	.ssl_key = "",
};

static void
jobs_open(struct jobs *j, struct site *site)
{
	struct pg_node_options options = { .name = "a" };

	memset(j, 0, sizeof(*j));
	j->site = site;
	j->a = pg_node_start(site, &options);
	options = (struct pg_node_options){ .name = "b", .primary = j->a };
	j->b = pg_node_start(site, &options);
	j->loop = loop_new(false);
}

static void
jobs_close(struct jobs *j)
{
	driver_postgres.close(&j->contact);
	loop_free(&j->loop);
}

static enum verdict
jobs_carry_out(struct jobs *j, const struct job *job)
{
	j->is_done = false;
	driver_postgres.start(j->contact, job, loop_clock());
	if (!j->is_done)
		loop_run(j->loop);
	assert_true(j->is_done);
	return j->result.verdict;
}

static enum verdict
jobs_do(struct jobs *j, enum job_kind kind, usec_t timeout_us)
{
	struct job job = {
		.kind = kind,
		.timeout_us = timeout_us,
		.pause_us = USEC_SEC,
	};

	assert_true(endpoint_from(&job.target, "127.0.0.1", j->a->port));
	job.target_at = job.target;
	job.target_named = job.target;
	return jobs_carry_out(j, &job);
}

#define JOBS_LONG (20 * USEC_SEC)

static void
jobs_must(struct jobs *j, enum job_kind kind)
{
	enum verdict verdict = jobs_do(j, kind, JOBS_LONG);

	if (verdict != VERDICT_OK)
		fail_msg("%s: %s: %s", job_names[kind], verdict_names[verdict],
		    j->result.detail);
}

/* The sessions of app on a. */
static bool
jobs_has_sessions(struct jobs *j, const char *n)
{
	return pg_node_says(j->a,
	    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'", n);
}

static void
test_fence_ends_sessions_and_lets_nobody_write(struct site *site)
{
	PGconn *idle, *busy;
	struct jobs j;
	char *said;

	jobs_open(&j, site);
	idle = pg_connect(j.a->port);
	busy = pg_connect(j.a->port);
	assert_non_null(idle);
	assert_non_null(busy);
	PQclear(PQexec(busy, "BEGIN; CREATE TABLE kept (id int)"));
	jobs_dial(&j, j.a, jobs_login);
	jobs_must(&j, JOB_PROBE);
	assert_false(j.result.report.is_read_only);
	jobs_must(&j, JOB_FENCE);
	assert_true(jobs_has_sessions(&j, "0"));
	/* The standby goes on, so that it can catch up. */
	assert_true(pg_node_follows(j.b, j.a));
	said = pg_query(j.a->port, "CREATE TABLE late (id int)");
	assert_null(said);
	jobs_must(&j, JOB_PROBE);
	assert_true(j.result.report.is_read_only);
	jobs_must(&j, JOB_UNFENCE);
	said = pg_query(j.a->port, "CREATE TABLE late (id int)");
	assert_non_null(said);
	free(said);
	PQfinish(idle);
	PQfinish(busy);
	jobs_close(&j);
}

/* It can't be ended, and its transaction may still be committed. */
static void
test_fence_waits_for_a_superuser(struct site *site)
{
	struct jobs j;

	jobs_open(&j, site);
	pg_node_must(j.a, "BEGIN");
	pg_node_must(j.a, "CREATE TABLE kept (id int)");
	jobs_dial(&j, j.a, jobs_login);
	assert_int_equal(jobs_do(&j, JOB_FENCE, USEC_SEC), VERDICT_ALIVE);
	assert_string_equal(j.result.detail,
	    "0 sessions do not end, and 1 of superusers are in a transaction");
	pg_node_must(j.a, "COMMIT");
	jobs_must(&j, JOB_FENCE);
	jobs_must(&j, JOB_UNFENCE);
	jobs_close(&j);
}

static bool
jobs_receiver_is(struct pg_node *node, const char *pid)
{
	return pg_node_says(node, "SELECT pid FROM pg_stat_wal_receiver", pid);
}

/* Twice, since the second time it must be a change again. */
static void
test_redial_makes_a_new_link(struct site *site)
{
	struct jobs j;

	jobs_open(&j, site);
	jobs_dial(&j, j.b, jobs_login);
	for (int i = 0; i < 2; i++) {
		char *was =
		    pg_node_query(j.b, "SELECT pid FROM pg_stat_wal_receiver");
		usec_t from = clock_now();

		assert_non_null(was);
		jobs_must(&j, JOB_REDIAL);
		print_message(
		    "redial_ms=%.1f", (double)(clock_now() - from) / USEC_MS);
		assert_false(jobs_receiver_is(j.b, was));
		ASSERT_WITHIN(PG_SETTLE_MS, pg_node_follows(j.b, j.a));
		print_message(" linked_ms=%.1f\n",
		    (double)(clock_now() - from) / USEC_MS);
		free(was);
	}
	jobs_close(&j);
}

static void
test_promote_and_what_it_reports(struct site *site)
{
	struct jobs j;
	char history[HISTORY_LEN];

	jobs_open(&j, site);
	pg_node_must(j.b, "SELECT pg_wal_replay_pause()");
	pg_node_must(
	    j.b, "ALTER SYSTEM SET default_transaction_read_only = on");
	pg_node_must(j.b, "SELECT pg_reload_conf()");
	jobs_dial(&j, j.b, jobs_login);
	jobs_must(&j, JOB_PROBE);
	assert_int_equal(j.result.report.role, ROLE_REPLICA);
	assert_true(j.result.report.is_linked);
	memcpy(history, j.result.report.history, sizeof(history));
	jobs_must(&j, JOB_PROMOTE);
	assert_int_equal(j.result.report.role, ROLE_PRIMARY);
	assert_string_equal(j.result.report.history_prev, history);
	assert_true(j.result.report.forked_at > 0);
	assert_false(j.result.report.is_read_only);
	assert_true(
	    pg_node_says(j.b, "SHOW default_transaction_read_only", "off"));
	/* Its answer may have been lost, and the order is given again. */
	jobs_must(&j, JOB_PROMOTE);
	jobs_must(&j, JOB_PERSIST);
	assert_int_equal(jobs_do(&j, JOB_DEMOTE, JOBS_LONG), VERDICT_ALIVE);
	assert_non_null(strstr(j.result.detail, "rejoin_command"));
	assert_int_equal(jobs_do(&j, JOB_REPOINT, JOBS_LONG), VERDICT_ALIVE);
	assert_string_equal(j.result.detail, "it is no standby");
	jobs_close(&j);
}

/* Its data is past the fork: no statement helps, and that is said. */
static void
test_repoint_of_a_standby_that_diverged(struct site *site)
{
	struct pg_node_options options = { .name = "c" };
	struct pg_node *c, *old;
	struct jobs j;

	jobs_open(&j, site);
	options.primary = j.a;
	c = pg_node_start(site, &options);
	jobs_dial(&j, j.b, jobs_login);
	jobs_must(&j, JOB_PROMOTE);
	pg_node_must(j.a, "CREATE TABLE only_here (id int)");
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(c, "SELECT to_regclass('only_here')", "only_here"));
	old = j.a;
	j.a = j.b; /* whom it shall follow */
	jobs_dial(&j, c, jobs_login);
	assert_int_equal(jobs_do(&j, JOB_REPOINT, JOBS_LONG), VERDICT_ALIVE);
	assert_true(j.result.needs_rejoin);
	assert_contains(j.result.detail, "diverged: it has 0/");
	assert_contains(
	    j.result.detail, " of timeline 1, the primary left it at 0/");
	assert_contains(j.result.detail, "run pg_rewind");
	/* It is left as it is, or it would seem to follow. */
	assert_true(pg_node_follows(c, old));
	jobs_close(&j);
}

/*
 * Its primary is configured by a name, which only the standby looks up: regent
 * makes the slot at the address that it has for it.
 */
static void
test_slot_on_a_primary_that_has_a_name(struct site *site)
{
	struct job job = { .kind = JOB_REPOINT, .timeout_us = JOBS_LONG };
	struct jobs j;

	jobs_open(&j, site);
	pg_node_must(j.b, "ALTER SYSTEM SET primary_slot_name = 'slot_b'");
	pg_node_must(j.b, "SELECT pg_reload_conf()");
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(j.b, "SHOW primary_slot_name", "slot_b"));
	jobs_dial(&j, j.b, jobs_login);
	assert_true(endpoint_from_named(&job.target, "localhost", j.a->port));
	assert_true(endpoint_from(&job.target_at, "127.0.0.1", j.a->port));
	job.target_named = job.target;
	assert_int_equal(jobs_carry_out(&j, &job), VERDICT_OK);
	assert_true(pg_node_says(j.b,
	    "SELECT sender_host || slot_name FROM pg_stat_wal_receiver",
	    "localhostslot_b"));
	jobs_close(&j);
}

/* ---- other versions -------------------------------------------------- */

/* As a superuser, whom regent needs before 15. */
static void
jobs_dial_version(struct jobs *j, struct pg_node *node, const char *major)
{
	struct contact_login login = jobs_login;

	login.user = "postgres";
	assert_true(endpoint_from(
	    &login.address, "127.0.0.1", pg_guise_start(j->site, node, major)));
	driver_postgres.close(&j->contact);
	j->contact = driver_postgres.open(j->loop, &login, &jobs_ops, j);
}

/* It proves nothing before something has come over it. */
static bool
jobs_is_linked(struct jobs *j)
{
	jobs_must(j, JOB_PROBE);
	return j->result.report.is_linked;
}

/* 12 reads primary_conninfo when it starts, and never again. */
static void
test_standby_of_12_needs_rejoin_command(struct site *site)
{
	struct jobs j;

	jobs_open(&j, site);
	jobs_dial_version(&j, j.b, "12");
	ASSERT_WITHIN(PG_SETTLE_MS, jobs_is_linked(&j));
	assert_int_equal(jobs_do(&j, JOB_REPOINT, JOBS_LONG), VERDICT_ALIVE);
	assert_contains(j.result.detail, "PostgreSQL 12 takes");
	assert_true(j.result.needs_rejoin);
	assert_int_equal(jobs_do(&j, JOB_REDIAL, JOBS_LONG), VERDICT_ALIVE);
	assert_false(j.result.needs_rejoin);
	jobs_close(&j);
}

/* What is said to 12, 14 and 17 is understood by what we have. */
static void
test_statements_for_other_versions(struct site *site)
{
	static const char *const majors[] = { "12", "14", "17" };
	struct jobs j;

	jobs_open(&j, site);
	for (size_t i = 0; i < ARRAY_LEN(majors); i++) {
		jobs_dial_version(&j, j.a, majors[i]);
		jobs_must(&j, JOB_EXAMINE);
		assert_false(j.result.is_lacking);
		jobs_must(&j, JOB_PROBE);
		jobs_must(&j, JOB_FENCE);
		jobs_must(&j, JOB_UNFENCE);
		jobs_dial_version(&j, j.b, majors[i]);
		ASSERT_WITHIN(PG_SETTLE_MS, jobs_is_linked(&j));
		if (i == 0)
			continue; /* see above */
		jobs_must(&j, JOB_REDIAL);
		jobs_must(&j, JOB_REPOINT);
	}
	jobs_dial_version(&j, j.b, "12");
	jobs_must(&j, JOB_PROMOTE);
	assert_int_equal(j.result.report.role, ROLE_PRIMARY);
	jobs_close(&j);
}

/* ---- TLS ------------------------------------------------------------- */

static void
jobs_make_certificate(struct jobs *j, struct pg_node *node)
{
	char key[SITE_PATH_LEN + 16], crt[SITE_PATH_LEN + 16];
	const char *const args[] = { "openssl", "req", "-new", "-x509", "-days",
		"2", "-nodes", "-subj", "/CN=node-a", "-addext",
		"subjectAltName=DNS:node-a", "-newkey", "rsa:2048", "-keyout",
		key, "-out", crt, NULL };

	snprintf(key, sizeof(key), "%s/server.key", node->data);
	snprintf(crt, sizeof(crt), "%s/server.crt", node->data);
	pg_tool_must(j->site, args);
	pg_tool_give(key);
	pg_node_must(node, "ALTER SYSTEM SET ssl = on");
	pg_node_must(node, "SELECT pg_reload_conf()");
	ASSERT_WITHIN(PG_SETTLE_MS, pg_node_says(node, "SHOW ssl", "on"));
}

static bool
jobs_is_encrypted(struct jobs *j)
{
	return pg_node_says(j->a,
	    "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity "
	    "USING (pid) WHERE application_name = 'regent'",
	    "t");
}

static void
test_tls(struct site *site)
{
	struct contact_login login = jobs_login;
	char ca[SITE_PATH_LEN + 16];
	struct jobs j;

	jobs_open(&j, site);
	login.sslmode = SSLMODE_REQUIRE;
	jobs_dial(&j, j.a, login);
	assert_int_equal(jobs_do(&j, JOB_PROBE, JOBS_LONG), VERDICT_LOGIN);
	assert_non_null(strstr(j.result.detail, "does not support SSL"));
	jobs_make_certificate(&j, j.a);
	jobs_dial(&j, j.a, login);
	jobs_must(&j, JOB_PROBE);
	assert_true(jobs_is_encrypted(&j));
	snprintf(ca, sizeof(ca), "%s/server.crt", j.a->data);
	login.ssl_ca = ca;
	login.sslmode = SSLMODE_VERIFY_FULL;
	login.host = "node-b";
	jobs_dial(&j, j.a, login);
	assert_int_equal(jobs_do(&j, JOB_PROBE, JOBS_LONG), VERDICT_LOGIN);
	assert_non_null(strstr(j.result.detail, "node-b"));
	login.host = "node-a";
	jobs_dial(&j, j.a, login);
	jobs_must(&j, JOB_PROBE);
	assert_true(jobs_is_encrypted(&j));
	jobs_close(&j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_fence_ends_sessions_and_lets_nobody_write),
		SITE_TEST(test_fence_waits_for_a_superuser),
		SITE_TEST(test_redial_makes_a_new_link),
		SITE_TEST(test_promote_and_what_it_reports),
		SITE_TEST(test_repoint_of_a_standby_that_diverged),
		SITE_TEST(test_slot_on_a_primary_that_has_a_name),
		SITE_TEST(test_standby_of_12_needs_rejoin_command),
		SITE_TEST(test_statements_for_other_versions),
		SITE_TEST(test_tls),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: PostgreSQL is not there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
