/*
 * What keeps a node from being promoted, or stops a promotion that was decided
 * and not yet ordered.
 */
#include "brain.h"

static void
test_flapping_replica_is_not_promoted(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	for (int i = 0; i < HEALTH_FLAPS; i++) {
		brain_kill(&b, B);
		b.db[B].is_linked = true;
		brain_ask(&b, B);
	}
	assert_int_equal(candidate_fitness(&b.c, B), UNFIT_FLAPPING);
	assert_false(b.c.published.nodes[B].is_reader);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_LOST);
	brain_wait(&b, b.policy.health.flap_hold_us);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_candidate_that_is_removed_is_decided_anew(void **state)
{
	const struct event remove = { .kind = EV_NODE_REMOVE, .node = B };
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, B);
	brain_feed(&b, &remove);
	assert_int_equal(b.c.candidate, C);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_candidate_that_dies_before_it_is_told_is_decided_anew(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	brain_kill(&b, B);
	assert_int_equal(b.c.candidate, C);
	assert_false(brain_did(&b, ACT_PROMOTE, B));
}

static void
test_pause_stops_a_promotion_that_was_not_ordered_yet(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	brain_pause(&b, true);
	assert_phase(&b, PHASE_HOLD);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
	brain_pause(&b, false);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_phase(&b, PHASE_PROMOTE);
}

static void
test_too_few_positions_call_the_operator(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.policy.sync_replicas = 1;
	brain_apply_policy(&b);
	brain_kill(&b, C);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_HOLD); /* c may come back in a moment */
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_phase(&b, PHASE_LOST);
	brain_order(&b, ORDER_FAILOVER, NODE_NONE);
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
	brain_order(&b, ORDER_FORCE, NODE_NONE);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_appointed_node_alone_is_followed(void **state)
{
	struct event appoint = { .kind = EV_APPOINT, .node = B };
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	b.policy.mode = MODE_FOLLOW;
	b.policy.has_authority = true;
	brain_apply_policy(&b);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_writer(&b, NODE_NONE); /* a claims it, but nobody says so */
	appoint.node = A;
	brain_feed(&b, &appoint);
	assert_writer(&b, A);
	appoint.node = B;
	brain_feed(&b, &appoint);
	assert_writer(&b, NODE_NONE);
	brain_barrier(&b);
	brain_fork(&b, B, "h2");
	brain_ask_all(&b);
	assert_writer(&b, B);
	appoint.node = NODE_FOREIGN;
	brain_feed(&b, &appoint);
	assert_writer(&b, NODE_NONE);
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flapping_replica_is_not_promoted),
		cmocka_unit_test(
		    test_candidate_that_is_removed_is_decided_anew),
		cmocka_unit_test(
		    test_candidate_that_dies_before_it_is_told_is_decided_anew),
		cmocka_unit_test(
		    test_pause_stops_a_promotion_that_was_not_ordered_yet),
		cmocka_unit_test(test_too_few_positions_call_the_operator),
		cmocka_unit_test(test_appointed_node_alone_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
