/*
 * What answers mean: those of MariaDB 10.11 as they were recorded, those of
 * MySQL 8 after its manual, and those that lack something.
 */
#include "exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UUID1 "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define UUID2 "4350f323-7565-4e59-8763-4b1b83a0ce0e"

static struct mysql_facts facts;
static struct exchange_table table;
static struct contact_result result;
static struct lineage known;

static int
set_up(void **state)
{
	(void)state;
	memset(&facts, 0, sizeof(facts));
	memset(&result, 0, sizeof(result));
	memset(&known, 0, sizeof(known));
	assert_true(
	    mysql_read_version(&facts, "10.11.19-MariaDB-0+deb12u1-log"));
	return 0;
}

static bool
who(const char *id, const char *read_only, const char *current,
    const char *binlog_state)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "server_id|read_only|domain_id|current_pos|binlog_state|log_bin|"
	    "log_updates|semi_sync\n%s|%s|0|%s|%s|1|1|0",
	    id, read_only, current, binlog_state);
	return mysql_read_who(&facts, exchange_parse(&table, text));
}

static bool
replica(const char *io, const char *sql, const char *received)
{
	const struct exchange_replica r = {
		.io = io, .sql = sql, .received = received
	};

	return mysql_read_upstreams(
	    &facts, exchange_parse(&table, exchange_replica(&r)));
}

static const struct report *
report(void)
{
	mysql_report(&result, &facts, &known);
	assert_true(result.has_report);
	return &result.report;
}

static void
test_versions(void **state)
{
	struct mysql_facts f;

	(void)state;
	assert_int_equal(facts.dialect, DIALECT_MARIADB);
	assert_int_equal(facts.version, 101119);
	assert_true(mysql_read_version(&f, "5.5.5-10.5.29-MariaDB"));
	assert_int_equal(f.dialect, DIALECT_MARIADB);
	assert_int_equal(f.version, 100529);
	assert_true(mysql_read_version(&f, "8.0.36-0ubuntu0.22.04.1"));
	assert_int_equal(f.dialect, DIALECT_MYSQL);
	assert_int_equal(f.version, 80036);
	assert_false(mysql_read_version(&f, "ProxySQL"));
	assert_false(mysql_read_version(&f, ""));
}

static void
test_start_is_the_same_for_every_connection(void **state)
{
	(void)state;
	assert_true(mysql_read_start(
	    &facts, exchange_parse(&table, "started\n1795273270")));
	assert_string_equal(facts.instance, "1795273270");
	assert_false(
	    mysql_read_start(&facts, exchange_parse(&table, "started\nNULL")));
	assert_false(
	    mysql_read_start(&facts, exchange_parse(&table, "started")));
}

static void
test_primary_that_has_written(void **state)
{
	const struct report *r;

	(void)state;
	assert_true(who("1", "0", "0-1-200", "0-2-150,0-1-200,0-3-20"));
	assert_true(mysql_read_upstreams(&facts, exchange_parse(&table, "")));
	r = report();
	assert_int_equal(r->role, ROLE_PRIMARY);
	assert_false(r->is_read_only);
	assert_int_equal(r->position, 200);
	assert_string_equal(r->history, "0-1@150");
	assert_string_equal(r->history_prev, "0-2@20");
	assert_int_equal(r->forked_at, 150);
	assert_false(r->is_never_promoted);
}

/* A reign begins when the node is opened, not when it writes. */
static void
test_primary_that_has_not_written_yet(void **state)
{
	const struct report *r;

	(void)state;
	assert_true(who("2", "OFF", "0-1-100", "0-1-100"));
	r = report();
	assert_int_equal(r->role, ROLE_PRIMARY);
	assert_int_equal(r->position, 100);
	assert_string_equal(r->history, "0-2@100");
	assert_string_equal(r->history_prev, "0-1@0");
	assert_int_equal(r->forked_at, 100);
}

static void
test_first_primary_of_all(void **state)
{
	const struct report *r;

	(void)state;
	assert_true(who("1", "0", "", ""));
	r = report();
	assert_int_equal(r->role, ROLE_PRIMARY);
	assert_int_equal(r->position, 0);
	assert_string_equal(r->history, "0-1@0");
	assert_string_equal(r->history_prev, "");
}

/* Fenced, or restarted with read_only in its file: closed, but no replica. */
static void
test_read_only_primary(void **state)
{
	const struct report *r;

	(void)state;
	assert_true(who("1", "1", "0-1-200", "0-2-150,0-1-200"));
	r = report();
	assert_int_equal(r->role, ROLE_PRIMARY);
	assert_true(r->is_read_only);
	assert_string_equal(r->history, "0-1@150");
}

/* Restored, reset, or in the middle of its promotion: nobody's replica. */
static void
test_read_only_node_that_follows_nobody(void **state)
{
	const struct report *r;

	(void)state;
	assert_true(who("3", "1", "0-1-200", ""));
	r = report();
	assert_int_equal(r->role, ROLE_REPLICA);
	assert_false(endpoint_is_set(&result.upstream));
	assert_false(r->is_linked);
	assert_int_equal(r->position, 200);
	assert_string_equal(r->history, "0-1@0");
	assert_true(who("3", "1", "", ""));
	r = report();
	assert_int_equal(r->role, ROLE_REPLICA);
	assert_int_equal(r->position, 0);
	assert_string_equal(r->history, "");
}

static void
test_replica(void **state)
{
	const struct report *r;
	char buf[ENDPOINT_TEXT_LEN];

	(void)state;
	assert_true(who("2", "1", "0-1-190", "0-2-150,0-1-190"));
	assert_true(replica("Yes", "Yes", "0-1-200"));
	r = report();
	assert_int_equal(r->role, ROLE_REPLICA);
	assert_true(r->is_linked);
	assert_int_equal(r->position, 200);
	assert_int_equal(r->unapplied, 10);
	assert_string_equal(r->history, "0-1@150");
	assert_string_equal(r->history_prev, "0-2@0");
	assert_int_equal(r->forked_at, 150);
	assert_string_equal(
	    endpoint_format(&result.upstream, buf), "127.0.0.1:13301");
}

/* It has received of the new reign, and applied only of the old one. */
static void
test_replica_between_two_reigns(void **state)
{
	const struct report *r;

	(void)state;
	assert_true(who("3", "1", "0-1-100", "0-1-100"));
	assert_true(replica("Yes", "Yes", "0-2-104"));
	r = report();
	assert_string_equal(r->history, "0-2@100");
	assert_string_equal(r->history_prev, "0-1@0");
	assert_int_equal(r->forked_at, 100);
	assert_int_equal(r->position, 104);
	assert_int_equal(r->unapplied, 4);
}

static void
know(const char *history, const char *prev, uint64_t forked_at)
{
	snprintf(known.history, HISTORY_LEN, "%s", history);
	snprintf(known.history_prev, HISTORY_LEN, "%s", prev);
	known.forked_at = forked_at;
}

/*
 * 2 reigned from 100, 1 from 242, and 2 again from 336.  A replica that has
 * applied up to 330 can't know where the last reign began.
 */
static void
test_reigns_of_servers_that_reigned_before(void **state)
{
	(void)state;
	know("0-2@336", "0-1@242", 336);
	assert_true(who("3", "1", "0-1-330", "0-1-330,0-2-242"));
	assert_true(replica("Yes", "Yes", "0-2-429"));
	assert_string_equal(report()->history, "0-2@336");
	assert_string_equal(report()->history_prev, "0-1@242");
	assert_int_equal(report()->forked_at, 336);
	assert_true(replica("Yes", "Yes", "0-1-335"));
	assert_string_equal(report()->history, "0-1@242");
	/* It was away since the first reign of 2. */
	assert_true(who("3", "1", "0-2-200", "0-1-100,0-2-200"));
	assert_true(replica("Connecting", "Yes", "0-2-200"));
	assert_string_equal(report()->history, "0-2@100");
	/* What its own log knows better is believed. */
	assert_true(who("3", "1", "0-2-500", "0-1-450,0-2-500"));
	assert_true(replica("Yes", "Yes", "0-2-500"));
	assert_string_equal(report()->history, "0-2@450");
}

/* A node from a copy has no log, and its position tells all the same. */
static void
test_reign_of_a_node_without_a_log(void **state)
{
	(void)state;
	know("0-2@336", "", 0);
	assert_true(who("3", "1", "0-2-400", ""));
	assert_true(replica("Yes", "Yes", "0-2-400"));
	assert_string_equal(report()->history, "0-2@336");
	assert_int_equal(report()->forked_at, 336);
	assert_string_equal(report()->history_prev, "");
}

static void
test_divergence(void **state)
{
	uint64_t fork;

	(void)state;
	know("0-2@336", "0-1@242", 336);
	assert_true(who("1", "1", "0-1-339", "0-1-339,0-2-242"));
	assert_true(mysql_has_diverged(&facts, &known, &fork));
	assert_int_equal(fork, 336);
	assert_true(who("1", "1", "0-1-336", "0-1-336,0-2-242"));
	assert_false(mysql_has_diverged(&facts, &known, &fork));
	know("", "", 0);
	assert_false(mysql_has_diverged(&facts, &known, &fork));
}

/* Writable is a mistake, but it follows all the same. */
static void
test_writable_replica_is_a_replica(void **state)
{
	(void)state;
	assert_true(who("2", "0", "0-1-190", "0-1-190"));
	assert_true(replica("Connecting", "Yes", "0-1-190"));
	assert_int_equal(report()->role, ROLE_REPLICA);
	assert_false(report()->is_linked);
}

static void
test_replica_that_does_not_apply(void **state)
{
	(void)state;
	assert_true(who("2", "1", "0-1-190", "0-1-190"));
	assert_true(replica("Yes", "No", "0-1-191"));
	assert_true(report()->is_linked);
	assert_int_equal(report()->position, 191);
	assert_true(report()->unapplied > UINT64_C(1) << 60);
	assert_true(replica("Yes", "No", "0-1-190"));
	assert_int_equal(report()->unapplied, 0);
}

/* Then the next start throws the relay log away. */
static void
test_stopped_replica_has_what_it_applied(void **state)
{
	(void)state;
	assert_true(who("2", "1", "0-1-190", "0-1-190"));
	assert_true(replica("No", "No", "0-1-200"));
	assert_false(report()->is_linked);
	assert_int_equal(report()->position, 190);
	assert_int_equal(report()->unapplied, 0);
	assert_true(replica("Connecting", "No", "0-1-200"));
	assert_int_equal(report()->position, 200);
}

static void
test_replica_of_an_empty_primary(void **state)
{
	(void)state;
	assert_true(who("2", "1", "", ""));
	assert_true(replica("Yes", "Yes", ""));
	assert_string_equal(report()->history, "0-1@0");
	assert_int_equal(report()->position, 0);
}

static void
test_whom_nobody_could_follow(void **state)
{
	const struct exchange_replica by_file = {
		.io = "Yes", .sql = "Yes", .received = "", .using_gtid = "No"
	};

	(void)state;
	assert_true(who("2", "1", "0-1-190", "0-1-190"));
	assert_true(mysql_read_upstreams(
	    &facts, exchange_parse(&table, exchange_replica(&by_file))));
	assert_true(report()->is_never_promoted);
	assert_true(replica("Yes", "Yes", "0-1-190"));
	assert_false(report()->is_never_promoted);
	facts.has_log = false;
	assert_true(report()->is_never_promoted);
}

static void
test_semi_synchronous_primary(void **state)
{
	(void)state;
	assert_true(who("1", "0", "0-1-9", "0-1-9"));
	assert_true(
	    mysql_read_sync(&facts, exchange_parse(&table, "status|n\nON|1")));
	assert_int_equal(report()->sync_replicas, 1);
	assert_true(
	    mysql_read_sync(&facts, exchange_parse(&table, "status|n\nOFF|1")));
	assert_int_equal(report()->sync_replicas, 0);
	assert_true(
	    mysql_read_sync(&facts, exchange_parse(&table, "status|n")));
	assert_int_equal(report()->sync_replicas, 0);
	assert_false(
	    mysql_read_sync(&facts, exchange_parse(&table, "status\nON")));
}

static void
test_what_lacks_something_is_no_answer(void **state)
{
	static const char *const texts[] = { "", "server_id\n1",
		"server_id|read_only|domain_id|current_pos|binlog_state|"
		"log_bin|log_updates|semi_sync",
		"server_id|read_only|domain_id|current_pos|binlog_state|"
		"log_bin|log_updates|semi_sync\n"
		"x|0|0|0-1-1|0-1-1|1|1|0",
		"server_id|read_only|domain_id|current_pos|binlog_state|"
		"log_bin|log_updates|semi_sync\n"
		"1|0|0|0-1|0-1-1|1|1|0",
		"server_id|read_only|domain_id|current_pos|binlog_state|"
		"log_bin|log_updates|semi_sync\n"
		"1|NULL|0|0-1-1|0-1-1|1|1|0" };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(
		    mysql_read_who(&facts, exchange_parse(&table, texts[i])));
	assert_false(mysql_read_upstreams(&facts,
	    exchange_parse(&table,
		"Slave_IO_Running|Slave_SQL_Running\n"
		"Yes|Yes")));
}

/* ---- MySQL ----------------------------------------------------------- */

static void
mysql(const char *uuid, const char *read_only, const char *executed)
{
	char text[512];

	memset(&facts, 0, sizeof(facts));
	assert_true(mysql_read_version(&facts, "8.4.3"));
	snprintf(text, sizeof(text),
	    "server_uuid|read_only|executed|log_bin|log_updates|semi_sync|"
	    "semi_sync_name\n"
	    "%s|%s|%s|1|1|OFF|",
	    uuid, read_only, executed);
	assert_true(mysql_read_who(&facts, exchange_parse(&table, text)));
}

static void
test_mysql_primary(void **state)
{
	(void)state;
	mysql(UUID1, "0", UUID1 ":1-10," UUID2 ":1-5");
	assert_true(mysql_read_upstreams(&facts, exchange_parse(&table, "")));
	assert_int_equal(report()->role, ROLE_PRIMARY);
	assert_int_equal(report()->position, 15);
	assert_string_equal(report()->history, UUID1);
	mysql(UUID1, "1", UUID1 ":1-10");
	assert_int_equal(report()->role, ROLE_PRIMARY);
	assert_true(report()->is_read_only);
	mysql(UUID1, "1", UUID2 ":1-10");
	assert_int_equal(report()->role, ROLE_REPLICA);
}

static void
test_mysql_replica(void **state)
{
	(void)state;
	mysql(UUID2, "1", UUID1 ":1-10");
	assert_true(mysql_read_upstreams(&facts,
	    exchange_parse(&table, exchange_source("Yes", "Yes", UUID1))));
	assert_true(mysql_read_received(
	    &facts, exchange_parse(&table, "received\n" UUID1 ":11-13")));
	assert_int_equal(report()->role, ROLE_REPLICA);
	assert_true(report()->is_linked);
	assert_int_equal(report()->position, 13);
	assert_int_equal(report()->unapplied, 3);
	assert_string_equal(report()->history, UUID1);
	assert_string_equal(result.upstream.host, "10.0.0.1");
	assert_false(report()->is_never_promoted);
}

/* ---- errors ---------------------------------------------------------- */

static void
test_errors(void **state)
{
	(void)state;
	assert_int_equal(mysql_verdict_of_error(1045), VERDICT_LOGIN);
	assert_int_equal(mysql_verdict_of_error(1227), VERDICT_LOGIN);
	assert_int_equal(mysql_verdict_of_error(1040), VERDICT_ALIVE);
	assert_int_equal(mysql_verdict_of_error(1053), VERDICT_ALIVE);
	assert_int_equal(
	    mysql_errno_of_text("Can't connect to server on '127.0.0.1' (111)"),
	    111);
	assert_int_equal(
	    mysql_errno_of_text("Lost connection to server at 'handshake: "
				"reading initial communication packet', "
				"system error: 104"),
	    104);
	assert_int_equal(mysql_errno_of_text("Server has gone away"), 0);
	assert_int_equal(mysql_errno_of_text("(99999999999999999999)"), 0);
}

#define TEST(fn) cmocka_unit_test_setup(fn, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_versions),
		TEST(test_start_is_the_same_for_every_connection),
		TEST(test_primary_that_has_written),
		TEST(test_primary_that_has_not_written_yet),
		TEST(test_first_primary_of_all),
		TEST(test_read_only_primary),
		TEST(test_read_only_node_that_follows_nobody),
		TEST(test_replica),
		TEST(test_replica_between_two_reigns),
		TEST(test_reigns_of_servers_that_reigned_before),
		TEST(test_reign_of_a_node_without_a_log),
		TEST(test_divergence),
		TEST(test_writable_replica_is_a_replica),
		TEST(test_replica_that_does_not_apply),
		TEST(test_stopped_replica_has_what_it_applied),
		TEST(test_replica_of_an_empty_primary),
		TEST(test_whom_nobody_could_follow),
		TEST(test_semi_synchronous_primary),
		TEST(test_what_lacks_something_is_no_answer),
		TEST(test_mysql_primary),
		TEST(test_mysql_replica),
		TEST(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
