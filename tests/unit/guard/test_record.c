/*
 * The flight recorder: segments that rotate, of which none of the last
 * failover goes, and a timeline that keeps the newest, oldest first.
 */
#include "guard/record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FULL = RECORD_SEGMENT_EVENTS };

static struct recorder recorder;
static struct cluster before, after;

static int
set_up(void **state)
{
	(void)state;
	memset(&recorder, 0, sizeof(recorder));
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	record_fini(&recorder);
	return 0;
}

static void
step(const struct event *ev, const struct rule *rule, usec_t now)
{
	const struct actions none = { .n = 0 };

	record_step(
	    &recorder, &(struct step){ &before, &after, ev, rule, &none, now });
	memcpy(&before, &after, sizeof(before));
}

/* Event number n happens at instant n and leads to epoch n + 1. */
static void
add_events(unsigned until)
{
	for (unsigned n = (unsigned)after.epoch; n < until; n++) {
		const struct event ev = { .kind = EV_RESULT, .seq = n };

		after.epoch = n + 1;
		step(&ev, NULL, (usec_t)n);
	}
}

static void
add_line(unsigned number)
{
	record_tell(&recorder, (usec_t)number, "a", "line=%u", number);
}

/* Segments in order, each with the brain before its first event. */
static void
check_segments(void)
{
	for (unsigned i = 0; i < recorder.n_segments; i++) {
		const struct record_segment *s = recorder.segments[i];
		uint64_t number = s->checkpoint.number;

		assert_true(s->n > 0 && s->n <= FULL);
		assert_true(i == recorder.n_segments - 1 || s->n == FULL);
		assert_true(s->checkpoint.cluster.epoch == number);
		assert_true(s->checkpoint.at == (usec_t)number);
		for (unsigned j = 0; j < s->n; j++) {
			assert_true(s->entries[j].event.seq == number + j);
			assert_true(s->entries[j].epoch == number + j + 1);
		}
	}
}

static bool
has_event(uint64_t number)
{
	for (unsigned i = 0; i < recorder.n_segments; i++) {
		const struct record_segment *s = recorder.segments[i];

		if (number >= s->checkpoint.number &&
		    number < s->checkpoint.number + s->n)
			return true;
	}
	return false;
}

static void
test_empty_recorder_has_nothing(void **state)
{
	(void)state;
	assert_int_equal(recorder.n_segments, 0);
	assert_true(record_count(&recorder) == 0);
	assert_null(record_line_at(&recorder, 0));
}

static void
test_events_are_kept_whole(void **state)
{
	const struct record_entry *e;
	struct event ev = { .kind = EV_VERDICT, .node = 3 };

	(void)state;
	memcpy(ev.report.history, "h7", 3);
	after.epoch = 107;
	after.phase = PHASE_HOLD;
	before.epoch = 106;
	step(&ev, &rules[2], 7);
	assert_true(record_count(&recorder) == 1);
	assert_true(recorder.segments[0]->checkpoint.cluster.epoch == 106);
	e = &recorder.segments[0]->entries[0];
	assert_memory_equal(&e->event, &ev, sizeof(ev));
	assert_true(e->now == 7 && e->epoch == 107);
	assert_int_equal(e->phase, PHASE_HOLD);
	assert_ptr_equal(e->rule, &rules[2]);
}

static void
test_there_is_always_a_full_segment(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 10 * FULL; n += 97) {
		add_events(n);
		check_segments();
		assert_true(record_count(&recorder) == n);
		for (unsigned back = 1; back <= n && back <= FULL; back++)
			assert_true(has_event(n - back));
	}
	assert_int_equal(recorder.n_segments, RECORD_SEGMENTS_MAX);
}

static void
test_last_failover_stays(void **state)
{
	const unsigned from = 2 * FULL - 50, until = 2 * FULL + 50;

	(void)state;
	add_events(until);
	record_keep(&recorder, from, until);
	for (unsigned n = until; n < 30 * FULL; n += 333) {
		add_events(n);
		check_segments();
		for (unsigned i = from; i < until; i++)
			assert_true(has_event(i));
		for (unsigned back = 1; back <= FULL; back++)
			assert_true(has_event(n - back));
	}
	assert_int_equal(recorder.n_segments, RECORD_SEGMENTS_MAX);
	/* The next one takes its place. */
	record_keep(&recorder, 30 * FULL, USEC_NEVER);
	add_events(34 * FULL);
	assert_false(has_event(from));
}

/* An outage of hours: how it began, and how it goes on. */
static void
test_long_failover_loses_its_middle_only(void **state)
{
	(void)state;
	add_events(FULL / 2);
	record_keep(&recorder, FULL / 2, USEC_NEVER);
	add_events(20 * FULL + 1);
	check_segments();
	assert_true(has_event(FULL / 2));
	assert_false(has_event(10 * FULL));
	for (unsigned back = 1; back <= 2 * FULL; back++)
		assert_true(has_event(20 * FULL + 1 - back));
}

static void
test_tick_that_changed_nothing_is_not_kept(void **state)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };

	(void)state;
	step(&tick, NULL, 1);
	assert_true(record_count(&recorder) == 0);
	step(&tick, &rules[0], 2);
	assert_true(record_count(&recorder) == 1);
	assert_ptr_equal(recorder.segments[0]->entries[0].rule, &rules[0]);
	after.nodes[3].priority++; /* though no rule fired */
	step(&tick, NULL, 3);
	assert_true(record_count(&recorder) == 2);
}

static void
test_memory_is_bounded(void **state)
{
	(void)state;
	print_message("a recorder takes at most %zu bytes, an event %zu\n",
	    (size_t)RECORD_BYTES_MAX, sizeof(struct record_entry));
	assert_true(RECORD_BYTES_MAX < 5 * 1024 * 1024);
}

static void
test_timeline_wraps(void **state)
{
	const unsigned total = 3 * RECORD_LINES_MAX + 1;

	(void)state;
	for (unsigned i = 0; i < total; i++)
		add_line(i);
	for (unsigned i = 0; i < RECORD_LINES_MAX; i++) {
		const struct record_line *line = record_line_at(&recorder, i);
		char want[32];

		snprintf(want, sizeof(want), "line=%u",
		    total - RECORD_LINES_MAX + i);
		assert_string_equal(line->text, want);
		assert_string_equal(line->node, "a");
	}
	assert_null(record_line_at(&recorder, RECORD_LINES_MAX));
}

/* Just full, and one more: where an off-by-one would show. */
static void
test_timeline_at_its_edge(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RECORD_LINES_MAX; i++)
		add_line(i);
	assert_string_equal(record_line_at(&recorder, 0)->text, "line=0");
	assert_non_null(record_line_at(&recorder, RECORD_LINES_MAX - 1));
	add_line(RECORD_LINES_MAX);
	assert_string_equal(record_line_at(&recorder, 0)->text, "line=1");
}

static void
test_line_is_cut_to_its_room(void **state)
{
	char lengthy[1024];
	const struct record_line *line;

	(void)state;
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	record_tell(&recorder, 1, lengthy, "%s", lengthy);
	record_tell(&recorder, 2, NULL, "of the cluster");
	line = record_line_at(&recorder, 0);
	assert_int_equal(strlen(line->text), sizeof(line->text) - 1);
	assert_int_equal(strlen(line->node), sizeof(line->node) - 1);
	line = record_line_at(&recorder, 1);
	assert_string_equal(line->node, "");
	assert_true(line->wall.tv_sec > 0);
}

#define RECORD_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(test_empty_recorder_has_nothing),
		RECORD_TEST(test_events_are_kept_whole),
		RECORD_TEST(test_there_is_always_a_full_segment),
		RECORD_TEST(test_last_failover_stays),
		RECORD_TEST(test_long_failover_loses_its_middle_only),
		RECORD_TEST(test_tick_that_changed_nothing_is_not_kept),
		RECORD_TEST(test_memory_is_bounded),
		RECORD_TEST(test_timeline_wraps),
		RECORD_TEST(test_timeline_at_its_edge),
		RECORD_TEST(test_line_is_cut_to_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
