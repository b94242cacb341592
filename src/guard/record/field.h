/*
 * field.h - the members of a plain struct as words "name=value" of a line of
 * text, and back: one table drives the writer, the reader and the comparison.
 *
 * Pure.  What is read comes from outside: whatever is not exactly a value of
 * the member is refused, and every index that is taken is within its bounds.
 */
#ifndef REGENT_GUARD_RECORD_FIELD_H
#define REGENT_GUARD_RECORD_FIELD_H

#include "base/err.h"
#include "base/text.h"

#include <stdint.h>

enum field_kind {
	FIELD_BOOL,   /* yes, no */
	FIELD_NUMBER, /* unsigned, of any size */
	FIELD_SIGNED, /* also instants and durations */
	FIELD_SLOT,   /* of a node: a number, none, foreign */
	FIELD_ENUM,   /* one of `names` */
	FIELD_TEXT,   /* an array of char with its end */
	FIELD_TIMES,  /* an array of usec_t; zeros at its end are left out */
	FIELD_RULE,   /* a row of the table of rules, or none */
	FIELD_WHY,    /* the text of a rule, or of a start */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t size;
	const char *const *names;
	unsigned n_names;
	int slot_min;    /* NODE_NONE or NODE_FOREIGN */
	uint32_t always; /* is written though it is zero: see fields_write */
};

struct fields {
	const struct field *at;
	unsigned n;
};

/* A member's kind is its type's; an int is always a slot. */
#define FIELD_KIND(member) \
	_Generic((member), bool \
		 : FIELD_BOOL, uint8_t \
		 : FIELD_NUMBER, uint16_t \
		 : FIELD_NUMBER, uint32_t \
		 : FIELD_NUMBER, uint64_t \
		 : FIELD_NUMBER, int64_t \
		 : FIELD_SIGNED, int \
		 : FIELD_SLOT, int16_t \
		 : FIELD_SLOT, char * \
		 : FIELD_TEXT, usec_t * \
		 : FIELD_TIMES, const char * \
		 : FIELD_WHY, const struct rule * \
		 : FIELD_RULE)

#define FIELD_AT(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

#define FIELD_AS(type, member, name_, always_) \
	{ \
		.name = name_, .kind = FIELD_KIND(((type *)0)->member), \
		FIELD_AT(type, member), .slot_min = NODE_NONE, \
		.always = always_ \
	}
#define FIELD(type, member, always_) FIELD_AS(type, member, #member, always_)

#define FIELD_FOREIGN(type, member, always_) \
	{ \
		.name = #member, .kind = FIELD_SLOT, FIELD_AT(type, member), \
		.slot_min = NODE_FOREIGN, .always = always_ \
	}

#define FIELD_ENUM_AS(type, member, name_, names_, always_) \
	{ \
		.name = name_, .kind = FIELD_ENUM, FIELD_AT(type, member), \
		.names = names_, .n_names = ARRAY_LEN(names_), \
		.always = always_ \
	}
#define FIELD_ENUM(type, member, names_, always_) \
	FIELD_ENUM_AS(type, member, #member, names_, always_)

/*
 * Adds " name=value" for each member that is not zero, or whose `always` has
 * a bit of `mask`.
 */
void fields_write(const struct fields *fields, const void *base, uint32_t mask,
    struct text *out);

/* Reads the value of the member `name`; -ENOENT when there is none. */
int fields_read(const struct fields *fields, void *base, const char *name,
    const char *value, struct err *err) MUST_CHECK;

/* The first member that differs, or NULL. */
const struct field *fields_differ(
    const struct fields *fields, const void *a, const void *b);

/* The value alone. */
void field_print(const struct field *f, const void *base, struct text *out);

bool fields_are_zero(const struct fields *fields, const void *base);

#endif
