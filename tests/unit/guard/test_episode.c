/* The phases of the last failover, each with its beginning and its end. */
#include "guard/record/episode.h"

#include "drill.h"

static struct episode *
last(void)
{
	return &drill.watch.last;
}

static usec_t
at(enum instant instant)
{
	assert_true(last()->at[instant] != EPISODE_NEVER);
	return last()->at[instant];
}

static void
expect_span(enum span span, enum instant from, enum instant until)
{
	usec_t begin, end;

	if (!episode_span(last(), span, &begin, &end))
		fail_msg("%s: not there", span_names[span]);
	assert_true(begin == at(from));
	assert_true(end == at(until));
	assert_true(begin <= end);
}

static void
expect_no_span(enum span span)
{
	usec_t begin, end;

	if (episode_span(last(), span, &begin, &end))
		fail_msg("%s: there", span_names[span]);
}

static void
expect_open_span(enum span span)
{
	usec_t begin, end;

	assert_true(episode_span(last(), span, &begin, &end));
	assert_true(end == EPISODE_NEVER);
}

static void
test_nothing_has_happened(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_kill(&drill.b, B);                    /* no primary */
	brain_order(&drill.b, ORDER_SWITCHOVER, A); /* refused at once */
	assert_int_equal(last()->kind, EPISODE_NONE);
}

static void
test_failover_has_every_phase(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	drill.b.db[B].position = 950;
	drill.b.db[C].position = 940;
	brain_fail_over(&drill.b);
	brain_follow(&drill.b, C, B);
	drill.b.now += 70 * USEC_MS;
	brain_ask_all(&drill.b);
	assert_int_equal(last()->kind, EPISODE_FAILOVER);
	assert_int_equal(last()->end, EPISODE_DONE);
	assert_string_equal(last()->from, "a");
	assert_string_equal(last()->to, "b");
	assert_string_equal(last()->cause, "the primary is down");
	assert_string_equal(last()->outcome, "promoted");
	assert_true(last()->from_epoch == 1 && last()->to_epoch == 3);
	assert_true(last()->loss_bytes == 50);
	assert_int_equal(last()->attempts, 1);
	expect_span(SPAN_DETECT, INSTANT_SIGN, INSTANT_DOWN);
	expect_span(SPAN_DECIDE, INSTANT_DOWN, INSTANT_INTENT);
	expect_span(SPAN_JOURNAL, INSTANT_INTENT, INSTANT_WRITTEN);
	expect_no_span(SPAN_FENCE); /* nobody listens there */
	expect_no_span(SPAN_CATCHUP);
	expect_span(SPAN_BARRIER, INSTANT_HELD, INSTANT_BARRIER);
	expect_span(SPAN_PROMOTE, INSTANT_PROMOTE, INSTANT_PROMOTED);
	expect_span(SPAN_VERIFY, INSTANT_PROMOTED, INSTANT_VERIFIED);
	expect_span(SPAN_PUBLISH, INSTANT_VERIFIED, INSTANT_PUBLISHED);
	expect_span(SPAN_RELEASE, INSTANT_PUBLISHED, INSTANT_RELEASED);
	expect_span(SPAN_REPOINT, INSTANT_PUBLISHED, INSTANT_FOLLOWED);
	assert_true(at(INSTANT_DOWN) - at(INSTANT_SIGN) >= HEALTH_REFUSED_GAP);
	assert_true(at(INSTANT_HELD) == at(INSTANT_DOWN));
	assert_true(last()->followed_at[C] == at(INSTANT_FOLLOWED));
	assert_true(last()->followed_at[A] == EPISODE_NEVER);
}

/* A frozen primary is to be fenced, but does not answer. */
static void
fence_frozen(void)
{
	brain_init_steady(&drill.b, 3);
	brain_freeze(&drill.b, A);
	brain_barrier(&drill.b);
	brain_ask(&drill.b, B);
	brain_ask(&drill.b, C);
	if (drill.b.c.phase == PHASE_LOST) {
		brain_wait(&drill.b, 12 * USEC_SEC);
		brain_ask(&drill.b, B);
		brain_ask(&drill.b, C);
	}
	assert_int_equal(drill.b.c.phase, PHASE_INTENT);
	brain_answer(&drill.b, ACT_JOURNAL, true);
	expect_open_span(SPAN_FENCE);
}

static void
test_fence_that_is_not_answered_ends(void **state)
{
	(void)state;
	fence_frozen();
	brain_wait(&drill.b, 60 * USEC_MS);
	assert_int_equal(drill.b.c.phase, PHASE_PROMOTE);
	expect_span(SPAN_FENCE, INSTANT_FENCE, INSTANT_PROMOTE);
}

/* Decided anew; the fence of the first attempt is answered in the second. */
static void
test_answer_to_the_attempt_before_counts_not(void **state)
{
	(void)state;
	fence_frozen();
	brain_stall(&drill.b);
	assert_int_equal(drill.b.c.phase, PHASE_HOLD);
	brain_verdict(&drill.b, A, VERDICT_SILENT);
	brain_ask(&drill.b, B);
	brain_ask(&drill.b, C);
	assert_int_equal(last()->attempts, 2);
	brain_answer(&drill.b, ACT_FENCE, false);
	expect_no_span(SPAN_FENCE);
	brain_answer(&drill.b, ACT_JOURNAL, true);
	expect_open_span(SPAN_FENCE);
	brain_answer(&drill.b, ACT_FENCE, true);
	expect_span(SPAN_FENCE, INSTANT_FENCE, INSTANT_FENCED);
}

static void
test_failover_under_way(void **state)
{
	usec_t from, until;

	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over_to(&drill.b, PHASE_HOLD);
	assert_int_equal(last()->end, EPISODE_OPEN);
	expect_span(SPAN_DETECT, INSTANT_SIGN, INSTANT_DOWN);
	expect_open_span(SPAN_DECIDE);
	expect_open_span(SPAN_BARRIER);
	expect_no_span(SPAN_PROMOTE);
	expect_no_span(SPAN_RELEASE);
	expect_no_span(SPAN_REPOINT);
	episode_bounds(last(), &from, &until);
	assert_true(from == at(INSTANT_SIGN) && until == USEC_NEVER);
}

static void
test_second_candidate_is_counted(void **state)
{
	usec_t first;

	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over_to(&drill.b, PHASE_PROMOTE);
	first = at(INSTANT_INTENT);
	brain_answer(&drill.b, ACT_PROMOTE, false);
	brain_ask_all(&drill.b);
	assert_int_equal(last()->attempts, 2);
	assert_string_equal(last()->to, "c");
	assert_true(at(INSTANT_INTENT) > first);
	expect_open_span(SPAN_JOURNAL);
	expect_no_span(SPAN_PROMOTE);
	brain_answer(&drill.b, ACT_JOURNAL, true);
	brain_answer(&drill.b, ACT_PROMOTE, true);
	assert_int_equal(last()->end, EPISODE_DONE);
	expect_span(SPAN_DECIDE, INSTANT_DOWN, INSTANT_INTENT);
	expect_span(SPAN_PROMOTE, INSTANT_PROMOTE, INSTANT_PROMOTED);
}

static void
test_primary_that_comes_back_undoes_it(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_pause(&drill.b, true);
	brain_fail_over_to(&drill.b, PHASE_HOLD);
	brain_barrier(&drill.b);
	brain_ask(&drill.b, A);
	assert_int_equal(drill.b.c.phase, PHASE_STEADY);
	assert_int_equal(last()->end, EPISODE_UNDONE);
	assert_string_equal(last()->to, "a");
	assert_int_equal(last()->attempts, 0);
	expect_no_span(SPAN_PROMOTE);
	expect_span(SPAN_PUBLISH, INSTANT_VERIFIED, INSTANT_PUBLISHED);
	expect_open_span(SPAN_RELEASE);
	brain_barrier(&drill.b);
	expect_span(SPAN_RELEASE, INSTANT_PUBLISHED, INSTANT_RELEASED);
}

static void
test_switchover_has_its_phases(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	drill.b.now += USEC_SEC;
	brain_switch_over(&drill.b, B);
	brain_answer(&drill.b, ACT_FENCE, true);
	brain_ask_all(&drill.b);
	brain_answer(&drill.b, ACT_PROMOTE, true);
	brain_barrier(&drill.b);
	assert_int_equal(last()->kind, EPISODE_SWITCHOVER);
	assert_int_equal(last()->end, EPISODE_DONE);
	assert_string_equal(last()->from, "a");
	assert_string_equal(last()->to, "b");
	expect_no_span(SPAN_DETECT);
	expect_span(SPAN_DECIDE, INSTANT_SIGN, INSTANT_INTENT);
	expect_span(SPAN_FENCE, INSTANT_FENCE, INSTANT_FENCED);
	expect_span(SPAN_CATCHUP, INSTANT_FENCED, INSTANT_PROMOTE);
	expect_span(SPAN_RELEASE, INSTANT_PUBLISHED, INSTANT_RELEASED);
	assert_true(at(INSTANT_HELD) > at(INSTANT_SIGN));
}

/* Clients never waited: there is no outage to tell. */
static void
test_switchover_that_is_given_up_early(void **state)
{
	usec_t from, until, begin, end;

	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_order(&drill.b, ORDER_SWITCHOVER, B);
	brain_wait(&drill.b, 6 * USEC_SEC);
	assert_int_equal(drill.b.c.phase, PHASE_STEADY);
	assert_int_equal(last()->end, EPISODE_UNDONE);
	assert_true(last()->at[INSTANT_HELD] == EPISODE_NEVER);
	expect_no_span(SPAN_BARRIER);
	expect_no_span(SPAN_RELEASE);
	/* It ended though the disk never answered. */
	assert_true(episode_span(last(), SPAN_JOURNAL, &begin, &end));
	assert_true(end == last()->ended_at);
	episode_bounds(last(), &from, &until);
	assert_true(until == last()->ended_at);
}

/* Until the others follow; or a minute, if one of them never does. */
static void
test_bounds_end_with_the_last_follower(void **state)
{
	usec_t from, until;

	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over(&drill.b);
	episode_bounds(last(), &from, &until);
	assert_true(until == last()->ended_at + 60 * USEC_SEC);
	brain_follow(&drill.b, C, B);
	brain_ask_all(&drill.b);
	episode_bounds(last(), &from, &until);
	assert_true(until == at(INSTANT_FOLLOWED));
	assert_true(until > at(INSTANT_RELEASED));
}

static void
test_nodes_without_roles_follow_nobody(void **state)
{
	(void)state;
	brain_init_plain(&drill.b, 2);
	brain_barrier(&drill.b);
	brain_verdict(&drill.b, A, VERDICT_OK);
	brain_verdict(&drill.b, B, VERDICT_OK);
	brain_kill(&drill.b, drill.b.c.primary);
	assert_int_equal(last()->kind, EPISODE_FAILOVER);
	brain_barrier(&drill.b);
	brain_verdict(&drill.b, B, VERDICT_OK);
	brain_answer(&drill.b, ACT_JOURNAL, true);
	assert_int_equal(drill.b.c.phase, PHASE_STEADY);
	assert_int_equal(last()->end, EPISODE_DONE);
	expect_no_span(SPAN_REPOINT);
	expect_no_span(SPAN_PROMOTE);
}

/* At the start the journal knows a primary that is gone. */
static void
test_start_without_primary_begins_one(void **state)
{
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };

	(void)state;
	brain_init(&drill.b, 3);
	ev.memory = (struct memory){
		.epoch = 4,
		.primary = A,
		.intended = NODE_NONE,
		.position = 1000,
		.history = "h1",
	};
	brain_feed(&drill.b, &ev);
	brain_barrier(&drill.b);
	brain_ask(&drill.b, B);
	brain_ask(&drill.b, C);
	for (int i = 0; i < 3; i++)
		brain_verdict(&drill.b, A, VERDICT_SILENT);
	assert_int_equal(last()->kind, EPISODE_FAILOVER);
	assert_string_equal(last()->from, "a");
	assert_true(at(INSTANT_HELD) == at(INSTANT_DOWN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DRILL_TEST(test_nothing_has_happened),
		DRILL_TEST(test_failover_has_every_phase),
		DRILL_TEST(test_fence_that_is_not_answered_ends),
		DRILL_TEST(test_answer_to_the_attempt_before_counts_not),
		DRILL_TEST(test_failover_under_way),
		DRILL_TEST(test_second_candidate_is_counted),
		DRILL_TEST(test_primary_that_comes_back_undoes_it),
		DRILL_TEST(test_switchover_has_its_phases),
		DRILL_TEST(test_switchover_that_is_given_up_early),
		DRILL_TEST(test_bounds_end_with_the_last_follower),
		DRILL_TEST(test_nodes_without_roles_follow_nobody),
		DRILL_TEST(test_start_without_primary_begins_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
