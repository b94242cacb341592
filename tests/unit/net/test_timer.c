/* Never early, however it was set; moved, stopped, and in the past. */
#include "trial.h"

#include <string.h>

enum { ALARMS = 60 };

struct alarm {
	struct timer timer;
	int n_calls;
	usec_t rung_at;
	usec_t again; /* set anew by its own callback, so much later */
};

static struct trial trial;
static struct alarm alarms[ALARMS];

static void
alarm_on_timer(struct timer *timer, usec_t now)
{
	struct alarm *a = container_of(timer, struct alarm, timer);

	assert_true(now >= timer_deadline(timer));
	assert_true(loop_clock() >= timer_deadline(timer));
	assert_false(timer_is_set(timer));
	a->n_calls++;
	a->rung_at = now;
	if (a->again > 0) {
		timer_set(timer, now + a->again);
		assert_true(timer_is_set(timer));
	}
}

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	memset(alarms, 0, sizeof(alarms));
	for (int i = 0; i < ALARMS; i++)
		timer_init(&alarms[i].timer, trial.loop, alarm_on_timer);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < ALARMS; i++)
		timer_stop(&alarms[i].timer);
	trial_close(&trial);
	return 0;
}

/* A timer that rings behind all of `wait`. */
static void
let_pass(usec_t wait)
{
	struct alarm last = { .n_calls = 0 };

	timer_init(&last.timer, trial.loop, alarm_on_timer);
	timer_set(&last.timer, loop_clock() + wait);
	TRIAL_UNTIL(&trial, last.n_calls == 1);
}

/* The callback asserts it, for deadlines between libev's milliseconds too. */
static void
test_timer_is_never_early(void **state)
{
	usec_t start = loop_clock();

	(void)state;
	for (int i = 0; i < ALARMS; i++)
		timer_set(&alarms[i].timer, start + 137 * i);
	for (int i = 0; i < ALARMS; i++)
		TRIAL_UNTIL(&trial, alarms[i].n_calls == 1);
	for (int i = 1; i < ALARMS; i++)
		assert_true(alarms[i].rung_at >= alarms[i - 1].rung_at);
}

/* libev counts from the start of the turn, which is long ago here. */
static void
test_timer_set_late_in_a_turn_is_not_early(void **state)
{
	(void)state;
	trial_spin(5 * USEC_MS);
	timer_set(&alarms[0].timer, loop_clock() + USEC_MS);
	TRIAL_UNTIL(&trial, alarms[0].n_calls == 1);
}

static void
test_deadline_in_the_past_rings_in_the_next_turn(void **state)
{
	(void)state;
	timer_set(&alarms[0].timer, 0);
	timer_set(&alarms[1].timer, loop_clock() - USEC_SEC);
	assert_int_equal(alarms[0].n_calls, 0);
	trial_turn(&trial, "the next turn");
	trial_turn(&trial, "and one for the clock");
	assert_int_equal(alarms[0].n_calls, 1);
	assert_int_equal(alarms[1].n_calls, 1);
}

static void
test_timer_rings_once(void **state)
{
	(void)state;
	timer_set(&alarms[0].timer, loop_clock());
	let_pass(4 * USEC_MS);
	assert_int_equal(alarms[0].n_calls, 1);
}

static void
test_moved_timer_keeps_its_last_deadline(void **state)
{
	usec_t now = loop_clock();

	(void)state;
	timer_set(&alarms[0].timer, now + 3600 * USEC_SEC);
	timer_set(&alarms[0].timer, now + USEC_MS);
	timer_set(&alarms[1].timer, now + USEC_MS);
	timer_set(&alarms[1].timer, now + 3600 * USEC_SEC);
	let_pass(4 * USEC_MS);
	assert_int_equal(alarms[0].n_calls, 1);
	assert_int_equal(alarms[1].n_calls, 0);
	assert_true(timer_is_set(&alarms[1].timer));
}

static void
test_stopped_timer_does_not_ring(void **state)
{
	usec_t now = loop_clock();

	(void)state;
	timer_set(&alarms[0].timer, now + USEC_MS);
	timer_stop(&alarms[0].timer);
	timer_stop(&alarms[0].timer);
	assert_false(timer_is_set(&alarms[0].timer));
	timer_set(&alarms[1].timer, now + USEC_MS);
	timer_set(&alarms[1].timer, USEC_NEVER);
	assert_false(timer_is_set(&alarms[1].timer));
	let_pass(4 * USEC_MS);
	assert_int_equal(alarms[0].n_calls + alarms[1].n_calls, 0);
}

static void
stopper_on_timer(struct timer *timer, usec_t now)
{
	(void)timer;
	(void)now;
	alarms[0].n_calls++;
	for (int i = 1; i < ALARMS; i++)
		timer_stop(&alarms[i].timer);
}

/* All of them are due in the same turn: the first one stops the others. */
static void
test_timer_stopped_by_another_of_its_turn_does_not_ring(void **state)
{
	int n = 0;

	(void)state;
	for (int i = 0; i < ALARMS; i++) {
		alarms[i].timer.fn = stopper_on_timer;
		timer_set(&alarms[i].timer, 0);
	}
	let_pass(USEC_MS);
	for (int i = 0; i < ALARMS; i++)
		n += alarms[i].n_calls;
	/* The callback counts for the first; itself it can't stop any more. */
	assert_true(n == 1 || n == 2);
}

static void
test_timer_set_by_its_own_callback_rings_again(void **state)
{
	usec_t start = loop_clock();

	(void)state;
	alarms[0].again = USEC_MS;
	timer_set(&alarms[0].timer, start);
	TRIAL_UNTIL(&trial, alarms[0].n_calls == 5);
	assert_true(alarms[0].rung_at >= start + 4 * USEC_MS);
}

#define TIMER_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TIMER_TEST(test_timer_is_never_early),
		TIMER_TEST(test_timer_set_late_in_a_turn_is_not_early),
		TIMER_TEST(test_deadline_in_the_past_rings_in_the_next_turn),
		TIMER_TEST(test_timer_rings_once),
		TIMER_TEST(test_moved_timer_keeps_its_last_deadline),
		TIMER_TEST(test_stopped_timer_does_not_ring),
		TIMER_TEST(
		    test_timer_stopped_by_another_of_its_turn_does_not_ring),
		TIMER_TEST(test_timer_set_by_its_own_callback_rings_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
