/* The text of an error: built from the inside out, cut, never lost. */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char long_path[2 * sizeof(struct err)];

static int
setup_long_path(void **state)
{
	(void)state; /* of cmocka; no test here has any */
	memset(long_path, 'x', sizeof(long_path) - 1);
	return 0;
}

static void
test_set_returns_the_code(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, -EINVAL, "port %d", 0), -EINVAL);
	assert_string_equal(err.text, "port 0");
}

static void
test_errno_is_returned_and_spelled_out(void **state)
{
	struct err err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_errno(&err, "open %s", "/x"), -ENOENT);
	assert_string_equal(err.text, "open /x: No such file or directory");
}

static void
test_prefixes_grow_outwards(void **state)
{
	struct err err;

	(void)state;
	(void)err_set(&err, -EIO, "refused"); /* the text is the point */
	err_prefix(&err, "connect");
	err_prefix(&err, "node %s/%s", "crm", "a");
	assert_string_equal(err.text, "node crm/a: connect: refused");
}

static void
test_text_of_a_giant_error_is_cut_and_terminated(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, -EIO, "%s", long_path), -EIO);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	err_prefix(&err, "%s", long_path);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

/* A path may be longer than the text; why it failed must not fall off. */
static void
test_reason_survives_a_giant_subject(void **state)
{
	static const char reason[] = "xx: Permission denied";
	struct err err;
	size_t len;

	(void)state;
	errno = EACCES;
	assert_int_equal(err_errno(&err, "open %s", long_path), -EACCES);
	len = strlen(err.text);
	assert_int_equal(len, sizeof(err.text) - 1);
	assert_string_equal(err.text + len - strlen(reason), reason);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_returns_the_code),
		cmocka_unit_test(test_errno_is_returned_and_spelled_out),
		cmocka_unit_test(test_prefixes_grow_outwards),
		cmocka_unit_test(
		    test_text_of_a_giant_error_is_cut_and_terminated),
		cmocka_unit_test(test_reason_survives_a_giant_subject),
	};

	return cmocka_run_group_tests(tests, setup_long_path, NULL);
}
