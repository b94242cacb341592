/*
 * What Patroni says in each state of a node: recorded from three nodes of
 * Patroni 3.0.2 with PostgreSQL 15 through a switchover, a crash and a pause,
 * and as its manual of 4.0 gives it.
 */
#include "guard/driver/patroni_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TAIL \
	"\"dcs_last_seen\": 1795259233, \"database_system_identifier\": " \
	"\"7710579504019162710\", \"patroni\": {\"version\": \"3.0.2\", " \
	"\"scope\": \"crm\"}}"
#define STARTED \
	"\"postmaster_start_time\": \"2026-11-21 11:06:30.010889+00:00\", "
#define PRIMARY \
	"{\"state\": \"running\", " STARTED "\"role\": \"master\", " \
	"\"server_version\": 150018, \"xlog\": {\"location\": 67108960}, " \
	"\"timeline\": 1, \"replication\": [{\"usename\": \"rep\", " \
	"\"application_name\": \"n3\", \"client_addr\": \"127.0.0.1\", " \
	"\"state\": \"streaming\", \"sync_state\": \"async\", " \
	"\"sync_priority\": 0}], " TAIL
#define REPLICA \
	"{\"state\": \"running\", " STARTED "\"role\": \"replica\", " \
	"\"server_version\": 150018, \"xlog\": {\"received_location\": " \
	"67108864, \"replayed_location\": 67108960, \"replayed_timestamp\": " \
	"null, \"paused\": false}, \"timeline\": 1, "
#define PRIMARY_4 \
	"{\"state\": \"running\", \"postmaster_start_time\": " \
	"\"2024-08-28 19:39:26.352526+00:00\", \"role\": \"primary\", " \
	"\"server_version\": 160004, \"xlog\": {\"location\": 67395656}, " \
	"\"timeline\": 1, \"dcs_last_seen\": 1692356718, \"tags\": " \
	"{\"clonefrom\": true}, \"database_system_identifier\": " \
	"\"7268616322854375442\", \"patroni\": {\"version\": \"4.0.0\", " \
	"\"scope\": \"demo\", \"name\": \"patroni1\"}}"

static struct contact_result result;

static enum verdict
read_answer(int status, const char *body)
{
	memset(&result, 0xff, sizeof(result));
	return patroni_read(&result, status, body, strlen(body));
}

static void
test_primary_with_the_lock(void **state)
{
	(void)state;
	assert_int_equal(read_answer(200, PRIMARY), VERDICT_OK);
	assert_true(result.has_report);
	assert_int_equal(result.report.role, ROLE_PRIMARY);
	assert_true(result.report.position == 67108960);
	assert_false(result.report.is_loading);
	assert_string_equal(result.report.history, "7710579504019162710/1");
	assert_string_equal(
	    result.report.instance, "2026-11-21 11:06:30.010889+00:00");
	assert_string_equal(result.detail,
	    "patroni: state running, role master, with the leader lock");
}

static void
test_primary_of_version_4(void **state)
{
	(void)state;
	assert_int_equal(read_answer(200, PRIMARY_4), VERDICT_OK);
	assert_int_equal(result.report.role, ROLE_PRIMARY);
	assert_true(result.report.position == 67395656);
	assert_string_equal(result.report.history, "7268616322854375442/1");
}

static void
test_replica_that_follows_the_leader(void **state)
{
	(void)state;
	assert_int_equal(read_answer(503, REPLICA TAIL), VERDICT_OK);
	assert_int_equal(result.report.role, ROLE_REPLICA);
	assert_true(result.follows_leader);
	assert_true(result.report.is_linked);
	assert_false(result.report.is_loading);
	assert_true(result.report.position == 67108960);
	assert_true(result.report.link_idle_us == USEC_NEVER);
	assert_string_equal(result.report.history, "7710579504019162710/1");
	assert_false(endpoint_is_set(&result.upstream));
}

static void
test_replica_says_how_it_receives(void **state)
{
	(void)state;
	read_answer(503, REPLICA "\"replication_state\": \"streaming\", " TAIL);
	assert_true(result.report.is_linked);
	read_answer(503,
	    REPLICA "\"replication_state\": \"in archive recovery\", " TAIL);
	assert_false(result.report.is_linked);
	assert_true(result.follows_leader);
}

static void
test_replica_that_shall_not_be_read(void **state)
{
	(void)state;
	read_answer(503, REPLICA "\"tags\": {\"noloadbalance\": true}, " TAIL);
	assert_true(result.report.is_loading);
	assert_true(result.follows_leader);
	read_answer(503, REPLICA "\"tags\": {\"noloadbalance\": false}, " TAIL);
	assert_false(result.report.is_loading);
}

static void
test_pause_is_told(void **state)
{
	(void)state;
	read_answer(503, REPLICA "\"pause\": true, " TAIL);
	assert_false(result.report.is_loading);
	assert_string_equal(result.detail,
	    "patroni: state running, role replica, without the leader lock, "
	    "paused");
}

/* 200 while it is about to be promoted: it refuses writes still. */
static void
test_lock_alone_makes_no_primary(void **state)
{
	(void)state;
	assert_int_equal(
	    read_answer(200, REPLICA "\"cluster_unlocked\": true, " TAIL),
	    VERDICT_OK);
	assert_int_equal(result.report.role, ROLE_REPLICA);
}

/* All seen with the status beside them. */
static void
test_states_that_serve_nobody(void **state)
{
	static const struct {
		int status;
		const char *body;
	} answers[] = {
		{ 200,
		    "{\"state\": \"stopping\", \"role\": \"master\", " TAIL },
		{ 503,
		    "{\"state\": \"stopping\", \"role\": \"demoted\", " TAIL },
		{ 503,
		    "{\"state\": \"stopped\", \"role\": \"demoted\", " TAIL },
		{ 503,
		    "{\"state\": \"starting\", \"role\": \"replica\", " TAIL },
		{ 200, "{\"state\": \"unknown\", \"role\": \"master\", " TAIL },
		{ 200, "{\"state\": \"crashed\", \"role\": \"master\", " TAIL },
		{ 200,
		    "{\"state\": \"starting\", \"role\": \"replica\", " TAIL },
		{ 503,
		    "{\"state\": \"initializing new cluster\", \"role\": "
		    "\"uninitialized\", " TAIL },
		{ 503, PRIMARY }, /* lost the lock, about to be demoted */
		{ 503,
		    "{\"state\": \"running\", \"role\": \"standby_leader\", "
		    "\"timeline\": 1, " TAIL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		assert_int_equal(
		    read_answer(answers[i].status, answers[i].body),
		    VERDICT_OK);
		assert_int_equal(result.report.role, ROLE_REPLICA);
		assert_true(result.report.is_loading);
		assert_false(result.report.is_linked);
		assert_false(result.follows_leader);
	}
}

static void
test_timeline_that_is_not_known_yet(void **state)
{
	(void)state;
	read_answer(503,
	    "{\"state\": \"running\", \"role\": \"replica\", \"timeline\": "
	    "null, " TAIL);
	assert_string_equal(result.report.history, "");
	assert_true(result.report.position == 0);
	read_answer(200,
	    "{\"state\": \"running\", \"role\": \"primary\", \"timeline\": 7, "
	    "\"xlog\": {\"location\": -1}}");
	assert_string_equal(result.report.history, "/7");
	assert_true(result.report.position == 0);
}

static void
test_what_is_no_answer_of_patroni(void **state)
{
	static const char *const bodies[] = { "", "{", "[]", "null", "{}",
		"{\"state\": \"running\"}", "{\"role\": \"master\"}",
		"{\"state\": 1, \"role\": 2}",
		"{\"state\": \"\", \"role\": \"master\"}", "<html></html>",
		PRIMARY "x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(read_answer(200, bodies[i]), VERDICT_GARBAGE);
		assert_false(result.has_report);
		assert_true(result.detail[0] != '\0');
	}
}

static void
test_other_statuses(void **state)
{
	(void)state;
	assert_int_equal(read_answer(401, PRIMARY), VERDICT_LOGIN);
	assert_int_equal(read_answer(403, PRIMARY), VERDICT_LOGIN);
	assert_int_equal(read_answer(404, PRIMARY), VERDICT_GARBAGE);
	assert_int_equal(read_answer(0, PRIMARY), VERDICT_GARBAGE);
	assert_false(result.has_report);
}

/* Any beginning of an answer is none. */
static void
test_every_prefix_is_garbage(void **state)
{
	size_t len = strlen(PRIMARY);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_int_equal(
		    patroni_read(&result, 200, PRIMARY, i), VERDICT_GARBAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_primary_with_the_lock),
		cmocka_unit_test(test_primary_of_version_4),
		cmocka_unit_test(test_replica_that_follows_the_leader),
		cmocka_unit_test(test_replica_says_how_it_receives),
		cmocka_unit_test(test_replica_that_shall_not_be_read),
		cmocka_unit_test(test_pause_is_told),
		cmocka_unit_test(test_lock_alone_makes_no_primary),
		cmocka_unit_test(test_states_that_serve_nobody),
		cmocka_unit_test(test_timeline_that_is_not_known_yet),
		cmocka_unit_test(test_what_is_no_answer_of_patroni),
		cmocka_unit_test(test_other_statuses),
		cmocka_unit_test(test_every_prefix_is_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
