/*
 * What replies mean: those of servers as they were recorded, and those that
 * are cut, of another type, or say what no server should.
 */
#include "guard/driver/redis_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID1 "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb"
#define ID2 "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"
#define NO_ID "0000000000000000000000000000000000000000"

static struct contact_result result;

static int
set_up(void **state)
{
	(void)state;
	memset(&result, 0, sizeof(result));
	return 0;
}

/* A whole reply, in a block of its size: a read behind it is seen. */
static void
read_reply(struct resp *r, const char *bytes)
{
	static char *block;
	size_t len = strlen(bytes);

	free(block);
	block = malloc(len);
	assert_non_null(block);
	memcpy(block, bytes, len);
	assert_int_equal(resp_length(block, len), len);
	resp_read(r, block, block + len);
}

static bool
role(const char *bytes)
{
	struct resp r;

	read_reply(&r, bytes);
	return redis_read_role(&result, &r);
}

static void
read_bulk(struct resp *r, const char *text)
{
	char bytes[4096];

	snprintf(bytes, sizeof(bytes), "$%zu\r\n%s\r\n", strlen(text), text);
	read_reply(r, bytes);
}

static bool
replication(const char *text)
{
	struct resp r;

	read_bulk(&r, text);
	return redis_read_replication(&result, &r);
}

static bool
server(const char *text)
{
	struct resp r;

	read_bulk(&r, text);
	return redis_read_server(&result, &r);
}

/* ROLE */

static void
test_role_of_a_primary(void **state)
{
	(void)state;
	assert_true(role("*3\r\n$6\r\nmaster\r\n:3129659\r\n*1\r\n"
			 "*3\r\n$9\r\n127.0.0.1\r\n$4\r\n9001\r\n"
			 "$7\r\n3129242\r\n"));
	assert_int_equal(result.report.role, ROLE_PRIMARY);
	assert_true(result.report.position == 3129659);
	assert_false(endpoint_is_set(&result.upstream));
}

static void
test_role_of_a_linked_replica(void **state)
{
	(void)state;
	assert_true(role("*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:6379\r\n"
			 "$9\r\nconnected\r\n:3167038\r\n"));
	assert_int_equal(result.report.role, ROLE_REPLICA);
	assert_true(result.report.position == 3167038);
	assert_true(result.report.is_linked);
	assert_string_equal(result.upstream.host, "10.0.0.1");
	assert_int_equal(result.upstream.port, 6379);
}

static void
test_role_of_a_replica_without_its_link(void **state)
{
	static const char *const states[] = { "connect", "connecting",
		"handshake", "sync", "none", "unknown" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		char bytes[128];

		snprintf(bytes, sizeof(bytes),
		    "*5\r\n$5\r\nslave\r\n$3\r\n::1\r\n:1\r\n"
		    "$%zu\r\n%s\r\n:-1\r\n",
		    strlen(states[i]), states[i]);
		result.report.is_linked = true;
		assert_true(role(bytes));
		assert_false(result.report.is_linked);
		assert_true(result.report.position == 0); /* never synced */
		assert_string_equal(result.upstream.host, "::1");
	}
}

/* A name can't be compared with the address of a node. */
static void
test_role_with_a_name_has_it_as_upstream(void **state)
{
	static const char *const hosts[] = { "db.example", "LocalHost", "db1.",
		"a.name.longer.than.any.address.can.be.and.longer.still" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct endpoint want;
		char bytes[256];

		snprintf(bytes, sizeof(bytes),
		    "*5\r\n$5\r\nslave\r\n$%zu\r\n%s\r\n:6379\r\n"
		    "$9\r\nconnected\r\n:5\r\n",
		    strlen(hosts[i]), hosts[i]);
		assert_true(role(bytes));
		assert_true(endpoint_from_named(&want, hosts[i], 6379));
		assert_true(endpoint_is_named(&result.upstream));
		assert_true(endpoint_equal(&result.upstream, &want));
	}
}

static void
test_role_with_nonsense_has_no_upstream(void **state)
{
	static const char *const hosts[] = { "", "10.0.0", "10.0.0.1.", "a b",
		"[::1]", "-" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		char bytes[256];

		snprintf(bytes, sizeof(bytes),
		    "*5\r\n$5\r\nslave\r\n$%zu\r\n%s\r\n:6379\r\n"
		    "$9\r\nconnected\r\n:5\r\n",
		    strlen(hosts[i]), hosts[i]);
		memset(&result.upstream, 'x', sizeof(result.upstream));
		assert_true(role(bytes));
		assert_int_equal(result.report.role, ROLE_REPLICA);
		assert_false(endpoint_is_set(&result.upstream));
	}
}

static const char *const wrong_roles[] = {
	"+OK\r\n",
	":1\r\n",
	"$-1\r\n",
	"*-1\r\n",
	"*0\r\n",
	"-ERR unknown command\r\n",
	"*1\r\n$6\r\nmaster\r\n",
	"*1\r\n$5\r\nslave\r\n",
	"*1\r\n:1\r\n",
	"*1\r\n*1\r\n$6\r\nmaster\r\n",
	"*2\r\n$8\r\nsentinel\r\n*1\r\n$3\r\ncrm\r\n",
	"*2\r\n$6\r\nmaster\r\n$1\r\n5\r\n",
	"*2\r\n$6\r\nmaster\r\n:-1\r\n",
	"*2\r\n$6\r\nmaster\r\n$-1\r\n",
	"*4\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n",
	"*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n$4\r\n6379\r\n"
	"$9\r\nconnected\r\n:5\r\n",
	"*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:65536\r\n"
	"$9\r\nconnected\r\n:5\r\n",
	"*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:-1\r\n"
	"$9\r\nconnected\r\n:5\r\n",
	"*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:6379\r\n"
	"$9\r\nconnected\r\n$1\r\n5\r\n",
};

static void
test_what_is_no_role_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong_roles); i++)
		if (role(wrong_roles[i]))
			fail_msg("not refused: %s", wrong_roles[i]);
}

/* INFO replication */

#define INFO_PRIMARY \
	"# Replication\r\nrole:master\r\nconnected_slaves:1\r\n" \
	"slave0:ip=127.0.0.1,port=9001,state=online,offset=98,lag=0\r\n" \
	"master_failover_state:no-failover\r\nmaster_replid:" ID1 "\r\n" \
	"master_replid2:" NO_ID "\r\nmaster_repl_offset:98\r\n" \
	"second_repl_offset:-1\r\nrepl_backlog_active:1\r\n"

#define INFO_REPLICA \
	"# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\n" \
	"master_port:6379\r\nmaster_link_status:up\r\n" \
	"master_last_io_seconds_ago:3\r\nmaster_sync_in_progress:0\r\n" \
	"slave_read_repl_offset:120\r\nslave_repl_offset:98\r\n" \
	"slave_priority:100\r\nslave_read_only:1\r\nconnected_slaves:0\r\n" \
	"master_replid:" ID1 "\r\nmaster_replid2:" ID2 "\r\n" \
	"master_repl_offset:98\r\nsecond_repl_offset:51\r\n"

static void
test_replication_of_a_primary(void **state)
{
	(void)state;
	result.report.role = ROLE_PRIMARY;
	assert_true(replication(INFO_PRIMARY));
	assert_string_equal(result.report.history, ID1);
	assert_string_equal(result.report.history_prev, "");
	assert_true(result.report.position == 98);
	assert_true(result.report.forked_at == 0);
}

/* Received counts, not applied; the second id is shared up to its offset. */
static void
test_replication_of_a_replica(void **state)
{
	(void)state;
	result.report.role = ROLE_REPLICA;
	assert_true(replication(INFO_REPLICA));
	assert_string_equal(result.report.history, ID1);
	assert_string_equal(result.report.history_prev, ID2);
	assert_true(result.report.forked_at == 50);
	assert_true(result.report.position == 120);
	assert_true(result.report.is_linked);
	assert_true(result.report.link_idle_us == 3 * USEC_SEC);
	assert_false(result.report.is_loading);
	assert_false(result.report.is_never_promoted);
}

/* Before 7.0 there is one offset, and -1 is how no link is said. */
static void
test_replication_of_an_old_replica_in_trouble(void **state)
{
	(void)state;
	result.report.role = ROLE_REPLICA;
	result.report.is_linked = true;
	assert_true(replication("role:slave\r\nmaster_link_status:down\r\n"
				"master_last_io_seconds_ago:-1\r\n"
				"master_sync_in_progress:1\r\n"
				"slave_repl_offset:77\r\nslave_priority:0\r\n"
				"master_replid:" ID1 "\r\n"
				"master_repl_offset:77\r\n"));
	assert_true(result.report.position == 77);
	assert_false(result.report.is_linked);
	assert_true(result.report.link_idle_us == USEC_NEVER);
	assert_true(result.report.is_loading);
	assert_true(result.report.is_never_promoted);
	assert_string_equal(result.report.history_prev, "");
}

/* The last line may lack its end, and lines may end like Unix. */
static void
test_replication_lines_may_end_otherwise(void **state)
{
	(void)state;
	assert_true(replication("master_replid:" ID1 "\nmaster_repl_offset:5"));
	assert_string_equal(result.report.history, ID1);
	assert_true(result.report.position == 5);
}

static void
test_what_is_no_replication_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"# Replication\r\n",
		"master_replid:" ID1 "\r\n",
		"master_repl_offset:98\r\n",
		"master_replid:" ID1 "\r\nmaster_repl_offset:\r\n",
		"master_replid:" ID1 "\r\nmaster_repl_offset:9x\r\n",
		"master_replid:" ID1
		"\r\nmaster_repl_offset:9223372036854775808\r\n",
		"master_replid:" ID1 "\r\nxmaster_repl_offset:9\r\n",
		"master_replid2:" ID1 "\r\nmaster_repl_offset:9\r\n",
	};
	struct resp r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (replication(texts[i]))
			fail_msg("not refused: %s", texts[i]);
	read_reply(&r, "+" ID1 "\r\n");
	assert_false(redis_read_replication(&result, &r));
	read_reply(&r, "$-1\r\n");
	assert_false(redis_read_replication(&result, &r));
	read_reply(&r, "-LOADING\r\n");
	assert_false(redis_read_replication(&result, &r));
}

/* Whatever is cut away, what remains is read or refused, not overrun. */
static void
test_every_prefix_of_replication_is_survived(void **state)
{
	static const char whole[] = INFO_REPLICA;
	char text[sizeof(whole)];

	(void)state;
	for (size_t cut = 0; cut < sizeof(whole); cut++) {
		memcpy(text, whole, cut);
		text[cut] = '\0';
		memset(&result, 0, sizeof(result));
		result.report.role = ROLE_REPLICA;
		assert_int_equal(replication(text),
		    cut >
			(size_t)(strstr(whole, "master_repl_offset:") - whole) +
			    strlen("master_repl_offset:"));
	}
}

/* Nonsense of a peer must not overflow what we count in. */
static void
test_numbers_of_any_size_are_survived(void **state)
{
	static const char *const numbers[] = { "9223372036854775807",
		"-9223372036854775808", "99999999999999999999999999999999",
		"-1", "18446744073709551615", "9223372036854" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		char text[1024];

		snprintf(text, sizeof(text),
		    "master_replid:" ID1 "\r\nmaster_repl_offset:%s\r\n"
		    "second_repl_offset:%s\r\nslave_read_repl_offset:%s\r\n"
		    "master_last_io_seconds_ago:%s\r\nslave_priority:%s\r\n",
		    numbers[i], numbers[i], numbers[i], numbers[i], numbers[i]);
		memset(&result, 0, sizeof(result));
		result.report.role = ROLE_REPLICA;
		(void)replication(text);
		assert_true(result.report.link_idle_us >= 0);
	}
}

/* INFO server */

static void
test_server_has_a_run_id(void **state)
{
	(void)state;
	assert_true(server("# Server\r\nredis_version:7.0.15\r\n"
			   "run_id:" ID1 "\r\ntcp_port:6379\r\n"));
	assert_string_equal(result.report.instance, ID1);
}

static void
test_server_without_a_run_id_is_refused(void **state)
{
	struct resp r;

	(void)state;
	assert_false(server("# Server\r\nredis_version:7.0.15\r\n"));
	read_reply(&r, "+run_id:" ID1 "\r\n");
	assert_false(redis_read_server(&result, &r));
}

/* Longer than there is room: cut, not overrun. */
static void
test_ids_are_cut_to_their_room(void **state)
{
	char text[512] = "run_id:";

	(void)state;
	memset(text + 7, 'a', 300);
	assert_true(server(text));
	assert_int_equal(strlen(result.report.instance), HISTORY_LEN - 1);
	memcpy(text, "master_replid:", 14);
	strcpy(text + 200, "\r\nmaster_repl_offset:1\r\n");
	assert_true(replication(text));
	assert_int_equal(strlen(result.report.history), HISTORY_LEN - 1);
}

/* Errors */

static const struct {
	const char *bytes;
	enum verdict verdict;
} errors[] = {
	{ "-NOAUTH Authentication required.\r\n", VERDICT_LOGIN },
	{ "-WRONGPASS invalid username-password pair\r\n", VERDICT_LOGIN },
	{ "-NOPERM this user has no permissions\r\n", VERDICT_LOGIN },
	{ "-LOADING Redis is loading the dataset in memory\r\n",
	    VERDICT_ALIVE },
	{ "-BUSY Redis is busy running a script.\r\n", VERDICT_ALIVE },
	{ "-MASTERDOWN Link with MASTER is down\r\n", VERDICT_ALIVE },
	{ "-MISCONF Redis is configured to save RDB snapshots\r\n",
	    VERDICT_ALIVE },
	{ "-ERR max number of clients reached\r\n", VERDICT_ALIVE },
	{ "-ERR unknown command\r\n", VERDICT_GARBAGE },
	{ "-ERR\r\n", VERDICT_GARBAGE },
	{ "-\r\n", VERDICT_GARBAGE },
	{ "-loading\r\n", VERDICT_GARBAGE },
	{ "-DENIED Redis is running in protected mode\r\n", VERDICT_GARBAGE },
	{ "!21\r\nLOADING in RESP3 form\r\n", VERDICT_ALIVE },
};

static void
test_errors_mean_what_they_mean(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct resp r;

		read_reply(&r, errors[i].bytes);
		assert_int_equal(r.type, RESP_ERROR);
		if (redis_verdict_of_error(&r) != errors[i].verdict)
			fail_msg("misjudged: %s", errors[i].bytes);
	}
}

#define REPLY_TEST(test) cmocka_unit_test_setup(test, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REPLY_TEST(test_role_of_a_primary),
		REPLY_TEST(test_role_of_a_linked_replica),
		REPLY_TEST(test_role_of_a_replica_without_its_link),
		REPLY_TEST(test_role_with_a_name_has_it_as_upstream),
		REPLY_TEST(test_role_with_nonsense_has_no_upstream),
		REPLY_TEST(test_what_is_no_role_is_refused),
		REPLY_TEST(test_replication_of_a_primary),
		REPLY_TEST(test_replication_of_a_replica),
		REPLY_TEST(test_replication_of_an_old_replica_in_trouble),
		REPLY_TEST(test_replication_lines_may_end_otherwise),
		REPLY_TEST(test_what_is_no_replication_is_refused),
		REPLY_TEST(test_every_prefix_of_replication_is_survived),
		REPLY_TEST(test_numbers_of_any_size_are_survived),
		REPLY_TEST(test_server_has_a_run_id),
		REPLY_TEST(test_server_without_a_run_id_is_refused),
		REPLY_TEST(test_ids_are_cut_to_their_room),
		REPLY_TEST(test_errors_mean_what_they_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
