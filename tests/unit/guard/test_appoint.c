/*
 * Whom three sentinels appoint: the newest configuration wins with one voice,
 * anything else needs a majority, and silence changes nothing.
 */
#include "guard/authority/appoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define A "10.0.0.1:6379"
#define B "10.0.0.2:6379"
#define C "10.0.0.3:6379"

static struct appoint appoint;

static int
set_up(void **state)
{
	(void)state;
	appoint_init(&appoint, 3);
	return 0;
}

/* All three agree on A. */
static void
all_say_a(uint64_t epoch)
{
	for (unsigned i = 0; i < 3; i++)
		(void)appoint_hear(&appoint, i, epoch, A, 1);
	assert_string_equal(appoint.primary, A);
}

static void
test_first_appointment_needs_a_majority(void **state)
{
	(void)state;
	assert_false(appoint_hear(&appoint, 0, 7, A, 1));
	assert_string_equal(appoint.primary, "");
	assert_false(appoint_hear(&appoint, 0, 7, A, 2));
	assert_true(appoint_hear(&appoint, 1, 7, A, 3));
	assert_string_equal(appoint.primary, A);
	assert_int_equal(appoint_n_heard(&appoint), 2);
}

static void
test_one_sentinel_is_a_majority_of_one(void **state)
{
	(void)state;
	appoint_init(&appoint, 1);
	assert_true(appoint_hear(&appoint, 0, 0, A, 1));
	assert_string_equal(appoint.primary, A);
}

static void
test_two_that_differ_at_the_start_the_newer_one(void **state)
{
	(void)state;
	assert_false(appoint_hear(&appoint, 2, 1, A, 1));
	assert_true(appoint_hear(&appoint, 0, 2, B, 1));
	assert_string_equal(appoint.primary, B);
}

/* What they can't decide themselves the most of them decide. */
static void
test_equally_new_at_the_start_what_most_say(void **state)
{
	(void)state;
	assert_false(appoint_hear(&appoint, 0, 0, A, 1));
	assert_true(appoint_hear(&appoint, 1, 0, B, 1));
	assert_string_equal(appoint.primary, A);
	assert_false(appoint_hear(&appoint, 2, 0, B, 1));
	assert_true(appoint_hear(&appoint, 2, 0, B, 1 + APPOINT_SETBACK));
	assert_string_equal(appoint.primary, B);
}

static void
test_newer_epoch_needs_one_voice(void **state)
{
	(void)state;
	all_say_a(1);
	assert_true(appoint_hear(&appoint, 1, 2, B, 2));
	assert_string_equal(appoint.primary, B);
	/* The others have not heard of it yet. */
	assert_false(appoint_hear(&appoint, 0, 1, A, 3));
	assert_false(appoint_hear(&appoint, 2, 1, A, 3));
	assert_string_equal(appoint.primary, B);
}

/* The one that led the failover dies before it told the others. */
static void
test_newest_sentinel_goes_and_the_appointment_stands(void **state)
{
	(void)state;
	all_say_a(1);
	assert_true(appoint_hear(&appoint, 1, 2, B, 2));
	assert_false(appoint_lose(&appoint, 1, 3));
	assert_false(appoint_hear(&appoint, 0, 1, A, 4));
	assert_false(appoint_hear(&appoint, 2, 1, A, 3 + APPOINT_SETBACK - 1));
	assert_string_equal(appoint.primary, B);
	/* They promote another one meanwhile. */
	assert_true(appoint_hear(&appoint, 2, 3, C, 3 + APPOINT_SETBACK - 1));
	assert_string_equal(appoint.primary, C);
}

static void
test_stale_minority_never_wins(void **state)
{
	(void)state;
	all_say_a(1);
	assert_true(appoint_hear(&appoint, 0, 2, B, 2));
	assert_false(appoint_hear(&appoint, 1, 2, B, 2));
	assert_false(appoint_lose(&appoint, 0, 3));
	assert_false(appoint_lose(&appoint, 1, 3));
	for (usec_t now = 3; now < 10 * APPOINT_SETBACK; now += USEC_SEC)
		assert_false(appoint_hear(&appoint, 2, 1, A, now));
	assert_string_equal(appoint.primary, B);
}

static void
test_lost_sentinels_change_nothing(void **state)
{
	(void)state;
	all_say_a(1);
	for (unsigned i = 0; i < 3; i++)
		assert_false(appoint_lose(&appoint, i, 2));
	assert_int_equal(appoint_n_heard(&appoint), 0);
	assert_string_equal(appoint.primary, A);
}

/* They lost their files, or an operator began them anew. */
static void
test_majority_may_set_back_the_epoch(void **state)
{
	(void)state;
	all_say_a(5);
	assert_false(appoint_lose(&appoint, 0, 2));
	assert_false(appoint_hear(&appoint, 1, 0, B, 2));
	assert_false(appoint_hear(&appoint, 2, 0, B, 2));
	assert_false(appoint_hear(&appoint, 1, 0, B, 2 + APPOINT_SETBACK - 1));
	assert_string_equal(appoint.primary, A);
	assert_true(appoint_hear(&appoint, 2, 0, B, 2 + APPOINT_SETBACK));
	assert_string_equal(appoint.primary, B);
	assert_true(appoint.epoch == 0);
}

static void
test_setback_begins_anew_when_it_was_interrupted(void **state)
{
	(void)state;
	all_say_a(5);
	assert_false(appoint_hear(&appoint, 0, 0, B, 2));
	assert_false(appoint_lose(&appoint, 2, 2));
	assert_false(appoint_lose(&appoint, 1, 2));
	assert_false(appoint_hear(&appoint, 1, 0, B, 3));
	assert_false(appoint_hear(&appoint, 2, 5, A, 4));
	assert_false(appoint_lose(&appoint, 2, 5 + APPOINT_SETBACK));
	assert_string_equal(appoint.primary, A);
	assert_true(appoint_hear(&appoint, 1, 0, B, 5 + 2 * APPOINT_SETBACK));
}

/* The same node under a smaller epoch is no news, but counts from then. */
static void
test_set_back_to_the_same_node_is_no_news(void **state)
{
	(void)state;
	all_say_a(5);
	for (unsigned i = 0; i < 3; i++)
		assert_false(appoint_hear(&appoint, i, 0, A, 2));
	assert_false(appoint_hear(&appoint, 0, 0, A, 2 + APPOINT_SETBACK));
	assert_true(appoint.epoch == 0);
	assert_true(appoint_hear(&appoint, 0, 1, B, 3 + APPOINT_SETBACK));
}

#define APPOINT_TEST(test) cmocka_unit_test_setup(test, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		APPOINT_TEST(test_first_appointment_needs_a_majority),
		APPOINT_TEST(test_one_sentinel_is_a_majority_of_one),
		APPOINT_TEST(test_two_that_differ_at_the_start_the_newer_one),
		APPOINT_TEST(test_equally_new_at_the_start_what_most_say),
		APPOINT_TEST(test_newer_epoch_needs_one_voice),
		APPOINT_TEST(
		    test_newest_sentinel_goes_and_the_appointment_stands),
		APPOINT_TEST(test_stale_minority_never_wins),
		APPOINT_TEST(test_lost_sentinels_change_nothing),
		APPOINT_TEST(test_majority_may_set_back_the_epoch),
		APPOINT_TEST(test_setback_begins_anew_when_it_was_interrupted),
		APPOINT_TEST(test_set_back_to_the_same_node_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
