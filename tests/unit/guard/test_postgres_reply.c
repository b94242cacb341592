/*
 * What PostgreSQL's answers mean: positions, timelines, links, and what an
 * error says of the node.
 */
#include "guard/driver/postgres_error.h"
#include "guard/driver/postgres_reply.h"
#include "guard/driver/postgres_timeline.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A standby at 0/5000000 that streams from 10.0.0.1:5432. */
static void
make_standby(struct contact_result *result, const char *cells[CELL_COUNT])
{
	static const char *const standby[CELL_COUNT] = {
		[CELL_IN_RECOVERY] = "t",
		[CELL_REPLAYED] = "0/4000000",
		[CELL_RECEIVED] = "0/5000000",
		[CELL_IS_PAUSED] = "f",
		[CELL_STARTED] = "1795273624133450",
		[CELL_CONNINFO] = "host=10.0.0.1 port=5432 password=secret",
		[CELL_SYNC_NAMES] = "",
		[CELL_SYNC_COMMIT] = "on",
		[CELL_READ_ONLY] = "off",
		[CELL_QUIET_US] = "60000000",
		[CELL_LACKS] = "",
		[CELL_LINK_PID] = "4711",
		[CELL_LINK] = "streaming",
		[CELL_LINK_HOST] = "10.0.0.1",
		[CELL_LINK_PORT] = "5432",
		[CELL_LINK_WROTE] = "t",
		[CELL_LINK_PASSED] = "t",
		[CELL_LINK_AGE_US] = "90000",
		[CELL_LINK_IDLE_US] = "2000000",
	};

	memset(result, 0, sizeof(*result));
	memcpy(cells, standby, sizeof(standby));
	assert_true(postgres_read_system(
	    result, "7710641498674877000", "3", "0/5000000"));
}

static void
make_primary(struct contact_result *result, const char *cells[CELL_COUNT])
{
	make_standby(result, cells);
	cells[CELL_IN_RECOVERY] = "f";
	for (int i = CELL_LINK_PID; i < CELL_COUNT; i++)
		cells[i] = "";
}

static void
test_position(void **state)
{
	static const char *const none[] = { "", "/", "0", "0/", "/0", "0/0 ",
		" 0/0", "g/0", "0/g", "100000000/0", "0/100000000", "-1/0",
		"0/-1", "0x1/0/" };
	uint64_t position;

	(void)state;
	assert_true(postgres_read_position("0/0", &position));
	assert_true(position == 0);
	assert_true(postgres_read_position("16/B374D848", &position));
	assert_true(position == UINT64_C(0x16B374D848));
	assert_true(postgres_read_position("FFFFFFFF/ffffffff", &position));
	assert_true(position == UINT64_MAX);
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_false(postgres_read_position(none[i], &position));
}

static void
test_system(void **state)
{
	struct contact_result result = { 0 };

	(void)state;
	assert_true(
	    postgres_read_system(&result, "7710641498674877000", "12", "1/0"));
	assert_string_equal(result.report.history, "7710641498674877000/12");
	assert_true(result.report.position == UINT64_C(1) << 32);
	assert_false(postgres_read_system(&result, "", "1", "0/0"));
	assert_false(postgres_read_system(&result, "7", "0", "0/0"));
	assert_false(postgres_read_system(&result, "7", "x", "0/0"));
	assert_false(postgres_read_system(&result, "7", "4294967296", "0/0"));
	assert_false(postgres_read_system(&result, "7", "1", ""));
}

static void
test_standby(void **state)
{
	const char *cells[CELL_COUNT];
	struct contact_result result;
	const struct report *r = &result.report;

	(void)state;
	make_standby(&result, cells);
	assert_true(postgres_read_state(&result, cells));
	assert_true(result.has_report);
	assert_int_equal(r->role, ROLE_REPLICA);
	assert_true(r->is_linked);
	assert_true(r->link_idle_us == 2 * USEC_SEC);
	assert_true(r->position == 0x5000000);
	assert_true(r->unapplied == 0x1000000);
	assert_string_equal(r->instance, "1795273624133450");
	assert_string_equal(result.upstream.host, "10.0.0.1");
	assert_int_equal(result.upstream.port, 5432);
	assert_string_equal(result.detail, "");
	/* What comes from the archive is only replayed. */
	make_standby(&result, cells);
	cells[CELL_REPLAYED] = "0/6000000";
	assert_true(postgres_read_state(&result, cells));
	assert_true(r->unapplied == 0);
	make_standby(&result, cells);
	cells[CELL_IS_PAUSED] = "t";
	assert_true(postgres_read_state(&result, cells));
	assert_string_equal(result.detail, "replay is paused");
}

/* Each of these alone makes it no proof that data comes from the upstream. */
static void
test_link_that_is_none(void **state)
{
	static const struct {
		enum postgres_cell cell;
		const char *text;
	} rows[] = {
		{ CELL_LINK_PID, "" },
		{ CELL_LINK, "waiting" },
		{ CELL_LINK_HOST, "10.0.0.2" },
		{ CELL_LINK_HOST, "db.example" },
		{ CELL_LINK_PORT, "5433" },
		{ CELL_LINK_PORT, "" },
		{ CELL_LINK_WROTE, "f" },
		{ CELL_CONNINFO, "host=10.0.0.2" },
		{ CELL_CONNINFO, "" },
	};
	const char *cells[CELL_COUNT];
	struct contact_result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make_standby(&result, cells);
		cells[rows[i].cell] = rows[i].text;
		assert_true(postgres_read_state(&result, cells));
		assert_false(result.report.is_linked);
	}
	/* It has not come to what it had before: a proof that the upstream
	 * lives, and none that it has the same history. */
	make_standby(&result, cells);
	cells[CELL_LINK_PASSED] = "f";
	assert_true(postgres_read_state(&result, cells));
	assert_true(result.report.is_linked);
	assert_true(result.report.is_loading);
	/* It has nothing new to send, and has not hung up. */
	make_standby(&result, cells);
	cells[CELL_LINK_WROTE] = "f";
	cells[CELL_LINK_PASSED] = "";
	cells[CELL_LINK_AGE_US] = "500000";
	assert_true(postgres_read_state(&result, cells));
	assert_true(result.report.is_linked);
	assert_false(result.report.is_loading);
}

static void
test_idle_link(void **state)
{
	static const struct {
		const char *timeout, *idle;
		usec_t told;
	} rows[] = {
		{ "60000000", "34999999", 35 * USEC_SEC - 1 },
		{ "60000000", "35000000", 35 * USEC_SEC },
		{ "60000000", "90000000", 90 * USEC_SEC },
		{ "60000000", "-5", 0 },
		{ "60000000", "", 0 },
		/* Twice the time: quiet for longer is no sign of death. */
		{ "120000000", "64000000", 35 * USEC_SEC - 1 },
		{ "120000000", "65000000", 65 * USEC_SEC },
		{ "10000000", "9000000", 9 * USEC_SEC },
		{ "10000000", "11000000", 35 * USEC_SEC },
		/* It never asks. */
		{ "0", "86400000000", 35 * USEC_SEC - 1 },
	};
	const char *cells[CELL_COUNT];
	struct contact_result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make_standby(&result, cells);
		cells[CELL_QUIET_US] = rows[i].timeout;
		cells[CELL_LINK_IDLE_US] = rows[i].idle;
		assert_true(postgres_read_state(&result, cells));
		assert_true(result.report.link_idle_us == rows[i].told);
	}
}

static void
test_primary(void **state)
{
	const char *cells[CELL_COUNT];
	struct contact_result result;

	(void)state;
	make_primary(&result, cells);
	cells[CELL_SYNC_NAMES] = "ANY 1 (b, c)";
	assert_true(postgres_read_state(&result, cells));
	assert_int_equal(result.report.role, ROLE_PRIMARY);
	assert_int_equal(result.report.sync_replicas, 1);
	assert_false(result.report.is_linked);
	assert_false(endpoint_is_set(&result.upstream));
	/* Nobody waits then, whatever the names are. */
	cells[CELL_SYNC_COMMIT] = "local";
	result.report.sync_replicas = 0;
	assert_true(postgres_read_state(&result, cells));
	assert_int_equal(result.report.sync_replicas, 0);
	make_primary(&result, cells);
	cells[CELL_READ_ONLY] = "on";
	cells[CELL_LACKS] = "pg_signal_backend";
	assert_true(postgres_read_state(&result, cells));
	assert_true(result.report.is_read_only);
	assert_non_null(strstr(result.detail, "read_only is on; see"));
	assert_non_null(strstr(result.detail, "lacks pg_signal_backend"));
	cells[CELL_IN_RECOVERY] = "";
	assert_false(postgres_read_state(&result, cells));
}

static void
test_detail_never_has_the_password(void **state)
{
	const char *cells[CELL_COUNT];
	struct contact_result result;

	(void)state;
	make_standby(&result, cells);
	cells[CELL_CONNINFO] = "password=secret host='";
	cells[CELL_IS_PAUSED] = "t";
	assert_true(postgres_read_state(&result, cells));
	assert_null(strstr(result.detail, "secret"));
}

static const char history_file[] =
    "1\t0/3000148\tno recovery target specified\n\n"
    "# a remark\n"
    "2\t0/4000000\tbefore 2026-11-21 15:00:00 UTC\n";

static void
test_fork(void **state)
{
	const char *cells[CELL_COUNT];
	struct contact_result result;
	struct report *r = &result.report;

	(void)state;
	make_standby(&result, cells);
	assert_true(postgres_read_state(&result, cells));
	assert_true(postgres_read_fork(r, history_file, strlen(history_file)));
	assert_string_equal(r->history_prev, "7710641498674877000/2");
	assert_true(r->forked_at == 0x4000000);
	/* Cut short, it tells of an older one, or of none. */
	assert_true(postgres_read_fork(r, history_file, 20));
	assert_string_equal(r->history_prev, "7710641498674877000/1");
	assert_false(postgres_read_fork(r, history_file, 0));
	assert_false(postgres_read_fork(r, history_file, 1));
	/* Of later timelines it is none. */
	assert_false(postgres_read_fork(r, "3\t0/1\tx\n4\t0/2\tx\n", 16));
	assert_false(postgres_read_fork(r, "x\ty\tz\n", 6));
}

/*
 * The promoted node had received the beginning of a record whose end never
 * came.  It was chosen for what it had received, so that is what it keeps.
 */
static void
test_fork_in_a_record_that_is_not_whole(void **state)
{
	const char *cells[CELL_COUNT];
	struct contact_result result;
	struct report *r = &result.report;

	(void)state;
	make_primary(&result, cells);
	cells[CELL_RECEIVED] = "0/4001000";
	assert_true(postgres_read_state(&result, cells));
	assert_true(postgres_read_fork(r, history_file, strlen(history_file)));
	assert_true(r->forked_at == 0x4001000);
	/* So long is no record: something was lost, and is to be told. */
	make_primary(&result, cells);
	cells[CELL_RECEIVED] = "0/5000000";
	assert_true(postgres_read_state(&result, cells));
	assert_true(postgres_read_fork(r, history_file, strlen(history_file)));
	assert_true(r->forked_at == 0x4000000);
	/* It has written more since it was promoted. */
	make_primary(&result, cells);
	cells[CELL_RECEIVED] = "0/3000000";
	assert_true(postgres_read_state(&result, cells));
	assert_true(postgres_read_fork(r, history_file, strlen(history_file)));
	assert_true(r->forked_at == 0x4000000);
}

/*
 * It names the primary, has no link, and never will have: past the fork, or of
 * a timeline that the cluster has left long ago.
 */
static void
test_who_can_not_follow_follows_nobody(void **state)
{
	static const struct {
		const char *history, *history_prev;
		uint64_t forked_at;
		const char *link;
		bool is_following;
	} rows[] = {
		{ "7710641498674877000/4", "7710641498674877000/3", 0x4000000,
		    "waiting", true },
		{ "7710641498674877000/4", "7710641498674877000/3", 0x3FFFFFF,
		    "waiting", false },
		{ "7710641498674877000/5", "7710641498674877000/4", 0x9000000,
		    "waiting", false },
		{ "7710641498674877000/4", "7710641498674877000/3", 0x3FFFFFF,
		    "streaming", false },
		{ "7710641498674877000/5", "7710641498674877000/4", 0x9000000,
		    "streaming", true },
		{ "7710641498674877000/3", "7710641498674877000/2", 0x3000000,
		    "waiting", true },
		/* Nothing is known of where the cluster's data comes from. */
		{ "7710641498674877000/4", "", 0, "waiting", true },
		{ "", "", 0, "waiting", true },
	};
	const char *cells[CELL_COUNT];
	struct contact_result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lineage known = { .forked_at = rows[i].forked_at };

		snprintf(known.history, HISTORY_LEN, "%s", rows[i].history);
		snprintf(known.history_prev, HISTORY_LEN, "%s",
		    rows[i].history_prev);
		make_standby(&result, cells); /* it has applied 0/4000000 */
		cells[CELL_LINK] = rows[i].link;
		assert_true(postgres_read_state(&result, cells));
		postgres_judge_upstream(&result, &known);
		assert_int_equal(
		    endpoint_is_set(&result.upstream), rows[i].is_following);
	}
}

static void
test_sync_replicas(void **state)
{
	static const struct {
		const char *names;
		uint32_t n;
	} rows[] = {
		{ "", 0 },
		{ "  ", 0 },
		{ "*", 1 },
		{ "b", 1 },
		{ "b, c", 1 },
		{ "\"b\", c", 1 },
		{ "2 (b, c)", 2 },
		{ " 2(b,c)", 2 },
		{ "FIRST 2 (b, c)", 2 },
		{ "first 1 (b, c)", 1 },
		{ "ANY 2 (b, c, d)", 2 },
		{ "any 3(*)", 3 },
		{ "any_node", 1 },
		{ "5", 1 },
		{ "5, 6", 1 },
		{ "first", 1 },
		{ "ANY ", 1 },
		{ "ANY 99999999999999999999 (b)", UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (postgres_sync_replicas(rows[i].names) != rows[i].n)
			fail_msg("%s", rows[i].names);
}

#define AT "connection to server at \"127.0.0.1\", port 5432 failed: "

static const struct failed_connection {
	const char *message;
	enum verdict verdict;
	const char *detail;
} failed_connections[] = {
	{ AT "FATAL:  28P01: password authentication failed for user "
	     "\"regent\"\nLOCATION:  auth_failed, auth.c:338\n",
	    VERDICT_LOGIN,
	    "password authentication failed for user \"regent\" "
	    "(SQLSTATE 28P01)" },
	{ "FATAL:  28000: \nDETAIL:  x\n", VERDICT_LOGIN, " (SQLSTATE 28000)" },
	{ AT "FATAL:  28000: LDAP login failed: x\nLOCATION:  y\n",
	    VERDICT_LOGIN, "LDAP login failed: x (SQLSTATE 28000)" },
	{ AT "FATAL:  57P03: the database system is starting up\n",
	    VERDICT_ALIVE,
	    "the database system is starting up (SQLSTATE 57P03)" },
	{ "FATAL:  53300: sorry, too many clients already\n", VERDICT_ALIVE,
	    "sorry, too many clients already (SQLSTATE 53300)" },
	{ AT "FATAL:  3D000: database \"x: y\" does not exist\n", VERDICT_LOGIN,
	    "database \"x: y\" does not exist (SQLSTATE 3D000)" },
	{ AT "FATAL:  42501: must be superuser or replication role to "
	     "start walsender\n",
	    VERDICT_LOGIN,
	    "must be superuser or replication role to start walsender "
	    "(SQLSTATE 42501)" },
	{ AT "Connection refused\n\tIs the server running?\n", VERDICT_REFUSED,
	    "Connection refused" },
	{ AT "No route to host\n", VERDICT_UNREACHABLE, "No route to host" },
	{ "could not receive data from server: Connection reset by "
	  "peer\n",
	    VERDICT_CLOSED, NULL },
	{ "could not create socket: Too many open files\n", VERDICT_LOCAL,
	    NULL },
	{ AT "server closed the connection unexpectedly\n\tThis "
	     "probably means the server terminated abnormally\n",
	    VERDICT_CLOSED, NULL },
	{ "SSL SYSCALL error: EOF detected\n", VERDICT_CLOSED, NULL },
	{ "SSL connection has been closed unexpectedly\n", VERDICT_CLOSED,
	    NULL },
	{ AT "server does not support SSL, but SSL was required\n",
	    VERDICT_LOGIN, NULL },
	{ AT "SSL error: certificate verify failed\n", VERDICT_LOGIN, NULL },
	{ AT "fe_sendauth: no password supplied\n", VERDICT_LOGIN, NULL },
	{ AT "expected something else, but received H\n", VERDICT_GARBAGE,
	    NULL },
	{ "", VERDICT_GARBAGE, "" },
};

static void
test_failed_connections(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failed_connections); i++) {
		char detail[160];
		enum verdict verdict = postgres_verdict_of_message(
		    failed_connections[i].message, detail, sizeof(detail));

		if (verdict != failed_connections[i].verdict)
			fail_msg("%s: %s", failed_connections[i].message,
			    verdict_names[verdict]);
		if (failed_connections[i].detail != NULL)
			assert_string_equal(
			    detail, failed_connections[i].detail);
	}
}

static void
test_errors_of_statements(void **state)
{
	static const struct {
		const char *sqlstate;
		enum verdict verdict;
	} rows[] = {
		{ "57P01", VERDICT_LOST },
		{ "57P03", VERDICT_ALIVE },
		{ "57014", VERDICT_SILENT },
		{ "53200", VERDICT_ALIVE },
		{ "55000", VERDICT_ALIVE },
		{ "40001", VERDICT_ALIVE },
		{ "42501", VERDICT_LOGIN },
		{ "42883", VERDICT_LOGIN },
		{ "XX000", VERDICT_GARBAGE },
		{ "", VERDICT_GARBAGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(postgres_verdict_of_sqlstate(rows[i].sqlstate),
		    rows[i].verdict);
}

static void
test_flatten(void **state)
{
	char buf[8];

	(void)state;
	postgres_flatten(buf, sizeof(buf), " \n a \t\nb \n");
	assert_string_equal(buf, "a b");
	postgres_flatten(buf, sizeof(buf), "123456789");
	assert_string_equal(buf, "1234567");
	postgres_flatten(buf, 1, "x");
	assert_string_equal(buf, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_standby),
		cmocka_unit_test(test_link_that_is_none),
		cmocka_unit_test(test_idle_link),
		cmocka_unit_test(test_primary),
		cmocka_unit_test(test_detail_never_has_the_password),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_fork_in_a_record_that_is_not_whole),
		cmocka_unit_test(test_who_can_not_follow_follows_nobody),
		cmocka_unit_test(test_sync_replicas),
		cmocka_unit_test(test_failed_connections),
		cmocka_unit_test(test_errors_of_statements),
		cmocka_unit_test(test_flatten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
