#include "conf/value.h"

#include "base/endpoint.h"
#include "base/usec.h"
#include "help.h"

#include <errno.h>

static const char *const test_colours[] = { "red", "green", "blue" };

static const struct value_rule rule_bool = { .type = VALUE_BOOL,
	.default_text = "yes" };
static const struct value_rule rule_count = {
	.type = VALUE_COUNT, .min = 1, .max = 100, .default_text = "3"
};
static const struct value_rule rule_auto = {
	.type = VALUE_AUTO, .min = 1, .max = 64, .default_text = "auto"
};
static const struct value_rule rule_duration = {
	.type = VALUE_DURATION,
	.min = 5 * USEC_MS,
	.max = 3600 * USEC_SEC,
	.default_text = "200ms",
};
static const struct value_rule rule_long_duration = {
	.type = VALUE_DURATION, .max = INT64_MAX, .default_text = "0s"
};
static const struct value_rule rule_size = {
	.type = VALUE_SIZE, .max = INT64_C(1) << 50, .default_text = "16MB"
};
static const struct value_rule rule_mode = {
	.type = VALUE_MODE, .max = 0777, .default_text = "0660"
};
static const struct value_rule rule_enum = {
	.type = VALUE_ENUM,
	.names = { .list = test_colours, .n = 3 },
	.default_text = "red",
};
static const struct value_rule rule_string = { .type = VALUE_STRING,
	.default_text = "" };
static const struct value_rule rule_needed_string = { .type = VALUE_STRING };
static const struct value_rule rule_path = { .type = VALUE_PATH,
	.default_text = "" };
static const struct value_rule rule_kept_path = { .type = VALUE_PATH,
	.default_text = "/run/x" };
static const struct value_rule rule_secret = { .type = VALUE_SECRET,
	.default_text = "" };
static const struct value_rule rule_endpoint = { .type = VALUE_ENDPOINT };
static const struct value_rule rule_named = { .type = VALUE_NAMED };
static const struct value_rule rule_free_endpoint = { .type = VALUE_ENDPOINT,
	.default_text = "" };

static const struct value_rule rule_endpoints = { .type = VALUE_ENDPOINTS,
	.default_text = "" };
static const struct value_rule rule_needed_endpoints = { .type =
							     VALUE_ENDPOINTS };

union test_member {
	bool flag;
	int choice;
	int64_t number;
	char *text;
	struct endpoint endpoint;
	struct endpoint_list endpoints;
};

struct test_good {
	const struct value_rule *rule;
	const char *text;
	int64_t number;
	const char *printed;
};

static const struct test_good test_goods[] = {
	{ .rule = &rule_count, .text = "1", .number = 1, .printed = "1" },
	{ .rule = &rule_count, .text = "100", .number = 100, .printed = "100" },
	{ .rule = &rule_count, .text = "007", .number = 7, .printed = "7" },
	{ .rule = &rule_auto, .text = "auto", .number = 0, .printed = "auto" },
	{ .rule = &rule_auto, .text = "64", .number = 64, .printed = "64" },
	{ .rule = &rule_duration,
	    .text = "200000us",
	    .number = 200 * USEC_MS,
	    .printed = "200ms" },
	{ .rule = &rule_duration,
	    .text = "5ms",
	    .number = 5 * USEC_MS,
	    .printed = "5ms" },
	{ .rule = &rule_duration,
	    .text = "90s",
	    .number = 90 * USEC_SEC,
	    .printed = "90s" },
	{ .rule = &rule_duration,
	    .text = "60s",
	    .number = 60 * USEC_SEC,
	    .printed = "1m" },
	{ .rule = &rule_duration,
	    .text = "60m",
	    .number = 3600 * USEC_SEC,
	    .printed = "1h" },
	{ .rule = &rule_long_duration,
	    .text = "0",
	    .number = 0,
	    .printed = "0s" },
	{ .rule = &rule_long_duration,
	    .text = "0s",
	    .number = 0,
	    .printed = "0s" },
	{ .rule = &rule_long_duration,
	    .text = "1500us",
	    .number = 1500,
	    .printed = "1500us" },
	{ .rule = &rule_long_duration,
	    .text = "36h",
	    .number = 36 * 3600 * USEC_SEC,
	    .printed = "36h" },
	{ .rule = &rule_long_duration,
	    .text = "7d",
	    .number = 7 * 86400 * USEC_SEC,
	    .printed = "7d" },
	{ .rule = &rule_size, .text = "0", .number = 0, .printed = "0" },
	{ .rule = &rule_size, .text = "10", .number = 10, .printed = "10B" },
	{ .rule = &rule_size, .text = "10B", .number = 10, .printed = "10B" },
	{ .rule = &rule_size,
	    .text = "2048",
	    .number = 2048,
	    .printed = "2KB" },
	{ .rule = &rule_size,
	    .text = "64MB",
	    .number = INT64_C(64) << 20,
	    .printed = "64MB" },
	{ .rule = &rule_size,
	    .text = "1GB",
	    .number = INT64_C(1) << 30,
	    .printed = "1GB" },
	{ .rule = &rule_size,
	    .text = "1048576GB",
	    .number = INT64_C(1) << 50,
	    .printed = "1048576GB" },
	{ .rule = &rule_mode,
	    .text = "0660",
	    .number = 0660,
	    .printed = "0660" },
	{ .rule = &rule_mode,
	    .text = "777",
	    .number = 0777,
	    .printed = "0777" },
	{ .rule = &rule_mode, .text = "0", .number = 0, .printed = "0000" },
};

static void
test_numbers_are_read_and_printed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(test_goods); i++) {
		const struct test_good *t = &test_goods[i];
		struct text out = TEXT_INIT;
		union test_member m, again;
		struct err err;

		assert_int_equal(value_parse(t->rule, t->text, &m, &err), 0);
		assert_int_equal(m.number, t->number);
		value_print(t->rule, &m, &out);
		assert_string_equal(text_cstr(&out), t->printed);
		assert_int_equal(value_parse(t->rule, out.at, &again, &err), 0);
		assert_true(value_equal(t->rule, &m, &again));
		text_fini(&out);
	}
}

static void
test_choices_are_read_and_printed(void **state)
{
	struct text out = TEXT_INIT;
	union test_member m;
	struct err err;

	(void)state;
	assert_int_equal(value_parse(&rule_bool, "yes", &m, &err), 0);
	assert_true(m.flag);
	value_print(&rule_bool, &m, &out);
	assert_int_equal(value_parse(&rule_bool, "no", &m, &err), 0);
	assert_false(m.flag);
	value_print(&rule_bool, &m, &out);
	assert_int_equal(value_parse(&rule_enum, "blue", &m, &err), 0);
	assert_int_equal(m.choice, 2);
	value_print(&rule_enum, &m, &out);
	assert_string_equal(text_cstr(&out), "yesnoblue");
	text_fini(&out);
}

static void
test_text_replaces_text(void **state)
{
	union test_member m = { .text = NULL };
	struct text out = TEXT_INIT;
	struct err err;

	(void)state;
	assert_int_equal(value_parse(&rule_string, "one", &m, &err), 0);
	assert_int_equal(value_parse(&rule_string, "two", &m, &err), 0);
	assert_string_equal(m.text, "two");
	assert_int_equal(
	    value_parse(&rule_path, "relative", &m, &err), -EINVAL);
	assert_string_equal(m.text, "two");
	assert_int_equal(value_parse(&rule_path, "", &m, &err), 0);
	assert_string_equal(m.text, "");
	value_print(&rule_path, &m, &out);
	assert_string_equal(text_cstr(&out), "");
	text_fini(&out);
	value_fini(&rule_path, &m);
	assert_null(m.text);
}

static void
test_secret_is_never_printed(void **state)
{
	char longer[VALUE_TEXT_MAX + 2];
	union test_member m = { .text = NULL };
	struct text out = TEXT_INIT;
	struct err err;

	(void)state;
	assert_int_equal(value_parse(&rule_secret, "hunter2", &m, &err), 0);
	assert_string_equal(m.text, "hunter2");
	value_print(&rule_secret, &m, &out);
	assert_string_equal(text_cstr(&out), "***");

	memset(longer, 's', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(value_parse(&rule_secret, longer, &m, &err), -EINVAL);
	assert_string_equal(
	    err.text, "found 174 bytes: expected text of at most 173 bytes");
	assert_int_equal(value_parse(&rule_secret, "", &m, &err), 0);
	text_clear(&out);
	value_print(&rule_secret, &m, &out);
	assert_string_equal(text_cstr(&out), "");
	text_fini(&out);
	value_fini(&rule_secret, &m);
}

static void
test_endpoint_is_canonical(void **state)
{
	struct text out = TEXT_INIT;
	union test_member m, other;
	struct err err;

	(void)state;
	assert_int_equal(
	    value_parse(&rule_endpoint, "[2001:DB8:0::1]:6379", &m, &err), 0);
	value_print(&rule_endpoint, &m, &out);
	assert_string_equal(text_cstr(&out), "[2001:db8::1]:6379");
	assert_int_equal(value_parse(&rule_endpoint, out.at, &other, &err), 0);
	assert_true(value_equal(&rule_endpoint, &m, &other));
	assert_int_equal(value_parse(&rule_free_endpoint, "", &m, &err), 0);
	assert_false(endpoint_is_set(&m.endpoint));
	assert_false(value_equal(&rule_endpoint, &m, &other));
	text_clear(&out);
	value_print(&rule_free_endpoint, &m, &out);
	assert_string_equal(text_cstr(&out), "");
	text_fini(&out);
}

static void
test_named_endpoint_is_a_name_or_an_address(void **state)
{
	struct text out = TEXT_INIT;
	union test_member m, other;
	struct err err;

	(void)state;
	assert_int_equal(
	    value_parse(&rule_named, "DB1.Example.org.:6379", &m, &err), 0);
	assert_true(endpoint_is_named(&m.endpoint));
	value_print(&rule_named, &m, &out);
	assert_string_equal(text_cstr(&out), "db1.example.org.:6379");
	assert_int_equal(value_parse(&rule_named, out.at, &other, &err), 0);
	assert_true(value_equal(&rule_named, &m, &other));
	assert_int_equal(
	    value_parse(&rule_named, "10.0.0.1:6379", &m, &err), 0);
	assert_false(endpoint_is_named(&m.endpoint));
	assert_false(value_equal(&rule_named, &m, &other));
	text_fini(&out);
}

static void
test_endpoints_are_a_list(void **state)
{
	struct text out = TEXT_INIT;
	union test_member m, other;
	struct err err;

	(void)state;
	assert_int_equal(value_parse(&rule_endpoints,
			     "10.0.0.1:1 \t [2001:DB8:0::1]:2  ", &m, &err),
	    0);
	assert_int_equal(m.endpoints.n, 2);
	value_print(&rule_endpoints, &m, &out);
	assert_string_equal(text_cstr(&out), "10.0.0.1:1 [2001:db8::1]:2");
	assert_int_equal(value_parse(&rule_endpoints, out.at, &other, &err), 0);
	assert_true(value_equal(&rule_endpoints, &m, &other));
	assert_int_equal(
	    value_parse(&rule_endpoints, "10.0.0.1:1", &other, &err), 0);
	assert_false(value_equal(&rule_endpoints, &m, &other));
	assert_int_equal(value_parse(&rule_endpoints,
			     "10.0.0.1:1 [2001:db8::1]:3", &other, &err),
	    0);
	assert_false(value_equal(&rule_endpoints, &m, &other));
	assert_int_equal(value_parse(&rule_endpoints, "", &m, &err), 0);
	assert_int_equal(m.endpoints.n, 0);
	text_clear(&out);
	value_print(&rule_endpoints, &m, &out);
	assert_string_equal(text_cstr(&out), "");
	text_fini(&out);
}

struct test_bad {
	const struct value_rule *rule;
	const char *text;
	const char *error;
};

#define DURATION_ERROR(found) \
	"found " found ": expected a duration between 5ms and 1h, such as " \
	"200ms"
#define LONG_ERROR(found) \
	"found " found ": expected a duration between 0s and " \
	"9223372036854775807us, such as 9223372036854775807us"
#define SIZE_ERROR(found) \
	"found " found ": expected a size between 0 and 1048576GB, such as " \
	"16MB"
#define COUNT_ERROR(found) \
	"found " found ": expected a whole number between 1 and 100"
#define ENDPOINT_ERROR(found) \
	"found " found ": expected a numeric IP:PORT, such as " \
	"10.0.0.1:6379 or [::1]:6379"

#define NAMED_ERROR(found) \
	"found " found ": expected IP:PORT or NAME:PORT, such as " \
	"10.0.0.1:6379, [::1]:6379 or db1.lan:6379"

#define ENDPOINTS_ERROR(found) \
	"found " found ": expected at most 9 numeric IP:PORT between " \
	"blanks, such as 10.0.0.1:6379 or [::1]:6379"

static const struct test_bad test_bads[] = {
	{ .rule = &rule_needed_endpoints,
	    .text = "",
	    .error = ENDPOINTS_ERROR("nothing") },
	{ .rule = &rule_endpoints,
	    .text = "1.1.1.1:1,1.1.1.1:2",
	    .error = ENDPOINTS_ERROR("\"1.1.1.1:1,1.1.1.1:2\"") },
	{ .rule = &rule_endpoints,
	    .text = "1.1.1.1:1 host:2",
	    .error = ENDPOINTS_ERROR("\"1.1.1.1:1 host:2\"") },
	{ .rule = &rule_endpoints,
	    .text = "1.1.1.1:1 1.1.1.1:2 1.1.1.1:3 1.1.1.1:4 1.1.1.1:5 "
		    "1.1.1.1:6 1.1.1.1:7 1.1.1.1:8 1.1.1.1:9 1.1.1.1:0",
	    .error = ENDPOINTS_ERROR(
		"\"1.1.1.1:1 1.1.1.1:2 1.1.1.1:3 1.1.1.1:4 1.1.1.1:5 "
		"1.1.1.1:6 ...\"") },
	{ .rule = &rule_endpoints,
	    .text = "0123456789012345678901234567890123456789012345678901234567"
		    ":1",
	    .error = ENDPOINTS_ERROR(
		"\"0123456789012345678901234567890123456789012345678901234567"
		":1\"") },
	{ .rule = &rule_bool,
	    .text = "true",
	    .error = "found \"true\": expected yes or no" },
	{ .rule = &rule_bool,
	    .text = "",
	    .error = "found nothing: expected yes or no" },
	{ .rule = &rule_count, .text = "0", .error = COUNT_ERROR("\"0\"") },
	{ .rule = &rule_count, .text = "101", .error = COUNT_ERROR("\"101\"") },
	{ .rule = &rule_count, .text = "-1", .error = COUNT_ERROR("\"-1\"") },
	{ .rule = &rule_count, .text = "+1", .error = COUNT_ERROR("\"+1\"") },
	{ .rule = &rule_count, .text = "1 ", .error = COUNT_ERROR("\"1 \"") },
	{ .rule = &rule_count, .text = "0x1", .error = COUNT_ERROR("\"0x1\"") },
	{ .rule = &rule_count, .text = "1.5", .error = COUNT_ERROR("\"1.5\"") },
	{ .rule = &rule_count,
	    .text = "99999999999999999999",
	    .error = COUNT_ERROR("\"99999999999999999999\"") },
	{ .rule = &rule_auto,
	    .text = "0",
	    .error = "found \"0\": expected auto or a whole number between 1 "
		     "and 64" },
	{ .rule = &rule_duration,
	    .text = "5x",
	    .error = DURATION_ERROR("\"5x\"") },
	{ .rule = &rule_duration,
	    .text = "200",
	    .error = DURATION_ERROR("\"200\"") },
	{ .rule = &rule_duration,
	    .text = "ms",
	    .error = DURATION_ERROR("\"ms\"") },
	{ .rule = &rule_duration,
	    .text = "",
	    .error = DURATION_ERROR("nothing") },
	{ .rule = &rule_duration,
	    .text = "0",
	    .error = DURATION_ERROR("\"0\"") },
	{ .rule = &rule_duration,
	    .text = "4ms",
	    .error = DURATION_ERROR("\"4ms\"") },
	{ .rule = &rule_duration,
	    .text = "61m",
	    .error = DURATION_ERROR("\"61m\"") },
	{ .rule = &rule_duration,
	    .text = "5 s",
	    .error = DURATION_ERROR("\"5 s\"") },
	{ .rule = &rule_long_duration,
	    .text = "9223372036854775807d",
	    .error = LONG_ERROR("\"9223372036854775807d\"") },
	{ .rule = &rule_size, .text = "1TB", .error = SIZE_ERROR("\"1TB\"") },
	{ .rule = &rule_size, .text = "1kb", .error = SIZE_ERROR("\"1kb\"") },
	{ .rule = &rule_size,
	    .text = "1048577GB",
	    .error = SIZE_ERROR("\"1048577GB\"") },
	{ .rule = &rule_size,
	    .text = "9223372036854775807KB",
	    .error = SIZE_ERROR("\"9223372036854775807KB\"") },
	{ .rule = &rule_mode,
	    .text = "0888",
	    .error = "found \"0888\": expected octal permissions between 0000 "
		     "and 0777, "
		     "such as 0660" },
	{ .rule = &rule_mode,
	    .text = "1000",
	    .error = "found \"1000\": expected octal permissions between 0000 "
		     "and 0777, "
		     "such as 0660" },
	{ .rule = &rule_enum,
	    .text = "Red",
	    .error = "found \"Red\": expected red, green or blue" },
	{ .rule = &rule_needed_string,
	    .text = "",
	    .error = "found nothing: expected text of at most 173 bytes" },
	{ .rule = &rule_kept_path,
	    .text = "",
	    .error = "found nothing: expected an absolute path of at most 173 "
		     "bytes" },
	{ .rule = &rule_path,
	    .text = "etc/x",
	    .error = "found another text: expected an absolute path of at most "
		     "173 bytes" },
	{ .rule = &rule_named,
	    .text = "10.0.0.256:6379",
	    .error = NAMED_ERROR("\"10.0.0.256:6379\"") },
	{ .rule = &rule_named, .text = "db1", .error = NAMED_ERROR("\"db1\"") },
	{ .rule = &rule_named, .text = "", .error = NAMED_ERROR("nothing") },
	{ .rule = &rule_endpoint,
	    .text = "db1:6379",
	    .error = ENDPOINT_ERROR("\"db1:6379\"") },
	{ .rule = &rule_endpoint,
	    .text = "10.0.0.1",
	    .error = ENDPOINT_ERROR("\"10.0.0.1\"") },
	{ .rule = &rule_endpoint,
	    .text = "10.0.0.1:0",
	    .error = ENDPOINT_ERROR("\"10.0.0.1:0\"") },
	{ .rule = &rule_endpoint,
	    .text = "::1:6379",
	    .error = ENDPOINT_ERROR("\"::1:6379\"") },
	{ .rule = &rule_endpoint,
	    .text = "",
	    .error = ENDPOINT_ERROR("nothing") },
};

static void
test_bad_values_tell_what_was_expected(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(test_bads); i++) {
		const struct test_bad *t = &test_bads[i];
		union test_member m;
		struct err err;

		memset(&m, 0, sizeof(m));
		assert_int_equal(
		    value_parse(t->rule, t->text, &m, &err), -EINVAL);
		assert_string_equal(err.text, t->error);
	}
}

static void
test_quoted_text_is_short_and_one_line(void **state)
{
	/* 59 letters and a two-byte one, which must not be cut in half. */
	static const char letters[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct text text = TEXT_INIT;
	struct text out = TEXT_INIT;

	(void)state;
	value_quote("a\nb\x1b[0m\x7f", &out);
	assert_string_equal(text_cstr(&out), "\"a?b?[0m?\"");
	text_addf(&text, "%s\xc3\xa4%s", letters, letters);
	text_clear(&out);
	value_quote(text.at, &out);
	text_clear(&text);
	text_addf(&text, "\"%s...\"", letters);
	assert_string_equal(text_cstr(&out), text_cstr(&text));
	text_fini(&text);
	text_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_read_and_printed),
		cmocka_unit_test(test_choices_are_read_and_printed),
		cmocka_unit_test(test_text_replaces_text),
		cmocka_unit_test(test_secret_is_never_printed),
		cmocka_unit_test(test_endpoint_is_canonical),
		cmocka_unit_test(test_named_endpoint_is_a_name_or_an_address),
		cmocka_unit_test(test_endpoints_are_a_list),
		cmocka_unit_test(test_bad_values_tell_what_was_expected),
		cmocka_unit_test(test_quoted_text_is_short_and_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
