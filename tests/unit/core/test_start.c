/* The first decision, with and without a journal. */
#include "brain.h"

#include <string.h>

static void
test_start_routes_the_claimant_after_everybody_was_asked(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	brain_barrier(&b);
	brain_ask(&b, A);
	brain_ask(&b, B);
	assert_writer(&b, NODE_NONE);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_int_equal(brain_last(&b, ACT_NOTE)->record, RECORD_PRIMARY);
}

static void
test_start_waits_for_the_barrier(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LEARN);
	brain_barrier(&b);
	assert_writer(&b, A);
}

static void
test_start_with_dead_primary_knows_it_from_the_replicas(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	brain_barrier(&b);
	brain_kill(&b, A);
	brain_ask(&b, B);
	brain_ask(&b, C);
	assert_phase(&b, PHASE_HOLD);
	assert_int_equal(b.c.primary, A);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_HOLD); /* the others are there: and a now? */
	brain_verdict(&b, A, VERDICT_REFUSED);
	assert_phase(&b, PHASE_INTENT);
}

static void
test_start_with_two_primaries_calls_the_operator(void **state)
{
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	brain_barrier(&b);
	b.db[B].role = ROLE_PRIMARY;
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LOST);
	assert_writer(&b, NODE_NONE);
	brain_order(&b, ORDER_FAILOVER, B);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, B);
	assert_true(brain_last(&b, ACT_ANSWER)->is_ok);
}

static void
test_replay(struct brain *b, int primary, int intended)
{
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };

	brain_init(b, 3);
	ev.memory = (struct memory){
		.epoch = 41,
		.position = 900,
		.primary = primary,
		.intended = intended,
		.history = "h1",
	};
	brain_feed(b, &ev);
	brain_barrier(b);
}

static void
test_restart_grows_the_epoch(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, NODE_NONE);
	brain_ask_all(&b);
	assert_writer(&b, A);
	assert_true(b.c.epoch > 41);
}

static void
test_restart_after_the_promotion_finishes_it(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, B);
	brain_fork(&b, B, "h2"); /* and a is back, as if nothing had been */
	brain_ask_all(&b);
	assert_writer(&b, B);
	assert_true(brain_did(&b, ACT_DEMOTE, A));
}

/*
 * It was killed before it could be promoted, and came back as a primary that
 * lacks what it was chosen for: the writes that it promised are elsewhere.
 */
static void
test_restart_does_not_believe_an_intended_that_lost_its_data(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, B);
	b.c.nodes[B].promised = 1000;
	b.db[B].position = 999;
	brain_fork(&b, B, "h2");
	brain_ask_all(&b);
	assert_writer(&b, NODE_NONE);
	assert_phase(&b, PHASE_LOST);
	b.db[B].position = 1000;
	b.db[B].forked_at = 1000;
	brain_ask(&b, B);
	assert_writer(&b, B);
}

/* In a switchover it is told only when it has all that the primary has. */
static void
test_restart_in_a_switchover_does_not_believe_less_than_all(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, B);
	b.c.nodes[B].promised = PROMISED_ALL;
	brain_fork(&b, B, "h2");
	b.db[A].position = 1001; /* it took writes, and b was never told */
	brain_ask_all(&b);
	assert_phase(&b, PHASE_LOST);
	b.db[B].forked_at = 1001;
	b.db[B].position = 1001;
	brain_ask(&b, B);
	assert_writer(&b, B);
}

static void
test_journal_remembers_what_the_intended_promised(void **state)
{
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	ev.memory.primary = A;
	ev.memory.intended = B;
	ev.memory.promised = 1234;
	brain_feed(&b, &ev);
	assert_int_equal(b.c.nodes[B].promised, 1234);
	assert_int_equal(b.c.nodes[A].promised, 0);
}

static void
test_restart_before_the_promotion_abandons_it(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, B);
	brain_ask_all(&b);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_writer(&b, A);
	assert_int_equal(b.c.intended, NODE_NONE);
}

/*
 * b may become primary yet: a second restart must not find its name in the
 * journal when a has taken writes.
 */
static void
test_restart_routes_nobody_while_the_journal_names_another(void **state)
{
	struct event late = {
		.kind = EV_RESULT, .node = NODE_NONE, .is_ok = true
	};
	struct brain b;

	(void)state;
	test_replay(&b, A, B);
	brain_ask_all(&b);
	assert_writer(&b, NODE_NONE);
	assert_int_equal(brain_last(&b, ACT_JOURNAL)->record, RECORD_PRIMARY);
	assert_int_equal(brain_last(&b, ACT_JOURNAL)->node, A);
	brain_answer(&b, ACT_JOURNAL, false);
	brain_wait(&b, 500 * USEC_MS);
	assert_writer(&b, NODE_NONE);
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 1);
	brain_wait(&b, USEC_SEC); /* the disk may be well again */
	assert_int_equal(brain_count(&b, ACT_JOURNAL), 2);
	late.seq = brain_last(&b, ACT_JOURNAL)->seq - 1;
	brain_feed(&b, &late); /* of another line */
	assert_writer(&b, NODE_NONE);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_writer(&b, A);
}

/* Nobody can say whether it was promoted and took writes. */
static void
test_restart_with_the_intended_dead_calls_the_operator(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, B);
	brain_ask(&b, A);
	brain_kill(&b, B);
	brain_ask(&b, C);
	assert_writer(&b, NODE_NONE);
	assert_phase(&b, PHASE_LOST);
	brain_order(&b, ORDER_FAILOVER, A);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_writer(&b, A);
}

static void
test_restart_with_dead_primary_knows_it_from_the_journal(void **state)
{
	struct brain b;

	(void)state;
	test_replay(&b, A, NODE_NONE);
	brain_kill(&b, A);
	b.db[C].upstream = B;
	brain_ask_all(&b);
	brain_verdict(&b, A, VERDICT_REFUSED);
	brain_barrier(&b);
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, B);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_start_routes_the_claimant_after_everybody_was_asked),
		cmocka_unit_test(test_start_waits_for_the_barrier),
		cmocka_unit_test(
		    test_start_with_dead_primary_knows_it_from_the_replicas),
		cmocka_unit_test(
		    test_start_with_two_primaries_calls_the_operator),
		cmocka_unit_test(test_restart_grows_the_epoch),
		cmocka_unit_test(test_restart_after_the_promotion_finishes_it),
		cmocka_unit_test(test_restart_before_the_promotion_abandons_it),
		cmocka_unit_test(
		    test_restart_does_not_believe_an_intended_that_lost_its_data),
		cmocka_unit_test(
		    test_restart_in_a_switchover_does_not_believe_less_than_all),
		cmocka_unit_test(
		    test_journal_remembers_what_the_intended_promised),
		cmocka_unit_test(
		    test_restart_routes_nobody_while_the_journal_names_another),
		cmocka_unit_test(
		    test_restart_with_the_intended_dead_calls_the_operator),
		cmocka_unit_test(
		    test_restart_with_dead_primary_knows_it_from_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
