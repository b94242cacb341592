/* What the recorder has leads to the same decisions and the same brain. */
#include "guard/record/replay.h"

#include "drill.h"

#include <string.h>

static struct replay replay;

/* Every segment, and from each to the next and to the brain as it is. */
static void
expect_replayed(void)
{
	const struct recorder *r = &drill.recorder;
	struct record_checkpoint last = { .cluster = drill.b.c };
	struct err err = { "" };

	for (unsigned i = 0; i < r->n_segments; i++) {
		const struct record_segment *s = r->segments[i];
		const struct record_checkpoint *next = i + 1 < r->n_segments
		    ? &r->segments[i + 1]->checkpoint
		    : &last;

		replay_start(&replay, &s->checkpoint);
		for (unsigned j = 0; j < s->n; j++)
			if (replay_step(&replay, &s->entries[j], &err) != 0)
				fail_msg("event %u: %s", j, err.text);
		if (i + 1 < r->n_segments &&
		    next->number != s->checkpoint.number + s->n)
			continue; /* what was between is gone */
		if (replay_meet(&replay, next, &err) != 0)
			fail_msg("behind segment %u: %s", i, err.text);
	}
}

static void
test_failover_replays(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over(&drill.b);
	brain_follow(&drill.b, C, B);
	brain_ask_all(&drill.b);
	expect_replayed();
}

static void
test_switchover_replays(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_switch_over(&drill.b, B);
	brain_answer(&drill.b, ACT_FENCE, true);
	brain_ask_all(&drill.b);
	brain_answer(&drill.b, ACT_PROMOTE, true);
	brain_barrier(&drill.b);
	brain_answer(&drill.b, ACT_DEMOTE, true);
	expect_replayed();
}

/* Rules that fire because time has passed do so in ticks. */
static void
test_what_time_did_replays(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over_to(&drill.b, PHASE_PROMOTE);
	for (int i = 0; i < 200; i++)
		brain_wait(&drill.b, 50 * USEC_MS);
	assert_int_not_equal(drill.b.c.phase, PHASE_PROMOTE);
	brain_stall(&drill.b);
	brain_ask_all(&drill.b);
	expect_replayed();
}

/* Through several segments, with a failover in the middle. */
static void
test_long_records_replay(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	for (int i = 0; i < RECORD_SEGMENT_EVENTS; i++)
		brain_ask_all(&drill.b);
	brain_fail_over(&drill.b);
	for (int i = 0; i < 3 * RECORD_SEGMENT_EVENTS; i++)
		brain_ask(&drill.b, B);
	assert_int_equal(drill.recorder.n_segments, RECORD_SEGMENTS_MAX);
	expect_replayed();
}

static void
test_other_decisions_are_found(void **state)
{
	struct record_segment *s;
	struct err err;
	unsigned i = 0;

	(void)state;
	brain_init_steady(&drill.b, 3);
	s = drill.recorder.segments[0];
	while (
	    s->entries[i].rule == NULL || s->entries[i].phase != PHASE_STEADY)
		i++;
	s->entries[i].rule = NULL;
	replay_start(&replay, &s->checkpoint);
	for (unsigned j = 0; j < i; j++)
		assert_int_equal(replay_step(&replay, &s->entries[j], &err), 0);
	assert_true(replay_step(&replay, &s->entries[i], &err) < 0);
	assert_non_null(strstr(err.text, "recorded: rule none"));
	assert_non_null(strstr(err.text, "replayed: rule adopt"));
}

static void
test_other_brain_is_found(void **state)
{
	struct record_checkpoint last;
	struct err err;

	(void)state;
	brain_init_steady(&drill.b, 3);
	last.cluster = drill.b.c;
	replay_start(&replay, &last);
	assert_int_equal(replay_meet(&replay, &last, &err), 0);
	last.cluster.nodes[B].report.position = 77;
	assert_true(replay_meet(&replay, &last, &err) < 0);
	assert_string_equal(
	    err.text, "b.report.position: recorded 77, replayed 1000");
	last.cluster = drill.b.c;
	last.cluster.epoch++;
	assert_true(replay_meet(&replay, &last, &err) < 0);
	assert_int_equal(strncmp(err.text, "epoch: recorded", 15), 0);
}

/* ---- telling ------------------------------------------------------------ */

static void
on_sentence(void *arg, usec_t now, const char *sentence)
{
	text_addf(arg, "%lld %s\n", (long long)now, sentence);
}

static void
tell(usec_t from, usec_t until)
{
	drill_forget();
	replay_tell(&drill.recorder, from, until, on_sentence, &drill.story);
}

static void
test_story_is_of_the_time_asked_for(void **state)
{
	usec_t from, until;

	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_fail_over(&drill.b);
	episode_bounds(&drill.watch.last, &from, &until);
	tell(from, until);
	drill_expect_not("rule adopt");
	assert_non_null(strstr(text_cstr(&drill.story), "rule primary-down: "));
	assert_non_null(strstr(text_cstr(&drill.story), "rule crown: "));
	tell(0, from - 1);
	assert_non_null(strstr(text_cstr(&drill.story), "rule adopt"));
	drill_expect_not("rule primary-down");
	tell(until + 1000 * USEC_SEC, USEC_NEVER);
	assert_string_equal(text_cstr(&drill.story), "");
}

static void
test_gap_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	brain_kill(&drill.b, A);
	for (int i = 0; i < 6 * RECORD_SEGMENT_EVENTS; i++)
		brain_verdict(&drill.b, A, VERDICT_REFUSED);
	tell(drill.watch.last.at[INSTANT_SIGN], USEC_NEVER);
	assert_non_null(strstr(text_cstr(&drill.story), "rule primary-down"));
	assert_non_null(strstr(text_cstr(&drill.story), "was not kept"));
}

/* A record that does not replay is told as far as it does. */
static void
test_broken_record_is_told(void **state)
{
	(void)state;
	brain_init_steady(&drill.b, 3);
	drill.recorder.segments[0]->entries[0].epoch++;
	tell(0, USEC_NEVER);
	assert_non_null(strstr(text_cstr(&drill.story), "does not replay"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DRILL_TEST(test_failover_replays),
		DRILL_TEST(test_switchover_replays),
		DRILL_TEST(test_what_time_did_replays),
		DRILL_TEST(test_long_records_replay),
		DRILL_TEST(test_other_decisions_are_found),
		DRILL_TEST(test_other_brain_is_found),
		DRILL_TEST(test_story_is_of_the_time_asked_for),
		DRILL_TEST(test_gap_is_told),
		DRILL_TEST(test_broken_record_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
