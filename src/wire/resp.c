#include "wire/resp.h"

#include "base/check.h"

#include <string.h>

/* Complete and well formed; the third answer beside RESP_MORE and RESP_BAD. */
enum { RESP_OK = 1 };

/*
 * What is not yet looked at.  A scanner that does not return RESP_OK leaves
 * `at` anywhere in the input: nothing is resumed, the caller starts over.
 */
struct resp_cursor {
	const char *at;
	const char *end;
};

static bool
resp_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
resp_scan_crlf(struct resp_cursor *c)
{
	for (const char *want = "\r\n"; *want != '\0'; want++) {
		if (c->at == c->end)
			return RESP_MORE;
		if (*c->at++ != *want)
			return RESP_BAD;
	}
	return RESP_OK;
}

/*
 * A decimal int64 and CRLF.  What is seen of an unfinished number is in
 * *value: more digits only take it further from 0, so a limit that it is
 * beyond already refuses it.  One spelling per number: no leading zero, no
 * -0, as Redis' own string2ll.
 */
static int
resp_scan_integer(struct resp_cursor *c, int64_t *value)
{
	bool is_negative = c->at < c->end && *c->at == '-';
	uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
	uint64_t n = 0;
	const char *first;

	if (is_negative || (c->at < c->end && *c->at == '+'))
		c->at++;
	first = c->at;
	for (; c->at < c->end && resp_is_digit(*c->at); c->at++) {
		uint64_t digit = (uint64_t)(*c->at - '0');

		if (n > (limit - digit) / 10)
			return RESP_BAD;
		if (c->at > first && n == 0)
			return RESP_BAD;
		n = n * 10 + digit;
	}
	if (c->at == first)
		return c->at == c->end ? RESP_MORE : RESP_BAD;
	if (is_negative && n == 0)
		return RESP_BAD;
	/* The detour by n - 1: -INT64_MIN is not an int64. */
	*value = is_negative ? -(int64_t)(n - 1) - 1 : (int64_t)n;
	return resp_scan_crlf(c);
}

/* The length of a string or aggregate: 0 to max, or -1, the null of RESP2. */
static int
resp_scan_count(
    struct resp_cursor *c, int64_t *count, int64_t max, bool is_nullable)
{
	char sign = c->at < c->end ? *c->at : '0';
	int rc;

	if (sign == '+' || (sign == '-' && !is_nullable))
		return RESP_BAD;
	*count = 0;
	rc = resp_scan_integer(c, count);
	return *count < -1 || *count > max ? RESP_BAD : rc;
}

static int
resp_scan_line(struct resp_cursor *c, struct resp *r)
{
	r->text = c->at;
	while (c->at < c->end && *c->at != '\r' && *c->at != '\n') {
		c->at++;
		if (c->at - r->text > RESP_LINE_MAX)
			return RESP_BAD;
	}
	r->text_len = (size_t)(c->at - r->text);
	return resp_scan_crlf(c);
}

/*
 * Doubles and big numbers stay text.  The characters are checked, so that
 * nothing else can hide there; the grammar is left to who needs the value.
 */
static int
resp_scan_number(struct resp_cursor *c, struct resp *r, const char *allowed)
{
	int rc = resp_scan_line(c, r);

	if (rc == RESP_BAD || (rc == RESP_OK && r->text_len == 0))
		return RESP_BAD;
	for (size_t i = 0; i < r->text_len; i++)
		if (memchr(allowed, r->text[i], strlen(allowed)) == NULL)
			return RESP_BAD;
	return rc;
}

static int
resp_scan_boolean(struct resp_cursor *c, struct resp *r)
{
	if (c->at == c->end)
		return RESP_MORE;
	if (*c->at != 't' && *c->at != 'f')
		return RESP_BAD;
	r->integer = *c->at++ == 't';
	return resp_scan_crlf(c);
}

static int
resp_scan_bulk(struct resp_cursor *c, struct resp *r, bool is_nullable)
{
	int64_t count;
	int rc;

	rc = resp_scan_count(c, &count, RESP_BULK_MAX, is_nullable);
	if (rc != RESP_OK)
		return rc;
	if (count < 0) {
		r->type = RESP_NULL;
		return RESP_OK;
	}
	r->text = c->at;
	r->text_len = (size_t)count;
	if (c->end - c->at < count)
		return RESP_MORE;
	c->at += count;
	return resp_scan_crlf(c);
}

/* A bulk string whose first bytes tell its format: "txt:" or "mkd:". */
static int
resp_scan_verbatim(struct resp_cursor *c, struct resp *r)
{
	const size_t prefix_len = 4;
	int rc = resp_scan_bulk(c, r, false);

	if (rc == RESP_BAD || r->text == NULL)
		return rc;
	if (r->text_len < prefix_len)
		return RESP_BAD;
	if ((size_t)(c->end - r->text) >= prefix_len && r->text[3] != ':')
		return RESP_BAD;
	r->text_len -= prefix_len;
	if (rc == RESP_OK)
		r->text += prefix_len;
	return rc;
}

/* The head of an aggregate; its elements are the caller's to walk. */
static int
resp_scan_items(struct resp_cursor *c, struct resp *r, bool is_nullable)
{
	int64_t count;
	int rc;

	rc = resp_scan_count(c, &count, RESP_ITEMS_MAX, is_nullable);
	if (rc != RESP_OK)
		return rc;
	if (count < 0) {
		r->type = RESP_NULL;
		return RESP_OK;
	}
	r->n_items = (size_t)count * (r->type == RESP_MAP ? 2 : 1);
	r->items = c->at;
	return RESP_OK;
}

/* What follows the type byte. */
static int
resp_scan_body(struct resp_cursor *c, struct resp *r, char type)
{
	switch (r->type) {
	case RESP_SIMPLE:
		return resp_scan_line(c, r);
	case RESP_ERROR:
		return type == '-' ? resp_scan_line(c, r)
				   : resp_scan_bulk(c, r, false);
	case RESP_INTEGER:
		return resp_scan_integer(c, &r->integer);
	case RESP_BULK:
		return type == '=' ? resp_scan_verbatim(c, r)
				   : resp_scan_bulk(c, r, true);
	case RESP_ARRAY:
		return resp_scan_items(c, r, type == '*');
	case RESP_MAP:
		return resp_scan_items(c, r, false);
	case RESP_NULL:
		return resp_scan_crlf(c);
	case RESP_BOOLEAN:
		return resp_scan_boolean(c, r);
	case RESP_DOUBLE:
		return resp_scan_number(
		    c, r, type == '(' ? "+-0123456789" : "+-.0123456789eEinfa");
	case RESP_TYPE_COUNT:
		break;
	}
	return RESP_BAD;
}

/* The element type of each type byte; an attribute (|) reads as a map. */
static enum resp_type
resp_type_of(char type)
{
	switch (type) {
	case '+':
		return RESP_SIMPLE;
	case '-':
	case '!':
		return RESP_ERROR;
	case ':':
		return RESP_INTEGER;
	case '$':
	case '=':
		return RESP_BULK;
	case '*':
	case '~':
	case '>':
		return RESP_ARRAY;
	case '%':
	case '|':
		return RESP_MAP;
	case '_':
		return RESP_NULL;
	case '#':
		return RESP_BOOLEAN;
	case ',':
	case '(':
		return RESP_DOUBLE;
	default:
		return RESP_TYPE_COUNT;
	}
}

/* A whole scalar, or an aggregate up to its first element. */
static int
resp_scan_head(struct resp_cursor *c, struct resp *r)
{
	int rc;

	memset(r, 0, sizeof(*r));
	if (c->at == c->end)
		return RESP_MORE;
	r->type = resp_type_of(*c->at);
	c->at++;
	rc = resp_scan_body(c, r, c->at[-1]);
	r->end = c->at;
	return rc;
}

/*
 * Moves behind n elements with all that is in them.  left[] holds how many
 * elements each open aggregate still waits for.  An attribute opens one like
 * a map does, but is not itself an element: the one it annotates follows.
 */
static int
resp_skip(struct resp_cursor *c, size_t n)
{
	size_t left[RESP_DEPTH_MAX + 1] = { n };
	size_t depth = 0;
	struct resp r;

	while (depth > 0 || left[0] > 0) {
		bool is_attribute = c->at < c->end && *c->at == '|';
		int rc = resp_scan_head(c, &r);

		if (rc != RESP_OK)
			return rc;
		if (!is_attribute)
			left[depth]--;
		if (r.items != NULL && ++depth > RESP_DEPTH_MAX)
			return RESP_BAD;
		if (r.items != NULL)
			left[depth] = r.n_items;
		while (depth > 0 && left[depth] == 0)
			depth--;
	}
	return RESP_OK;
}

long
resp_length(const char *bytes, size_t len)
{
	struct resp_cursor c = { .at = bytes };
	int rc;

	if (len == 0)
		return RESP_MORE; /* bytes may be NULL */
	c.end = bytes + len;
	rc = resp_skip(&c, 1);
	return rc == RESP_OK ? (long)(c.at - bytes) : rc;
}

void
resp_read(struct resp *r, const char *at, const char *end)
{
	struct resp_cursor c = { .at = at, .end = end };

	CHECK(at < end);
	while (*c.at == '|') {
		CHECK(resp_scan_head(&c, r) == RESP_OK);
		CHECK(resp_skip(&c, r->n_items) == RESP_OK);
		CHECK(c.at < end);
	}
	CHECK(resp_scan_head(&c, r) == RESP_OK);
	CHECK(resp_skip(&c, r->n_items) == RESP_OK);
	r->end = c.at;
}

bool
resp_item(const struct resp *r, size_t i, struct resp *item)
{
	struct resp_cursor c = { .at = r->items, .end = r->end };

	if (i >= r->n_items)
		return false;
	CHECK(resp_skip(&c, i) == RESP_OK);
	resp_read(item, c.at, c.end);
	return true;
}

bool
resp_has_prefix(const struct resp *r, const char *prefix)
{
	size_t len = strlen(prefix);

	return r->text_len >= len &&
	    (len == 0 || memcmp(r->text, prefix, len) == 0);
}

void
resp_copy(const struct resp *r, char *buf, size_t size)
{
	size_t len = r->text_len;

	CHECK(size > 0);
	if (len > size - 1)
		len = size - 1;
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)r->text[i];

		buf[i] = byte < ' ' || byte == 0x7f ? ' ' : r->text[i];
	}
	buf[len] = '\0';
}

struct resp_out {
	char *buf;
	size_t size;
	size_t len;
	bool is_full;
};

static void
resp_put(struct resp_out *out, const char *bytes, size_t len)
{
	if (out->is_full || len > out->size - out->len) {
		out->is_full = true;
		return;
	}
	memcpy(out->buf + out->len, bytes, len);
	out->len += len;
}

/* The head of an array or bulk string: type, count, CRLF. */
static void
resp_put_count(struct resp_out *out, char type, size_t count)
{
	char line[1 + 20 + 2]; /* 20 digits: UINT64_MAX */
	char *at = line + sizeof(line);

	*--at = '\n';
	*--at = '\r';
	do
		*--at = (char)('0' + count % 10);
	while ((count /= 10) > 0);
	*--at = type;
	resp_put(out, at, (size_t)(line + sizeof(line) - at));
}

bool
resp_command(
    char *buf, size_t size, size_t *len, size_t n, const char *const *args)
{
	struct resp_out out = { .buf = buf, .size = size, .len = *len };

	CHECK(*len <= size && n > 0);
	resp_put_count(&out, '*', n);
	for (size_t i = 0; i < n; i++) {
		size_t arg_len = strlen(args[i]);

		resp_put_count(&out, '$', arg_len);
		resp_put(&out, args[i], arg_len);
		resp_put(&out, "\r\n", 2);
	}
	if (out.is_full)
		return false;
	*len = out.len;
	return true;
}
