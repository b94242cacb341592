#include "guard/record/field.h"

#include "core/rules.h"
#include "guard/record/word.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of a cluster that no rule has decided for. */
static const char field_why_start[] = "start";

/* What a version before or after this one said. */
static const char field_why_unknown[] = "unknown to this version";

/* ---- members --------------------------------------------------------- */

static uint64_t
field_get(const struct field *f, const void *base)
{
	const char *at = (const char *)base + f->offset;
	uint64_t n64;
	uint32_t n32;
	uint16_t n16;

	switch (f->size) {
	case sizeof(n64):
		memcpy(&n64, at, sizeof(n64));
		return n64;
	case sizeof(n32):
		memcpy(&n32, at, sizeof(n32));
		return n32;
	case sizeof(n16):
		memcpy(&n16, at, sizeof(n16));
		return n16;
	case 1:
		return (unsigned char)*at;
	default:
		CHECK_NEVER("no number has this size");
	}
}

static void
field_set(const struct field *f, void *base, uint64_t n)
{
	char *at = (char *)base + f->offset;
	uint32_t n32 = (uint32_t)n;
	uint16_t n16 = (uint16_t)n;

	switch (f->size) {
	case sizeof(n):
		memcpy(at, &n, sizeof(n));
		break;
	case sizeof(n32):
		memcpy(at, &n32, sizeof(n32));
		break;
	case sizeof(n16):
		memcpy(at, &n16, sizeof(n16));
		break;
	case 1:
		*at = (char)n;
		break;
	default:
		CHECK_NEVER("no number has this size");
	}
}

/* With the sign of a member that is shorter. */
static int64_t
field_get_signed(const struct field *f, const void *base)
{
	uint64_t n = field_get(f, base);

	if (f->size == sizeof(int16_t))
		return (int16_t)n;
	return f->size == sizeof(int32_t) ? (int32_t)n : (int64_t)n;
}

static const char *
field_text(const struct field *f, const void *base)
{
	return (const char *)base + f->offset;
}

static const usec_t *
field_times(const struct field *f, const void *base)
{
	return (const usec_t *)(const void *)((const char *)base + f->offset);
}

static unsigned
field_n_times(const struct field *f, const void *base)
{
	unsigned n = (unsigned)(f->size / sizeof(usec_t));

	while (n > 0 && field_times(f, base)[n - 1] == 0)
		n--;
	return n;
}

static const struct rule *
field_rule(const struct field *f, const void *base)
{
	const struct rule *rule;

	memcpy(&rule, (const char *)base + f->offset, sizeof(rule));
	return rule;
}

static const char *
field_why(const struct field *f, const void *base)
{
	const char *why;

	memcpy(&why, (const char *)base + f->offset, sizeof(why));
	return why;
}

static bool
field_is_zero(const struct field *f, const void *base)
{
	switch (f->kind) {
	case FIELD_TEXT:
		return *field_text(f, base) == '\0';
	case FIELD_TIMES:
		return field_n_times(f, base) == 0;
	case FIELD_RULE:
		return field_rule(f, base) == NULL;
	case FIELD_WHY:
		return field_why(f, base) == NULL;
	case FIELD_BOOL:
	case FIELD_NUMBER:
	case FIELD_SIGNED:
	case FIELD_SLOT:
	case FIELD_ENUM:
		break;
	}
	return field_get(f, base) == 0;
}

static bool
field_is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
field_is_equal(const struct field *f, const void *a, const void *b)
{
	switch (f->kind) {
	case FIELD_TEXT:
		return strcmp(field_text(f, a), field_text(f, b)) == 0;
	case FIELD_TIMES:
		return memcmp(field_times(f, a), field_times(f, b), f->size) ==
		    0;
	case FIELD_RULE:
		return field_rule(f, a) == field_rule(f, b);
	case FIELD_WHY:
		return field_is_same_text(field_why(f, a), field_why(f, b));
	case FIELD_BOOL:
	case FIELD_NUMBER:
	case FIELD_SIGNED:
	case FIELD_SLOT:
	case FIELD_ENUM:
		break;
	}
	return field_get(f, a) == field_get(f, b);
}

/* ---- writing --------------------------------------------------------- */

/* A record has many numbers, and printf would be most of its time. */
static void
field_print_number(uint64_t n, struct text *out)
{
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	text_add_bytes(out, digits + at, sizeof(digits) - at);
}

static void
field_print_signed(int64_t n, struct text *out)
{
	if (n < 0)
		text_add(out, "-");
	field_print_number(n < 0 ? -(uint64_t)n : (uint64_t)n, out);
}

static void
field_print_slot(int64_t slot, struct text *out)
{
	if (slot == NODE_NONE)
		text_add(out, "none");
	else if (slot == NODE_FOREIGN)
		text_add(out, "foreign");
	else
		field_print_signed(slot, out);
}

static void
field_print_times(const struct field *f, const void *base, struct text *out)
{
	unsigned n = field_n_times(f, base);

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			text_add(out, ",");
		field_print_signed(field_times(f, base)[i], out);
	}
}

static void
field_print_enum(const struct field *f, const void *base, struct text *out)
{
	uint64_t value = field_get(f, base);

	/* A forgotten name is no reason to end a regent that serves. */
	if (value < f->n_names && f->names[value] != NULL)
		word_print(f->names[value], out);
	else
		field_print_number(value, out);
}

static void
field_print_rule(const struct rule *rule, struct text *out)
{
	text_add(out, rule != NULL ? rule->name : "none");
}

void
field_print(const struct field *f, const void *base, struct text *out)
{
	switch (f->kind) {
	case FIELD_BOOL:
		text_add(out, field_get(f, base) != 0 ? "yes" : "no");
		break;
	case FIELD_NUMBER:
		field_print_number(field_get(f, base), out);
		break;
	case FIELD_SIGNED:
		field_print_signed(field_get_signed(f, base), out);
		break;
	case FIELD_SLOT:
		field_print_slot(field_get_signed(f, base), out);
		break;
	case FIELD_ENUM:
		field_print_enum(f, base, out);
		break;
	case FIELD_TEXT:
		word_print(field_text(f, base), out);
		break;
	case FIELD_TIMES:
		field_print_times(f, base, out);
		break;
	case FIELD_RULE:
		field_print_rule(field_rule(f, base), out);
		break;
	case FIELD_WHY:
		word_print(field_why(f, base), out);
		break;
	}
}

void
fields_write(const struct fields *fields, const void *base, uint32_t mask,
    struct text *out)
{
	for (unsigned i = 0; i < fields->n; i++) {
		const struct field *f = &fields->at[i];

		if ((f->always & mask) == 0 && field_is_zero(f, base))
			continue;
		text_add(out, " ");
		text_add(out, f->name);
		text_add(out, "=");
		field_print(f, base, out);
	}
}

/* ---- reading --------------------------------------------------------- */

static int
field_refuse(const struct field *f, const char *value, struct err *err)
{
	return err_set(
	    err, -EINVAL, "%s=\"%.64s\": no such value", f->name, value);
}

/* Digits as they are written: no sign, no zero in front. */
static bool
field_scan_number(const char *s, uint64_t *n)
{
	char *end;

	if (s[0] < '0' || s[0] > '9' || (s[0] == '0' && s[1] != '\0'))
		return false;
	errno = 0;
	*n = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool
field_scan_signed(const char *s, int64_t *n)
{
	bool is_negative = s[0] == '-';
	uint64_t size;

	if (!field_scan_number(s + is_negative, &size) || size > INT64_MAX ||
	    (is_negative && size == 0))
		return false;
	*n = is_negative ? -(int64_t)size : (int64_t)size;
	return true;
}

static int
field_read_number(
    const struct field *f, void *base, const char *value, struct err *err)
{
	uint64_t n;

	if (!field_scan_number(value, &n) ||
	    (f->size < sizeof(n) && n >> (8 * f->size) != 0))
		return field_refuse(f, value, err);
	field_set(f, base, n);
	return 0;
}

static int
field_read_signed(
    const struct field *f, void *base, const char *value, struct err *err)
{
	int64_t n;

	CHECK(f->size == sizeof(n));
	if (!field_scan_signed(value, &n))
		return field_refuse(f, value, err);
	field_set(f, base, (uint64_t)n);
	return 0;
}

static int
field_read_slot(
    const struct field *f, void *base, const char *value, struct err *err)
{
	uint64_t n = 0;
	int64_t slot;

	if (strcmp(value, "none") == 0)
		slot = NODE_NONE;
	else if (strcmp(value, "foreign") == 0)
		slot = NODE_FOREIGN;
	else if (field_scan_number(value, &n) && n < NODES_MAX)
		slot = (int64_t)n;
	else
		return field_refuse(f, value, err);
	if (slot < f->slot_min)
		return field_refuse(f, value, err);
	field_set(f, base, (uint64_t)slot);
	return 0;
}

static int
field_read_bool(
    const struct field *f, void *base, const char *value, struct err *err)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return field_refuse(f, value, err);
	field_set(f, base, value[0] == 'y');
	return 0;
}

static int
field_read_enum(
    const struct field *f, void *base, const char *value, struct err *err)
{
	for (unsigned i = 0; i < f->n_names; i++) {
		if (f->names[i] == NULL || strcmp(f->names[i], value) != 0)
			continue;
		field_set(f, base, i);
		return 0;
	}
	return field_refuse(f, value, err);
}

static int
field_read_text(
    const struct field *f, void *base, const char *value, struct err *err)
{
	char *at = (char *)base + f->offset;
	size_t len = strlen(value);

	if (len >= f->size)
		return field_refuse(f, value, err);
	memset(at, 0, f->size);
	memcpy(at, value, len);
	return 0;
}

static int
field_read_times(
    const struct field *f, void *base, const char *value, struct err *err)
{
	usec_t *at = (usec_t *)(void *)((char *)base + f->offset);
	size_t n = f->size / sizeof(*at);
	const char *s = value;
	char number[24];

	memset(at, 0, f->size);
	for (size_t i = 0; i < n && *s != '\0'; i++) {
		size_t len = strcspn(s, ",");

		if (len >= sizeof(number))
			return field_refuse(f, value, err);
		memcpy(number, s, len);
		number[len] = '\0';
		if (!field_scan_signed(number, &at[i]))
			return field_refuse(f, value, err);
		s += len + (s[len] == ',');
	}
	return *s == '\0' ? 0 : field_refuse(f, value, err);
}

static int
field_read_rule(
    const struct field *f, void *base, const char *value, struct err *err)
{
	const struct rule *rule = NULL;

	for (unsigned i = 0; i < rules_n && rule == NULL; i++)
		if (strcmp(rules[i].name, value) == 0)
			rule = &rules[i];
	if (rule == NULL && strcmp(value, "none") != 0)
		return err_set(err, -EINVAL,
		    "%s=\"%.64s\": this version of regent has no such rule",
		    f->name, value);
	memcpy((char *)base + f->offset, &rule, sizeof(rule));
	return 0;
}

/* For people only: it decides nothing. */
static void
field_read_why(const struct field *f, void *base, const char *value)
{
	const char *why = strcmp(value, field_why_start) == 0
	    ? field_why_start
	    : field_why_unknown;

	for (unsigned i = 0; i < rules_n; i++)
		if (rules[i].why != NULL && strcmp(rules[i].why, value) == 0)
			why = rules[i].why;
	memcpy((char *)base + f->offset, &why, sizeof(why));
}

static int
field_read(
    const struct field *f, void *base, const char *value, struct err *err)
{
	switch (f->kind) {
	case FIELD_BOOL:
		return field_read_bool(f, base, value, err);
	case FIELD_NUMBER:
		return field_read_number(f, base, value, err);
	case FIELD_SIGNED:
		return field_read_signed(f, base, value, err);
	case FIELD_SLOT:
		return field_read_slot(f, base, value, err);
	case FIELD_ENUM:
		return field_read_enum(f, base, value, err);
	case FIELD_TEXT:
		return field_read_text(f, base, value, err);
	case FIELD_TIMES:
		return field_read_times(f, base, value, err);
	case FIELD_RULE:
		return field_read_rule(f, base, value, err);
	case FIELD_WHY:
		field_read_why(f, base, value);
		return 0;
	}
	CHECK_NEVER("no kind of a field");
}

int
fields_read(const struct fields *fields, void *base, const char *name,
    const char *value, struct err *err)
{
	for (unsigned i = 0; i < fields->n; i++)
		if (strcmp(fields->at[i].name, name) == 0)
			return field_read(&fields->at[i], base, value, err);
	return -ENOENT;
}

/* ---- comparing ------------------------------------------------------- */

const struct field *
fields_differ(const struct fields *fields, const void *a, const void *b)
{
	for (unsigned i = 0; i < fields->n; i++)
		if (!field_is_equal(&fields->at[i], a, b))
			return &fields->at[i];
	return NULL;
}

bool
fields_are_zero(const struct fields *fields, const void *base)
{
	for (unsigned i = 0; i < fields->n; i++)
		if (!field_is_zero(&fields->at[i], base))
			return false;
	return true;
}
