#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* As the reference implementation prints for a seed of 0. */
static void
test_series_is_that_of_splitmix64(void **state)
{
	uint64_t seed = 0;

	(void)state;
	assert_true(hash_next(&seed) == UINT64_C(0xe220a8397b1dcdaf));
	assert_true(hash_next(&seed) == UINT64_C(0x6e789e6aa1b965f4));
	assert_true(hash_next(&seed) == UINT64_C(0x06c45d188009454f));
}

static void
test_each_bit_of_a_byte_changes_half_of_the_result(void **state)
{
	unsigned char bytes[4] = { 10, 0, 0, 1 };
	uint64_t first = hash_bytes(bytes, sizeof(bytes));

	(void)state;
	for (int bit = 0; bit < 32; bit++) {
		int n;

		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		n = __builtin_popcountll(
		    first ^ hash_bytes(bytes, sizeof(bytes)));
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_in_range(n, 16, 48);
	}
	assert_true(first == hash_bytes(bytes, sizeof(bytes)));
	assert_true(first != hash_bytes(bytes, 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_series_is_that_of_splitmix64),
		cmocka_unit_test(
		    test_each_bit_of_a_byte_changes_half_of_the_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
