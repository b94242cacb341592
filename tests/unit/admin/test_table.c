/* How answers look: to people in each of the four looks, and as JSON. */
#include "admin/page.h"
#include "tests/system/json_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = {
	{ .title = "name" },
	{ .title = "size", .key = "size_bytes", .kind = CELL_BYTES },
	{ .title = "n", .kind = CELL_NUMBER },
	{ .title = "age", .key = "age_us", .kind = CELL_DURATION },
	{ .title = "up", .kind = CELL_BOOL },
	{ .title = "text" },
};

typedef void put_fn(struct page *page, const char *name, const struct table *t);

static void
add_row(struct table *t, const char *name, uint64_t n, const char *text)
{
	table_add_text(t, name);
	table_add_number(t, n * 1024);
	table_add_number(t, n);
	table_add_duration(t, (usec_t)n * USEC_SEC);
	table_add_bool(t, n > 1);
	table_add_text(t, text);
}

static void
expect_page(const struct table *t, put_fn *put, bool is_json, const char *want)
{
	struct text out = TEXT_INIT;
	struct page page;

	page_open(&page, &out, is_json);
	put(&page, "rows", t);
	page_close(&page);
	assert_string_equal(text_cstr(&out), want);
	if (is_json)
		assert_true(json_is_valid(text_cstr(&out)));
	text_fini(&out);
}

static void
put_pairs(struct page *page, const char *name, const struct table *t)
{
	(void)name;
	page_put_pairs(page, t);
}

static void
put_facts(struct page *page, const char *name, const struct table *t)
{
	(void)name;
	page_put_facts(page, t);
}

static void
test_columns_are_aligned(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, "a", 1, "first of all");
	add_row(&t, "longer", 100, NULL);
	expect_page(&t, page_put_table, false,
	    "NAME       SIZE    N    AGE  UP   TEXT\n"
	    "a         1.0KB    1   1.0s  no   first of all\n"
	    "longer  100.0KB  100  1m40s  yes  -\n");
	expect_page(&t, page_put_lines, false,
	    "a         1.0KB    1   1.0s  no   first of all\n"
	    "longer  100.0KB  100  1m40s  yes  -\n");
	table_fini(&t);
}

static void
test_table_without_rows(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, columns, ARRAY_LEN(columns));
	expect_page(
	    &t, page_put_table, false, "NAME  SIZE  N  AGE  UP  TEXT\n");
	expect_page(&t, page_put_lines, false, "");
	expect_page(&t, page_put_table, true, "{\"rows\":[]}\n");
	table_fini(&t);
}

static void
test_json_has_plain_numbers_and_null(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, "a", 2, "say \"hi\"");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_add_none(&t);
	expect_page(&t, page_put_table, true,
	    "{\"rows\":[{\"name\":\"a\",\"size_bytes\":2048,\"n\":2,"
	    "\"age_us\":2000000,\"up\":true,\"text\":\"say \\\"hi\\\"\"},"
	    "{\"name\":null,\"size_bytes\":null,\"n\":null,\"age_us\":null,"
	    "\"up\":null,\"text\":null}]}\n");
	table_fini(&t);
}

static void
test_pairs_and_facts(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, columns, ARRAY_LEN(columns));
	add_row(&t, "a", 0, "say \"hi\"");
	expect_page(&t, put_pairs, false,
	    "name=a size=0 n=0 age=0us up=no text=\"say \\\"hi\\\"\"\n");
	expect_page(&t, put_facts, false,
	    "name: a\nsize: 0\nn: 0\nage: 0us\nup: no\ntext: say \"hi\"\n");
	expect_page(&t, put_facts, true,
	    "{\"name\":\"a\",\"size_bytes\":0,\"n\":0,\"age_us\":0,"
	    "\"up\":false,\"text\":\"say \\\"hi\\\"\"}\n");
	table_fini(&t);
}

static void
test_lists_nest(void **state)
{
	static const struct column one[] = { { .title = "k" } };
	struct text out = TEXT_INIT;
	struct table t;

	(void)state;
	table_init(&t, one, 1);
	table_add_text(&t, "v");
	for (int is_json = 0; is_json <= 1; is_json++) {
		struct page page;

		text_clear(&out);
		page_open(&page, &out, is_json);
		page_open_list(&page, "items");
		for (int i = 0; i < 2; i++) {
			page_open_item(&page);
			page_put_pairs(&page, &t);
			page_put_table(&page, "rows", &t);
			page_close_item(&page);
		}
		page_close_list(&page);
		page_put_pairs(&page, &t);
		page_close(&page);
		assert_string_equal(text_cstr(&out),
		    is_json ? "{\"items\":[{\"k\":\"v\",\"rows\":[{\"k\":"
			      "\"v\"}]},{\"k\":\"v\",\"rows\":[{\"k\":"
			      "\"v\"}]}],\"k\":\"v\"}\n"
			    : "k=v\n  K\n  v\nk=v\n  K\n  v\nk=v\n");
	}
	assert_true(json_is_valid(text_cstr(&out)));
	text_fini(&out);
	table_fini(&t);
}

/* Details come from nodes, which may send anything. */
static void
test_any_bytes_stay_in_their_cell(void **state)
{
	static const struct column two[] = { { .title = "a" },
		{ .title = "b" } };
	struct text out = TEXT_INIT;
	char bytes[256];
	struct page page;
	struct table t;

	(void)state;
	for (int i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	table_init(&t, two, ARRAY_LEN(two));
	table_add_text(&t, bytes);
	table_add_text(&t, "\xc3\xa9\r\nx");
	page_open(&page, &out, true);
	page_put_table(&page, "rows", &t);
	page_close(&page);
	assert_true(json_is_valid(text_cstr(&out)));
	for (const char *s = text_cstr(&out); *s != '\0';) {
		assert_true(text_utf8_len(s) > 0);
		s += text_utf8_len(s);
	}
	table_fini(&t);
	table_init(&t, two, ARRAY_LEN(two));
	table_add_text(&t, "\xc3\xa9\r\nx");
	table_add_text(&t, "1");
	table_add_text(&t, "12345");
	table_add_text(&t, "2");
	expect_page(&t, page_put_lines, false,
	    "\xc3\xa9  x   1\n"
	    "12345  2\n");
	table_fini(&t);
	text_fini(&out);
}

struct number_case {
	uint64_t n;
	const char *bytes;
	const char *duration;
};

static void
test_units_for_people(void **state)
{
	static const struct number_case cases[] = {
		{ .n = 0, .bytes = "0", .duration = "0us" },
		{ .n = 999, .bytes = "999", .duration = "999us" },
		{ .n = 1023, .bytes = "1023", .duration = "1.0ms" },
		{ .n = 1024, .bytes = "1.0KB", .duration = "1.0ms" },
		{ .n = 999999, .bytes = "976.6KB", .duration = "999ms" },
		{ .n = 1048575, .bytes = "1.0MB", .duration = "1.0s" },
		{ .n = 59999999, .bytes = "57.2MB", .duration = "59.9s" },
		{ .n = 61000000, .bytes = "58.2MB", .duration = "1m01s" },
		{ .n = 3599999999, .bytes = "3.4GB", .duration = "59m59s" },
		{ .n = 3660000000, .bytes = "3.4GB", .duration = "1h01m" },
		{ .n = 90000000000, .bytes = "83.8GB", .duration = "1d01h" },
		{ .n = INT64_MAX,
		    .bytes = "8192.0PB",
		    .duration = "106751991d04h" },
	};
	static const struct column two[] = {
		{ .title = "b", .kind = CELL_BYTES },
		{ .title = "d", .kind = CELL_DURATION },
	};
	struct text out = TEXT_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct table t;

		table_init(&t, two, ARRAY_LEN(two));
		table_add_number(&t, cases[i].n);
		table_add_duration(&t, (usec_t)cases[i].n);
		text_clear(&out);
		table_print_cell(&t, 0, 0, &out);
		assert_string_equal(text_cstr(&out), cases[i].bytes);
		text_clear(&out);
		table_print_cell(&t, 0, 1, &out);
		assert_string_equal(text_cstr(&out), cases[i].duration);
		table_fini(&t);
	}
	text_fini(&out);
}

static void
test_greatest_number(void **state)
{
	static const struct column one[] = {
		{ .title = "n", .kind = CELL_NUMBER },
	};
	struct table t;

	(void)state;
	table_init(&t, one, 1);
	table_add_number(&t, UINT64_MAX);
	expect_page(&t, put_pairs, false, "n=18446744073709551615\n");
	table_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_aligned),
		cmocka_unit_test(test_table_without_rows),
		cmocka_unit_test(test_json_has_plain_numbers_and_null),
		cmocka_unit_test(test_pairs_and_facts),
		cmocka_unit_test(test_lists_nest),
		cmocka_unit_test(test_any_bytes_stay_in_their_cell),
		cmocka_unit_test(test_units_for_people),
		cmocka_unit_test(test_greatest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
