/* Each step of a brain as a person would tell it. */
#include "guard/record/narrate.h"

#include "drill.h"

#include <string.h>

static void
test_nothing_new_is_not_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_ask_all(&drill.b);
	drill_forget();
	brain_ask_all(&drill.b);
	brain_wait(&drill.b, 50 * USEC_MS);
	assert_string_equal(text_cstr(&drill.story), "");
}

static void
test_start_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 2);
	drill_expect("the configuration of the cluster was read");
	drill_expect("a was added, with priority 100");
	drill_expect("a answers: it was UNCHECKED and is UP");
	drill_expect("a says that it is a primary, at position 1000");
	drill_expect("b says that it is a replica of a, at position 1000");
	drill_expect("b has its link to a");
	drill_expect("clients go to a (epoch 1)");
	drill_expect("every worker routes by epoch 1");
}

static void
test_failover_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	drill.b.db[C].position = 690;
	drill_forget();
	brain_fail_over(&drill.b);
	drill_expect("a has ended the connection of its probe: it was UP and "
		     "is SUSPECT");
	drill_expect("a refuses connections: nobody listens there (failure 1)");
	drill_expect("a refuses connections: nobody listens there (failure 2):"
		     " it was SUSPECT and is DOWN");
	drill_expect("rule primary-down: the primary is down (phase STEADY -> "
		     "HOLD)");
	drill_expect("it fired because every node was judged since the last "
		     "start or stall; the primary is down");
	drill_expect("clients wait, and sessions with a are cut (epoch 2)");
	drill_expect("every worker has left the old primary (the barrier of "
		     "epoch 2)");
	drill_expect("b has everything up to position 1000");
	drill_expect("c has everything up to position 690, 310 bytes less "
		     "than the primary was last seen at");
	drill_expect(
	    "candidate b: fit, at position 1000 with priority 100: chosen");
	drill_expect("candidate c: fit, at position 690 with priority 100, "
		     "310 bytes behind");
	drill_expect("regent writes to its journal that it promotes b");
	drill_expect("the line of the journal is on disk");
	drill_expect("nothing is to be fenced");
	drill_expect("b is told to become primary");
	drill_expect("b was promoted");
	drill_expect("rule crown: promoted (phase PROMOTE -> STEADY)");
	drill_expect("clients go to b (epoch 3)");
	drill_expect("every worker routes by epoch 3");
}

static void
test_unfit_candidates_have_their_reason(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 4);
	brain_admin(&drill.b, C, ADMIN_MAINT);
	drill_expect("the operator sets c to maint");
	brain_kill(&drill.b, D);
	brain_kill(&drill.b, A);
	brain_barrier(&drill.b);
	brain_ask(&drill.b, C);
	brain_ask(&drill.b, B);
	drill_expect("candidate c: not fit, it is set to drain or maint");
	drill_expect("candidate d: not fit, it does not answer");
}

static void
test_loss_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 2);
	drill.b.db[B].position = 900;
	brain_fail_over_to(&drill.b, PHASE_INTENT);
	drill_expect("this gives up 100 bytes, as far as is known");
}

/* Positions of MariaDB and MySQL: "100 bytes" were a hundred writes. */
static void
test_transactions_are_not_called_bytes(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	drill.b.c.policy.counts_transactions = true;
	drill.b.db[B].position = 900;
	drill.b.db[C].position = 690;
	brain_fail_over_to(&drill.b, PHASE_INTENT);
	drill_expect("c has everything up to position 690, 310 transactions "
		     "less than the primary was last seen at");
	drill_expect("candidate c: fit, at position 690 with priority 100, "
		     "210 transactions behind");
	drill_expect("this gives up 100 transactions, as far as is known");
	drill_expect_not("bytes");
}

static void
test_what_is_waited_for_is_told_when_it_changes(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_pause(&drill.b, true);
	drill_expect("the operator pauses failover");
	brain_kill(&drill.b, A);
	drill_expect("a promotion waits until enough replicas have told their "
		     "position, and a node is fit to be promoted, and every "
		     "worker has left the old primary");
	assert_non_null(strstr(text_cstr(&drill.story),
	    "a promotion is forbidden as long as the operator paused "
	    "failover"));
	drill_forget();
	brain_verdict(&drill.b, A, VERDICT_REFUSED);
	assert_string_equal(text_cstr(&drill.story), "");
	brain_barrier(&drill.b);
	drill_expect("a promotion waits until enough replicas have told their "
		     "position, and a node is fit to be promoted");
}

static void
test_answers_are_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over_to(&drill.b, PHASE_PROMOTE);
	brain_answer(&drill.b, ACT_PROMOTE, false);
	drill_expect("b could not be promoted");
	drill_expect("b is not tried again for a while");
	drill_forget();
	brain_answer(&drill.b, ACT_PROMOTE, false);
	drill_expect("an answer came that nothing waits for any more");
}

static void
test_broken_journal_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over_to(&drill.b, PHASE_INTENT);
	brain_answer(&drill.b, ACT_JOURNAL, false);
	drill_expect("the line of the journal could not be written");
	drill_expect("the journal is tried again in a second");
}

static void
test_switchover_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_switch_over(&drill.b, B);
	drill_expect("the operator orders a switchover, to b");
	drill_expect("rule plan: the operator ordered a switchover (phase "
		     "STEADY -> PLAN)");
	drill_expect("a is told to refuse writes");
	brain_answer(&drill.b, ACT_FENCE, false);
	drill_expect("a could not be fenced");
	drill_expect("the operator is answered that the order can't be done");
	brain_ask_all(&drill.b);
	drill_expect("a may take writes again");
	drill_forget();
	brain_order(&drill.b, ORDER_SWITCHOVER, NODE_NONE);
	drill_expect("the operator orders a switchover, to the best node");
}

static void
test_nodes_that_come_back_are_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over(&drill.b);
	drill_forget();
	brain_ask(&drill.b, A);
	drill_expect("a answers: it was DOWN and is UP");
	drill_expect("a is told to follow b and to drop its clients");
	drill_expect("a goes into quarantine");
	brain_answer(&drill.b, ACT_DEMOTE, true);
	drill_expect("a has done what it was told");
	brain_follow(&drill.b, A, B);
	brain_ask(&drill.b, A);
	drill_expect("a says that it is a replica of b, at position 1000");
	drill_expect("the data of a is of history h2, and was of h1");
	drill_expect("a is seen to replicate the primary");
	drill_expect("a leaves quarantine");
	drill_expect_not("a was restarted");
}

static void
test_other_events_are_told(void **state)
{
	struct event ev = { .kind = EV_PASSIVE, .node = B };

	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_feed(&drill.b, &ev);
	drill_expect("a worker met trouble with b");
	brain_stall(&drill.b);
	drill_expect("regent itself slept: nothing is judged until every node "
		     "was asked afresh");
	ev.kind = EV_REJOIN;
	brain_feed(&drill.b, &ev);
	drill_expect("the operator lets b give up its data and follow");
	brain_pause(&drill.b, false);
	drill_expect("the operator resumes failover");
	ev.kind = EV_NODE_MOVE;
	brain_feed(&drill.b, &ev);
	drill_expect("the name of b has another address: it is as new");
	ev.kind = EV_NODE_REMOVE;
	brain_feed(&drill.b, &ev);
	drill_expect("b was removed from the configuration");
}

static void
test_memory_is_told(void **state)
{
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };

	(void)state;
	brain_init(&drill.b, 2);
	ev.memory.epoch = 7;
	ev.memory.primary = A;
	ev.memory.intended = B;
	brain_feed(&drill.b, &ev);
	drill_expect("the journal remembers a as primary, at epoch 7, and a "
		     "promotion of b that nobody has seen the end of");
}

static void
test_each_verdict_has_words(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_COUNT; i++) {
		const struct event ev = {
			.kind = EV_VERDICT, .node = B, .verdict = i
		};

		brain_init(&drill.b, 3);
		drill_forget();
		brain_feed(&drill.b, &ev);
		if (i != VERDICT_OK) /* of which nothing was known before */
			assert_non_null(strstr(text_cstr(&drill.story), "b "));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DRILL_TEST(test_nothing_new_is_not_told),
		DRILL_TEST(test_start_is_told),
		DRILL_TEST(test_failover_is_told),
		DRILL_TEST(test_unfit_candidates_have_their_reason),
		DRILL_TEST(test_loss_is_told),
		DRILL_TEST(test_transactions_are_not_called_bytes),
		DRILL_TEST(test_what_is_waited_for_is_told_when_it_changes),
		DRILL_TEST(test_answers_are_told),
		DRILL_TEST(test_broken_journal_is_told),
		DRILL_TEST(test_switchover_is_told),
		DRILL_TEST(test_nodes_that_come_back_are_told),
		DRILL_TEST(test_other_events_are_told),
		DRILL_TEST(test_memory_is_told),
		DRILL_TEST(test_each_verdict_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
