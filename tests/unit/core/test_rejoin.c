/* What becomes of nodes that are not the primary. */
#include "brain.h"

#include <string.h>

static void
test_old_primary_is_demoted_before_it_carries_anything(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over(&b);
	brain_ask(&b, A);
	assert_true(brain_did(&b, ACT_DEMOTE, A));
	assert_int_equal(brain_last(&b, ACT_DEMOTE)->target, B);
	assert_true(b.c.nodes[A].is_quarantined);
	assert_writer(&b, B);
	assert_false(b.c.published.nodes[A].is_reader);
	brain_answer(&b, ACT_DEMOTE, true);
	brain_follow(&b, A, B);
	b.db[A].is_linked = false;
	brain_ask(&b, A);
	assert_false(b.c.published.nodes[A].is_reader);
	b.db[A].is_linked = true;
	brain_ask(&b, A);
	assert_true(b.c.published.nodes[A].is_reader);
	assert_false(b.c.nodes[A].is_quarantined);
}

static void
test_failed_demotion_is_tried_again_with_backoff(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over(&b);
	brain_ask(&b, A);
	for (int i = 0; i < 10; i++) {
		unsigned before = brain_count(&b, ACT_DEMOTE);

		brain_answer(&b, ACT_DEMOTE, false);
		assert_int_equal(brain_count(&b, ACT_DEMOTE), before);
		brain_wait(&b, 13 * USEC_SEC);
		assert_int_equal(brain_count(&b, ACT_DEMOTE), before + 1);
	}
	assert_writer(&b, B);
}

/* A promotion that we gave up may still happen: its data is worth nothing. */
static void
test_node_promoted_too_late_is_demoted(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	brain_answer(&b, ACT_PROMOTE, false);
	brain_answer(&b, ACT_JOURNAL, true);
	brain_answer(&b, ACT_PROMOTE, true);
	assert_writer(&b, C);
	brain_answer(&b, ACT_REPOINT, true);
	brain_fork(&b, B, "h3");
	brain_ask(&b, B);
	brain_wait(&b, USEC_SEC);
	assert_true(brain_did(&b, ACT_DEMOTE, B));
}

static void
test_second_primary_is_quarantined(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fork(&b, B, "h9");
	brain_ask(&b, B);
	assert_writer(&b, A);
	assert_true(b.c.nodes[B].is_quarantined);
	assert_int_equal(brain_count(&b, ACT_DEMOTE), 0);
	assert_int_equal(brain_last(&b, ACT_TELL)->tell, TELL_ERROR);
}

static void
test_quarantined_primary_does_not_inherit(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fork(&b, B, "h9");
	brain_ask(&b, B);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_barrier(&b);
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_int_equal(b.c.candidate, C);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_rejoin_gives_up_the_data_of_a_second_primary(void **state)
{
	struct brain b;
	struct event ev = { .kind = EV_REJOIN, .node = B };

	(void)state;
	brain_init_steady(&b, 3);
	brain_fork(&b, B, "h9");
	brain_ask(&b, B);
	brain_feed(&b, &ev);
	assert_true(brain_did(&b, ACT_DEMOTE, B));
	brain_answer(&b, ACT_DEMOTE, true);
	brain_follow(&b, B, A);
	brain_ask(&b, B);
	assert_false(b.c.nodes[B].is_quarantined);
	assert_false(b.c.nodes[B].is_rejoin_ordered);
}

static void
test_stray_replica_is_repointed(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_follow(&b, C, B);
	brain_ask(&b, C);
	assert_true(brain_did(&b, ACT_REPOINT, C));
	assert_int_equal(brain_last(&b, ACT_REPOINT)->target, A);
}

static void
test_older_history_is_not_revived(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_fail_over(&b);
	brain_kill(&b, B);
	brain_barrier(&b);
	brain_ask(&b, A); /* the first primary, with the old data */
	assert_writer(&b, NODE_NONE);
	assert_phase(&b, PHASE_LOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_old_primary_is_demoted_before_it_carries_anything),
		cmocka_unit_test(
		    test_failed_demotion_is_tried_again_with_backoff),
		cmocka_unit_test(test_node_promoted_too_late_is_demoted),
		cmocka_unit_test(test_second_primary_is_quarantined),
		cmocka_unit_test(test_quarantined_primary_does_not_inherit),
		cmocka_unit_test(
		    test_rejoin_gives_up_the_data_of_a_second_primary),
		cmocka_unit_test(test_stray_replica_is_repointed),
		cmocka_unit_test(test_older_history_is_not_revived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
