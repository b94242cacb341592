/* The pool: zeroed objects, none handed out twice, memory given back. */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { OBJECTS = 5000, SIZE = 300 };

static struct pool pool;
static char *objects[OBJECTS];

static void
take_all(void)
{
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = pool_take(&pool);
		assert_non_null(objects[i]);
		for (int j = 0; j < SIZE; j++)
			assert_int_equal(objects[i][j], 0);
		memset(objects[i], i % 127 + 1, SIZE);
	}
}

static void
assert_untouched(int i)
{
	for (int j = 0; j < SIZE; j++)
		assert_int_equal(objects[i][j], i % 127 + 1);
}

static void
test_objects_are_zeroed_and_apart(void **state)
{
	(void)state;
	pool_init(&pool, SIZE);
	for (int round = 0; round < 3; round++) {
		take_all();
		for (int i = 0; i < OBJECTS; i++)
			assert_untouched(i);
		for (int i = 0; i < OBJECTS; i++)
			pool_give(&pool, objects[(i * 7) % OBJECTS]);
	}
	pool_fini(&pool);
}

static void
test_half_of_them_is_given_back_and_taken_again(void **state)
{
	(void)state;
	pool_init(&pool, SIZE);
	take_all();
	for (int i = 0; i < OBJECTS; i += 2)
		pool_give(&pool, objects[i]);
	for (int i = 0; i < OBJECTS; i += 2) {
		objects[i] = pool_take(&pool);
		assert_non_null(objects[i]);
		memset(objects[i], i % 127 + 1, SIZE);
	}
	for (int i = 0; i < OBJECTS; i++) {
		assert_untouched(i);
		pool_give(&pool, objects[i]);
	}
	pool_fini(&pool);
}

static unsigned
n_blocks(void)
{
	unsigned n = 0;

	LIST_FOREACH (it, &pool.roomy)
		n++;
	return n;
}

static void
test_all_but_one_block_go_back_to_the_system(void **state)
{
	(void)state;
	pool_init(&pool, SIZE);
	take_all();
	for (int i = 0; i < OBJECTS; i++)
		pool_give(&pool, objects[i]);
	assert_true(n_blocks() <= 1);
	pool_fini(&pool);
	assert_int_equal(n_blocks(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_are_zeroed_and_apart),
		cmocka_unit_test(
		    test_half_of_them_is_given_back_and_taken_again),
		cmocka_unit_test(test_all_but_one_block_go_back_to_the_system),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
