/* Words "name=value": whatever is written is read again, and nothing else. */
#include "guard/record/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
expect_written(const char *value, const char *want)
{
	struct text out = TEXT_INIT;
	struct word word;
	struct err err;
	const char *at;

	text_add(&out, "k=");
	word_print(value, &out);
	assert_string_equal(text_cstr(&out), want);
	at = text_cstr(&out);
	assert_int_equal(word_next(&at, &word, &err), 1);
	assert_string_equal(word.name, "k");
	assert_string_equal(word.value, value);
	assert_int_equal(word_next(&at, &word, &err), 0);
	text_fini(&out);
}

static void
test_plain_values_have_no_quotes(void **state)
{
	(void)state;
	expect_written("abc", "k=abc");
	expect_written("-1", "k=-1");
	expect_written("a.b_c:d+e/f,g", "k=a.b_c:d+e/f,g");
}

static void
test_other_values_are_quoted(void **state)
{
	(void)state;
	expect_written("", "k=\"\"");
	expect_written("a b", "k=\"a b\"");
	expect_written("a=b", "k=\"a=b\"");
	expect_written("\"\\", "k=\"\\x22\\x5c\"");
	expect_written("\n\x7f\xff", "k=\"\\x0a\\x7f\\xff\"");
}

static void
test_every_byte_comes_back(void **state)
{
	char value[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		value[i] = (char)(i + 1);
	value[255] = '\0';
	for (int i = 0; i < 255; i++) {
		struct text out = TEXT_INIT;
		struct word word;
		struct err err;
		const char *at;

		text_add(&out, "k=");
		word_print(value + i, &out);
		at = text_cstr(&out);
		assert_int_equal(word_next(&at, &word, &err), 1);
		assert_string_equal(word.value, value + i);
		text_fini(&out);
	}
}

static void
test_several_words(void **state)
{
	const char *at = "  a=1  b=\"x y\" c=z  ";
	struct word word;
	struct err err;

	(void)state;
	assert_int_equal(word_next(&at, &word, &err), 1);
	assert_string_equal(word.value, "1");
	assert_int_equal(word_next(&at, &word, &err), 1);
	assert_string_equal(word.name, "b");
	assert_string_equal(word.value, "x y");
	assert_int_equal(word_next(&at, &word, &err), 1);
	assert_string_equal(word.value, "z");
	assert_int_equal(word_next(&at, &word, &err), 0);
}

static void
test_bad_words_are_refused(void **state)
{
	static const char *const bad[] = { "a", "=1", "a b=1", "a=", "a=;",
		"a=\"", "a=\"x", "a=\"x\"y", "a=\"\\\"", "a=\"\\x\"",
		"a=\"\\x4\"", "a=\"\\xAB\"", "a=\"\\x41\"", "a=\"\\x00\"",
		"a=\"\t\"", "a=\"\\n\"", "a=1\t",
		"a0123456789012345678901234567890123456789012345678=1" };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
		const char *at = bad[i];
		struct word word;
		struct err err = { "" };

		if (word_next(&at, &word, &err) >= 0)
			fail_msg("taken: %s", bad[i]);
		assert_true(err.text[0] != '\0');
	}
}

static void
test_value_has_a_longest(void **state)
{
	static char line[WORD_VALUE_MAX + 16];
	const char *at = line;
	struct word word;
	struct err err;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[1] = '=';
	line[WORD_VALUE_MAX + 1] = '\0';
	assert_int_equal(word_next(&at, &word, &err), 1);
	assert_int_equal(strlen(word.value), WORD_VALUE_MAX - 1);
	at = line;
	line[WORD_VALUE_MAX + 1] = 'x';
	line[WORD_VALUE_MAX + 2] = '\0';
	assert_true(word_next(&at, &word, &err) < 0);
	at = line;
	line[2] = '"';
	assert_true(word_next(&at, &word, &err) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_values_have_no_quotes),
		cmocka_unit_test(test_other_values_are_quoted),
		cmocka_unit_test(test_every_byte_comes_back),
		cmocka_unit_test(test_several_words),
		cmocka_unit_test(test_bad_words_are_refused),
		cmocka_unit_test(test_value_has_a_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
