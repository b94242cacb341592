/* The way from a failure to a decision. */
#include "brain.h"

#include <string.h>

static void
test_dead_primary_is_replaced(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over(&b);
	assert_writer(&b, B);
	assert_true(brain_did(&b, ACT_PERSIST, B));
	assert_string_equal(b.c.history, "h2");
	assert_string_equal(b.c.history_prev, "h1");
	assert_int_equal(b.c.forked_at, 1000);
	assert_int_equal(b.c.n_promotions, 1);
	brain_ask(&b, C);
	assert_true(brain_did(&b, ACT_REPOINT, C));
}

static void
test_epoch_grows_with_every_change_of_the_writer(void **state)
{
	struct brain b;
	uint64_t before;

	(void)state;
	brain_init_steady(&b, 3);
	before = b.c.epoch;
	brain_fail_over_to(&b, PHASE_HOLD);
	assert_int_equal(b.c.epoch, before + 1);
	assert_int_equal(b.c.published.epoch, before + 1);
	brain_barrier(&b);
	brain_ask_all(&b);
	brain_answer(&b, ACT_JOURNAL, true);
	brain_answer(&b, ACT_PROMOTE, true);
	assert_int_equal(b.c.epoch, before + 2);
}

static void
test_one_lost_probe_does_not_promote(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_verdict(&b, A, VERDICT_SILENT);
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_writer(&b, A);
	brain_ask(&b, A);
	assert_phase(&b, PHASE_STEADY);
	assert_int_equal(b.n_actions, 0);
}

static void
test_flapping_node_is_not_promoted(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_freeze(&b, B);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	for (int i = 0; i < 10; i++) {
		brain_verdict(&b, B, VERDICT_OK);
		brain_verdict(&b, B, VERDICT_SILENT);
	}
	assert_int_equal(b.c.nodes[B].health.state, HEALTH_DOWN);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 0);
}

static void
test_local_errors_never_promote(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	for (int i = 0; i < 100; i++) {
		brain_verdict(&b, A, VERDICT_LOCAL);
		brain_ask(&b, B);
		brain_ask(&b, C);
	}
	assert_writer(&b, A);
}

static void
test_refused_login_never_promotes(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	for (int i = 0; i < 100; i++)
		brain_verdict(&b, A, VERDICT_LOGIN);
	assert_writer(&b, A);
	assert_phase(&b, PHASE_STEADY);
}

static void
test_stall_suspends_judgement(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_stall(&b);
	brain_freeze(&b, A);
	assert_int_equal(b.c.nodes[A].health.state, HEALTH_DOWN);
	assert_writer(&b, A); /* nobody else was judged since */
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_writer(&b, NODE_NONE);
}

static void
test_stall_before_the_promotion_decides_anew(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	brain_stall(&b);
	assert_phase(&b, PHASE_HOLD);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
	brain_verdict(&b, A, VERDICT_REFUSED);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_replica_that_hears_blocks_promotion(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	for (int i = 0; i < 3; i++)
		brain_verdict(&b, A, VERDICT_UNREACHABLE);
	brain_barrier(&b);
	brain_wait(&b, 50 * USEC_MS);
	assert_true(brain_did(&b, ACT_REDIAL, B));
	brain_answer(&b, ACT_REDIAL, true);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LOST);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 0);
	brain_order(&b, ORDER_FAILOVER, NODE_NONE);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
	assert_phase(&b, PHASE_LOST);
	/* The operator knows better. */
	brain_order(&b, ORDER_FORCE, NODE_NONE);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_silence_of_the_replicas_ends_the_second_opinion(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	for (int i = 0; i < 3; i++)
		brain_verdict(&b, A, VERDICT_UNREACHABLE);
	brain_barrier(&b);
	b.db[B].is_linked = false;
	b.db[C].is_linked = false;
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_empty_restart_is_another_node(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	strcpy(b.db[A].history, "h9");
	strcpy(b.db[A].instance, "a2");
	b.db[A].position = 0;
	brain_ask(&b, A);
	assert_phase(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, B);
}

static void
test_restart_with_all_data_is_the_same_node(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fork(&b, A, "h9");
	strcpy(b.db[A].instance, "a2");
	brain_ask(&b, A);
	assert_writer(&b, NODE_NONE); /* has anybody more than it? */
	brain_barrier(&b);
	brain_ask(&b, B);
	assert_writer(&b, NODE_NONE);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_string_equal(b.c.history, "h9");
	assert_string_equal(b.c.history_prev, "h1");
}

static void
test_primary_that_became_a_replica_is_replaced(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fork(&b, B, "h2");
	brain_follow(&b, A, B);
	brain_follow(&b, C, B);
	brain_ask(&b, A);
	assert_phase(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask(&b, B);
	assert_writer(&b, B);
}

static void
test_returning_incumbent_is_routed_again(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 1);
	brain_kill(&b, A);
	brain_barrier(&b);
	assert_phase(&b, PHASE_LOST); /* nobody else is there */
	brain_ask(&b, A);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
}

static void
test_pause_stops_every_change_but_the_hold(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_pause(&b, true);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD);
	brain_pause(&b, false);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_manual_mode_waits_for_the_operator(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.policy.mode = MODE_MANUAL;
	brain_apply_policy(&b);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LOST);
	brain_order(&b, ORDER_FAILOVER, C);
	brain_answer(&b, ACT_JOURNAL, true);
	brain_answer(&b, ACT_PROMOTE, true);
	assert_writer(&b, C);
	assert_true(brain_last(&b, ACT_ANSWER)->is_ok);
}

static void
test_forced_failover_without_candidate_is_refused(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_freeze(&b, B);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_order(&b, ORDER_FAILOVER, NODE_NONE);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
	assert_int_equal(b.c.order.kind, ORDER_NONE);
}

static void
test_follow_mode_obeys_the_roles(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	b.policy.mode = MODE_FOLLOW;
	brain_apply_policy(&b);
	brain_barrier(&b);
	brain_ask_all(&b);
	brain_barrier(&b);
	assert_writer(&b, A);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 0);
	brain_fork(&b, C, "h7");
	brain_ask(&b, C);
	assert_writer(&b, C);
	brain_ask(&b, B);
	assert_int_equal(brain_count(&b, ACT_REPOINT), 0);
}

static void
test_loss_beyond_max_loss_calls_the_operator(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.db[A].position = 2001;
	brain_ask(&b, A);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LOST);
	b.db[C].is_linked = false;
	b.db[C].position = 1001;
	brain_ask(&b, C);
	assert_phase(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, C);
}

static void
test_failover_limit_stops_and_calls_the_operator(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.policy.failover_limit = 1;
	brain_apply_policy(&b);
	brain_fail_over(&b);
	brain_follow(&b, C, B);
	brain_ask(&b, C);
	brain_kill(&b, B);
	brain_barrier(&b);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_LOST);
	brain_wait(&b, b.policy.failover_window_us);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_passive_report_asks_at_once(void **state)
{
	struct brain b;
	struct event ev = { .kind = EV_PASSIVE, .node = A };

	(void)state;
	brain_init_steady(&b, 3);
	brain_feed(&b, &ev);
	assert_int_equal(b.c.nodes[A].health.state, HEALTH_SUSPECT);
	assert_int_equal(b.c.nodes[A].health.probe_at, b.now);
	assert_writer(&b, A);
}

static void
test_node_added_in_a_failover_must_be_judged_first(void **state)
{
	struct brain b;
	struct event ev = {
		.kind = EV_NODE_ADD, .node = D, .name = "d", .priority = 1
	};

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_feed(&b, &ev);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD);
}

/* Between two lines of a new configuration nothing is decided. */
static void
test_half_a_configuration_decides_nothing(void **state)
{
	struct brain b;
	struct event policy = {
		.kind = EV_POLICY, .node = NODE_NONE, .is_more = true
	};
	struct event add = {
		.kind = EV_NODE_ADD, .node = D, .name = "d", .priority = 1
	};

	(void)state;
	brain_init_steady(&b, 3);
	b.policy.mode = MODE_MANUAL;
	brain_apply_policy(&b);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LOST);
	policy.policy = b.policy;
	policy.policy.mode = MODE_AUTO;
	brain_feed(&b, &policy);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 0);
	brain_feed(&b, &add);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 0);
	brain_verdict(&b, D, VERDICT_REFUSED);
	brain_verdict(&b, D, VERDICT_REFUSED);
	brain_wait(&b, 10 * USEC_MS);
	brain_verdict(&b, D, VERDICT_REFUSED);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_without_roles_the_next_healthy_node_serves(void **state)
{
	struct brain b;

	(void)state;
	brain_init_plain(&b, 2);
	brain_ask_all(&b);
	assert_writer(&b, A);
	brain_kill(&b, A);
	brain_barrier(&b);
	brain_ask(&b, B);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_writer(&b, B);
	brain_ask(&b, A);
	assert_writer(&b, B); /* no failback */
	assert_int_equal(
	    brain_count(&b, ACT_FENCE) + brain_count(&b, ACT_DEMOTE), 0);
}

static void
test_busy_while_something_has_a_deadline(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	assert_true(failover_is_busy(&b.c));
	brain_init_steady(&b, 3);
	assert_false(failover_is_busy(&b.c));
	brain_follow(&b, C, B);
	brain_ask(&b, C);
	assert_true(failover_is_busy(&b.c));
	b.c.nodes[C].task.outcome = OUTCOME_NONE;
	b.c.phase = PHASE_LOST; /* there is nothing to do but to wait */
	assert_false(failover_is_busy(&b.c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_primary_is_replaced),
		cmocka_unit_test(
		    test_epoch_grows_with_every_change_of_the_writer),
		cmocka_unit_test(test_one_lost_probe_does_not_promote),
		cmocka_unit_test(test_flapping_node_is_not_promoted),
		cmocka_unit_test(test_local_errors_never_promote),
		cmocka_unit_test(test_refused_login_never_promotes),
		cmocka_unit_test(test_stall_suspends_judgement),
		cmocka_unit_test(test_stall_before_the_promotion_decides_anew),
		cmocka_unit_test(test_replica_that_hears_blocks_promotion),
		cmocka_unit_test(
		    test_silence_of_the_replicas_ends_the_second_opinion),
		cmocka_unit_test(test_empty_restart_is_another_node),
		cmocka_unit_test(test_restart_with_all_data_is_the_same_node),
		cmocka_unit_test(
		    test_primary_that_became_a_replica_is_replaced),
		cmocka_unit_test(test_returning_incumbent_is_routed_again),
		cmocka_unit_test(test_pause_stops_every_change_but_the_hold),
		cmocka_unit_test(test_manual_mode_waits_for_the_operator),
		cmocka_unit_test(
		    test_forced_failover_without_candidate_is_refused),
		cmocka_unit_test(test_follow_mode_obeys_the_roles),
		cmocka_unit_test(test_loss_beyond_max_loss_calls_the_operator),
		cmocka_unit_test(
		    test_failover_limit_stops_and_calls_the_operator),
		cmocka_unit_test(test_passive_report_asks_at_once),
		cmocka_unit_test(
		    test_node_added_in_a_failover_must_be_judged_first),
		cmocka_unit_test(test_half_a_configuration_decides_nothing),
		cmocka_unit_test(
		    test_without_roles_the_next_healthy_node_serves),
		cmocka_unit_test(test_busy_while_something_has_a_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
