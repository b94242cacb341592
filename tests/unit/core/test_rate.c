#include "core/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* How many of those that come all the time are let through until then. */
static int
count_until(int64_t per_second, usec_t from, usec_t step, usec_t until)
{
	struct rate rate = rate_of(per_second);
	int64_t due_ns = 0;
	int n = 0;

	for (usec_t now = from; now < until; now += step)
		while (rate_wait(&rate, due_ns, now) == 0) {
			due_ns = rate_next(&rate, due_ns, now);
			n++;
		}
	return n;
}

static void
test_no_more_come_than_the_rate_and_what_may_come_at_once(void **state)
{
	const usec_t from = 1000 * USEC_SEC;

	(void)state;
	assert_int_equal(count_until(1, from, 1000, from + 1), 1);
	assert_int_equal(count_until(10, from, 1000, from + 1), 1);
	assert_int_equal(count_until(50, from, 1000, from + 1), 5);
	/* Ten seconds, the first tenth at once. */
	assert_int_equal(count_until(1, from, 1000, from + 10 * USEC_SEC), 10);
	assert_in_range(
	    count_until(50, from, 1000, from + 10 * USEC_SEC), 499, 505);
	assert_in_range(count_until(30000, from, 700, from + 10 * USEC_SEC),
	    302900, 303010);
	/* A clock that is read seldom loses none. */
	assert_in_range(count_until(1000000, from, 90 * USEC_MS,
			    from + USEC_SEC + 80 * USEC_MS),
	    1070000, 1180000);
}

static void
test_waiting_as_told_is_enough_and_not_too_much(void **state)
{
	struct rate rate = rate_of(3);
	int64_t due_ns = 0;
	usec_t now = 5 * USEC_SEC;

	(void)state;
	for (int i = 0; i < 9; i++) {
		usec_t wait = rate_wait(&rate, due_ns, now);

		if (wait > 0)
			assert_true(
			    rate_wait(&rate, due_ns, now + wait - 1) > 0);
		now += wait;
		assert_int_equal(rate_wait(&rate, due_ns, now), 0);
		due_ns = rate_next(&rate, due_ns, now);
	}
	assert_in_range(now, 5 * USEC_SEC + 2666660, 5 * USEC_SEC + 2666680);
}

/* What was not used is not saved up. */
static void
test_idle_time_gives_no_more_than_a_burst(void **state)
{
	struct rate rate = rate_of(20);
	int64_t due_ns = 0;
	int n = 0;

	(void)state;
	due_ns = rate_next(&rate, due_ns, USEC_SEC);
	while (rate_wait(&rate, due_ns, 100 * USEC_SEC) == 0) {
		due_ns = rate_next(&rate, due_ns, 100 * USEC_SEC);
		n++;
	}
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_no_more_come_than_the_rate_and_what_may_come_at_once),
		cmocka_unit_test(
		    test_waiting_as_told_is_enough_and_not_too_much),
		cmocka_unit_test(test_idle_time_gives_no_more_than_a_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
