#include "base/text.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
text_fini(struct text *t)
{
	free(t->at);
	*t = (struct text)TEXT_INIT;
}

void
text_clear(struct text *t)
{
	t->len = 0;
	if (t->at != NULL)
		t->at[0] = '\0';
}

static void
text_reserve(struct text *t, size_t more)
{
	size_t cap = t->cap > 0 ? t->cap : 256;

	while (cap < t->len + more + 1)
		cap *= 2;
	if (cap == t->cap)
		return;
	t->at = mem_resize(t->at, cap);
	t->cap = cap;
}

void
text_add_bytes(struct text *t, const void *bytes, size_t len)
{
	text_reserve(t, len);
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void
text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	CHECK(fmt != NULL);
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	text_reserve(t, (size_t)n);
	vsnprintf(t->at + t->len, (size_t)n + 1, fmt, again);
	va_end(again);
	t->len += (size_t)n;
}

/* The second byte has the limits that keep out overlong forms, surrogates and
 * what is past U+10FFFF (RFC 3629 section 4). */
static bool
text_is_second_byte(unsigned char first, unsigned char c)
{
	switch (first) {
	case 0xe0:
		return c >= 0xa0 && c <= 0xbf;
	case 0xed:
		return c >= 0x80 && c <= 0x9f;
	case 0xf0:
		return c >= 0x90 && c <= 0xbf;
	case 0xf4:
		return c >= 0x80 && c <= 0x8f;
	default:
		return c >= 0x80 && c <= 0xbf;
	}
}

size_t
text_utf8_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len;

	if (u[0] < 0x80)
		return u[0] != '\0';
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (!text_is_second_byte(u[0], u[1]))
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

void
text_add_json(struct text *t, const char *s)
{
	text_add(t, "\"");
	while (*s != '\0') {
		unsigned char c = (unsigned char)*s;
		size_t len = text_utf8_len(s);

		if (c == '"' || c == '\\')
			text_addf(t, "\\%c", c);
		else if (c < ' ')
			text_addf(t, "\\u%04x", c);
		else if (len == 0)
			text_add(t, TEXT_REPLACEMENT);
		else
			text_add_bytes(t, s, len);
		s += len > 0 ? len : 1;
	}
	text_add(t, "\"");
}

void
text_consume(struct text *t, size_t len)
{
	CHECK(len <= t->len);
	if (len == 0)
		return;
	memmove(t->at, t->at + len, t->len - len + 1);
	t->len -= len;
}

const char *
text_cstr(const struct text *t)
{
	return t->at != NULL ? t->at : "";
}

void
text_append(char *buf, size_t size, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	CHECK(*len < size);
	va_start(ap, fmt);
	n = vsnprintf(buf + *len, size - *len, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	*len += (size_t)n;
	if (*len >= size)
		*len = size - 1;
}

bool
text_is_name(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > NAME_LEN_MAX || !isalnum((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) &&
		    strchr("_.-", s[i]) == NULL)
			return false;
	return true;
}

static unsigned
text_least(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned
text_distance(const char *a, const char *b)
{
	unsigned row[TEXT_DISTANCE_MAX + 1];
	size_t len = strlen(b);

	CHECK(len <= TEXT_DISTANCE_MAX);
	for (unsigned j = 0; j <= len; j++)
		row[j] = j;
	for (unsigned i = 0; a[i] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 1; j <= len; j++) {
			unsigned above = row[j];

			row[j] = text_least(above + 1, row[j - 1] + 1,
			    diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}
