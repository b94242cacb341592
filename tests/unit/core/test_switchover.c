/* The primary is moved by order. */
#include "brain.h"

#include <string.h>

static void
test_switchover_moves_the_primary(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_order(&b, ORDER_SWITCHOVER, C);
	assert_phase(&b, PHASE_PLAN);
	assert_writer(&b, A); /* still serving while the disk works */
	brain_answer(&b, ACT_JOURNAL, true);
	assert_phase(&b, PHASE_PLAN); /* does it keep up at all? */
	brain_ask(&b, A);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_SWITCH);
	assert_writer(&b, NODE_NONE);
	assert_int_equal(brain_count(&b, ACT_FENCE), 0);
	brain_barrier(&b);
	assert_phase(&b, PHASE_CATCHUP);
	brain_answer(&b, ACT_FENCE, true);
	brain_ask(&b, A);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_PROMOTE);
	brain_answer(&b, ACT_PROMOTE, true);
	assert_writer(&b, C);
	assert_true(brain_last(&b, ACT_ANSWER)->is_ok);
	assert_int_equal(b.c.n_promotions, 0); /* not a failover */
	brain_ask(&b, A);
	assert_true(brain_did(&b, ACT_DEMOTE, A));
}

/* Asked at the same instants, the primary always answers a little earlier. */
static void
test_switchover_goes_on_while_both_are_probed_in_step(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_order(&b, ORDER_SWITCHOVER, C);
	brain_answer(&b, ACT_JOURNAL, true);
	for (int i = 0; i < 4 && b.c.phase == PHASE_PLAN; i++) {
		usec_t asked_at = b.now;

		b.now += USEC_MS;
		b.db[A].position += 10;
		brain_hear(&b, A, asked_at);
		b.now += 10;
		brain_hear(&b, C, asked_at);
		b.db[C].position = b.db[A].position;
	}
	assert_phase(&b, PHASE_SWITCH);
}

static void
test_switchover_undoes_itself_when_fence_fails(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_switch_over(&b, NODE_NONE);
	brain_answer(&b, ACT_FENCE, false);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
	/* Only the answer may have failed, not the fence. */
	assert_true(brain_did(&b, ACT_UNFENCE, A));
}

/* It may have come back empty just now; who knows before it was asked? */
static void
test_switchover_is_not_undone_to_a_primary_in_doubt(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_switch_over(&b, NODE_NONE);
	brain_verdict(&b, A, VERDICT_LOST);
	brain_answer(&b, ACT_FENCE, false);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
	assert_writer(&b, NODE_NONE);
	brain_ask(&b, A);
	assert_writer(&b, A);
	assert_true(brain_did(&b, ACT_UNFENCE, A));
}

/* It restarts between its last answer and its promotion. */
static void
test_candidate_that_lost_what_it_had_caught_up_is_not_crowned(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_switch_over(&b, B);
	brain_answer(&b, ACT_FENCE, true);
	b.db[A].position = 1100;
	b.db[B].position = 1100;
	brain_ask(&b, A);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_PROMOTE);
	b.db[B].position = 1000;
	brain_fork(&b, B, "h2");
	brain_ask(&b, B);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_writer(&b, A);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
}

static void
test_switchover_undoes_itself_when_the_candidate_lags(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_switch_over(&b, B);
	brain_answer(&b, ACT_FENCE, true);
	b.db[A].position = 1100;
	brain_ask(&b, A);
	brain_ask(&b, B);
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_true(brain_did(&b, ACT_UNFENCE, A));
	/* A fence that answers only now is not believed to stand. */
	brain_answer(&b, ACT_FENCE, true);
	assert_false(b.c.is_fenced);
}

static void
test_switchover_becomes_a_failover_when_the_primary_dies(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_switch_over(&b, NODE_NONE);
	brain_kill(&b, A);
	assert_phase(&b, PHASE_HOLD);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
	assert_false(b.c.is_switching);
}

/* It has to catch up first; a restart must know that, too. */
static void
test_candidate_promises_all_that_the_primary_has(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_order(&b, ORDER_SWITCHOVER, B);
	assert_phase(&b, PHASE_PLAN);
	assert_true(b.c.nodes[B].promised == PROMISED_ALL);
	brain_answer(&b, ACT_JOURNAL, true);
	brain_ask_all(&b);
	brain_barrier(&b);
	brain_answer(&b, ACT_FENCE, true);
	b.db[A].position = 1100;
	b.db[B].position = 1100;
	brain_ask_all(&b);
	assert_phase(&b, PHASE_PROMOTE);
	assert_int_equal(b.c.nodes[B].promised, 1100);
}

static void
test_failed_switchover_returns_to_the_fenced_primary(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_switch_over(&b, B);
	brain_answer(&b, ACT_FENCE, true);
	brain_ask(&b, A);
	brain_ask(&b, B);
	brain_answer(&b, ACT_PROMOTE, false);
	assert_writer(&b, NODE_NONE);
	brain_answer(&b, ACT_JOURNAL, true); /* b is not primary: on disk */
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_true(brain_did(&b, ACT_UNFENCE, A));
	assert_int_equal(b.c.told, NODE_NONE);
}

/*
 * It was promoted all the same, after the primary had taken writes again, and
 * regent restarted: what it had meant to do must not undo them.
 */
static void
test_late_promotion_is_not_in_the_journal_of_a_restart(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_switch_over(&b, B);
	brain_answer(&b, ACT_FENCE, true);
	brain_ask(&b, A);
	brain_ask(&b, B);
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_phase(&b, PHASE_HOLD);
	assert_int_equal(b.c.told, B);
	brain_wait(&b, 2 * USEC_SEC); /* the disk hangs: asked once more */
	assert_phase(&b, PHASE_HOLD);
	brain_fork(&b, B, "h2");
	brain_ask(&b, B);
	assert_writer(&b, NODE_NONE);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_writer(&b, A);
	assert_true(brain_did(&b, ACT_DEMOTE, B));
}

/* A stall of our own, or one late answer, is no reason to refuse. */
static void
test_switchover_waits_out_a_doubt(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_verdict(&b, A, VERDICT_SILENT);
	brain_order(&b, ORDER_SWITCHOVER, NODE_NONE);
	assert_phase(&b, PHASE_STEADY);
	assert_int_equal(brain_count(&b, ACT_ANSWER), 0);
	brain_ask(&b, A);
	assert_phase(&b, PHASE_PLAN);
}

static void
test_switchover_is_refused_without_candidate(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_freeze(&b, B);
	brain_order(&b, ORDER_SWITCHOVER, NODE_NONE);
	assert_phase(&b, PHASE_STEADY);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
}

static void
test_switchover_begins_when_the_candidate_keeps_up(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_order(&b, ORDER_SWITCHOVER, C);
	brain_answer(&b, ACT_JOURNAL, true);
	b.db[A].position = 1100;
	brain_ask(&b, A);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_PLAN); /* it has not what a had then */
	b.db[A].position = 1200;
	brain_ask(&b, A);
	b.db[C].position = 1200;
	brain_ask(&b, C);
	assert_phase(&b, PHASE_SWITCH);
}

static void
test_switchover_ends_when_its_candidate_is_removed(void **state)
{
	struct event ev = { .kind = EV_NODE_REMOVE, .node = C };
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_order(&b, ORDER_SWITCHOVER, C);
	brain_answer(&b, ACT_JOURNAL, true);
	brain_feed(&b, &ev);
	brain_ask(&b, A);
	assert_phase(&b, PHASE_PLAN);
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_false(brain_last(&b, ACT_ANSWER)->is_ok);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switchover_moves_the_primary),
		cmocka_unit_test(
		    test_switchover_goes_on_while_both_are_probed_in_step),
		cmocka_unit_test(
		    test_switchover_undoes_itself_when_fence_fails),
		cmocka_unit_test(
		    test_switchover_is_not_undone_to_a_primary_in_doubt),
		cmocka_unit_test(
		    test_candidate_that_lost_what_it_had_caught_up_is_not_crowned),
		cmocka_unit_test(
		    test_switchover_undoes_itself_when_the_candidate_lags),
		cmocka_unit_test(
		    test_switchover_becomes_a_failover_when_the_primary_dies),
		cmocka_unit_test(
		    test_candidate_promises_all_that_the_primary_has),
		cmocka_unit_test(
		    test_failed_switchover_returns_to_the_fenced_primary),
		cmocka_unit_test(
		    test_late_promotion_is_not_in_the_journal_of_a_restart),
		cmocka_unit_test(test_switchover_is_refused_without_candidate),
		cmocka_unit_test(test_switchover_waits_out_a_doubt),
		cmocka_unit_test(
		    test_switchover_begins_when_the_candidate_keeps_up),
		cmocka_unit_test(
		    test_switchover_ends_when_its_candidate_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
