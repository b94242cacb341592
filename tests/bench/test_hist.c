/* The percentiles of bench-load: exact when small, never 2 % off. */
#include "hist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct hist hist;

static int
hist_setup(void **state)
{
	(void)state; /* nothing to hand over */
	hist_clear(&hist);
	return 0;
}

static void
test_nothing_has_no_percentile(void **state)
{
	(void)state;
	assert_int_equal(hist_percentile(&hist, 50), 0);
}

static void
test_small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t v = 1; v <= 100; v++)
		hist_add(&hist, v);
	assert_int_equal(hist_percentile(&hist, 1), 1);
	assert_int_equal(hist_percentile(&hist, 50), 50);
	assert_int_equal(hist_percentile(&hist, 99), 99);
	assert_int_equal(hist_percentile(&hist, 99.9), 100);
	assert_int_equal(hist_percentile(&hist, 100), 100);
}

static void
test_one_outlier_is_only_in_the_last_percentile(void **state)
{
	(void)state;
	for (int i = 0; i < 999; i++)
		hist_add(&hist, 10);
	hist_add(&hist, 1000000000);
	assert_int_equal(hist_percentile(&hist, 99), 10);
	assert_int_equal(hist_percentile(&hist, 99.9), 10);
	assert_true(hist_percentile(&hist, 100) >= 1000000000);
}

/* Also each edge between two octaves, and the greatest value there is. */
static void
test_a_percentile_is_just_above_the_value(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int off = -1; off <= 1; off++) {
			uint64_t v = (UINT64_C(1) << bit) + (uint64_t)off;
			uint64_t seen;

			hist_clear(&hist);
			hist_add(&hist, v);
			seen = hist_percentile(&hist, 50);
			assert_true(seen >= v);
			assert_true(seen - v <= v / 64);
		}
	}
	hist_clear(&hist);
	hist_add(&hist, UINT64_MAX);
	assert_true(hist_percentile(&hist, 50) == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    test_nothing_has_no_percentile, hist_setup),
		cmocka_unit_test_setup(test_small_values_are_exact, hist_setup),
		cmocka_unit_test_setup(
		    test_one_outlier_is_only_in_the_last_percentile,
		    hist_setup),
		cmocka_unit_test_setup(
		    test_a_percentile_is_just_above_the_value, hist_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
