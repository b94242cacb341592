/* Growing text, the bounded append, JSON strings, and what a name is. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
setup_text(void **state)
{
	static struct text text;

	text = (struct text)TEXT_INIT;
	*state = &text;
	return 0;
}

static int
teardown_text(void **state)
{
	struct text *t = *state;

	text_fini(t);
	assert_null(t->at);
	assert_int_equal(t->len, 0);
	return 0;
}

static void
test_fresh_text_is_an_empty_string(void **state)
{
	struct text *t = *state;

	assert_string_equal(text_cstr(t), "");
	text_clear(t);
	text_consume(t, 0);
	assert_string_equal(text_cstr(t), "");
}

static void
test_pieces_are_joined(void **state)
{
	struct text *t = *state;

	text_add(t, "a");
	text_addf(t, "%d", 12);
	text_add(t, "");
	text_addf(t, "%s", "");
	text_add_bytes(t, "\0b", 2);
	assert_int_equal(t->len, 5);
	assert_memory_equal(text_cstr(t), "a12\0b", 6);
}

static void
test_text_grows_past_any_first_size(void **state)
{
	struct text *t = *state;

	for (int i = 0; i < 1000; i++) {
		text_addf(t, "%04d", i);
		text_add(t, "....");
	}
	assert_int_equal(t->len, 8000);
	assert_int_equal(strlen(text_cstr(t)), 8000);
	assert_memory_equal(text_cstr(t) + 8 * 999, "0999....", 8);
}

/* Room for the terminator is part of the room. */
static void
test_every_length_is_terminated(void **state)
{
	char piece[600];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (size_t len = 0; len < sizeof(piece); len++) {
		struct text t = TEXT_INIT;

		text_add_bytes(&t, piece, len);
		assert_int_equal(strlen(text_cstr(&t)), len);
		text_fini(&t);
		text_addf(&t, "%.*s", (int)len, piece);
		assert_int_equal(strlen(text_cstr(&t)), len);
		text_fini(&t);
	}
}

static void
test_cleared_text_starts_over(void **state)
{
	struct text *t = *state;

	text_add(t, "before");
	text_clear(t);
	assert_string_equal(text_cstr(t), "");
	text_add(t, "after");
	assert_string_equal(text_cstr(t), "after");
}

static void
test_consumed_bytes_are_gone(void **state)
{
	struct text *t = *state;

	text_add(t, "line 1\nline 2\n");
	text_consume(t, 7);
	assert_string_equal(text_cstr(t), "line 2\n");
	text_consume(t, 0);
	text_consume(t, t->len);
	assert_string_equal(text_cstr(t), "");
	text_add(t, "x");
	assert_string_equal(text_cstr(t), "x");
}

static void
test_json_string_is_quoted_and_escaped(void **state)
{
	struct text *t = *state;

	text_add_json(t, "");
	text_add_json(t, "a\"b\\c/\n\x01\x1f\x7f\xc3\xa9");
	assert_string_equal(text_cstr(t),
	    "\"\"\"a\\\"b\\\\c/\\u000a\\u0001\\u001f\x7f\xc3\xa9\"");
}

/* Nodes send us texts, and a consumer of JSON rejects the whole answer. */
static void
test_json_string_is_always_utf8(void **state)
{
	static const char *const good[] = { "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0", "\xc1",
		"\xf5", "\xff", "\xc3", "\xe2", "\xf0" };
	struct text *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		text_clear(t);
		text_add_json(t, good[i]);
		assert_memory_equal(t->at + 1, good[i], strlen(good[i]));
		assert_int_equal(t->len, strlen(good[i]) + 2);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		text_clear(t);
		text_add_json(t, bad[i]);
		assert_string_equal(t->at, "\"" TEXT_REPLACEMENT "\"");
	}
	text_clear(t);
	/* A character cut short costs nothing of what follows. */
	text_add_json(t, "a\xe2\x82z\xed\xa0\x80");
	assert_string_equal(t->at,
	    "\"a" TEXT_REPLACEMENT TEXT_REPLACEMENT
	    "z" TEXT_REPLACEMENT TEXT_REPLACEMENT TEXT_REPLACEMENT "\"");
}

static void
test_distance_counts_edits(void **state)
{
	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("abc", ""), 3);
	assert_int_equal(text_distance("show", "show"), 0);
	assert_int_equal(text_distance("shwo", "show"), 2);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
}

static void
test_append_never_passes_the_size(void **state)
{
	char buf[8];
	size_t len = 0;

	(void)state;
	text_append(buf, sizeof(buf), &len, "%s", "abc");
	assert_int_equal(len, 3);
	text_append(buf, sizeof(buf), &len, "%d", 1234);
	assert_string_equal(buf, "abc1234");
	assert_int_equal(len, 7);
	text_append(buf, sizeof(buf), &len, "more");
	assert_string_equal(buf, "abc1234");
	assert_int_equal(len, 7);
}

static void
test_append_cuts_what_does_not_fit(void **state)
{
	char buf[4];
	size_t len = 0;

	(void)state;
	text_append(buf, sizeof(buf), &len, "%s", "abcdefgh");
	assert_string_equal(buf, "abc");
	assert_int_equal(len, 3);
}

static void
test_names(void **state)
{
	static const char *const good[] = { "a", "0", "A-b_c.9",
		"0123456789012345678901234567890" };
	static const char *const bad[] = { "", "-a", "_a", ".a", "a b", "a/b",
		"a\n", "a:b", "\xc3\xa9", "a\xc3\xa9", "a%",
		"01234567890123456789012345678901" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(text_is_name(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(text_is_name(bad[i]));
}

#define TEXT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup_text, teardown_text)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEXT_TEST(test_fresh_text_is_an_empty_string),
		TEXT_TEST(test_pieces_are_joined),
		TEXT_TEST(test_text_grows_past_any_first_size),
		TEXT_TEST(test_cleared_text_starts_over),
		TEXT_TEST(test_consumed_bytes_are_gone),
		TEXT_TEST(test_json_string_is_quoted_and_escaped),
		TEXT_TEST(test_json_string_is_always_utf8),
		cmocka_unit_test(test_distance_counts_edits),
		cmocka_unit_test(test_every_length_is_terminated),
		cmocka_unit_test(test_append_never_passes_the_size),
		cmocka_unit_test(test_append_cuts_what_does_not_fit),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
