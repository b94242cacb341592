#include "brain.h"

#include <string.h>

static void
test_trust_needs_every_node_judged(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	assert_false(brain_has(&b, FACT_TRUSTED, NODE_NONE));
	brain_ask(&b, A);
	brain_ask(&b, B);
	brain_verdict(&b, C, VERDICT_LOCAL);
	assert_false(brain_has(&b, FACT_TRUSTED, NODE_NONE));
	brain_verdict(&b, C, VERDICT_LOGIN);
	assert_true(brain_has(&b, FACT_TRUSTED, NODE_NONE));
}

/* One lost probe at the start says nothing yet. */
static void
test_trust_waits_for_a_node_in_its_first_doubt(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	brain_ask(&b, B);
	brain_verdict(&b, A, VERDICT_SILENT);
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_false(brain_has(&b, FACT_TRUSTED, NODE_NONE));
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_true(brain_has(&b, FACT_TRUSTED, NODE_NONE));
}

static void
test_trust_ends_with_a_stall_and_returns_with_a_round(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	assert_true(brain_has(&b, FACT_TRUSTED, NODE_NONE));
	brain_stall(&b);
	assert_false(brain_has(&b, FACT_TRUSTED, NODE_NONE));
	brain_ask(&b, A);
	brain_ask(&b, B);
	assert_false(brain_has(&b, FACT_TRUSTED, NODE_NONE));
	brain_ask(&b, C);
	assert_true(brain_has(&b, FACT_TRUSTED, NODE_NONE));
}

static void
test_trust_does_not_wait_for_a_node_in_maint(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	brain_admin(&b, B, ADMIN_MAINT);
	brain_ask(&b, A);
	assert_true(brain_has(&b, FACT_TRUSTED, NODE_NONE));
}

static void
test_nothing_is_trusted_without_nodes(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 0);
	assert_false(brain_has(&b, FACT_TRUSTED, NODE_NONE));
}

static void
test_replica_that_advances_after_the_doubt_hears(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_freeze(&b, A);
	brain_ask(&b, B);
	assert_false(brain_has(&b, FACT_HEARD, NODE_NONE));
	b.db[B].position += 14;
	brain_ask(&b, B);
	assert_true(brain_has(&b, FACT_HEARD, NODE_NONE));
}

/* The bytes may have come before the primary fell silent. */
static void
test_advance_since_before_the_doubt_is_no_evidence(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_freeze(&b, A);
	b.db[B].position += 14;
	brain_ask(&b, B);
	assert_false(brain_has(&b, FACT_HEARD, NODE_NONE));
}

static void
test_what_was_heard_grows_old(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_freeze(&b, A);
	brain_ask(&b, B);
	b.db[B].position += 14;
	brain_ask(&b, B);
	brain_wait(&b, 10 * USEC_SEC);
	assert_true(brain_has(&b, FACT_HEARD, NODE_NONE));
	brain_wait(&b, 2 * USEC_SEC);
	assert_false(brain_has(&b, FACT_HEARD, NODE_NONE));
}

static void
test_unreachable_primary_may_be_heard_until_replicas_miss_its_pings(
    void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	for (int i = 0; i < 3; i++)
		brain_verdict(&b, A, VERDICT_UNREACHABLE);
	assert_false(brain_has(&b, FACT_HEARD, NODE_NONE));
	assert_true(brain_has(&b, FACT_UNSURE, NODE_NONE));
	b.db[B].link_idle_us = 11 * USEC_SEC;
	b.db[C].is_linked = false;
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_false(brain_has(&b, FACT_UNSURE, NODE_NONE));
}

static void
test_replica_of_another_node_hears_nothing(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.db[C].upstream = B;
	brain_ask_all(&b);
	b.db[B].is_linked = false;
	for (int i = 0; i < 3; i++)
		brain_verdict(&b, A, VERDICT_UNREACHABLE);
	brain_ask(&b, B);
	b.db[C].position += 14;
	brain_ask(&b, C);
	assert_false(brain_has(&b, FACT_HEARD, NODE_NONE));
}

static void
test_hold(struct brain *b, unsigned n_nodes, unsigned sync_replicas)
{
	brain_init_steady(b, n_nodes);
	brain_pause(b, true);
	b->policy.sync_replicas = sync_replicas;
	brain_apply_policy(b);
	brain_fail_over_to(b, PHASE_HOLD);
	brain_barrier(b);
}

static void
test_without_acknowledgements_everybody_who_answers_is_heard(void **state)
{
	struct brain b;

	(void)state;
	test_hold(&b, 3, 0);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	brain_ask(&b, B);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	brain_verdict(&b, C, VERDICT_SILENT);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	brain_freeze(&b, C);
	assert_true(brain_has(&b, FACT_POSITIONS, NODE_NONE));
}

/* n = 4 replicas, k = 2: any 3 contain one that has every write. */
static void
test_acknowledgements_need_enough_positions(void **state)
{
	struct brain b;

	(void)state;
	test_hold(&b, 5, 2);
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	brain_ask(&b, D);
	assert_true(brain_has(&b, FACT_POSITIONS, NODE_NONE));
}

static void
test_witness_must_have_this_history_and_be_fresh(void **state)
{
	struct brain b;

	(void)state;
	test_hold(&b, 3, 1);
	brain_ask(&b, B);
	brain_hear(&b, C, b.c.barrier_at - 1);
	brain_admin(&b, C, ADMIN_DRAIN);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	brain_verdict(&b, C, VERDICT_OK);
	assert_true(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	strcpy(b.db[C].history, "h9");
	brain_verdict(&b, C, VERDICT_OK);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	strcpy(b.db[C].history, "h1");
	b.db[C].is_loading = true;
	brain_verdict(&b, C, VERDICT_OK);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
}

/* Redis says 0 when a full copy was begun and not finished. */
static void
test_replica_that_lost_its_place_is_no_witness(void **state)
{
	struct brain b;

	(void)state;
	test_hold(&b, 3, 1);
	b.db[C].position = 0;
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_false(brain_has(&b, FACT_POSITIONS, NODE_NONE));
	b.c.position = 0; /* nothing was ever written */
	b.db[B].position = 0;
	brain_ask(&b, B);
	assert_true(brain_has(&b, FACT_POSITIONS, NODE_NONE));
}

static void
test_loss_is_measured_against_the_last_position(void **state)
{
	struct brain b;

	(void)state;
	test_hold(&b, 2, 0);
	b.c.position = 2000;
	brain_ask(&b, B);
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.c.position = 2001;
	assert_false(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
}

static void
test_acknowledged_write_on_an_unfit_replica_is_not_given_up(void **state)
{
	struct brain b;

	(void)state;
	test_hold(&b, 3, 1);
	brain_admin(&b, C, ADMIN_DRAIN);
	b.db[C].position = 1010;
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_true(brain_has(&b, FACT_CANDIDATE, NODE_NONE));
	assert_false(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
	b.db[B].position = 1010;
	brain_ask(&b, B);
	assert_true(brain_has(&b, FACT_LOSS_OK, NODE_NONE));
}

static void
test_limit_counts_promotions_in_the_window(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.policy.failover_limit = 2;
	brain_apply_policy(&b);
	b.c.promotions[0] = b.now;
	b.c.n_promotions = 1;
	assert_true(brain_has(&b, FACT_LIMIT_OK, NODE_NONE));
	b.c.promotions[1] = b.now;
	b.c.n_promotions = 2;
	assert_false(brain_has(&b, FACT_LIMIT_OK, NODE_NONE));
	b.now += b.policy.failover_window_us;
	assert_false(brain_has(&b, FACT_LIMIT_OK, NODE_NONE));
	b.now++;
	assert_true(brain_has(&b, FACT_LIMIT_OK, NODE_NONE));
	b.now--;
	b.policy.failover_limit = 0;
	brain_apply_policy(&b);
	assert_true(brain_has(&b, FACT_LIMIT_OK, NODE_NONE));
}

static void
test_claimant_waits_until_the_incumbent_is_gone(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	b.c.primary = A;
	brain_fork(&b, B, "h2");
	brain_ask(&b, B);
	assert_false(brain_has(&b, FACT_CLAIMANT, NODE_NONE));
	brain_freeze(&b, A);
	assert_true(brain_has(&b, FACT_CLAIMANT, NODE_NONE));
}

static void
test_caught_up_needs_positions_from_after_the_fence(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_switch_over(&b, NODE_NONE);
	brain_answer(&b, ACT_FENCE, true);
	brain_hear(&b, A, b.c.fenced_at - 1);
	brain_hear(&b, B, b.c.fenced_at - 1);
	assert_false(brain_has(&b, FACT_CAUGHT_UP, NODE_NONE));
	b.db[A].position = 1100;
	brain_verdict(&b, A, VERDICT_OK);
	brain_verdict(&b, B, VERDICT_OK);
	assert_false(brain_has(&b, FACT_CAUGHT_UP, NODE_NONE));
	assert_phase(&b, PHASE_CATCHUP);
	b.db[B].position = 1100;
	brain_verdict(&b, B, VERDICT_OK);
	assert_phase(&b, PHASE_PROMOTE);
}

static void
test_primary_that_says_nothing_of_itself_is_not_gone(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_verdict(&b, A, VERDICT_ALIVE);
	assert_true(brain_has(&b, FACT_PRIMARY_OK, NODE_NONE));
	assert_false(brain_has(&b, FACT_PRIMARY_GONE, NODE_NONE));
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_false(brain_has(&b, FACT_PRIMARY_OK, NODE_NONE));
	assert_false(brain_has(&b, FACT_PRIMARY_GONE, NODE_NONE));
}

static void
test_second_primary_and_stray_replica_are_told_apart(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	assert_false(brain_has(&b, FACT_NODE_RIVAL, B));
	assert_false(brain_has(&b, FACT_NODE_STRAY, B));
	b.c.nodes[B].report.upstream = C;
	assert_true(brain_has(&b, FACT_NODE_STRAY, B));
	b.c.nodes[B].report.role = ROLE_PRIMARY;
	assert_true(brain_has(&b, FACT_NODE_RIVAL, B));
	assert_false(brain_has(&b, FACT_NODE_RETURNING, B));
	b.c.nodes[B].was_primary = true;
	assert_true(brain_has(&b, FACT_NODE_RETURNING, B));
	assert_false(brain_has(&b, FACT_NODE_RIVAL, A));
	b.c.nodes[B].admin = ADMIN_MAINT;
	assert_false(brain_has(&b, FACT_NODE_RIVAL, B));
	assert_false(brain_has(&b, FACT_NODE_STRAY, B));
}

static void
test_lone_primary_waits_for_nobody(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 1);
	b.policy.sync_replicas = 1;
	brain_apply_policy(&b);
	assert_true(brain_has(&b, FACT_POSITIONS, NODE_NONE));
}

static void
test_unfenced_primary_can_not_be_caught_up_with(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_switch_over(&b, B);
	brain_ask_all(&b);
	assert_false(b.c.is_fenced);
	assert_false(brain_has(&b, FACT_CAUGHT_UP, NODE_NONE));
}

static void
test_facts_of_a_node_are_false_without_a_node(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fork(&b, B, "h2");
	brain_ask(&b, B);
	for (int i = 0; i < FACT_COUNT; i++)
		if (fact_is_of_node((enum fact)i))
			assert_false(brain_has(&b, (enum fact)i, NODE_NONE));
}

static void
test_every_fact_has_a_name_and_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < FACT_COUNT; i++) {
		assert_true(fact_names[i][0] != '\0');
		assert_true(fact_texts[i][0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust_needs_every_node_judged),
		cmocka_unit_test(
		    test_trust_waits_for_a_node_in_its_first_doubt),
		cmocka_unit_test(
		    test_trust_ends_with_a_stall_and_returns_with_a_round),
		cmocka_unit_test(test_trust_does_not_wait_for_a_node_in_maint),
		cmocka_unit_test(test_nothing_is_trusted_without_nodes),
		cmocka_unit_test(
		    test_replica_that_advances_after_the_doubt_hears),
		cmocka_unit_test(
		    test_advance_since_before_the_doubt_is_no_evidence),
		cmocka_unit_test(test_what_was_heard_grows_old),
		cmocka_unit_test(
		    test_unreachable_primary_may_be_heard_until_replicas_miss_its_pings),
		cmocka_unit_test(test_replica_of_another_node_hears_nothing),
		cmocka_unit_test(
		    test_without_acknowledgements_everybody_who_answers_is_heard),
		cmocka_unit_test(test_acknowledgements_need_enough_positions),
		cmocka_unit_test(
		    test_witness_must_have_this_history_and_be_fresh),
		cmocka_unit_test(
		    test_replica_that_lost_its_place_is_no_witness),
		cmocka_unit_test(
		    test_loss_is_measured_against_the_last_position),
		cmocka_unit_test(
		    test_acknowledged_write_on_an_unfit_replica_is_not_given_up),
		cmocka_unit_test(test_limit_counts_promotions_in_the_window),
		cmocka_unit_test(
		    test_claimant_waits_until_the_incumbent_is_gone),
		cmocka_unit_test(
		    test_caught_up_needs_positions_from_after_the_fence),
		cmocka_unit_test(
		    test_primary_that_says_nothing_of_itself_is_not_gone),
		cmocka_unit_test(
		    test_second_primary_and_stray_replica_are_told_apart),
		cmocka_unit_test(test_lone_primary_waits_for_nobody),
		cmocka_unit_test(
		    test_unfenced_primary_can_not_be_caught_up_with),
		cmocka_unit_test(test_facts_of_a_node_are_false_without_a_node),
		cmocka_unit_test(test_every_fact_has_a_name_and_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
