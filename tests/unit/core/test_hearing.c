/*
 * The second opinion: a primary that only regent can't reach is not replaced,
 * and one that is gone does not have to be waited for.
 */
#include "brain.h"

#include "core/hearing.h"

/* a can't be reached, b and c say that their links to it are up. */
static void
test_out_of_sight(struct brain *b)
{
	brain_init_steady(b, 3);
	brain_ask_all(b);
	for (int i = 0; i < 3; i++)
		brain_verdict(b, A, VERDICT_UNREACHABLE);
	brain_barrier(b);
	brain_ask_all(b);
}

static unsigned
test_redials(const struct brain *b)
{
	return brain_count(b, ACT_REDIAL);
}

static void
test_word_of_a_replica_is_no_proof(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_MAYBE);
	assert_phase(&b, PHASE_HOLD);
	assert_int_equal(test_redials(&b), 0);
	brain_wait(&b, 30 * USEC_MS);
	assert_int_equal(test_redials(&b), 1);
	assert_true(brain_did(&b, ACT_REDIAL, B));
}

static void
test_new_link_proves_that_the_primary_lives(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	brain_wait(&b, 30 * USEC_MS);
	brain_answer(&b, ACT_REDIAL, true);
	brain_ask(&b, B);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS);
	assert_phase(&b, PHASE_LOST);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 0);
}

static void
test_links_that_stay_down_let_the_failover_go_on(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	b.db[B].is_linked = false;
	b.db[C].is_linked = false;
	brain_wait(&b, 30 * USEC_MS);
	brain_answer(&b, ACT_REDIAL, true);
	brain_ask(&b, B);
	/* In the middle of dialing it says down, and that says nothing. */
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_MAYBE);
	brain_wait(&b, 100 * USEC_MS); /* c's turn */
	brain_answer(&b, ACT_REDIAL, true);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD);
	brain_wait(&b, HEARING_REDIAL);
	brain_ask_all(&b);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_NOT);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_replicas_redial_one_after_the_other(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	brain_wait(&b, 30 * USEC_MS);
	brain_wait(&b, 30 * USEC_MS);
	assert_int_equal(test_redials(&b), 1);
	brain_answer(&b, ACT_REDIAL, true);
	assert_int_equal(test_redials(&b), 1);
	brain_wait(&b, 50 * USEC_MS);
	assert_int_equal(test_redials(&b), 2);
	assert_true(brain_did(&b, ACT_REDIAL, C));
}

static void
test_link_that_is_being_dialed_is_not_dead(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	brain_wait(&b, 30 * USEC_MS);
	b.db[B].is_linked = false;
	brain_ask(&b, B);
	assert_int_equal(b.c.nodes[B].redial.outcome, OUTCOME_WAITING);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_MAYBE);
}

static void
test_replica_that_refuses_to_redial_is_asked_again(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	brain_wait(&b, 30 * USEC_MS);
	brain_answer(&b, ACT_REDIAL, false);
	brain_ask(&b, B);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_MAYBE);
	brain_wait(&b, 60 * USEC_MS); /* c's turn */
	brain_answer(&b, ACT_REDIAL, false);
	assert_int_equal(test_redials(&b), 2);
	brain_wait(&b, HEARING_REDIAL);
	assert_int_equal(test_redials(&b), 3);
}

static void
test_proof_ages_and_is_asked_for_again(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	brain_wait(&b, 30 * USEC_MS);
	brain_answer(&b, ACT_REDIAL, true);
	brain_ask(&b, B);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS);
	brain_wait(&b, 6 * USEC_SEC);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_MAYBE);
	assert_true(test_redials(&b) >= 2);
}

static void
test_frozen_primary_needs_no_second_opinion(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	brain_freeze(&b, A);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_NOT);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_primary_that_serves_needs_none(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_ask_all(&b);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_NOT);
	assert_int_equal(hearing_find(&b.c, HEARS, b.now), NODE_NONE);
	b.c.primary = NODE_NONE;
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_NOT);
}

/* A way that is cut under an open connection looks like a frozen node. */
static void
test_first_silence_is_no_proof(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.policy.health.fall = 1;
	brain_apply_policy(&b);
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_phase(&b, PHASE_STEADY);
	brain_verdict(&b, A, VERDICT_UNREACHABLE);
	assert_phase(&b, PHASE_HOLD);
	brain_ask_all(&b);
	assert_true(brain_has(&b, FACT_UNSURE, NODE_NONE));
}

/* It was promoted over on the first good answer of a primary that was back. */
static void
test_primary_that_answers_again_is_waited_for(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	b.db[B].is_linked = false;
	b.db[C].is_linked = false;
	brain_ask(&b, B);
	brain_verdict(&b, A, VERDICT_OK);
	brain_ask(&b, C);
	assert_int_equal(b.c.nodes[A].health.state, HEALTH_DOWN);
	assert_phase(&b, PHASE_HOLD);
	brain_verdict(&b, A, VERDICT_UNREACHABLE);
	assert_phase(&b, PHASE_INTENT);
}

/* Once links had to prove themselves, another kind of failure is no proof. */
static void
test_silence_after_a_cut_does_not_promote(void **state)
{
	struct brain b;

	(void)state;
	test_out_of_sight(&b);
	brain_wait(&b, 30 * USEC_MS);
	brain_answer(&b, ACT_REDIAL, true);
	brain_ask_all(&b);
	brain_verdict(&b, A, VERDICT_SILENT);
	brain_wait(&b, 6 * USEC_SEC);
	brain_ask_all(&b);
	assert_int_equal(hearing_of(&b.c, B, b.now), HEARS_MAYBE);
	assert_phase(&b, PHASE_LOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word_of_a_replica_is_no_proof),
		cmocka_unit_test(test_new_link_proves_that_the_primary_lives),
		cmocka_unit_test(
		    test_links_that_stay_down_let_the_failover_go_on),
		cmocka_unit_test(test_replicas_redial_one_after_the_other),
		cmocka_unit_test(test_link_that_is_being_dialed_is_not_dead),
		cmocka_unit_test(
		    test_replica_that_refuses_to_redial_is_asked_again),
		cmocka_unit_test(test_proof_ages_and_is_asked_for_again),
		cmocka_unit_test(test_frozen_primary_needs_no_second_opinion),
		cmocka_unit_test(test_primary_that_serves_needs_none),
		cmocka_unit_test(test_first_silence_is_no_proof),
		cmocka_unit_test(test_primary_that_answers_again_is_waited_for),
		cmocka_unit_test(test_silence_after_a_cut_does_not_promote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
