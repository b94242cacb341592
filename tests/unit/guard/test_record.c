/* The flight recorder: rings that keep the newest, oldest first. */
#include "guard/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct record_ring ring;
static struct cluster cluster;

static int
set_up(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	memset(&cluster, 0, sizeof(cluster));
	return 0;
}

static void
add_event(uint32_t seq)
{
	const struct event ev = { .kind = EV_RESULT, .seq = seq };

	cluster.epoch = seq + 100;
	cluster.phase = PHASE_HOLD;
	record_event(&ring, &cluster, &ev, NULL, (usec_t)seq);
}

static void
add_line(unsigned number)
{
	record_tell(&ring, (usec_t)number, "a", "line=%u", number);
}

static void
test_empty_rings_have_nothing(void **state)
{
	(void)state;
	assert_null(record_event_at(&ring, 0));
	assert_null(record_line_at(&ring, 0));
}

static void
test_events_are_kept_whole(void **state)
{
	const struct record_entry *e;

	(void)state;
	add_event(7);
	e = record_event_at(&ring, 0);
	assert_non_null(e);
	assert_int_equal(e->event.kind, EV_RESULT);
	assert_int_equal(e->event.seq, 7);
	assert_true(e->now == 7 && e->epoch == 107);
	assert_int_equal(e->phase, PHASE_HOLD);
	assert_null(e->rule);
	assert_null(record_event_at(&ring, 1));
}

static void
test_ring_of_events_wraps(void **state)
{
	const unsigned total = 2 * RECORD_EVENTS_MAX + 3;

	(void)state;
	for (unsigned i = 0; i < total; i++) {
		add_event(i);
		assert_non_null(record_event_at(
		    &ring, i < RECORD_EVENTS_MAX ? i : RECORD_EVENTS_MAX - 1));
	}
	for (unsigned i = 0; i < RECORD_EVENTS_MAX; i++)
		assert_int_equal(record_event_at(&ring, i)->event.seq,
		    total - RECORD_EVENTS_MAX + i);
	assert_null(record_event_at(&ring, RECORD_EVENTS_MAX));
	assert_int_equal(ring.n_events, total);
}

static void
test_ring_of_lines_wraps(void **state)
{
	const unsigned total = 3 * RECORD_LINES_MAX + 1;

	(void)state;
	for (unsigned i = 0; i < total; i++)
		add_line(i);
	for (unsigned i = 0; i < RECORD_LINES_MAX; i++) {
		const struct record_line *line = record_line_at(&ring, i);
		char want[32];

		snprintf(want, sizeof(want), "line=%u",
		    total - RECORD_LINES_MAX + i);
		assert_string_equal(line->text, want);
		assert_string_equal(line->node, "a");
	}
	assert_null(record_line_at(&ring, RECORD_LINES_MAX));
}

/* Just full, and one more: where an off-by-one would show. */
static void
test_ring_at_its_edge(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RECORD_LINES_MAX; i++)
		add_line(i);
	assert_string_equal(record_line_at(&ring, 0)->text, "line=0");
	assert_non_null(record_line_at(&ring, RECORD_LINES_MAX - 1));
	add_line(RECORD_LINES_MAX);
	assert_string_equal(record_line_at(&ring, 0)->text, "line=1");
}

static void
test_tick_that_changed_nothing_is_not_kept(void **state)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };

	(void)state;
	record_event(&ring, &cluster, &tick, NULL, 1);
	assert_null(record_event_at(&ring, 0));
	record_event(&ring, &cluster, &tick, &rules[0], 2);
	assert_ptr_equal(record_event_at(&ring, 0)->rule, &rules[0]);
}

static void
test_line_is_cut_to_its_room(void **state)
{
	char lengthy[1024];
	const struct record_line *line;

	(void)state;
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	record_tell(&ring, 1, lengthy, "%s", lengthy);
	record_tell(&ring, 2, NULL, "of the cluster");
	line = record_line_at(&ring, 0);
	assert_int_equal(strlen(line->text), sizeof(line->text) - 1);
	assert_int_equal(strlen(line->node), sizeof(line->node) - 1);
	line = record_line_at(&ring, 1);
	assert_string_equal(line->node, "");
	assert_true(line->wall.tv_sec > 0);
}

#define RECORD_TEST(test) cmocka_unit_test_setup(test, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RECORD_TEST(test_empty_rings_have_nothing),
		RECORD_TEST(test_events_are_kept_whole),
		RECORD_TEST(test_ring_of_events_wraps),
		RECORD_TEST(test_ring_of_lines_wraps),
		RECORD_TEST(test_ring_at_its_edge),
		RECORD_TEST(test_tick_that_changed_nothing_is_not_kept),
		RECORD_TEST(test_line_is_cut_to_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
