/*
 * What is said to a replica of MariaDB that is to be promoted, in which order,
 * and what its answers change.
 */
#include "mariadb.h"

static void
test_promotion(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-98", "0-1-98"),
	    replica_at("Connecting", "Yes", "0-1-100"));
	play_exchange(CLOSE, "");
	play_exchange("STOP SLAVE IO_THREAD", "");
	meet(who_is(2, true, "0-1-99", "0-1-99"),
	    replica_at("No", "Yes", "0-1-100"));
	play_pass_pause();
	meet(who_is(2, true, "0-1-100", "0-1-100"),
	    replica_at("No", "Yes", "0-1-100"));
	play_exchange("STOP SLAVE", "");
	play_exchange("RESET SLAVE ALL", "");
	play_exchange("FLUSH HOSTS", "");
	play_exchange(OPEN, "");
	meet(who_is(2, false, "0-2-101", "0-1-100,0-2-101"), "");
	play_expect_done(VERDICT_OK);
	assert_int_equal(play_script.result.report.role, ROLE_PRIMARY);
	assert_string_equal(play_script.result.report.history, "0-2@100");
	assert_string_equal(play_script.result.report.history_prev, "0-1@0");
	assert_int_equal(play_script.result.report.forked_at, 100);
}

/* Semi-synchronous, and nobody follows yet: the answer would take 10 s. */
static void
test_promotion_does_not_wait_for_its_mark(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-100", "0-1-100"), "");
	play_exchange(CLOSE, "");
	meet(who_is(2, true, "0-1-100", "0-1-100"), "");
	play_expect("FLUSH HOSTS");
	assert_true(play_script.patience_us > 0);
	script_impatient(&play_script);
	play_exchange(OPEN, "");
	assert_int_equal(play_script.patience_us, 0);
	meet(who_is(2, false, "0-2-101", "0-1-100,0-2-101"), "");
	play_expect_done(VERDICT_OK);
	assert_true(play_script.result.has_report);
}

/* And one that has no right to make it is promoted all the same. */
static void
test_promotion_without_its_mark(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-100", "0-1-100"), "");
	play_exchange(CLOSE, "");
	meet(who_is(2, true, "0-1-100", "0-1-100"), "");
	play_refuse("FLUSH HOSTS", 1227, "Access denied; RELOAD");
	play_exchange(OPEN, "");
	meet(who_is(2, false, "0-1-100", "0-1-100"), "");
	play_expect_done(VERDICT_OK);
	play_expect_detail("RELOAD");
}

/* Were both threads stopped for a moment, what it received would be gone. */
static void
test_promotion_starts_to_apply_before_it_stops_to_receive(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "No", "0-1-100"));
	play_exchange(CLOSE, "");
	play_exchange("START SLAVE SQL_THREAD", "");
	play_exchange("STOP SLAVE IO_THREAD", "");
	meet(who_is(2, true, "0-1-100", "0-1-100"),
	    replica_at("No", "Yes", "0-1-100"));
	play_exchange("STOP SLAVE", "");
}

/* It applies nothing of what it has received, and was asked 15 times. */
static void
wait_in_vain(void)
{
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "Yes", "0-1-100"));
	play_exchange(CLOSE, "");
	play_exchange("STOP SLAVE IO_THREAD", "");
	for (int i = 0; i < 15; i++) {
		meet(who_is(2, true, "0-1-90", "0-1-90"),
		    replica_at("No", "Yes", "0-1-100"));
		play_pass_pause();
	}
}

/* It has much to apply, and that is all. */
static void
test_promotion_ends_no_reader_that_is_not_in_its_way(void **state)
{
	(void)state;
	wait_in_vain();
	play_exchange(SESSIONS, NO_SESSIONS "\n17|app|Sleep|");
	meet(who_is(2, true, "0-1-100", "0-1-100"),
	    replica_at("No", "Yes", "0-1-100"));
	play_exchange("STOP SLAVE", "");
}

/* A reader's table would be waited for, a day long. */
static void
test_promotion_ends_the_readers_that_are_in_its_way(void **state)
{
	(void)state;
	wait_in_vain();
	play_exchange(SESSIONS,
	    SESSIONS_ARE
	    "\n6|system user|Slave_SQL|Waiting for table metadata lock"
	    "\n17|app|Sleep|");
	play_exchange("KILL 17", "");
	meet(who_is(2, true, "0-1-100", "0-1-100"),
	    replica_at("No", "Yes", "0-1-100"));
	play_exchange("STOP SLAVE", "");
}

static void
test_promotion_of_whom_can_not_apply(void **state)
{
	const struct exchange_replica r = { .io = "Yes",
		.sql = "No",
		.received = "0-1-100",
		.sql_errno = 1062,
		.sql_error = "Duplicate entry '1' for key 'PRIMARY'" };

	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"), exchange_replica(&r));
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("Duplicate entry");
	assert_false(play_script.result.has_report);
}

static void
test_promotion_that_is_refused_changes_nothing(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "Yes", "0-1-100"));
	play_refuse(CLOSE, 1227,
	    "Access denied; you need (at least one of) the READ_ONLY ADMIN "
	    "privilege(s) for this operation");
	play_expect_done(VERDICT_LOGIN);
	play_expect_detail("READ_ONLY ADMIN");
}

/* It goes on as the replica that it was. */
static void
test_promotion_that_takes_too_long_is_undone(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "Yes", "0-1-100"));
	play_exchange(CLOSE, "");
	play_exchange("STOP SLAVE IO_THREAD", "");
	play_now += PLAY_TIMEOUT * 3 / 4;
	meet(who_is(2, true, "0-1-95", "0-1-95"),
	    replica_at("No", "Yes", "0-1-100"));
	play_exchange("START SLAVE", "");
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("promote_timeout");
}

/* Started again it would throw away what perhaps nobody else has. */
static void
test_relay_log_of_a_failed_promotion_is_kept(void **state)
{
	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"),
	    replica_at("Yes", "Yes", "0-1-100"));
	play_exchange(CLOSE, "");
	play_exchange("STOP SLAVE IO_THREAD", "");
	meet(who_is(2, true, "0-1-95", "0-1-95"),
	    replica_at("No", "No", "0-1-100"));
	play_expect_done(VERDICT_ALIVE);
	play_expect_detail("can't apply");
}

static void
test_promotion_of_a_named_connection(void **state)
{
	const struct exchange_replica r = { .name = "o'hara",
		.io = "Yes",
		.sql = "Yes",
		.received = "0-1-90" };

	(void)state;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(who_is(2, true, "0-1-90", "0-1-90"), exchange_replica(&r));
	play_exchange(CLOSE, "");
	play_exchange("STOP SLAVE 'o\\'hara' IO_THREAD", "");
	meet(who_is(2, true, "0-1-90", "0-1-90"), exchange_replica(&r));
	play_exchange("STOP SLAVE 'o\\'hara'", "");
	play_exchange("RESET SLAVE 'o\\'hara' ALL", "");
}

/* It waits for replicas when it is primary, and only then. */
static void
test_promotion_of_a_synchronous_cluster(void **state)
{
	(void)state;
	play_script.is_synced = true;
	mariadb(JOB_PROMOTE);
	play_exchange(START, STARTED);
	meet(WHO("2", "1", "0-1-9", "0"), replica_at("Yes", "Yes", "0-1-9"));
	play_exchange(CLOSE, "");
	play_exchange("STOP SLAVE IO_THREAD", "");
	meet(WHO("2", "1", "0-1-9", "0"), replica_at("No", "Yes", "0-1-9"));
	play_exchange("STOP SLAVE", "");
	play_exchange("RESET SLAVE ALL", "");
	play_exchange("FLUSH HOSTS", "");
	play_exchange("SET GLOBAL rpl_semi_sync_master_enabled = 1", "");
	play_exchange(OPEN, "");
	meet(WHO("2", "0", "0-2-10", "1"), "");
	play_exchange("SELECT variable_value AS status", "status|n\nON|1");
	play_expect_done(VERDICT_OK);
	assert_int_equal(play_script.result.report.sync_replicas, 1);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, play_set_up, play_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_promotion),
		TEST(test_promotion_does_not_wait_for_its_mark),
		TEST(test_promotion_without_its_mark),
		TEST(test_promotion_starts_to_apply_before_it_stops_to_receive),
		TEST(test_promotion_ends_no_reader_that_is_not_in_its_way),
		TEST(test_promotion_ends_the_readers_that_are_in_its_way),
		TEST(test_promotion_of_whom_can_not_apply),
		TEST(test_promotion_that_is_refused_changes_nothing),
		TEST(test_promotion_that_takes_too_long_is_undone),
		TEST(test_relay_log_of_a_failed_promotion_is_kept),
		TEST(test_promotion_of_a_named_connection),
		TEST(test_promotion_of_a_synchronous_cluster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
