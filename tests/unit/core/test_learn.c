/* What an event changes, and what it must not change. */
#include "brain.h"

#include <string.h>

static void
test_remove(struct brain *b, int node)
{
	const struct event ev = { .kind = EV_NODE_REMOVE, .node = node };

	brain_feed(b, &ev);
}

static void
test_move(struct brain *b, int node)
{
	const struct event ev = { .kind = EV_NODE_MOVE, .node = node };

	brain_feed(b, &ev);
}

/* A result with the number of another action than the last of its kind. */
static void
test_answer_stale(struct brain *b, enum action_kind kind)
{
	const struct action *a = brain_last(b, kind);
	struct event ev = { .kind = EV_RESULT, .node = NODE_NONE };

	assert_non_null(a);
	ev.seq = a->seq - 1;
	if (kind != ACT_JOURNAL)
		ev.node = a->node;
	ev.is_ok = true;
	ev.asked_at = b->now;
	brain_feed(b, &ev);
}

static void
test_answer_without_a_report_leaves_the_last_one(void **state)
{
	struct event ev = { .kind = EV_VERDICT, .node = B };
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.now += USEC_MS;
	ev.asked_at = b.now;
	brain_feed(&b, &ev);
	assert_int_equal(ev.verdict, VERDICT_OK);
	assert_int_equal(b.c.nodes[B].report.role, ROLE_REPLICA);
	assert_true(b.c.nodes[B].report_at < b.now);
	assert_int_equal(b.c.nodes[B].health.judged_at, b.now);
}

static void
test_short_interval_needs_no_hurry(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.policy.health.interval_us = USEC_MS;
	brain_apply_policy(&b);
	brain_fail_over_to(&b, PHASE_HOLD);
	brain_ask(&b, B);
	assert_phase(&b, PHASE_HOLD);
	assert_int_equal(b.c.nodes[B].health.probe_at, b.now + USEC_MS);
}

static void
test_stale_result_of_the_journal_does_not_count(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	test_answer_stale(&b, ACT_JOURNAL);
	assert_phase(&b, PHASE_INTENT);
	assert_int_equal(b.c.journal.outcome, OUTCOME_WAITING);
}

static void
test_stale_result_of_the_fence_does_not_count(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_switch_over(&b, B);
	test_answer_stale(&b, ACT_FENCE);
	assert_int_equal(b.c.fence.outcome, OUTCOME_WAITING);
	assert_false(b.c.is_fenced);
	brain_answer(&b, ACT_FENCE, true);
	assert_true(b.c.is_fenced);
}

static void
test_stale_result_of_a_node_does_not_count(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	b.db[B].upstream = NODE_FOREIGN;
	brain_ask(&b, B);
	test_answer_stale(&b, ACT_REPOINT);
	assert_int_equal(b.c.nodes[B].task.outcome, OUTCOME_WAITING);
	brain_answer(&b, ACT_REPOINT, false);
	assert_int_equal(b.c.nodes[B].task.outcome, OUTCOME_FAILED);
}

static void
test_stale_result_of_a_redial_does_not_count(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	for (unsigned i = 0; i < b.policy.health.fall; i++)
		brain_verdict(&b, A, VERDICT_UNREACHABLE);
	brain_ask(&b, B);
	brain_wait(&b, 100 * USEC_MS);
	test_answer_stale(&b, ACT_REDIAL);
	assert_int_equal(b.c.nodes[B].redial.outcome, OUTCOME_WAITING);
}

/* It told its position before the probe did, and seemed to have gone back. */
static void
test_answer_of_a_promotion_that_a_probe_has_overtaken(void **state)
{
	struct event ev = { .kind = EV_RESULT, .node = B, .is_ok = true };
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	ev.seq = brain_last(&b, ACT_PROMOTE)->seq;
	ev.asked_at = b.now;
	brain_fork(&b, B, "h2");
	ev.has_report = true;
	ev.report = b.db[B];
	b.db[B].position += 10;
	b.now += USEC_MS;
	brain_ask(&b, B);
	assert_writer(&b, B);
	brain_feed(&b, &ev);
	assert_phase(&b, PHASE_STEADY);
	assert_true(b.c.nodes[B].report.position == b.db[B].position);
	/* Of a process that is another one, nothing can be said. */
	strcpy(ev.report.instance, "later");
	brain_feed(&b, &ev);
	assert_true(b.c.nodes[B].report.position == ev.report.position);
}

static void
test_doubt_and_stall_pass_over_the_slot_of_a_removed_node(void **state)
{
	struct event gone = { .kind = EV_NODE_REMOVE, .node = B };
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_feed(&b, &gone);
	brain_wait(&b, 10 * USEC_MS);
	brain_verdict(&b, A, VERDICT_SILENT);
	assert_true(b.c.nodes[C].health.probe_at <= b.now);
	assert_true(b.c.nodes[B].health.probe_at == 0);
	brain_stall(&b);
	assert_true(b.c.nodes[B].health.probe_at == 0);
}

/* It may have been promoted where it was, and nobody will tell any more. */
static void
test_promotion_of_a_node_that_moved_is_counted(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	test_move(&b, B);
	assert_int_equal(b.c.n_promotions, 1);
	test_move(&b, B); /* nobody has told it anything there */
	assert_int_equal(b.c.n_promotions, 1);
	b.c.nodes[A].is_told = true; /* the incumbent, led astray */
	b.c.is_switching = true;     /* people may do that as they like */
	test_move(&b, A);
	assert_int_equal(b.c.n_promotions, 1);
	b.c.nodes[A].is_told = true;
	b.c.is_switching = false;
	test_move(&b, A);
	assert_int_equal(b.c.n_promotions, 2);
}

static void
test_report_of_a_failed_promotion_is_not_believed(void **state)
{
	struct brain b;
	struct event ev = { .kind = EV_RESULT, .node = B, .has_report = true };

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	ev.seq = brain_last(&b, ACT_PROMOTE)->seq;
	ev.asked_at = b.now;
	ev.report = b.db[B];
	ev.report.role = ROLE_PRIMARY;
	brain_feed(&b, &ev);
	assert_int_equal(b.c.nodes[B].report.role, ROLE_REPLICA);
	assert_true(b.c.nodes[B].is_excluded);
}

static void
test_reload_changes_a_node_and_keeps_what_is_known(void **state)
{
	struct event ev = {
		.kind = EV_NODE_ADD,
		.node = B,
		.name = "b2",
		.priority = 7,
		.weight = 3,
		.is_backup = true,
	};
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_ask(&b, B);
	brain_feed(&b, &ev);
	assert_string_equal(b.c.nodes[B].name, "b2");
	assert_int_equal(b.c.nodes[B].priority, 7);
	assert_int_equal(b.c.nodes[B].weight, 3);
	assert_int_equal(b.c.nodes[B].health.state, HEALTH_UP);
	assert_true(b.c.nodes[B].is_proven);
	assert_int_equal(b.c.published.nodes[B].weight, 3);
	assert_true(b.c.published.nodes[B].is_backup);
}

static void
test_nothing_speaks_of_a_removed_node(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 4);
	b.c.candidate = B;
	b.c.intended = C;
	b.c.appointed = D;
	test_remove(&b, B);
	assert_int_equal(b.c.candidate, NODE_NONE);
	assert_int_equal(b.c.intended, C);
	test_remove(&b, C);
	assert_int_equal(b.c.intended, NODE_NONE);
	assert_int_equal(b.c.appointed, D);
	test_remove(&b, D);
	assert_int_equal(b.c.appointed, NODE_FOREIGN);
	assert_writer(&b, A);
}

/* What is told of another node stays. */
static void
test_others_are_spoken_of_as_before(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	b.c.candidate = B;
	b.c.intended = B;
	b.c.appointed = B;
	test_remove(&b, C);
	assert_int_equal(b.c.candidate, B);
	assert_int_equal(b.c.intended, B);
	assert_int_equal(b.c.appointed, B);
}

static void
test_journal_that_knows_no_primary_is_taken_as_well(void **state)
{
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };
	struct brain b;

	(void)state;
	brain_init(&b, 2);
	ev.memory.epoch = 9;
	ev.memory.primary = NODE_NONE;
	ev.memory.intended = B;
	brain_feed(&b, &ev);
	assert_int_equal(b.c.epoch, 9);
	assert_int_equal(b.c.primary, NODE_NONE);
	assert_true(b.c.nodes[B].was_primary);
	assert_false(b.c.nodes[A].was_primary);
}

static void
test_moved_replica_is_as_new(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_admin(&b, B, ADMIN_DRAIN);
	test_move(&b, B);
	assert_int_equal(b.c.nodes[B].health.state, HEALTH_UNCHECKED);
	assert_int_equal(b.c.nodes[B].health.probe_at, b.now);
	assert_int_equal(b.c.nodes[B].report.role, ROLE_UNKNOWN);
	assert_false(b.c.published.nodes[B].is_reader);
	assert_int_equal(b.c.published.nodes[B].cut, CUT_NOW);
	/* What was configured and what the operator said stays. */
	assert_string_equal(b.c.nodes[B].name, "b");
	assert_int_equal(b.c.nodes[B].admin, ADMIN_DRAIN);
	brain_admin(&b, B, ADMIN_READY);
	assert_false(b.c.published.nodes[B].is_reader);
	brain_ask(&b, B);
	assert_true(b.c.published.nodes[B].is_reader);
	assert_writer(&b, A);
}

/* Led astray, and about to be promoted again: whoever is there now is not. */
static void
test_primary_that_moves_is_not_promoted_unseen(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 2);
	brain_follow(&b, A, B);
	brain_ask(&b, A);
	brain_barrier(&b);
	b.db[B].position = 900;
	brain_ask_all(&b);
	assert_phase(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, A);
	test_move(&b, A);
	assert_int_not_equal(b.c.candidate, A);
	brain_answer(&b, ACT_JOURNAL, true);
	assert_false(brain_did(&b, ACT_PROMOTE, A));
}

/* Its name is in the journal, and it may have been promoted. */
static void
test_journal_still_names_a_node_that_moved(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_PROMOTE);
	test_move(&b, B);
	assert_int_equal(b.c.told, B);
	test_remove(&b, C);
	assert_int_equal(b.c.told, B);
	test_remove(&b, B); /* then a restart does not know the name */
	assert_int_equal(b.c.told, NODE_NONE);
}

static void
test_moved_candidate_is_chosen_anew(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	brain_fail_over_to(&b, PHASE_INTENT);
	assert_int_equal(b.c.candidate, B);
	test_move(&b, B);
	assert_int_not_equal(b.c.candidate, B);
	assert_false(brain_did(&b, ACT_PROMOTE, B));
}

/* Nobody else is promoted while it is asked, and its data are not forgotten. */
static void
test_moved_primary_has_to_show_its_data(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	test_move(&b, A);
	assert_int_equal(b.c.primary, A);
	assert_int_equal(b.c.nodes[A].health.state, HEALTH_SUSPECT);
	assert_int_equal(b.c.nodes[A].health.probe_at, b.now);
	assert_false(b.c.nodes[A].was_primary);
	/* What it said, it said elsewhere: it is not told whom to follow. */
	assert_int_equal(b.c.nodes[A].report.role, ROLE_UNKNOWN);
	brain_ask(&b, A);
	assert_phase(&b, PHASE_STEADY);
	assert_writer(&b, A);
	assert_true(b.c.nodes[A].was_primary);
}

/* Somebody else's database: not routed, and never told to follow. */
static void
test_stranger_behind_the_name_is_left_alone(void **state)
{
	struct brain b;

	(void)state;
	brain_init_steady(&b, 3);
	test_move(&b, A);
	memset(&b.db[A], 0, sizeof(b.db[A]));
	b.db[A].role = ROLE_PRIMARY;
	b.db[A].upstream = NODE_NONE;
	b.db[A].position = 9000;
	memcpy(b.db[A].history, "theirs", sizeof("theirs"));
	brain_forget(&b);
	brain_ask(&b, A);
	assert_writer(&b, NODE_NONE);
	brain_barrier(&b);
	for (int i = 0; i < 3; i++) {
		brain_wait(&b, 10 * USEC_MS);
		brain_ask_all(&b);
	}
	brain_answer(&b, ACT_JOURNAL, true);
	brain_answer(&b, ACT_FENCE, true);
	brain_answer(&b, ACT_PROMOTE, true);
	brain_ask_all(&b);
	assert_writer(&b, B);
	brain_wait(&b, USEC_SEC);
	brain_ask_all(&b);
	assert_true(b.c.nodes[A].is_quarantined);
	assert_false(brain_did(&b, ACT_DEMOTE, A));
	assert_false(brain_did(&b, ACT_REPOINT, A));
}

/* It may have been promoted before the restart: that stays open. */
static void
test_moved_intended_node_is_waited_for(void **state)
{
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };
	struct brain b;

	(void)state;
	brain_init(&b, 3);
	ev.memory = (struct memory){
		.epoch = 4,
		.position = 1,
		.primary = A,
		.intended = B,
		.history = "h1",
	};
	brain_feed(&b, &ev);
	test_move(&b, B);
	assert_int_equal(b.c.intended, B);
	test_move(&b, C);
	assert_int_equal(b.c.intended, B);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved_replica_is_as_new),
		cmocka_unit_test(
		    test_primary_that_moves_is_not_promoted_unseen),
		cmocka_unit_test(test_journal_still_names_a_node_that_moved),
		cmocka_unit_test(test_moved_candidate_is_chosen_anew),
		cmocka_unit_test(test_moved_primary_has_to_show_its_data),
		cmocka_unit_test(test_stranger_behind_the_name_is_left_alone),
		cmocka_unit_test(test_moved_intended_node_is_waited_for),
		cmocka_unit_test(
		    test_answer_without_a_report_leaves_the_last_one),
		cmocka_unit_test(test_short_interval_needs_no_hurry),
		cmocka_unit_test(
		    test_stale_result_of_the_journal_does_not_count),
		cmocka_unit_test(test_stale_result_of_the_fence_does_not_count),
		cmocka_unit_test(test_stale_result_of_a_node_does_not_count),
		cmocka_unit_test(test_stale_result_of_a_redial_does_not_count),
		cmocka_unit_test(
		    test_answer_of_a_promotion_that_a_probe_has_overtaken),
		cmocka_unit_test(
		    test_doubt_and_stall_pass_over_the_slot_of_a_removed_node),
		cmocka_unit_test(
		    test_promotion_of_a_node_that_moved_is_counted),
		cmocka_unit_test(
		    test_report_of_a_failed_promotion_is_not_believed),
		cmocka_unit_test(
		    test_reload_changes_a_node_and_keeps_what_is_known),
		cmocka_unit_test(test_nothing_speaks_of_a_removed_node),
		cmocka_unit_test(test_others_are_spoken_of_as_before),
		cmocka_unit_test(
		    test_journal_that_knows_no_primary_is_taken_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
