/*
 * What a process that takes over knows, and a failover right after it: the
 * sessions of the old process are under the new guard's command.
 */
#include "crm.h"
#include "zombie.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct crm_options state_quick = {
	.cluster_lines = "check_interval = 100ms\n"
			 "check_timeout = 200ms\n"
			 "fall = 2",
};

/*
 * Writers are in the old process, and some of them in the one before it.  The
 * primary freezes, another one is promoted, the frozen one wakes up: not a
 * write may reach it, though the guard that decides is a third process.
 */
static void
test_failover_cuts_sessions_of_elders_before_the_promotion(struct site *site)
{
	struct zombie z = { 0 };
	struct redis_node *successor;
	struct monitor *monitor;
	struct load_result r;
	struct crm crm;

	crm_open(&crm, site, &state_quick);
	z.load = crm_load(&crm, 4, 1000);
	load_hold_old(z.load);
	monitor = monitor_start(site, crm.node[0]);
	crm_wait_acked(z.load, 100);
	daemon_upgrade(crm.daemon);
	crm_wait_acked(z.load, 100);
	daemon_upgrade(crm.daemon);
	crm_wait_acked(z.load, 100);
	assert_true(daemon_info(crm.daemon, "elders") >= 1);
	load_read(z.load, &r);
	assert_int_equal(r.errors, 0);
	load_mark(z.load);
	redis_node_freeze(crm.node[0]);
	successor = crm_wait_successor(&crm, crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(z.load, NULL));
	zombie_wake(&z, crm.node[0], successor);
	crm_wait_acked(z.load, 1000);
	load_stop(z.load);
	crm_wait_settled(&crm, successor);
	crm_check_one_primary(&crm, successor);
	assert_in_range(zombie_late_sets(&z, monitor), 0, 4);
	load_read(z.load, &r);
	assert_int_equal(r.old_acked, 0);
	assert_in_range(crm_count_lost(z.load, successor), 0, 4);
	print_message("outage_ms=%.1f acked=%llu errors=%llu\n",
	    (double)r.outage_us / USEC_MS, (unsigned long long)r.acked,
	    (unsigned long long)r.errors);
}

/* It would never acknowledge, and the failover would wait for ever. */
static void
test_elder_that_hangs_is_killed_before_the_promotion(struct site *site)
{
	struct load *load;
	struct crm crm;
	pid_t elder;

	crm_open(&crm, site, &state_quick);
	load = crm_load(&crm, 2, 500);
	crm_wait_acked(load, 50);
	elder = crm.daemon->process.pid;
	daemon_upgrade(crm.daemon);
	assert_int_equal(kill(elder, SIGSTOP), 0);
	redis_node_kill(crm.node[0]);
	crm_wait_successor(&crm, crm.node[0]);
	assert_true(daemon_has_logged(crm.daemon, "action=kill"));
	crm_wait_acked(load, 100);
	load_stop(load);
}

/* Nobody would tell its sessions of another primary. */
static void
test_elder_ends_when_its_successor_dies(struct site *site)
{
	struct load_result r;
	struct load *load;
	struct crm crm;
	pid_t elder;

	crm_open(&crm, site, &state_quick);
	load = crm_load(&crm, 2, 500);
	crm_wait_acked(load, 50);
	elder = crm.daemon->process.pid;
	daemon_upgrade(crm.daemon);
	load_read(load, &r);
	assert_int_equal(r.errors, 0);
	crm_wait_acked(load, 50);
	process_kill(&crm.daemon->process);
	ASSERT_WITHIN(5000, daemon_has_logged(crm.daemon, "is gone"));
	ASSERT_WITHIN(5000, waitpid(elder, NULL, WNOHANG) != 0);
	load_stop(load);
	daemon_launch(crm.daemon);
	crm_wait_settled(&crm, crm.node[0]);
}

static long long
state_number(struct crm *crm, const char *field)
{
	return atoll(daemon_cluster_field(crm->daemon, "crm", field));
}

static void
test_state_goes_over(struct site *site)
{
	long long epoch, sessions;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, &state_quick);
	load = crm_load(&crm, 2, 500);
	crm_wait_acked(load, 50);
	redis_node_kill(crm.node[0]);
	crm_wait_successor(&crm, crm.node[0]);
	crm_wait_acked(load, 50);
	load_stop(load);
	redis_node_restart(crm.node[0]);
	crm_wait_settled(&crm, crm_primary(&crm));
	assert_contains(
	    daemon_ask(crm.daemon, "set node crm/a state maint"), "ok");
	assert_contains(daemon_ask(crm.daemon, "pause crm"), "ok");
	epoch = state_number(&crm, "epoch");
	sessions = daemon_stat(crm.daemon, "write", "sessions");
	assert_true(epoch > 1 && sessions > 0);

	for (int i = 0; i < 2; i++) {
		daemon_upgrade(crm.daemon);
		assert_int_equal(state_number(&crm, "epoch"), epoch);
		assert_true(
		    daemon_cluster_is(crm.daemon, "crm", "phase", "STEADY"));
		assert_true(daemon_node_is(crm.daemon, "a", "admin", "maint"));
		assert_true(
		    daemon_cluster_is(crm.daemon, "crm", "paused", "yes"));
		assert_int_equal(
		    daemon_stat(crm.daemon, "write", "sessions"), sessions);
		assert_contains(
		    daemon_ask(crm.daemon, "show events crm"), "->DOWN");
		assert_contains(
		    daemon_ask(crm.daemon, "record crm"), "rule=primary-down");
	}
	assert_contains(daemon_ask(crm.daemon, "resume crm"), "ok");
	assert_contains(
	    daemon_ask(crm.daemon, "set node crm/a state ready"), "ok");
	/* And it can do with it what the old one could. */
	assert_contains(daemon_ask(crm.daemon, "switchover crm a"), "ok");
	assert_true(state_number(&crm, "epoch") > epoch);
}

/* The primary dies and the guard is replaced before anything is decided. */
static void
test_upgrade_while_there_is_no_primary(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, &state_quick);
	assert_contains(daemon_ask(crm.daemon, "pause crm"), "ok");
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "a"));
	daemon_upgrade(crm.daemon);
	assert_true(daemon_node_is_down(crm.daemon, "a"));
	assert_contains(daemon_ask(crm.daemon, "resume crm"), "ok");
	crm_wait_successor(&crm, crm.node[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(
		    test_failover_cuts_sessions_of_elders_before_the_promotion),
		SITE_TEST(test_elder_that_hangs_is_killed_before_the_promotion),
		SITE_TEST(test_elder_ends_when_its_successor_dies),
		SITE_TEST(test_state_goes_over),
		SITE_TEST(test_upgrade_while_there_is_no_primary),
	};

	return SITE_MAIN(tests);
}
