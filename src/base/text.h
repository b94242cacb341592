/*
 * text.h - a growing piece of text, for answers and generated documents.
 *
 * Grows by malloc; running out of memory aborts (see base/mem.h).  The owner
 * calls text_fini.  text_cstr() stays valid until the next change.
 */
#ifndef REGENT_BASE_TEXT_H
#define REGENT_BASE_TEXT_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at;
	size_t len;
	size_t cap;
};

#define TEXT_INIT \
	{ \
		NULL, 0, 0 \
	}

void text_fini(struct text *t);
void text_clear(struct text *t);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *bytes, size_t len);
void text_addf(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds s as a JSON string with its quotes (RFC 8259 section 7); bytes that
 * are not UTF-8 become U+FFFD. */
void text_add_json(struct text *t, const char *s);

/* Bytes of the character that s starts with; 0 at the end of s and where
 * there is no valid UTF-8. */
size_t text_utf8_len(const char *s);

#define TEXT_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Removes `len` bytes from the front. */
void text_consume(struct text *t, size_t len);

const char *text_cstr(const struct text *t);

/* Like snprintf behind `*len`, never past `size`, always terminated. */
void text_append(char *buf, size_t size, size_t *len, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Whether s is a name: 1 to 31 of [a-z A-Z 0-9 _ . -], first alphanumeric. */
bool text_is_name(const char *s);

#define NAME_LEN_MAX 31

/* How many letters must be added, dropped or changed to make a into b
 * (Levenshtein); b has at most TEXT_DISTANCE_MAX bytes. */
unsigned text_distance(const char *a, const char *b);

#define TEXT_DISTANCE_MAX 63

#endif
