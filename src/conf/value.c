#include "conf/value.h"

#include "base/endpoint.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Longer text is cut in messages. */
#define VALUE_QUOTE_MAX 60

struct value_unit {
	const char *name;
	int64_t scale;
};

/* Ascending: printing takes the last one that divides the value. */
static const struct value_unit value_time_units[] = {
	{ .name = "us", .scale = 1 },
	{ .name = "ms", .scale = INT64_C(1000) },
	{ .name = "s", .scale = INT64_C(1000000) },
	{ .name = "m", .scale = INT64_C(60000000) },
	{ .name = "h", .scale = INT64_C(3600000000) },
	{ .name = "d", .scale = INT64_C(86400000000) },
	{ .name = NULL, .scale = 0 },
};

static const struct value_unit value_size_units[] = {
	{ .name = "B", .scale = 1 },
	{ .name = "KB", .scale = INT64_C(1) << 10 },
	{ .name = "MB", .scale = INT64_C(1) << 20 },
	{ .name = "GB", .scale = INT64_C(1) << 30 },
	{ .name = NULL, .scale = 0 },
};

void
value_quote(const char *text, struct text *out)
{
	size_t len = strlen(text);
	size_t end = len <= VALUE_QUOTE_MAX ? len : VALUE_QUOTE_MAX;

	if (len == 0) {
		text_add(out, "nothing");
		return;
	}
	/* Never cut inside a UTF-8 character: continuations are 10xxxxxx. */
	while (
	    end < len && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	text_add(out, "\"");
	for (size_t i = 0; i < end; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			text_add(out, "?");
		else
			text_add_bytes(out, text + i, 1);
	}
	text_add(out, end < len ? "...\"" : "\"");
}

/* Digits only: strtoll would take blanks, signs and a text without any. */
static bool
value_scan_digits(const char **text, int base, int64_t *number)
{
	const char *s = *text;
	int64_t n = 0;

	for (; *s >= '0' && *s < '0' + base; s++) {
		if (n > (INT64_MAX - 9) / base)
			return false;
		n = n * base + (*s - '0');
	}
	if (s == *text)
		return false;
	*text = s;
	*number = n;
	return true;
}

static bool
value_scan_whole(const char *text, int base, int64_t *number)
{
	return value_scan_digits(&text, base, number) && *text == '\0';
}

static bool
value_scan_unit(
    const char *text, const struct value_unit *units, int64_t *number)
{
	int64_t n;

	if (!value_scan_digits(&text, 10, &n))
		return false;
	/* A bare number is bytes; of the durations only 0 needs no unit. */
	if (*text == '\0' && (n == 0 || units == value_size_units)) {
		*number = n;
		return true;
	}
	for (; units->name != NULL; units++) {
		if (strcmp(text, units->name) != 0)
			continue;
		if (n > INT64_MAX / units->scale)
			return false;
		*number = n * units->scale;
		return true;
	}
	return false;
}

static bool
value_scan_name(
    const struct value_names *names, const char *text, int64_t *number)
{
	for (unsigned i = 0; i < names->n; i++) {
		if (strcmp(names->list[i], text) != 0)
			continue;
		*number = i;
		return true;
	}
	return false;
}

static bool
value_scan_bool(const char *text, int64_t *number)
{
	*number = strcmp(text, "yes") == 0;
	return *number == 1 || strcmp(text, "no") == 0;
}

static bool
value_scan_limited(
    const struct value_rule *rule, const char *text, int64_t *number)
{
	bool is_number;

	if (rule->type == VALUE_DURATION)
		is_number = value_scan_unit(text, value_time_units, number);
	else if (rule->type == VALUE_SIZE)
		is_number = value_scan_unit(text, value_size_units, number);
	else
		is_number = value_scan_whole(
		    text, rule->type == VALUE_MODE ? 8 : 10, number);
	return is_number && *number >= rule->min && *number <= rule->max;
}

static bool
value_is_endpoint(enum value_type type)
{
	return type == VALUE_ENDPOINT || type == VALUE_NAMED;
}

static bool
value_is_text(enum value_type type)
{
	return type == VALUE_STRING || type == VALUE_PATH ||
	    type == VALUE_SECRET;
}

static void
value_print_unit(
    int64_t number, const struct value_unit *units, struct text *out)
{
	const struct value_unit *best = units;

	if (number == 0) {
		text_add(out, units == value_time_units ? "0s" : "0");
		return;
	}
	for (; units->name != NULL; units++)
		if (number % units->scale == 0)
			best = units;
	text_addf(out, "%" PRId64 "%s", number / best->scale, best->name);
}

static void
value_print_number(
    const struct value_rule *rule, int64_t number, struct text *out)
{
	if (rule->type == VALUE_DURATION)
		value_print_unit(number, value_time_units, out);
	else if (rule->type == VALUE_SIZE)
		value_print_unit(number, value_size_units, out);
	else if (rule->type == VALUE_MODE)
		text_addf(out, "%04" PRIo64, (uint64_t)number);
	else if (rule->type == VALUE_AUTO && number == 0)
		text_add(out, "auto");
	else
		text_addf(out, "%" PRId64, number);
}

static void
value_describe_range(
    const struct value_rule *rule, const char *what, struct text *out)
{
	text_addf(out, "%s between ", what);
	value_print_number(rule, rule->min, out);
	text_add(out, " and ");
	value_print_number(rule, rule->max, out);
}

static void
value_describe_names(const struct value_names *names, struct text *out)
{
	for (unsigned i = 0; i < names->n; i++) {
		if (i > 0)
			text_add(out, i + 1 < names->n ? ", " : " or ");
		text_add(out, names->list[i]);
	}
}

void
value_describe(const struct value_rule *rule, struct text *out)
{
	switch (rule->type) {
	case VALUE_BOOL:
		text_add(out, "yes or no");
		break;
	case VALUE_COUNT:
		value_describe_range(rule, "a whole number", out);
		break;
	case VALUE_AUTO:
		value_describe_range(rule, "auto or a whole number", out);
		break;
	case VALUE_DURATION:
		value_describe_range(rule, "a duration", out);
		break;
	case VALUE_SIZE:
		value_describe_range(rule, "a size", out);
		break;
	case VALUE_MODE:
		value_describe_range(rule, "octal permissions", out);
		break;
	case VALUE_ENUM:
		value_describe_names(&rule->names, out);
		break;
	case VALUE_STRING:
	case VALUE_SECRET:
		text_addf(out, "text of at most %d bytes", VALUE_TEXT_MAX);
		break;
	case VALUE_PATH:
		text_addf(out, "an absolute path of at most %d bytes",
		    VALUE_TEXT_MAX);
		break;
	case VALUE_ENDPOINT:
		text_add(out, "a numeric IP:PORT");
		break;
	case VALUE_NAMED:
		text_add(out, "IP:PORT or NAME:PORT");
		break;
	case VALUE_ENDPOINTS:
		text_addf(out, "at most %d numeric IP:PORT between blanks",
		    ENDPOINT_LIST_MAX);
		break;
	case VALUE_TYPE_COUNT:
		CHECK(rule->type != VALUE_TYPE_COUNT);
	}
}

/*
 * The default shows best how a value is written, unless it is a bare 0; the
 * maximum always is an allowed one.
 */
static void
value_add_example(const struct value_rule *rule, struct text *out)
{
	const char *text = rule->default_text;

	if (rule->type == VALUE_ENDPOINT || rule->type == VALUE_ENDPOINTS) {
		text_add(out, ", such as 10.0.0.1:6379 or [::1]:6379");
		return;
	}
	if (rule->type == VALUE_NAMED) {
		text_add(
		    out, ", such as 10.0.0.1:6379, [::1]:6379 or db1.lan:6379");
		return;
	}
	if (rule->type != VALUE_DURATION && rule->type != VALUE_SIZE &&
	    rule->type != VALUE_MODE)
		return;
	text_add(out, ", such as ");
	if (text != NULL && strspn(text, "0s") < strlen(text))
		text_add(out, text);
	else
		value_print_number(rule, rule->max, out);
}

/*
 * A secret is not shown, nor a path that is none: it may be a password that
 * was meant for the file.
 */
static void
value_add_found(
    const struct value_rule *rule, const char *text, struct text *out)
{
	if (text[0] == '\0' ||
	    (rule->type != VALUE_SECRET && rule->type != VALUE_PATH))
		value_quote(text, out);
	else if (strlen(text) > VALUE_TEXT_MAX)
		text_addf(out, "%zu bytes", strlen(text));
	else
		text_add(out, "another text");
}

static int
value_fail(const struct value_rule *rule, const char *text, struct err *err)
{
	struct text found = TEXT_INIT;
	struct text expected = TEXT_INIT;
	int rc;

	value_add_found(rule, text, &found);
	value_describe(rule, &expected);
	value_add_example(rule, &expected);
	rc = err_set(err, -EINVAL, "found %s: expected %s", text_cstr(&found),
	    text_cstr(&expected));
	text_fini(&found);
	text_fini(&expected);
	return rc;
}

static void
value_drop_text(char **member)
{
	if (*member == NULL)
		return;
	explicit_bzero(*member, strlen(*member));
	free(*member);
	*member = NULL;
}

static int
value_parse_text(const struct value_rule *rule, const char *text, char **member,
    struct err *err)
{
	if (text[0] == '\0' &&
	    (rule->default_text == NULL || rule->default_text[0] != '\0'))
		return value_fail(rule, text, err);
	if (strlen(text) > VALUE_TEXT_MAX)
		return value_fail(rule, text, err);
	if (rule->type == VALUE_PATH && text[0] != '/' && text[0] != '\0')
		return value_fail(rule, text, err);
	value_drop_text(member);
	*member = mem_strdup(text);
	return 0;
}

static int
value_parse_endpoint(const struct value_rule *rule, const char *text,
    struct endpoint *member, struct err *err)
{
	struct err ignored; /* its text does not fit "found: expected" */
	struct endpoint ep;
	int rc = 0;

	memset(&ep, 0, sizeof(ep));
	if (text[0] == '\0' && rule->default_text == NULL)
		return value_fail(rule, text, err);
	if (text[0] != '\0' && rule->type == VALUE_NAMED)
		rc = endpoint_parse_named(&ep, text, &ignored);
	else if (text[0] != '\0')
		rc = endpoint_parse(&ep, text, &ignored);
	if (rc != 0 || strlen(text) > VALUE_TEXT_MAX)
		return value_fail(rule, text, err);
	*member = ep;
	return 0;
}

/* Cuts the next word out of *text; false when there is none or no room. */
static bool
value_next_word(const char **text, char *word, size_t size)
{
	const char *from = *text + strspn(*text, " \t");
	size_t len = strcspn(from, " \t");

	*text = from + len;
	if (len == 0 || len >= size)
		return false;
	memcpy(word, from, len);
	word[len] = '\0';
	return true;
}

static int
value_parse_endpoints(const struct value_rule *rule, const char *text,
    struct endpoint_list *member, struct err *err)
{
	struct endpoint_list list = { .n = 0 };
	char word[ENDPOINT_TEXT_LEN];
	const char *at = text;
	struct err ignored; /* as above */

	if (text[0] == '\0' && rule->default_text == NULL)
		return value_fail(rule, text, err);
	while (at[strspn(at, " \t")] != '\0') {
		if (list.n == ENDPOINT_LIST_MAX ||
		    !value_next_word(&at, word, sizeof(word)) ||
		    endpoint_parse(&list.at[list.n], word, &ignored) != 0)
			return value_fail(rule, text, err);
		list.n++;
	}
	*member = list;
	return 0;
}

/*
 * Enumerations are stored as int: option.c asserts that each enum that is a
 * member has its size, and the C standard lets both alias.
 */
static int
value_parse_number(const struct value_rule *rule, const char *text,
    void *member, struct err *err)
{
	bool is_good;
	int64_t number = 0;

	if (rule->type == VALUE_BOOL)
		is_good = value_scan_bool(text, &number);
	else if (rule->type == VALUE_ENUM)
		is_good = value_scan_name(&rule->names, text, &number);
	else if (rule->type == VALUE_AUTO && strcmp(text, "auto") == 0)
		is_good = true;
	else
		is_good = value_scan_limited(rule, text, &number);
	if (!is_good)
		return value_fail(rule, text, err);

	if (rule->type == VALUE_BOOL)
		*(bool *)member = number != 0;
	else if (rule->type == VALUE_ENUM)
		memcpy(member, &(int){ (int)number }, sizeof(int));
	else
		*(int64_t *)member = number;
	return 0;
}

int
value_parse(const struct value_rule *rule, const char *text, void *member,
    struct err *err)
{
	CHECK(rule != NULL && text != NULL);
	CHECK(member != NULL && err != NULL);
	if (value_is_text(rule->type))
		return value_parse_text(rule, text, member, err);
	if (value_is_endpoint(rule->type))
		return value_parse_endpoint(rule, text, member, err);
	if (rule->type == VALUE_ENDPOINTS)
		return value_parse_endpoints(rule, text, member, err);
	return value_parse_number(rule, text, member, err);
}

static void
value_print_text(
    const struct value_rule *rule, const char *member, struct text *out)
{
	if (rule->type == VALUE_SECRET && member[0] != '\0')
		text_add(out, "***");
	else
		text_add(out, member);
}

static void
value_print_endpoint(const struct endpoint *ep, struct text *out)
{
	char buf[ENDPOINT_TEXT_LEN];

	if (endpoint_is_set(ep))
		text_add(out, endpoint_format(ep, buf));
}

static void
value_print_endpoints(const struct endpoint_list *list, struct text *out)
{
	for (unsigned i = 0; i < list->n; i++) {
		if (i > 0)
			text_add(out, " ");
		value_print_endpoint(&list->at[i], out);
	}
}

void
value_print(const struct value_rule *rule, const void *member, struct text *out)
{
	int index;

	CHECK(rule != NULL && member != NULL && out != NULL);
	if (value_is_text(rule->type)) {
		value_print_text(rule, *(char *const *)member, out);
	} else if (value_is_endpoint(rule->type)) {
		value_print_endpoint(member, out);
	} else if (rule->type == VALUE_ENDPOINTS) {
		value_print_endpoints(member, out);
	} else if (rule->type == VALUE_BOOL) {
		text_add(out, *(const bool *)member ? "yes" : "no");
	} else if (rule->type == VALUE_ENUM) {
		memcpy(&index, member, sizeof(index));
		CHECK(index >= 0 && (unsigned)index < rule->names.n);
		text_add(out, rule->names.list[index]);
	} else {
		value_print_number(rule, *(const int64_t *)member, out);
	}
}

static bool
value_equal_endpoints(
    const struct endpoint_list *left, const struct endpoint_list *right)
{
	if (left->n != right->n)
		return false;
	for (unsigned i = 0; i < left->n; i++)
		if (!endpoint_equal(&left->at[i], &right->at[i]))
			return false;
	return true;
}

bool
value_equal(const struct value_rule *rule, const void *left, const void *right)
{
	CHECK(rule != NULL && left != NULL && right != NULL);
	if (value_is_text(rule->type))
		return strcmp(*(char *const *)left, *(char *const *)right) == 0;
	if (value_is_endpoint(rule->type))
		return endpoint_equal(left, right);
	if (rule->type == VALUE_ENDPOINTS)
		return value_equal_endpoints(left, right);
	if (rule->type == VALUE_BOOL)
		return *(const bool *)left == *(const bool *)right;
	if (rule->type == VALUE_ENUM)
		return memcmp(left, right, sizeof(int)) == 0;
	return *(const int64_t *)left == *(const int64_t *)right;
}

void
value_fini(const struct value_rule *rule, void *member)
{
	CHECK(rule != NULL && member != NULL);
	if (value_is_text(rule->type))
		value_drop_text(member);
}
