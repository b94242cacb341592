/*
 * What is said to MariaDB for each job, in which order, and what its answers
 * change.  Promotions are in test_mysql_promote.c.
 */
#include "mariadb.h"

static void
test_probe_asks_for_the_start_once(void **state)
{
	(void)state;
	mariadb(JOB_PROBE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-7", "0-1-7"),
	    replica_at("Yes", "Yes", "0-1-7"));
	play_expect_done(VERDICT_OK);
	assert_true(play_script.result.has_report);
	assert_string_equal(play_script.result.report.instance, "1795273270");
	script_begin(&play_script, &play_job, play_now);
	meet(who_is(2, true, "0-1-8", "0-1-8"),
	    replica_at("Yes", "Yes", "0-1-9"));
	play_expect_done(VERDICT_OK);
	assert_int_equal(play_script.result.report.position, 9);
	assert_string_equal(play_script.result.report.instance, "1795273270");
}

static void
test_semi_synchronous_primary_is_asked_more(void **state)
{
	(void)state;
	mariadb(JOB_PROBE);
	play_exchange(START, STARTED);
	meet("server_id|read_only|domain_id|current_pos|binlog_state|log_bin|"
	     "log_updates|semi_sync\n1|0|0|0-1-7|0-1-7|1|1|1",
	    "");
	play_exchange("SELECT variable_value AS status", "status|n\nON|1");
	play_expect_done(VERDICT_OK);
	assert_int_equal(play_script.result.report.sync_replicas, 1);
}

/* It answers everything, and who writes waits for ever. */
static void
test_primary_whose_disk_is_full_is_told(void **state)
{
	(void)state;
	mariadb(JOB_PROBE);
	play_exchange(START, STARTED);
	meet(who_is(1, false, "0-1-7", "0-1-7"), "");
	play_expect_done(VERDICT_OK);
	script_begin(&play_script, &play_job, play_now);
	meet(who_is(1, false, "0-1-7", "0-1-7"), "");
	play_exchange(SESSIONS,
	    SESSIONS_ARE "\n7|app|Query|Waiting for someone to free space");
	play_expect_done(VERDICT_OK);
	play_expect_detail("its disk is full");
	assert_true(play_script.result.has_report);
	script_begin(&play_script, &play_job, play_now);
	meet(who_is(1, false, "0-1-8", "0-1-8"), "");
	play_expect_done(VERDICT_OK);
	assert_string_equal(play_script.result.detail, "");
}

/* By roles as well, and what stands elsewhere in a grant is none. */
static void
test_examination_names_what_is_missing(void **state)
{
	static const char *const cases[][2] = {
		{ "Grants\nGRANT ALL PRIVILEGES ON *.* TO r@h", "" },
		{ "Grants\nGRANT PROCESS, RELOAD, SLAVE MONITOR ON *.* TO r@h\n"
		  "GRANT READ_ONLY ADMIN, REPLICATION SLAVE ADMIN, CONNECTION "
		  "ADMIN ON *.* TO k",
		    "" },
		{ "Grants\nGRANT PROCESS, RELOADED, SLAVE MONITOR, READ_ONLY "
		  "ADMIN, CONNECTION ADMIN ON *.* TO r@h\n"
		  "GRANT REPLICATION SLAVE ADMIN, RELOAD ON a.* TO r@h\n"
		  "GRANT RELOAD",
		    "see contrib/sql; missing: REPLICATION SLAVE ADMIN, "
		    "RELOAD" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mariadb(JOB_EXAMINE);
		play_exchange(START, STARTED);
		meet(who_is(2, true, "0-1-7", "0-1-7"),
		    replica_at("Yes", "Yes", "0-1-7"));
		play_exchange("SHOW GRANTS", cases[i][0]);
		play_expect_done(VERDICT_OK);
		assert_string_equal(play_script.result.detail, cases[i][1]);
		assert_int_equal(
		    play_script.result.is_lacking, cases[i][1][0] != '\0');
	}
}

static void
test_probe_that_is_not_understood(void **state)
{
	(void)state;
	mariadb(JOB_PROBE);
	play_exchange(START, "x\n1");
	play_expect_done(VERDICT_GARBAGE);
	assert_false(play_script.result.has_report);
}

static void
test_probe_without_a_privilege(void **state)
{
	(void)state;
	mariadb(JOB_PROBE);
	play_exchange(START, STARTED);
	play_exchange(
	    "SELECT @@global.server_id", who_is(2, true, "0-1-7", "0-1-7"));
	play_refuse("SHOW ALL SLAVES STATUS", 1227,
	    "Access denied; you need (at least one of) the SLAVE MONITOR "
	    "privilege(s) for this operation");
	play_expect_done(VERDICT_LOGIN);
	play_expect_detail("SLAVE MONITOR");
	play_expect_detail("contrib/sql/mariadb.sql");
}

static void
test_replica_of_a_synchronous_cluster_does_not_wait(void **state)
{
	(void)state;
	play_script.is_synced = true;
	mariadb(JOB_REPOINT);
	play_exchange(CLOSE, "");
	meet(WHO("2", "1", "0-1-9", "1"), replica_at("Yes", "Yes", "0-1-9"));
	play_exchange("STOP SLAVE", "");
	play_exchange("SET GLOBAL rpl_semi_sync_master_enabled = 0", "");
	play_exchange("CHANGE MASTER TO", "");
}

static void
test_fence_ends_sessions_before_and_after(void **state)
{
	(void)state;
	mariadb(JOB_FENCE);
	play_exchange(SESSIONS, NO_SESSIONS "\n7|app|Sleep|\n9|app|Query|");
	play_exchange("KILL 9", "");
	play_refuse("KILL 7", 1094, "Unknown thread id: 7");
	play_exchange(CLOSE, "");
	play_exchange(SESSIONS, SESSIONS_ARE "\n12|app|Sleep|");
	play_exchange("KILL 12", "");
	play_expect_done(VERDICT_OK);
	play_expect_detail("3 sessions");
}

static void
test_fence_that_waits_for_a_statement(void **state)
{
	(void)state;
	mariadb(JOB_FENCE);
	play_exchange(SESSIONS, NO_SESSIONS);
	play_refuse(CLOSE, 1969,
	    "Query execution was interrupted "
	    "(max_statement_time exceeded)");
	play_expect_done(VERDICT_ALIVE);
}

static void
test_unfence_is_for_those_who_follow_nobody(void **state)
{
	(void)state;
	mariadb(JOB_UNFENCE);
	meet(who_is(1, true, "0-1-90", "0-1-90"), "");
	play_exchange(OPEN, "");
	play_expect_done(VERDICT_OK);
	mariadb(JOB_UNFENCE);
	meet(who_is(1, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "Yes", "0-1-90"));
	play_expect_done(VERDICT_ALIVE);
}

#define FOLLOW \
	"CHANGE MASTER TO MASTER_HOST = '10.0.0.2', MASTER_PORT = 3306, " \
	"MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos, " \
	"MASTER_USER = 'repl', MASTER_PASSWORD = 'it\\'s'"

static void
test_former_primary_follows(void **state)
{
	(void)state;
	snprintf(play_job.known.history, HISTORY_LEN, "0-2@100");
	mariadb(JOB_DEMOTE);
	play_exchange(SESSIONS, NO_SESSIONS);
	play_exchange(CLOSE, "");
	play_exchange(SESSIONS, NO_SESSIONS);
	meet(who_is(1, true, "0-1-100", "0-1-100"), "");
	play_exchange(
	    "SET GLOBAL gtid_slave_pos = @@global.gtid_current_pos", "");
	play_exchange(FOLLOW, "");
	assert_string_equal(text_cstr(&play_script.sql), "");
	play_exchange("START SLAVE", "");
	play_exchange("SHOW ALL SLAVES STATUS",
	    replica_at("Connecting", "Yes", "0-1-100"));
	play_pass_pause();
	play_exchange(
	    "SHOW ALL SLAVES STATUS", replica_at("Yes", "Yes", "0-1-100"));
	play_expect_done(VERDICT_OK);
}

static void
test_diverged_primary_is_left_as_it_is(void **state)
{
	(void)state;
	snprintf(play_job.known.history, HISTORY_LEN, "0-2@100");
	mariadb(JOB_DEMOTE);
	play_exchange(SESSIONS, NO_SESSIONS);
	play_exchange(CLOSE, "");
	play_exchange(SESSIONS, NO_SESSIONS);
	meet(who_is(1, true, "0-1-103", "0-1-103"), "");
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("0-1-101 to 0-1-103");
}

/* Where the brain did not know: the other server does. */
static void
test_divergence_that_the_server_finds(void **state)
{
	const struct exchange_replica r = { .io = "No",
		.sql = "Yes",
		.received = "0-1-15",
		.io_errno = 1236,
		.io_error =
		    "Got fatal error 1236 from master when reading data from "
		    "binary log: 'Error: connecting slave requested to start "
		    "from GTID 0-1-15, which is not in the master's binlog. "
		    "Since the master's binlog contains GTIDs with higher "
		    "sequence numbers, it probably means that the slave has "
		    "diverged due to executing extra erroneous transactions'" };

	(void)state;
	mariadb(JOB_REPOINT);
	play_exchange(CLOSE, "");
	meet(who_is(1, true, "0-1-15", "0-1-15"),
	    replica_at("No", "Yes", "0-1-15"));
	play_exchange("STOP SLAVE", "");
	play_exchange(FOLLOW, "");
	play_exchange("START SLAVE", "");
	play_exchange("SHOW ALL SLAVES STATUS", exchange_replica(&r));
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("GTID 0-1-15");
	play_expect_detail("diverged");
	assert_true(play_script.result.needs_rejoin);
}

static void
test_former_primary_needs_a_user(void **state)
{
	(void)state;
	play_script.follow.user = "";
	mariadb(JOB_DEMOTE);
	play_exchange(SESSIONS, NO_SESSIONS);
	play_exchange(CLOSE, "");
	play_exchange(SESSIONS, NO_SESSIONS);
	meet(who_is(1, true, "0-1-100", "0-1-100"), "");
	play_expect_done(VERDICT_LOGIN);
	play_expect_detail("replication_user");
}

static void
test_redial(void **state)
{
	(void)state;
	mariadb(JOB_REDIAL);
	meet(who_is(2, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "Yes", "0-1-90"));
	play_exchange("STOP SLAVE IO_THREAD", "");
	play_exchange("START SLAVE IO_THREAD", "");
	play_expect_done(VERDICT_OK);
	mariadb(JOB_REDIAL);
	meet(who_is(2, true, "0-1-90", "0-1-90"), "");
	play_expect_done(VERDICT_ALIVE);
}

static void
test_nothing_to_persist(void **state)
{
	(void)state;
	mariadb(JOB_PERSIST);
	play_expect_done(VERDICT_OK);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, play_set_up, play_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_probe_asks_for_the_start_once),
		TEST(test_semi_synchronous_primary_is_asked_more),
		TEST(test_primary_whose_disk_is_full_is_told),
		TEST(test_examination_names_what_is_missing),
		TEST(test_probe_that_is_not_understood),
		TEST(test_probe_without_a_privilege),
		TEST(test_replica_of_a_synchronous_cluster_does_not_wait),
		TEST(test_fence_ends_sessions_before_and_after),
		TEST(test_fence_that_waits_for_a_statement),
		TEST(test_unfence_is_for_those_who_follow_nobody),
		TEST(test_former_primary_follows),
		TEST(test_diverged_primary_is_left_as_it_is),
		TEST(test_divergence_that_the_server_finds),
		TEST(test_former_primary_needs_a_user),
		TEST(test_redial),
		TEST(test_nothing_to_persist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
