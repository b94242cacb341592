/* The bytes of an ERR packet. */
#include "wire/mywire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As MariaDB and MySQL say it to a client that is one too many. */
static void
test_error_before_the_greeting_has_no_state(void **state)
{
	static const char want[] = "\x17\0\0\0\xff\x10\x04"
				   "Too many connections";
	const struct mywire_error error = {
		.code = MYWIRE_TOO_MANY_CONNECTIONS,
		.message = "Too many connections",
	};
	uint8_t buf[64];
	size_t len = 0;

	(void)state;
	assert_true(mywire_error(buf, sizeof(buf), &len, &error));
	assert_int_equal(len, sizeof(want) - 1);
	assert_memory_equal(buf, want, len);
}

static void
test_error_after_the_greeting_has_one(void **state)
{
	static const char want[] = ".\x0d\0\0\2\xff\x1d\x04#08S01stop";
	const struct mywire_error error = {
		.sequence = 2,
		.code = MYWIRE_SERVER_SHUTDOWN,
		.state = "08S01",
		.message = "stop",
	};
	uint8_t buf[64] = ".";
	size_t len = 1;

	(void)state;
	assert_true(mywire_error(buf, sizeof(buf), &len, &error));
	assert_int_equal(len, sizeof(want) - 1);
	assert_memory_equal(buf, want, len);
}

static void
test_message_is_cut_where_clients_do(void **state)
{
	char message[2 * MYWIRE_MESSAGE_MAX];
	const struct mywire_error error = { .code = 1, .message = message };
	uint8_t buf[1024];
	size_t len = 0;

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	assert_true(mywire_error(buf, sizeof(buf), &len, &error));
	assert_int_equal(len, 4 + 3 + MYWIRE_MESSAGE_MAX);
	assert_int_equal(buf[0] | buf[1] << 8, 3 + MYWIRE_MESSAGE_MAX);
}

static void
test_error_that_does_not_fit_leaves_the_length(void **state)
{
	const struct mywire_error error = {
		.code = MYWIRE_SERVER_SHUTDOWN,
		.state = "08S01",
		.message = "stop",
	};
	const size_t need = 4 + 3 + 6 + 4;

	(void)state;
	for (size_t size = 0; size <= need; size++) {
		uint8_t *buf = malloc(size + 1);
		size_t len = 0;

		assert_non_null(buf);
		buf[size] = '.';
		assert_int_equal(
		    mywire_error(buf, size, &len, &error), size == need);
		assert_int_equal(len, size == need ? need : 0);
		assert_int_equal(buf[size], '.');
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_before_the_greeting_has_no_state),
		cmocka_unit_test(test_error_after_the_greeting_has_one),
		cmocka_unit_test(test_message_is_cut_where_clients_do),
		cmocka_unit_test(
		    test_error_that_does_not_fit_leaves_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
