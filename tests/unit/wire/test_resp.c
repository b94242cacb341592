/*
 * Bytes in, result out, for whole replies, each of their prefixes, and what
 * is no reply at all.  Input is copied into a block of its exact size, so
 * that the address sanitizer sees a read behind it.
 */
#include "wire/resp.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A literal that may hold NUL bytes: as arguments, and in a table. */
#define BYTES(s) (s), sizeof(s) - 1
#define ROW(s) .bytes = (s), .len = sizeof(s) - 1

#define ROLE_PRIMARY \
	"*3\r\n$6\r\nmaster\r\n:3129659\r\n*2\r\n" \
	"*3\r\n$9\r\n127.0.0.1\r\n$4\r\n9001\r\n$7\r\n3129242\r\n" \
	"*3\r\n$8\r\n10.0.0.2\r\n$4\r\n9002\r\n$7\r\n3129543\r\n"
#define ROLE_REPLICA \
	"*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:6379\r\n" \
	"$9\r\nconnected\r\n:3167038\r\n"
#define INFO_REPLICATION \
	"$52\r\n# Replication\r\nrole:slave\r\n" \
	"master_link_status:up\r\n\r\n\r\n"
#define HELLO_MAP \
	"%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n" \
	"$7\r\nmodules\r\n*0\r\n"
#define ATTRIBUTE "|1\r\n+key-popularity\r\n%1\r\n$1\r\na\r\n,0.1923\r\n"

struct sample {
	const char *bytes;
	size_t len;
	enum resp_type type;
	int64_t integer;
	const char *text; /* NULL when it has none */
	size_t n_items;
};

static const struct sample samples[] = {
	{ ROW("+OK\r\n"), .type = RESP_SIMPLE, .text = "OK" },
	{ ROW("+\r\n"), .type = RESP_SIMPLE, .text = "" },
	{ ROW("-ERR no such key\r\n"), .type = RESP_ERROR,
	    .text = "ERR no such key" },
	{ ROW("!8\r\nERR a\r\nb\r\n"), .type = RESP_ERROR,
	    .text = "ERR a\r\nb" },
	{ ROW(":0\r\n"), .type = RESP_INTEGER, .integer = 0 },
	{ ROW(":-1\r\n"), .type = RESP_INTEGER, .integer = -1 },
	{ ROW(":+7\r\n"), .type = RESP_INTEGER, .integer = 7 },
	{ ROW(":9223372036854775807\r\n"), .type = RESP_INTEGER,
	    .integer = INT64_MAX },
	{ ROW(":-9223372036854775808\r\n"), .type = RESP_INTEGER,
	    .integer = INT64_MIN },
	{ ROW("$3\r\nabc\r\n"), .type = RESP_BULK, .text = "abc" },
	{ ROW("$0\r\n\r\n"), .type = RESP_BULK, .text = "" },
	{ ROW("$4\r\n\r\n\r\n\r\n"), .type = RESP_BULK, .text = "\r\n\r\n" },
	{ ROW("=7\r\ntxt:abc\r\n"), .type = RESP_BULK, .text = "abc" },
	{ ROW("=4\r\nmkd:\r\n"), .type = RESP_BULK, .text = "" },
	{ ROW("$-1\r\n"), .type = RESP_NULL },
	{ ROW("*-1\r\n"), .type = RESP_NULL },
	{ ROW("_\r\n"), .type = RESP_NULL },
	{ ROW("#t\r\n"), .type = RESP_BOOLEAN, .integer = 1 },
	{ ROW("#f\r\n"), .type = RESP_BOOLEAN, .integer = 0 },
	{ ROW(",1.5e-3\r\n"), .type = RESP_DOUBLE, .text = "1.5e-3" },
	{ ROW(",-inf\r\n"), .type = RESP_DOUBLE, .text = "-inf" },
	{ ROW(",nan\r\n"), .type = RESP_DOUBLE, .text = "nan" },
	{ ROW("(-349288423674\r\n"), .type = RESP_DOUBLE,
	    .text = "-349288423674" },
	{ ROW("*0\r\n"), .type = RESP_ARRAY, .n_items = 0 },
	{ ROW("*2\r\n*-1\r\n*1\r\n:1\r\n"), .type = RESP_ARRAY, .n_items = 2 },
	{ ROW("~2\r\n+a\r\n#f\r\n"), .type = RESP_ARRAY, .n_items = 2 },
	{ ROW(">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n"), .type = RESP_ARRAY,
	    .n_items = 2 },
	{ ROW("%0\r\n"), .type = RESP_MAP, .n_items = 0 },
	{ ROW(HELLO_MAP), .type = RESP_MAP, .n_items = 6 },
	{ ROW(ROLE_PRIMARY), .type = RESP_ARRAY, .n_items = 3 },
	{ ROW(ROLE_REPLICA), .type = RESP_ARRAY, .n_items = 5 },
	{ ROW(INFO_REPLICATION), .type = RESP_BULK,
	    .text = "# Replication\r\nrole:slave\r\n"
		    "master_link_status:up\r\n\r\n" },
	{ ROW(ATTRIBUTE "*1\r\n:1\r\n"), .type = RESP_ARRAY, .n_items = 1 },
	{ ROW("|0\r\n" ATTRIBUTE "_\r\n"), .type = RESP_NULL },
	{ ROW("*2\r\n" ATTRIBUTE ":1\r\n:2\r\n"), .type = RESP_ARRAY,
	    .n_items = 2 },
};

static const struct {
	const char *bytes;
	size_t len;
} garbage[] = {
	/* Not RESP at all. */
	{ ROW("HTTP/1.1 400 Bad Request\r\n") },
	{ ROW("GET / HTTP/1.0\r\n\r\n") },
	{ ROW("\r\n") },
	{ ROW("\0") },
	{ ROW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") },
	{ ROW("J\0\0\0\n8.0.36\0") },
	/* Lines. */
	{ ROW("+OK\n") },
	{ ROW("+a\rb\r\n") },
	{ ROW("+a\nb\r\n") },
	{ ROW("-ERR\n") },
	{ ROW(":1\n") },
	{ ROW("_x\r\n") },
	{ ROW("_\n") },
	/* Integers. */
	{ ROW(":\r\n") },
	{ ROW(":-\r\n") },
	{ ROW(":-0\r\n") },
	{ ROW(":01\r\n") },
	{ ROW(":--1\r\n") },
	{ ROW(": 1\r\n") },
	{ ROW(":1.5\r\n") },
	{ ROW(":0x10\r\n") },
	{ ROW(":9223372036854775808") },
	{ ROW(":-9223372036854775809") },
	{ ROW(":99999999999999999999") },
	/* Strings. */
	{ ROW("$\r\n") },
	{ ROW("$-2") },
	{ ROW("$-12") },
	{ ROW("$+3\r\nabc\r\n") },
	{ ROW("$03\r\nabc\r\n") },
	{ ROW("$3\nabc\r\n") },
	{ ROW("$3\r\nabcd") },
	{ ROW("$3\r\nabc\n") },
	{ ROW("$536870913") },
	{ ROW("$18446744073709551615") },
	{ ROW("$?\r\n;4\r\nHell\r\n;0\r\n") },
	{ ROW("!-1\r\n") },
	{ ROW("=-1\r\n") },
	{ ROW("=3\r\ntxt\r\n") },
	{ ROW("=5\r\ntxtab\r\n") },
	{ ROW("=7\r\ntxt-") },
	/* Booleans and doubles. */
	{ ROW("#T\r\n") },
	{ ROW("#true\r\n") },
	{ ROW("#\r\n") },
	{ ROW(",\r\n") },
	{ ROW(",1\n") },
	{ ROW(",1\rx") },
	{ ROW(",1,5\r\n") },
	{ ROW(",0x1p3\r\n") },
	{ ROW(",1\0\r\n") },
	{ ROW("(\r\n") },
	{ ROW("(1.5\r\n") },
	/* Aggregates. */
	{ ROW("*1000000000\r\n") },
	{ ROW("*4194305") },
	{ ROW("*-2") },
	{ ROW("*+1\r\n:1\r\n") },
	{ ROW("*?\r\n:1\r\n.\r\n") },
	{ ROW("*1\r\n\r\n") },
	{ ROW("*2\r\n:1\r\n$3\r\nabcd") },
	{ ROW("~-1\r\n") },
	{ ROW(">-1\r\n") },
	{ ROW("%-1\r\n") },
	{ ROW("%4194305") },
	{ ROW("|-1\r\n") },
	{ ROW("|1\r\n+k\r\nv") },
};

static long
length_of(const char *bytes, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	long got;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	got = resp_length(copy, len);
	free(copy);
	return got;
}

static void
assert_text(const struct resp *r, const char *want)
{
	assert_non_null(r->text);
	assert_int_equal(r->text_len, strlen(want));
	assert_memory_equal(r->text, want, strlen(want));
}

static void
assert_item_text(const struct resp *r, size_t i, const char *want)
{
	struct resp item;

	assert_true(resp_item(r, i, &item));
	assert_text(&item, want);
}

static void
assert_item_integer(const struct resp *r, size_t i, int64_t want)
{
	struct resp item;

	assert_true(resp_item(r, i, &item));
	assert_int_equal(item.type, RESP_INTEGER);
	assert_true(item.integer == want);
}

/* Reads a reply that must be complete and nothing more. */
static void
read_whole(struct resp *r, const char *bytes, size_t len)
{
	assert_int_equal(resp_length(bytes, len), len);
	resp_read(r, bytes, bytes + len);
	assert_ptr_equal(r->end, bytes + len);
}

static void
test_samples_are_read_as_what_they_are(void **state)
{
	(void)state; /* of cmocka; no test here has any */
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct resp r;

		read_whole(&r, s->bytes, s->len);
		assert_int_equal(r.type, s->type);
		assert_true(r.integer == s->integer);
		assert_int_equal(r.n_items, s->n_items);
		if (s->text != NULL)
			assert_text(&r, s->text);
		else
			assert_null(r.text);
	}
}

static void
test_every_proper_prefix_needs_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];

		for (size_t cut = 0; cut < s->len; cut++)
			assert_int_equal(length_of(s->bytes, cut), RESP_MORE);
		assert_int_equal(length_of(s->bytes, s->len), s->len);
	}
}

static void
test_no_input_needs_more(void **state)
{
	(void)state;
	assert_int_equal(resp_length(NULL, 0), RESP_MORE);
}

/* A pipeline is cut where its replies end, wherever a read(2) ended. */
static void
test_pipeline_is_split_at_every_point(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(samples); i++) {
		const struct sample *a = &samples[i];
		const struct sample *b = &samples[i + 1];
		char both[512];

		assert_true(a->len + b->len <= sizeof(both));
		memcpy(both, a->bytes, a->len);
		memcpy(both + a->len, b->bytes, b->len);
		for (size_t cut = 0; cut <= a->len + b->len; cut++)
			assert_int_equal(length_of(both, cut),
			    cut < a->len ? RESP_MORE : (long)a->len);
		assert_int_equal(length_of(both + a->len, b->len), b->len);
	}
}

static void
test_bytes_behind_a_reply_do_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		char junk[512];

		assert_true(s->len + 2 <= sizeof(junk));
		memcpy(junk, s->bytes, s->len);
		memcpy(junk + s->len, "\0H", 2);
		assert_int_equal(length_of(junk, s->len + 2), s->len);
	}
}

static void
test_garbage_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++)
		if (length_of(garbage[i].bytes, garbage[i].len) != RESP_BAD)
			fail_msg("not refused: %s", garbage[i].bytes);
}

/* More input never turns a refusal or a length into something else. */
static void
test_garbage_is_refused_once_and_for_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		long before = RESP_MORE;

		for (size_t cut = 0; cut <= garbage[i].len; cut++) {
			long now = length_of(garbage[i].bytes, cut);

			assert_true(now == before || before == RESP_MORE);
			assert_true(now <= 0);
			before = now;
		}
	}
}

/* `depth` aggregates of the given head around one integer. */
static size_t
nest(char *buf, const char *head, size_t depth, const char *innermost)
{
	size_t len = 0;

	for (size_t i = 0; i < depth; i++) {
		memcpy(buf + len, head, strlen(head));
		len += strlen(head);
	}
	memcpy(buf + len, innermost, strlen(innermost));
	return len + strlen(innermost);
}

static void
test_nesting_ends_at_the_limit(void **state)
{
	char buf[512];
	size_t len;

	(void)state;
	len = nest(buf, "*1\r\n", RESP_DEPTH_MAX, ":1\r\n");
	assert_int_equal(length_of(buf, len), len);
	len = nest(buf, "*1\r\n", RESP_DEPTH_MAX, "*0\r\n");
	assert_int_equal(length_of(buf, len), RESP_BAD);
	len = nest(buf, "*1\r\n", RESP_DEPTH_MAX + 1, ":1\r\n");
	assert_int_equal(length_of(buf, len), RESP_BAD);
	len = nest(buf, "|1\r\n", RESP_DEPTH_MAX + 1, ":1\r\n");
	assert_int_equal(length_of(buf, len), RESP_BAD);
}

static void
test_deepest_reply_can_be_walked(void **state)
{
	char buf[512];
	struct resp r;
	size_t len;

	(void)state;
	len = nest(buf, "*1\r\n", RESP_DEPTH_MAX, ":42\r\n");
	read_whole(&r, buf, len);
	for (int i = 0; i < RESP_DEPTH_MAX; i++) {
		struct resp item;

		assert_int_equal(r.type, RESP_ARRAY);
		assert_true(resp_item(&r, 0, &item));
		r = item;
	}
	assert_int_equal(r.integer, 42);
}

static void
test_line_ends_at_the_limit(void **state)
{
	size_t size = 1 + RESP_LINE_MAX + 1 + 2;
	char *line = malloc(size);

	(void)state;
	assert_non_null(line);
	memset(line, 'x', size);
	line[0] = '-';
	assert_int_equal(resp_length(line, 1 + RESP_LINE_MAX), RESP_MORE);
	assert_int_equal(resp_length(line, 2 + RESP_LINE_MAX), RESP_BAD);
	memcpy(line + 1 + RESP_LINE_MAX, "\r\n", 2);
	assert_int_equal(resp_length(line, size), 3 + RESP_LINE_MAX);
	free(line);
}

/* The largest sizes are waited for, not allocated. */
static void
test_largest_sizes_are_accepted(void **state)
{
	(void)state;
	assert_int_equal(length_of(BYTES("$536870912\r\nab")), RESP_MORE);
	assert_int_equal(length_of(BYTES("*4194304\r\n:1\r\n")), RESP_MORE);
	assert_int_equal(length_of(BYTES("%4194304\r\n:1\r\n")), RESP_MORE);
}

static void
test_role_of_a_primary(void **state)
{
	struct resp r, replicas, replica;

	(void)state;
	read_whole(&r, BYTES(ROLE_PRIMARY));
	assert_item_text(&r, 0, "master");
	assert_item_integer(&r, 1, 3129659);
	assert_true(resp_item(&r, 2, &replicas));
	assert_int_equal(replicas.n_items, 2);
	assert_true(resp_item(&replicas, 1, &replica));
	assert_item_text(&replica, 0, "10.0.0.2");
	assert_item_text(&replica, 1, "9002");
	assert_item_text(&replica, 2, "3129543");
	assert_false(resp_item(&r, 3, &replica));
}

static void
test_role_of_a_replica(void **state)
{
	struct resp r;

	(void)state;
	read_whole(&r, BYTES(ROLE_REPLICA));
	assert_item_text(&r, 0, "slave");
	assert_item_text(&r, 1, "10.0.0.1");
	assert_item_integer(&r, 2, 6379);
	assert_item_text(&r, 3, "connected");
	assert_item_integer(&r, 4, 3167038);
}

static void
test_map_gives_keys_and_values_in_turn(void **state)
{
	struct resp r, item;

	(void)state;
	read_whole(&r, BYTES(HELLO_MAP));
	assert_item_text(&r, 0, "server");
	assert_item_text(&r, 1, "redis");
	assert_item_text(&r, 2, "proto");
	assert_item_integer(&r, 3, 3);
	assert_true(resp_item(&r, 5, &item));
	assert_int_equal(item.type, RESP_ARRAY);
	assert_false(resp_item(&item, 0, &item));
}

static void
test_attribute_is_no_item(void **state)
{
	struct resp r;

	(void)state;
	read_whole(
	    &r, BYTES("*3\r\n" ATTRIBUTE ":1\r\n:2\r\n" ATTRIBUTE ":3\r\n"));
	assert_item_integer(&r, 0, 1);
	assert_item_integer(&r, 1, 2);
	assert_item_integer(&r, 2, 3);
}

static void
test_items_follow_each_other(void **state)
{
	static const char bytes[] =
	    "*3\r\n*1\r\n+a\r\n" ATTRIBUTE "+b\r\n_\r\n";
	const char *at;
	struct resp r, byindex, inturn;

	(void)state;
	read_whole(&r, BYTES(bytes));
	at = r.items;
	for (size_t i = 0; i < r.n_items; i++) {
		resp_read(&inturn, at, r.end);
		assert_true(resp_item(&r, i, &byindex));
		assert_int_equal(inturn.type, byindex.type);
		assert_ptr_equal(inturn.end, byindex.end);
		at = inturn.end;
	}
	assert_ptr_equal(at, r.end);
}

static void
test_scalar_has_no_items(void **state)
{
	struct resp r, item;

	(void)state;
	read_whole(&r, BYTES("$-1\r\n"));
	assert_false(resp_item(&r, 0, &item));
}

static void
test_prefix_of_the_text(void **state)
{
	struct resp r;

	(void)state;
	read_whole(&r, BYTES("-NOAUTH Authentication required.\r\n"));
	assert_true(resp_has_prefix(&r, "NOAUTH "));
	assert_true(resp_has_prefix(&r, ""));
	assert_false(resp_has_prefix(&r, "LOADING"));
	read_whole(&r, BYTES("-NO\r\n"));
	assert_false(resp_has_prefix(&r, "NOAUTH"));
	read_whole(&r, BYTES(":1\r\n"));
	assert_false(resp_has_prefix(&r, "1"));
	assert_true(resp_has_prefix(&r, ""));
}

static void
test_copy_is_cut_clean_and_terminated(void **state)
{
	char buf[8];
	struct resp r;

	(void)state;
	read_whole(&r, BYTES("$6\r\na\0\n\x7f\xc3\xa9\r\n"));
	resp_copy(&r, buf, sizeof(buf));
	assert_string_equal(buf, "a   \xc3\xa9");
	resp_copy(&r, buf, 2);
	assert_string_equal(buf, "a");
	resp_copy(&r, buf, 1);
	assert_string_equal(buf, "");
	read_whole(&r, BYTES("_\r\n"));
	resp_copy(&r, buf, sizeof(buf));
	assert_string_equal(buf, "");
}

static void
test_commands_are_encoded_exactly(void **state)
{
	static const char *const auth[] = { "AUTH", "", "0123456789" };
	static const char *const ping[] = { "PING" };
	static const char want[] =
	    "*3\r\n$4\r\nAUTH\r\n$0\r\n\r\n$10\r\n0123456789\r\n"
	    "*1\r\n$4\r\nPING\r\n";
	char buf[128];
	size_t len = 0;

	(void)state;
	assert_true(resp_command(buf, sizeof(buf), &len, 3, auth));
	assert_true(resp_command(buf, sizeof(buf), &len, 1, ping));
	assert_int_equal(len, sizeof(want) - 1);
	assert_memory_equal(buf, want, len);
	assert_int_equal(resp_length(buf, len), len - 14);
}

static void
test_command_that_does_not_fit_leaves_the_length(void **state)
{
	static const char *const ping[] = { "PING" };
	char before[4];

	(void)state;
	memset(before, '.', sizeof(before));
	for (size_t size = sizeof(before); size <= 18; size++) {
		char *buf = malloc(size);
		size_t len = sizeof(before);

		assert_non_null(buf);
		memcpy(buf, before, sizeof(before));
		assert_int_equal(
		    resp_command(buf, size, &len, 1, ping), size == 18);
		assert_int_equal(len, size == 18 ? 18 : sizeof(before));
		assert_memory_equal(buf, before, sizeof(before));
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_are_read_as_what_they_are),
		cmocka_unit_test(test_every_proper_prefix_needs_more),
		cmocka_unit_test(test_no_input_needs_more),
		cmocka_unit_test(test_pipeline_is_split_at_every_point),
		cmocka_unit_test(test_bytes_behind_a_reply_do_not_matter),
		cmocka_unit_test(test_garbage_is_refused),
		cmocka_unit_test(test_garbage_is_refused_once_and_for_all),
		cmocka_unit_test(test_nesting_ends_at_the_limit),
		cmocka_unit_test(test_deepest_reply_can_be_walked),
		cmocka_unit_test(test_line_ends_at_the_limit),
		cmocka_unit_test(test_largest_sizes_are_accepted),
		cmocka_unit_test(test_role_of_a_primary),
		cmocka_unit_test(test_role_of_a_replica),
		cmocka_unit_test(test_map_gives_keys_and_values_in_turn),
		cmocka_unit_test(test_attribute_is_no_item),
		cmocka_unit_test(test_items_follow_each_other),
		cmocka_unit_test(test_scalar_has_no_items),
		cmocka_unit_test(test_prefix_of_the_text),
		cmocka_unit_test(test_copy_is_cut_clean_and_terminated),
		cmocka_unit_test(test_commands_are_encoded_exactly),
		cmocka_unit_test(
		    test_command_that_does_not_fit_leaves_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
