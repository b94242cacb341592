/*
 * A primary dies, freezes, comes back from the dead: clients carry on, and
 * nothing is ever written in two places.
 *
 * How much may be lost: replication is asynchronous.  Redis sends the answer
 * to a client and the write to its replicas in the same turn of its loop, so
 * a kill between the two loses what that turn acknowledged.  A writer has one
 * request outstanding: that is at most one write a writer.
 */
#include "crm.h"
#include "zombie.h"

#include <stdio.h>
#include <string.h>

static const struct crm_options failover_quick = {
	.cluster_lines = "check_interval = 100ms\n"
			 "check_timeout = 200ms\n"
			 "fall = 2",
};

/* What each failover must leave behind.  Stops the load. */
static void
failover_check(struct crm *crm, struct load *load, unsigned n_writers)
{
	struct redis_node *now = crm_primary(crm);
	struct load_result r;

	crm_wait_acked(load, 100);
	load_stop(load);
	load_read(load, &r);
	crm_wait_settled(crm, now);
	crm_check_one_primary(crm, now);
	assert_in_range(crm_count_lost(load, now), 0, n_writers);
	/* Held, not refused; what was under way when the node died is cut. */
	assert_int_equal(r.kinds[LOAD_REFUSED], 0);
	assert_int_equal(r.kinds[LOAD_TIMEOUT], 0);
	assert_int_equal(r.kinds[LOAD_READONLY], 0);
	assert_int_equal(r.kinds[LOAD_REPLY], 0);
	print_message("outage_ms=%.1f acked=%llu errors=%llu\n",
	    (double)r.outage_us / USEC_MS, (unsigned long long)r.acked,
	    (unsigned long long)r.errors);
}

static void
test_killed_primary_is_replaced(struct site *site)
{
	struct crm crm;
	struct load *load;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 1, 0);
	load_mark(load);
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	crm_wait_successor(&crm, crm.node[0]);
	failover_check(&crm, load, 1);
}

static void
test_many_held_clients_are_served(struct site *site)
{
	struct crm crm;
	struct load *load;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 32, 200);
	load_mark(load);
	redis_node_kill(crm.node[0]);
	crm_wait_successor(&crm, crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	failover_check(&crm, load, 32);
}

static void
test_frozen_primary_is_replaced(struct site *site)
{
	struct crm crm;
	struct load *load;

	crm_open(&crm, site, &failover_quick);
	load = crm_load(&crm, 1, 0);
	load_mark(load);
	redis_node_freeze(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	crm_wait_successor(&crm, crm.node[0]);
	/* Awake again, so that all nodes can be asked for their role. */
	redis_node_resume(crm.node[0]);
	failover_check(&crm, load, 1);
}

static void
test_resumed_primary_gets_no_write(struct site *site)
{
	struct zombie z = { 0 };
	struct redis_node *successor;
	struct monitor *monitor;
	struct load_result r;
	struct crm crm;

	crm_open(&crm, site, &failover_quick);
	z.load = crm_load(&crm, 4, 1000);
	load_hold_old(z.load);
	monitor = monitor_start(site, crm.node[0]);
	load_mark(z.load);
	redis_node_freeze(crm.node[0]);
	successor = crm_wait_successor(&crm, crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(z.load, NULL));
	zombie_wake(&z, crm.node[0], successor);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, redis_node_points_at(crm.node[0], successor));
	crm_wait_acked(z.load, 1000);
	failover_check(&crm, z.load, 4);
	assert_ptr_equal(crm_primary(&crm), successor);
	assert_in_range(zombie_late_sets(&z, monitor), 0, 4);
	load_read(z.load, &r);
	assert_int_equal(r.old_acked, 0);
}

static void
test_resumed_primary_is_demoted_without_load(struct site *site)
{
	struct redis_node *successor;
	struct crm crm;

	crm_open(&crm, site, &failover_quick);
	redis_node_freeze(crm.node[0]);
	successor = crm_wait_successor(&crm, crm.node[0]);
	redis_node_resume(crm.node[0]);
	crm_wait_settled(&crm, successor);
	crm_check_one_primary(&crm, successor);
}

static void
test_restarted_primary_rejoins_as_replica(struct site *site)
{
	struct redis_node *successor;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 2, 500);
	load_mark(load);
	redis_node_kill(crm.node[0]);
	successor = crm_wait_successor(&crm, crm.node[0]);
	redis_node_restart(crm.node[0]);
	crm_wait_settled(&crm, successor);
	failover_check(&crm, load, 2);
	assert_ptr_equal(crm_primary(&crm), successor);
}

/*
 * Without persistence a restarted primary is empty, and replicas that find it
 * would throw their data away to be like it.
 */
static void
test_primary_that_came_back_empty_wipes_nothing(struct site *site)
{
	struct redis_node *now;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 2, 500);
	load_mark(load);
	redis_node_kill(crm.node[0]);
	redis_node_restart(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	failover_check(&crm, load, 2);
}

static void
test_two_failovers_in_a_row(struct site *site)
{
	struct redis_node *second, *third;
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, NULL);
	load = crm_load(&crm, 1, 500);
	load_mark(load);
	redis_node_kill(crm.node[0]);
	second = crm_wait_successor(&crm, crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	crm_wait_settled(&crm, second);
	load_mark(load);
	redis_node_kill(second);
	third = crm_wait_successor(&crm, second);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	redis_node_restart(crm.node[0]);
	redis_node_restart(second);
	crm_wait_settled(&crm, third);
	failover_check(&crm, load, 2); /* one write a failover */
}

/* A pool that has just connected does not notice. */
static void
test_connection_that_said_nothing_survives_the_kill(struct site *site)
{
	redisContext *conns[CRM_QUIET];
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_open_quiet(&crm, conns);
	redis_node_kill(crm.node[0]);
	crm_check_quiet(conns);
}

/* After failover_limit promotions regent stops and calls for a human. */
static void
test_limit_of_failovers_holds(struct site *site)
{
	static const struct crm_options options = {
		.cluster_lines = "failover_limit = 1",
	};
	struct redis_node *second;
	struct crm crm;

	crm_open(&crm, site, &options);
	redis_node_kill(crm.node[0]);
	second = crm_wait_successor(&crm, crm.node[0]);
	redis_node_restart(crm.node[0]);
	crm_wait_settled(&crm, second);
	redis_node_kill(second);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, daemon_node_is_down(crm.daemon, second->name));
	ASSERT_DURING(500, crm_primary(&crm) == NULL);
	for (unsigned i = 0; i < CRM_NODES; i++)
		if (crm.node[i] != second)
			assert_false(redis_node_is_primary(crm.node[i]));
	assert_lacks(
	    daemon_ask(crm.daemon, "failover crm %s", crm.node[0]->name),
	    "error:");
	crm_wait_settled(&crm, crm.node[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_killed_primary_is_replaced),
		SITE_TEST(test_many_held_clients_are_served),
		SITE_TEST(test_frozen_primary_is_replaced),
		SITE_TEST(test_resumed_primary_gets_no_write),
		SITE_TEST(test_resumed_primary_is_demoted_without_load),
		SITE_TEST(test_restarted_primary_rejoins_as_replica),
		SITE_TEST(test_primary_that_came_back_empty_wipes_nothing),
		SITE_TEST(test_two_failovers_in_a_row),
		SITE_TEST(test_connection_that_said_nothing_survives_the_kill),
		SITE_TEST(test_limit_of_failovers_holds),
	};

	return SITE_MAIN(tests);
}
