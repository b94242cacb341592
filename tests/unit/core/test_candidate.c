#include "brain.h"

#include <string.h>

static void
assert_fitness(const struct brain *b, int node, enum fitness want)
{
	assert_string_equal(
	    fitness_texts[candidate_fitness(&b->c, node)], fitness_texts[want]);
}

static void
test_furthest_position_wins_over_priority(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.nodes[B].priority = 1000;
	b.db[C].position = 1001;
	brain_ask(&b, C);
	assert_int_equal(candidate_choose(&b.c), C);
}

static void
test_priority_then_name_decide_between_equals(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 4);
	assert_int_equal(candidate_choose(&b.c), B);
	b.c.nodes[D].priority = 101;
	assert_int_equal(candidate_choose(&b.c), D);
}

static void
test_each_reason_makes_unfit(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	assert_fitness(&b, B, FIT);
	assert_fitness(&b, D, UNFIT_UNUSED);
	assert_fitness(&b, A, UNFIT_DOWN);
	b.c.nodes[B].admin = ADMIN_DRAIN;
	assert_fitness(&b, B, UNFIT_ADMIN);
	b.c.nodes[B].admin = ADMIN_READY;
	b.c.nodes[B].is_quarantined = true;
	assert_fitness(&b, B, UNFIT_QUARANTINED);
	b.c.nodes[B].is_quarantined = false;
	b.c.nodes[B].is_excluded = true;
	assert_fitness(&b, B, UNFIT_EXCLUDED);
	b.c.nodes[B].is_excluded = false;
	b.c.nodes[B].priority = 0;
	assert_fitness(&b, B, UNFIT_PRIORITY);
	assert_int_equal(candidate_choose(&b.c), C);
}

static void
test_each_report_makes_unfit(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.nodes[B].report.is_never_promoted = true;
	assert_fitness(&b, B, UNFIT_PRIORITY);
	b.c.nodes[B].report = b.db[B];
	b.c.nodes[B].report.is_loading = true;
	assert_fitness(&b, B, UNFIT_LOADING);
	b.c.nodes[B].report.is_loading = false;
	b.c.nodes[B].report.position = 0;
	assert_fitness(&b, B, UNFIT_LOADING);
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	assert_fitness(&b, B, UNFIT_ROLE);
	b.c.nodes[B].report.role = ROLE_UNKNOWN;
	assert_fitness(&b, B, UNFIT_ROLE);
}

static void
test_other_history_is_unfit(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	strcpy(b.db[B].history, "h9");
	b.db[B].position = 1000000;
	brain_ask(&b, B);
	assert_fitness(&b, B, UNFIT_HISTORY);
	assert_int_equal(candidate_choose(&b.c), C);
}

static void
test_data_past_the_fork_is_unfit(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	strcpy(b.c.history, "h2");
	strcpy(b.c.history_prev, "h1");
	b.c.forked_at = 1000;
	assert_fitness(&b, B, FIT);
	b.db[B].position = 1001;
	brain_ask(&b, B);
	assert_fitness(&b, B, UNFIT_HISTORY);
}

static void
test_position_from_before_the_doubt_is_stale(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_fitness(&b, B, UNFIT_STALE);
	brain_hear(&b, B, b.now - USEC_MS);
	assert_fitness(&b, B, UNFIT_STALE);
	brain_ask(&b, B);
	assert_fitness(&b, B, FIT);
}

/* As long as a client may still be served, a position is not the last. */
static void
test_position_from_before_the_barrier_is_stale(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_ask(&b, B);
	brain_barrier(&b);
	assert_fitness(&b, B, UNFIT_STALE);
	brain_hear(&b, B, b.c.barrier_at - 1);
	assert_fitness(&b, B, UNFIT_STALE);
	brain_ask(&b, B);
	assert_fitness(&b, B, FIT);
}

static void
test_position_from_before_a_stall_is_stale(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	brain_stall(&b);
	assert_fitness(&b, B, UNFIT_STALE);
}

static void
test_order_narrows_the_choice(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.order = (struct order){ ORDER_SWITCHOVER, C };
	assert_int_equal(candidate_choose(&b.c), C);
	b.c.nodes[C].priority = 0;
	assert_int_equal(candidate_choose(&b.c), NODE_NONE);
}

static void
test_unfit_node_with_more_data_is_not_overlooked(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.db[C].position = 1500;
	brain_admin(&b, C, ADMIN_DRAIN);
	brain_ask(&b, C);
	assert_int_equal(candidate_choose(&b.c), B);
	assert_int_equal(candidate_furthest(&b.c), 1500);
}

static void
test_without_roles_the_present_one_stays(void **state)
{
	struct brain b;

	(void)state;
	brain_init_plain(&b, 3);
	b.c.nodes[C].priority = 200;
	brain_ask_all(&b);
	assert_writer(&b, C);
	b.c.nodes[B].priority = 300;
	assert_int_equal(candidate_choose(&b.c), C);
	assert_true(candidate_is_better(&b.c, B, A));
}

static void
test_forced_node_needs_only_to_be_a_replica(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	b.c.nodes[B].priority = 0;
	b.c.nodes[B].is_quarantined = true;
	b.c.order = (struct order){ ORDER_FORCE, B };
	assert_int_equal(candidate_choose(&b.c), B);
	b.c.order.kind = ORDER_SWITCHOVER;
	assert_int_equal(candidate_choose(&b.c), NODE_NONE);
	b.c.order.kind = ORDER_FAILOVER;
	assert_int_equal(candidate_choose(&b.c), NODE_NONE);
	b.c.order.kind = ORDER_FORCE;
	b.c.nodes[B].report.is_loading = true;
	assert_int_equal(candidate_choose(&b.c), NODE_NONE);
	b.c.order.node = A;
	assert_int_equal(candidate_choose(&b.c), NODE_NONE);
}

static void
test_replicas_tell_whom_they_follow(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	assert_int_equal(claimant_infer(&b.c), NODE_NONE);
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_int_equal(claimant_infer(&b.c), A);
	b.db[C].upstream = B;
	brain_ask(&b, C);
	assert_int_equal(claimant_infer(&b.c), NODE_NONE);
	b.db[C].upstream = NODE_FOREIGN;
	brain_ask(&b, C);
	assert_int_equal(claimant_infer(&b.c), NODE_NONE);
}

static void
test_slot_without_a_node_is_nobody(void **state)
{
	struct brain b;

	(void)state;
	brain_hold(&b, 3);
	assert_int_equal(candidate_fitness(&b.c, E), UNFIT_UNUSED);
	assert_false(candidate_is_witness(&b.c, E));
	b.c.order = (struct order){ ORDER_FORCE, E };
	assert_int_equal(candidate_choose(&b.c), NODE_NONE);
}

/* The journal may know a node that the configuration knows no more. */
static void
test_intent_of_a_node_that_is_gone_bars_nobody(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.c.intended = E;
	assert_int_equal(claimant_find(&b.c), A);
}

/* The primary dies before it is asked what its replicas had already. */
static void
test_replica_may_know_more_than_the_primary_told(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	assert_int_equal(candidate_known(&b.c), 1000);
	b.db[B].position = 1100;
	brain_ask(&b, B);
	assert_int_equal(candidate_known(&b.c), 1100);
	b.db[A].position = 1200;
	brain_ask(&b, A);
	assert_int_equal(candidate_known(&b.c), 1200);
}

static void
test_without_roles_a_backup_is_the_last_choice(void **state)
{
	struct brain b;

	(void)state;
	brain_init_plain(&b, 3);
	b.c.nodes[A].is_backup = true;
	b.c.nodes[A].priority = 900;
	brain_ask_all(&b);
	assert_writer(&b, B);
	assert_true(candidate_is_better(&b.c, C, A));
	assert_false(candidate_is_better(&b.c, A, C));
}

static void
test_without_roles_priority_0_is_unfit(void **state)
{
	struct brain b;

	(void)state;
	brain_init_plain(&b, 2);
	brain_ask_all(&b);
	assert_int_equal(candidate_fitness(&b.c, B), FIT);
	b.c.nodes[B].priority = 0;
	assert_int_equal(candidate_fitness(&b.c, B), UNFIT_PRIORITY);
}

/* synchronous_standby_names counts also where sync_replicas does not say so. */
static void
test_primary_tells_how_many_acknowledge(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	assert_int_equal(candidate_acks(&b.c), 0);
	b.db[A].sync_replicas = 2;
	b.db[B].sync_replicas = 9; /* it would, were it the primary */
	brain_ask_all(&b);
	assert_int_equal(candidate_acks(&b.c), 2);
	b.policy.sync_replicas = 1;
	brain_apply_policy(&b);
	assert_int_equal(candidate_acks(&b.c), 2);
	b.db[A].sync_replicas = 0;
	brain_ask(&b, A);
	assert_int_equal(candidate_acks(&b.c), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_furthest_position_wins_over_priority),
		cmocka_unit_test(test_priority_then_name_decide_between_equals),
		cmocka_unit_test(test_each_reason_makes_unfit),
		cmocka_unit_test(test_each_report_makes_unfit),
		cmocka_unit_test(test_other_history_is_unfit),
		cmocka_unit_test(test_data_past_the_fork_is_unfit),
		cmocka_unit_test(test_position_from_before_the_doubt_is_stale),
		cmocka_unit_test(
		    test_position_from_before_the_barrier_is_stale),
		cmocka_unit_test(test_position_from_before_a_stall_is_stale),
		cmocka_unit_test(test_order_narrows_the_choice),
		cmocka_unit_test(
		    test_unfit_node_with_more_data_is_not_overlooked),
		cmocka_unit_test(test_without_roles_the_present_one_stays),
		cmocka_unit_test(test_forced_node_needs_only_to_be_a_replica),
		cmocka_unit_test(test_replicas_tell_whom_they_follow),
		cmocka_unit_test(test_slot_without_a_node_is_nobody),
		cmocka_unit_test(
		    test_intent_of_a_node_that_is_gone_bars_nobody),
		cmocka_unit_test(
		    test_replica_may_know_more_than_the_primary_told),
		cmocka_unit_test(
		    test_without_roles_a_backup_is_the_last_choice),
		cmocka_unit_test(test_without_roles_priority_0_is_unfit),
		cmocka_unit_test(test_primary_tells_how_many_acknowledge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
