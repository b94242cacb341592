/* The table of addresses, with a clock of its own. */
#include "relay/sources.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Keys of one bucket: all that is left of them is the same. */
#define SAME_BUCKET(i) (7 + (uint64_t)(i)*SOURCES_MAX)

static struct sources *sources;
static usec_t now;

static int
set_up(void **state)
{
	(void)state;
	sources = sources_new();
	now = USEC_SEC;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sources_free(&sources);
	assert_null(sources);
	sources_free(&sources);
	return 0;
}

static enum source_answer
enter(uint64_t key, int64_t maxconn, int64_t per_second, uint32_t *id)
{
	const struct source_limits limits = { maxconn, per_second };

	return sources_enter(sources, key, &limits, now, id);
}

static void
test_each_address_has_its_own_number_of_sessions(void **state)
{
	uint32_t ids[4], id;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(enter(1, 2, 0, &ids[i]), SOURCE_WELCOME);
		assert_int_equal(enter(2, 2, 0, &ids[2 + i]), SOURCE_WELCOME);
	}
	assert_int_equal(enter(1, 2, 0, &id), SOURCE_REFUSED);
	assert_int_equal(id, 0);
	assert_int_equal(enter(2, 2, 0, &id), SOURCE_REFUSED);
	sources_leave(sources, ids[2]);
	assert_int_equal(enter(1, 2, 0, &id), SOURCE_REFUSED);
	assert_int_equal(enter(2, 2, 0, &id), SOURCE_WELCOME);
	/* A reload may change the number. */
	assert_int_equal(enter(1, 3, 0, &id), SOURCE_WELCOME);
	assert_int_equal(enter(1, 1, 0, &id), SOURCE_REFUSED);
}

static void
test_each_address_has_its_own_rate(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(enter(1, 0, 2, &id), SOURCE_WELCOME);
	sources_leave(sources, id);
	assert_int_equal(enter(1, 0, 2, &id), SOURCE_REFUSED);
	assert_int_equal(enter(2, 0, 2, &id), SOURCE_WELCOME);
	now += USEC_SEC / 2 - 1;
	assert_int_equal(enter(1, 0, 2, &id), SOURCE_REFUSED);
	now++;
	assert_int_equal(enter(1, 0, 2, &id), SOURCE_WELCOME);
}

/* The bucket is full of sessions: nobody is shut out, and none forgotten. */
static void
test_address_without_a_place_is_let_in_unwatched(void **state)
{
	uint32_t ids[8], id;

	(void)state;
	for (int i = 0; i < 8; i++)
		assert_int_equal(
		    enter(SAME_BUCKET(i), 1, 0, &ids[i]), SOURCE_WELCOME);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    enter(SAME_BUCKET(8), 1, 0, &id), SOURCE_UNWATCHED);
		assert_int_equal(id, 0);
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(
		    enter(SAME_BUCKET(i), 1, 0, &id), SOURCE_REFUSED);
	sources_leave(sources, ids[5]);
	assert_int_equal(enter(SAME_BUCKET(8), 1, 0, &id), SOURCE_WELCOME);
	assert_int_equal(enter(SAME_BUCKET(8), 1, 0, &id), SOURCE_REFUSED);
}

/* Of those without sessions the one goes that was quiet longest. */
static void
test_oldest_rate_is_forgotten_first(void **state)
{
	uint32_t id;

	(void)state;
	for (int i = 0; i < 9; i++) {
		now += USEC_MS;
		assert_int_equal(
		    enter(SAME_BUCKET(i), 0, 1, &id), SOURCE_WELCOME);
		sources_leave(sources, id);
	}
	for (int i = 1; i < 9; i++)
		assert_int_equal(
		    enter(SAME_BUCKET(i), 0, 1, &id), SOURCE_REFUSED);
	assert_int_equal(enter(SAME_BUCKET(0), 0, 1, &id), SOURCE_WELCOME);
}

#define SOURCES_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SOURCES_TEST(test_each_address_has_its_own_number_of_sessions),
		SOURCES_TEST(test_each_address_has_its_own_rate),
		SOURCES_TEST(test_address_without_a_place_is_let_in_unwatched),
		SOURCES_TEST(test_oldest_rate_is_forgotten_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
