/*
 * The primary is moved on purpose: nothing acknowledged is lost, nobody who
 * connects sees an error, and what can't be done leaves everything as it was.
 */
#include "crm.h"

#include <stdlib.h>
#include <string.h>

#define SWITCHOVER_WRITERS 8

static const struct crm_options switchover_quick = {
	.cluster_lines = "check_interval = 100ms\n"
			 "check_timeout = 200ms\n"
			 "fall = 2",
};

/* Refused with a reason, and nothing has changed. */
static void
switchover_check_refused(struct crm *crm, const char *args, const char *why)
{
	const char *answer;
	int epoch;

	epoch = atoi(daemon_cluster_field(crm->daemon, "crm", "epoch"));
	answer = daemon_ask(crm->daemon, "switchover %s", args);
	if (strncmp(answer, "error: ", 7) != 0)
		fail_msg("not refused: %s", answer);
	assert_contains(answer, why);
	assert_ptr_equal(crm_primary(crm), crm->node[0]);
	assert_true(redis_node_is_primary(crm->node[0]));
	assert_int_equal(
	    atoi(daemon_cluster_field(crm->daemon, "crm", "epoch")), epoch);
	assert_true(redis_node_port_has(crm->write_port, "k", "v"));
}

static void
switchover_check_clean(struct load *load, struct redis_node *now)
{
	struct load_result r;

	load_stop(load);
	load_read(load, &r);
	assert_int_equal(crm_count_lost(load, now), 0);
	assert_int_equal(r.fresh_errors, 0);
	assert_int_equal(r.kinds[LOAD_REFUSED], 0);
	assert_int_equal(r.kinds[LOAD_TIMEOUT], 0);
	assert_int_equal(r.kinds[LOAD_REPLY], 0);
	print_message("longest_gap_ms=%.1f acked=%llu errors=%llu\n",
	    (double)r.longest_gap_us / USEC_MS, (unsigned long long)r.acked,
	    (unsigned long long)r.errors);
}

static void
test_switchover_loses_nothing(struct site *site)
{
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, SWITCHOVER_WRITERS, 0);
	assert_lacks(daemon_ask(crm.daemon, "switchover crm b"), "error:");
	/* The answer comes when it is done. */
	assert_true(redis_node_is_primary(crm.node[1]));
	assert_ptr_equal(crm_primary(&crm), crm.node[1]);
	crm_wait_acked(load, 1000);
	crm_wait_settled(&crm, crm.node[1]);
	crm_check_one_primary(&crm, crm.node[1]);
	switchover_check_clean(load, crm.node[1]);
}

static void
test_switchover_there_and_back(struct site *site)
{
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, SWITCHOVER_WRITERS, 1000);
	for (unsigned i = 1; i <= 6; i++) {
		struct redis_node *next = crm.node[i % CRM_NODES];

		assert_lacks(
		    daemon_ask(crm.daemon, "switchover crm %s", next->name),
		    "error:");
		crm_wait_settled(&crm, next);
		crm_wait_acked(load, 100);
	}
	switchover_check_clean(load, crm.node[0]);
}

/* Nothing was sent, so nothing is in doubt: it may go elsewhere. */
static void
test_connection_that_said_nothing_moves_over(struct site *site)
{
	redisContext *conns[CRM_QUIET];
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_open_quiet(&crm, conns);
	assert_lacks(daemon_ask(crm.daemon, "switchover crm b"), "error:");
	crm_check_quiet(conns);
}

static void
test_switchover_finds_a_node_itself(struct site *site)
{
	struct redis_node *now;
	struct crm crm;

	crm_open(&crm, site, NULL);
	assert_lacks(daemon_ask(crm.daemon, "switchover crm"), "error:");
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	crm_check_one_primary(&crm, now);
}

static void
test_unfit_target_is_refused(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, &switchover_quick);
	redis_node_must(crm.node[0], "SET k v");
	switchover_check_refused(&crm, "crm nobody", "nobody");
	switchover_check_refused(&crm, "nothing b", "nothing");
	redis_node_kill(crm.node[2]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "c"));
	switchover_check_refused(&crm, "crm c", "c");
	redis_node_freeze(crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "b"));
	switchover_check_refused(&crm, "crm b", "b: it does not answer");
	switchover_check_refused(&crm, "crm", "");
}

/* Nobody has noticed yet that the target does not answer. */
static void
test_target_that_just_froze_is_given_up(struct site *site)
{
	static const struct crm_options options = {
		.cluster_lines = "promote_timeout = 500ms",
	};
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, &options);
	load = crm_load(&crm, 2, 500);
	redis_node_freeze(crm.node[1]);
	assert_contains(daemon_ask(crm.daemon, "switchover crm b"), "error:");
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == crm.node[0]);
	crm_wait_acked(load, 100);
	redis_node_resume(crm.node[1]);
	crm_wait_settled(&crm, crm.node[0]);
	crm_check_one_primary(&crm, crm.node[0]);
	load_stop(load);
	assert_int_equal(crm_count_lost(load, crm.node[0]), 0);
}

static void
test_switchover_while_another_replica_is_frozen(struct site *site)
{
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, &switchover_quick);
	load = crm_load(&crm, SWITCHOVER_WRITERS, 500);
	redis_node_freeze(crm.node[2]);
	assert_lacks(daemon_ask(crm.daemon, "switchover crm b"), "error:");
	assert_ptr_equal(crm_primary(&crm), crm.node[1]);
	crm_wait_acked(load, 100);
	redis_node_resume(crm.node[2]);
	crm_wait_settled(&crm, crm.node[1]);
	switchover_check_clean(load, crm.node[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_switchover_loses_nothing),
		SITE_TEST(test_switchover_there_and_back),
		SITE_TEST(test_connection_that_said_nothing_moves_over),
		SITE_TEST(test_switchover_finds_a_node_itself),
		SITE_TEST(test_unfit_target_is_refused),
		SITE_TEST(test_target_that_just_froze_is_given_up),
		SITE_TEST(test_switchover_while_another_replica_is_frozen),
	};

	return SITE_MAIN(tests);
}
