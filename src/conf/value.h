/*
 * value.h - the text of one option becomes a value, and back.
 *
 * Pure: no file, no snapshot, no option row is known here.  A rule says what
 * is allowed; `member` points to the C object of the rule's type (conf.h,
 * CONF_TYPE_*).  Text members are owned by the struct they are in: parsing
 * replaces them, value_fini frees them, and they are never NULL ("" is not
 * set).  No error and no output ever contains the text of a secret.
 */
#ifndef REGENT_CONF_VALUE_H
#define REGENT_CONF_VALUE_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* VALUE_COUNT is the type of whole numbers, as in options.def. */
enum value_type {
	VALUE_BOOL,
	VALUE_COUNT,
	VALUE_AUTO,
	VALUE_DURATION,
	VALUE_SIZE,
	VALUE_MODE,
	VALUE_ENUM,
	VALUE_STRING,
	VALUE_PATH,
	VALUE_SECRET,
	VALUE_ENDPOINT,
	VALUE_NAMED, /* the same, and names */
	VALUE_ENDPOINTS,
	VALUE_TYPE_COUNT
};

/*
 * The longest text in bytes.  A line of a file has at most 198 (parse.c), and
 * what conf_print writes must fit into one again, behind the longest name.
 */
#define VALUE_TEXT_MAX 173

struct value_names {
	const char *const *list;
	unsigned n;
};

struct value_rule {
	enum value_type type;
	struct value_names names; /* of VALUE_ENUM */
	int64_t min;
	int64_t max;
	const char *default_text; /* NULL is required, "" may stay unset */
};

/*
 * On failure the member stays as it was, and err says what was found and what
 * was expected.
 */
int value_parse(const struct value_rule *rule, const char *text, void *member,
    struct err *err) MUST_CHECK;

/* As an ini file has it; parses back to an equal value. */
void value_print(
    const struct value_rule *rule, const void *member, struct text *out);

/* What is allowed, in words: "a duration between 5ms and 1h". */
void value_describe(const struct value_rule *rule, struct text *out);

bool value_equal(
    const struct value_rule *rule, const void *left, const void *right);

/* Frees what the member owns; secrets are wiped first. */
void value_fini(const struct value_rule *rule, void *member);

/* Text of a file as a message may show it: in quotes, cut, one line. */
void value_quote(const char *text, struct text *out);

#endif
