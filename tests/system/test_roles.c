/*
 * Who may be primary, when nobody has died or regent has not seen it happen:
 * a second primary, roles changed by hand, replicas that fail, a whole
 * cluster or regent itself started again.
 */
#include "crm.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

static unsigned
roles_errors(struct load *load)
{
	struct load_result r;

	load_read(load, &r);
	return (unsigned)r.errors;
}

static void
test_dead_replica_takes_no_reads(struct site *site)
{
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_seed(&crm);
	load = crm_load(&crm, 2, 500);
	redis_node_kill(crm.node[2]);
	/* A refused connection is tried on the next node: no read fails. */
	ASSERT_DURING(500, redis_node_port_has(crm.read_port, "k", "v"));
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "c"));
	assert_ptr_equal(crm_primary(&crm), crm.node[0]);
	assert_int_equal(roles_errors(load), 0);
	redis_node_restart(crm.node[2]);
	crm_wait_settled(&crm, crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_up(crm.daemon, "c"));
}

static void
test_frozen_replica_takes_no_reads(struct site *site)
{
	static const struct crm_options quick = {
		.cluster_lines = "check_interval = 100ms\n"
				 "check_timeout = 200ms\n"
				 "fall = 2",
	};
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, &quick);
	crm_seed(&crm);
	load = crm_load(&crm, 2, 500);
	redis_node_freeze(crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "b"));
	ASSERT_DURING(500, redis_node_port_has(crm.read_port, "k", "v"));
	assert_int_equal(roles_errors(load), 0);
	redis_node_resume(crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_up(crm.daemon, "b"));
	crm_wait_settled(&crm, crm.node[0]);
	assert_int_equal(roles_errors(load), 0);
}

static void
test_reads_use_the_primary_when_no_replica_is_left(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_seed(&crm);
	redis_node_kill(crm.node[1]);
	redis_node_kill(crm.node[2]);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, redis_node_port_has(crm.read_port, "k", "v"));
	ASSERT_DURING(300, redis_node_port_has(crm.read_port, "k", "v"));
}

static void
test_second_primary_is_quarantined(struct site *site)
{
	long long keys;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 2, 500);
	redis_node_must(crm.node[1], "REPLICAOF NO ONE");
	keys = redis_node_key_count(crm.node[1]);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, daemon_node_is_quarantined(crm.daemon, "b"));
	crm_wait_acked(load, 500);
	assert_ptr_equal(crm_primary(&crm), crm.node[0]);
	assert_int_equal(roles_errors(load), 0);
	load_stop(load);
	assert_int_equal(redis_node_key_count(crm.node[1]), keys);
	assert_int_equal(crm_count_lost(load, crm.node[0]), 0);
}

/*
 * SAVE writes a file that a restarted node loads: everything goes away and
 * comes back at once, as after a power failure.
 */
static void
test_whole_cluster_restarts(struct site *site)
{
	struct redis_node *now = NULL;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 1, 1000);
	load_stop(load);
	for (unsigned i = 0; i < CRM_NODES; i++)
		redis_node_save(crm.node[i]);
	for (unsigned i = 0; i < CRM_NODES; i++)
		redis_node_kill(crm.node[i]);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == NULL);
	for (unsigned i = 0; i < CRM_NODES; i++)
		redis_node_restart(crm.node[i]);
	ASSERT_WITHIN(CRM_SETTLE_MS, (now = crm_primary(&crm)) != NULL);
	crm_wait_settled(&crm, now);
	crm_check_one_primary(&crm, now);
	assert_int_equal(crm_count_lost(load, now), 0);
	crm_wait_acked(crm_load(&crm, 1, 0), 10);
}

static void
test_regent_starts_with_the_primary_dead(struct site *site)
{
	struct redis_node *now;
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_seed(&crm);
	daemon_signal(crm.daemon, SIGTERM);
	daemon_expect_exit(crm.daemon, 0, 10000);
	redis_node_kill(crm.node[0]);
	daemon_launch(crm.daemon);
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	assert_true(redis_node_port_has(crm.write_port, "k", "v"));
	redis_node_restart(crm.node[0]);
	crm_wait_settled(&crm, now);
	assert_true(redis_node_has_key(now, "k"));
}

/* Both replicas name the dead node as their primary: that is enough. */
static void
test_regent_starts_with_the_primary_dead_and_no_journal(struct site *site)
{
	struct redis_node *now;
	struct crm crm;

	crm_start_nodes(&crm, site, NULL);
	crm_seed(&crm);
	redis_node_kill(crm.node[0]);
	crm_start_daemon(&crm, NULL);
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	assert_true(redis_node_port_has(crm.write_port, "k", "v"));
}

static void
test_killed_regent_goes_on_where_it_was(struct site *site)
{
	char epoch[32];
	struct crm crm;

	crm_open(&crm, site, NULL);
	redis_node_kill(crm.node[0]);
	crm_wait_settled(&crm, crm_wait_successor(&crm, crm.node[0]));
	memcpy(epoch, daemon_cluster_field(crm.daemon, "crm", "epoch"),
	    sizeof(epoch));
	process_kill(&crm.daemon->process);
	daemon_launch(crm.daemon);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) != NULL);
	crm_check_one_primary(&crm, crm_primary(&crm));
	assert_ptr_not_equal(crm_primary(&crm), crm.node[0]);
	assert_true(atoi(daemon_cluster_field(crm.daemon, "crm", "epoch")) >=
	    atoi(epoch));
}

static void
test_regent_killed_in_a_failover_finishes_it(struct site *site)
{
	struct redis_node *now;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 2, 500);
	redis_node_kill(crm.node[0]);
	process_kill(&crm.daemon->process);
	daemon_launch(crm.daemon);
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	crm_wait_acked(load, 100);
	load_stop(load);
	crm_check_one_primary(&crm, now);
	assert_in_range(crm_count_lost(load, now), 0, 2);
}

static void
roles_promote_by_hand(struct crm *crm, struct redis_node *node)
{
	redis_node_must(node, "REPLICAOF NO ONE");
	for (unsigned i = 0; i < CRM_NODES; i++) {
		struct redis_node *other = crm->node[i];

		if (other != node && process_is_running(&other->process))
			redis_node_must(other, "REPLICAOF 127.0.0.1 %u",
			    (unsigned)node->port);
	}
}

static void
test_follow_obeys_the_roles(struct site *site)
{
	static const struct crm_options follow = {
		.cluster_lines = "failover = follow",
	};
	struct crm crm;

	crm_open(&crm, site, &follow);
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "a"));
	ASSERT_DURING(500,
	    !redis_node_is_primary(crm.node[1]) &&
		!redis_node_is_primary(crm.node[2]));
	roles_promote_by_hand(&crm, crm.node[2]);
	crm_wait_settled(&crm, crm.node[2]);
	crm_wait_acked(crm_load(&crm, 1, 0), 10);
	roles_promote_by_hand(&crm, crm.node[1]);
	crm_wait_settled(&crm, crm.node[1]);
}

static void
test_manual_waits_for_the_operator(struct site *site)
{
	static const struct crm_options manual = {
		.cluster_lines = "failover = manual",
	};
	struct crm crm;

	crm_open(&crm, site, &manual);
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, "a"));
	ASSERT_DURING(500,
	    !redis_node_is_primary(crm.node[1]) &&
		!redis_node_is_primary(crm.node[2]));
	assert_lacks(daemon_ask(crm.daemon, "failover crm b"), "error:");
	crm_wait_settled(&crm, crm.node[1]);
	crm_wait_acked(crm_load(&crm, 1, 0), 10);
}

/* A regent that slept does not take its own sleep for the death of nodes. */
static void
test_frozen_regent_judges_nobody(struct site *site)
{
	static const struct crm_options quick = {
		.cluster_lines = "check_interval = 20ms\n"
				 "check_timeout = 50ms\n"
				 "fall = 2",
	};
	struct crm crm;

	crm_open(&crm, site, &quick);
	daemon_signal(crm.daemon, SIGSTOP);
	ASSERT_DURING(500, redis_node_is_primary(crm.node[0]));
	daemon_signal(crm.daemon, SIGCONT);
	ASSERT_DURING(500,
	    redis_node_is_primary(crm.node[0]) &&
		crm_primary(&crm) == crm.node[0]);
	assert_false(daemon_node_is_down(crm.daemon, "b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_dead_replica_takes_no_reads),
		SITE_TEST(test_frozen_replica_takes_no_reads),
		SITE_TEST(test_reads_use_the_primary_when_no_replica_is_left),
		SITE_TEST(test_second_primary_is_quarantined),
		SITE_TEST(test_whole_cluster_restarts),
		SITE_TEST(test_regent_starts_with_the_primary_dead),
		SITE_TEST(
		    test_regent_starts_with_the_primary_dead_and_no_journal),
		SITE_TEST(test_killed_regent_goes_on_where_it_was),
		SITE_TEST(test_regent_killed_in_a_failover_finishes_it),
		SITE_TEST(test_follow_obeys_the_roles),
		SITE_TEST(test_manual_waits_for_the_operator),
		SITE_TEST(test_frozen_regent_judges_nobody),
	};

	return SITE_MAIN(tests);
}
