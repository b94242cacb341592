/*
 * What is said to MySQL 8 for each job, by version.  It is not in Debian: its
 * answers are after its manual.
 */
#include "play.h"

#define UUID1 "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define UUID2 "4350f323-7565-4e59-8763-4b1b83a0ce0e"

#define START "SELECT UNIX_TIMESTAMP()"
#define STARTED "started\n1795273270"

static const char *
mysql_who(const char *uuid, bool is_read_only, const char *executed)
{
	static char text[512];

	snprintf(text, sizeof(text),
	    "server_uuid|read_only|executed|log_bin|log_updates|semi_sync|"
	    "semi_sync_name\n"
	    "%s|%d|%s|1|1|OFF|",
	    uuid, is_read_only, executed);
	return text;
}

static void
mysql_meet(const char *log_updates, const char *show, const char *received)
{
	play_exchange(START, STARTED);
	play_expect("SELECT @@global.server_uuid");
	assert_non_null(strstr(text_cstr(&play_script.sql), log_updates));
	play_answer(mysql_who(UUID2, true, UUID1 ":1-10"));
	play_exchange(show, exchange_source("Yes", "Yes", UUID1));
	play_exchange("SELECT GTID_SUBTRACT", received);
}

/* The words that MySQL 8.4 knows. */
static void
test_mysql_promotion(void **state)
{
	(void)state;
	play_begin(JOB_PROMOTE, "8.4.3");
	mysql_meet("log_replica_updates", "SHOW REPLICA STATUS",
	    "received\n" UUID1 ":11");
	play_exchange("SET GLOBAL super_read_only = 1", "");
	play_exchange("STOP REPLICA IO_THREAD FOR CHANNEL ''", "");
	play_exchange("SELECT @@global.server_uuid",
	    mysql_who(UUID2, true, UUID1 ":1-11"));
	play_exchange(
	    "SHOW REPLICA STATUS", exchange_source("No", "Yes", UUID1));
	play_exchange("SELECT GTID_SUBTRACT", "received\n");
	play_exchange("STOP REPLICA FOR CHANNEL ''", "");
	play_exchange("RESET REPLICA ALL FOR CHANNEL ''", "");
	play_exchange("SET GLOBAL read_only = 0", "");
	play_exchange("SELECT @@global.server_uuid",
	    mysql_who(UUID2, false, UUID1 ":1-11"));
	play_exchange("SHOW REPLICA STATUS", "");
	play_expect_done(VERDICT_OK);
	assert_int_equal(play_script.result.report.position, 11);
	assert_string_equal(play_script.result.report.history, UUID2);
}

/* And those of its earlier versions. */
static void
test_mysql_before_it_renamed_everything(void **state)
{
	(void)state;
	play_begin(JOB_PROMOTE, "8.0.19");
	mysql_meet("log_slave_updates", "SHOW SLAVE STATUS", "received\n");
	play_exchange("SET GLOBAL super_read_only = 1", "");
	play_exchange("STOP SLAVE IO_THREAD FOR CHANNEL ''", "");
}

static void
test_mysql_replica_follows(void **state)
{
	(void)state;
	play_begin(JOB_REPOINT, "8.0.36");
	play_exchange("SET GLOBAL super_read_only = 1", "");
	play_exchange("SELECT @@global.server_uuid",
	    mysql_who(UUID2, true, UUID1 ":1-10"));
	play_exchange(
	    "SHOW REPLICA STATUS", exchange_source("Yes", "Yes", UUID1));
	play_exchange("SELECT GTID_SUBTRACT", "received\n");
	play_exchange("STOP REPLICA FOR CHANNEL ''", "");
	play_exchange("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '10.0.0.2', "
		      "SOURCE_PORT = 3306, SOURCE_CONNECT_RETRY = 1, "
		      "SOURCE_AUTO_POSITION = 1, SOURCE_USER = 'repl', "
		      "SOURCE_PASSWORD = 'it\\'s' FOR CHANNEL ''",
	    "");
	play_exchange("START REPLICA FOR CHANNEL ''", "");
	play_exchange(
	    "SHOW REPLICA STATUS", exchange_source("Yes", "Yes", UUID1));
	play_expect_done(VERDICT_OK);
}

/* MySQL would take it, and never tell that it has more. */
static void
mysql_demote(const char *executed)
{
	play_begin(JOB_DEMOTE, "8.4.3");
	play_exchange("SHOW PROCESSLIST", "Id|User|Command|State");
	play_exchange("SET GLOBAL super_read_only = 1", "");
	play_exchange("SHOW PROCESSLIST", "Id|User|Command|State");
	play_exchange(
	    "SELECT @@global.server_uuid", mysql_who(UUID1, true, executed));
	play_exchange("SHOW REPLICA STATUS", "");
}

static void
test_mysql_primary_that_may_have_more_is_not_taken_back(void **state)
{
	(void)state;
	mysql_demote(UUID1 ":1-10");
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("can't be proven");
	snprintf(play_job.known.history_prev, HISTORY_LEN, UUID1);
	play_job.known.forked_at = 9;
	mysql_demote(UUID1 ":1-10");
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("diverged: it has 1 transactions of " UUID1);
	assert_true(play_script.result.needs_rejoin);
	play_job.known.forked_at = 10;
	mysql_demote(UUID1 ":1-10");
	play_expect("CHANGE REPLICATION SOURCE TO");
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, play_set_up, play_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mysql_promotion),
		TEST(test_mysql_before_it_renamed_everything),
		TEST(test_mysql_replica_follows),
		TEST(test_mysql_primary_that_may_have_more_is_not_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
