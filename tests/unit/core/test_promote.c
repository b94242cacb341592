/* The way from a decision to a primary. */
#include "brain.h"

#include <string.h>

static void
test_no_promotion_without_journal(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	brain_answer(&b, ACT_JOURNAL, false);
	assert_phase(&b, PHASE_HOLD);
	assert_int_equal(brain_last(&b, ACT_TELL)->tell, TELL_ERROR);
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD); /* not again at once */
	brain_wait(&b, USEC_SEC);
	assert_phase(&b, PHASE_INTENT);
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_phase(&b, PHASE_HOLD);
	brain_answer(&b, ACT_JOURNAL, true); /* too late: a stale answer */
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
}

static void
test_no_promotion_before_barrier(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD);
	brain_order(&b, ORDER_FAILOVER, NODE_NONE);
	brain_ask_all(&b);
	for (int i = 0; i < 100; i++)
		brain_wait(&b, 100 * USEC_MS);
	assert_int_equal(brain_count(&b, ACT_PROMOTE), 0);
}

static void
test_barrier_of_an_older_epoch_does_not_count(void **state)
{
	struct brain b;
	struct event ev = { .kind = EV_BARRIER, .node = NODE_NONE };

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_HOLD);
	ev.epoch = b.c.epoch - 1;
	brain_feed(&b, &ev);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD);
}

static void
test_silent_primary_is_fenced_but_not_waited_for(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_freeze(&b, A);
	brain_barrier(&b);
	brain_ask_all(&b);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_phase(&b, PHASE_FENCE);
	assert_true(brain_did(&b, ACT_FENCE, A));
	brain_wait(&b, b.policy.fence_timeout_us - USEC_MS);
	assert_phase(&b, PHASE_FENCE);
	brain_wait(&b, USEC_MS);
	assert_phase(&b, PHASE_PROMOTE);
}

static void
test_dead_primary_is_not_fenced(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	assert_int_equal(brain_count(&b, ACT_FENCE), 0);
}

static void
test_failed_promotion_takes_the_next(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	assert_int_equal(b.c.candidate, B);
	brain_answer(&b, ACT_PROMOTE, false);
	assert_phase(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, C);
	brain_answer(&b, ACT_JOURNAL, true);
	brain_answer(&b, ACT_PROMOTE, true);
	assert_writer(&b, C);
}

static void
test_late_promotion_takes_the_next(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	brain_wait(&b, b.policy.promote_timeout_us);
	assert_int_equal(b.c.candidate, C);
}

/* The answer was lost, not the promotion. */
static void
test_promotion_whose_answer_was_lost_is_seen(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.policy.sync_replicas = 1;
	brain_apply_policy(&b);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	brain_answer(&b, ACT_PROMOTE, false);
	brain_fork(&b, B, "h2");
	brain_ask(&b, B);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, B);
}

static void
test_only_replica_is_tried_again_after_a_failed_promotion(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	brain_answer(&b, ACT_PROMOTE, false);
	assert_phase(&b, PHASE_LOST);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_LOST);
	brain_wait(&b, b.policy.promote_timeout_us);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_INTENT);
}

/* Two connections: the answer to an older question may come last. */
static void
test_old_answer_does_not_undo_a_promotion(void **state)
{
	struct brain b;
	struct report old;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	old = b.db[B];
	brain_answer(&b, ACT_PROMOTE, true);
	assert_writer(&b, B);
	b.db[B] = old;
	brain_hear(&b, B, b.c.nodes[B].reported_at - 1);
	assert_phase(&b, PHASE_STEADY);
	brain_ask(&b, B); /* asked after: to be believed */
	assert_phase(&b, PHASE_HOLD);
}

static void
test_removed_candidate_fails_the_promotion(void **state)
{
	struct brain b;
	struct event ev = { .kind = EV_NODE_REMOVE, .node = B };

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	brain_feed(&b, &ev);
	assert_int_equal(b.c.candidate, C);
	assert_phase(&b, PHASE_INTENT);
}

/* It restarted with older data between the decision and the promotion. */
static void
test_candidate_that_lost_its_data_is_not_crowned(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	b.db[B].position = 500;
	brain_answer(&b, ACT_PROMOTE, true);
	assert_false(brain_did(&b, ACT_PERSIST, B));
}

static void
test_candidate_that_lost_its_data_is_not_told(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	b.db[B].position = 500;
	brain_ask(&b, B);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 2);
	assert_int_equal(b.c.candidate, C);
}

static void
test_forced_candidate_is_crowned_with_what_it_has(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_order(&b, ORDER_FORCE, B);
	brain_barrier(&b);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_phase(&b, PHASE_PROMOTE);
	b.db[B].position = 500;
	brain_answer(&b, ACT_PROMOTE, true);
	assert_writer(&b, B);
}

/* It is primary already, and would refuse the first client. */
static void
test_promoted_node_that_refuses_writes_waits_for_its_crown(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	brain_fork(&b, B, "h2");
	b.db[B].is_read_only = true;
	brain_ask(&b, B);
	assert_phase(&b, PHASE_PROMOTE);
	b.db[B].is_read_only = false;
	brain_ask(&b, B);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, B);
}

/* A fence outlived a restart of ours; or the server starts read-only. */
static void
test_primary_that_refuses_writes_is_told_to_take_them(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.db[A].is_read_only = true;
	b.db[B].is_read_only = true; /* as every replica is */
	brain_pause(&b, true);
	brain_ask_all(&b);
	assert_int_equal(brain_count(&b, ACT_UNFENCE), 0);
	brain_pause(&b, false);
	assert_int_equal(brain_count(&b, ACT_UNFENCE), 1);
	assert_int_equal(brain_last(&b, ACT_UNFENCE)->node, A);
	brain_ask_all(&b);
	assert_int_equal(brain_count(&b, ACT_UNFENCE), 1); /* under way */
	brain_answer(&b, ACT_UNFENCE, false);
	brain_wait(&b, 10 * USEC_SEC);
	assert_int_equal(brain_count(&b, ACT_UNFENCE), 2);
	brain_answer(&b, ACT_UNFENCE, true);
	b.db[A].is_read_only = false;
	brain_ask(&b, A);
	brain_wait(&b, 10 * USEC_SEC);
	assert_int_equal(brain_count(&b, ACT_UNFENCE), 2);
	assert_writer(&b, A);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_promotion_without_journal),
		cmocka_unit_test(test_no_promotion_before_barrier),
		cmocka_unit_test(test_barrier_of_an_older_epoch_does_not_count),
		cmocka_unit_test(
		    test_silent_primary_is_fenced_but_not_waited_for),
		cmocka_unit_test(test_dead_primary_is_not_fenced),
		cmocka_unit_test(test_failed_promotion_takes_the_next),
		cmocka_unit_test(test_late_promotion_takes_the_next),
		cmocka_unit_test(test_promotion_whose_answer_was_lost_is_seen),
		cmocka_unit_test(
		    test_only_replica_is_tried_again_after_a_failed_promotion),
		cmocka_unit_test(test_old_answer_does_not_undo_a_promotion),
		cmocka_unit_test(test_removed_candidate_fails_the_promotion),
		cmocka_unit_test(
		    test_candidate_that_lost_its_data_is_not_crowned),
		cmocka_unit_test(test_candidate_that_lost_its_data_is_not_told),
		cmocka_unit_test(
		    test_forced_candidate_is_crowned_with_what_it_has),
		cmocka_unit_test(
		    test_promoted_node_that_refuses_writes_waits_for_its_crown),
		cmocka_unit_test(
		    test_primary_that_refuses_writes_is_told_to_take_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
