#include "wire/pgwire.h"

#include "base/check.h"
#include "wire/put.h"

#include <string.h>

enum {
	PGWIRE_CODE_CANCEL = 80877102,
	PGWIRE_CODE_SSL = 80877103,
	PGWIRE_CODE_GSSENC = 80877104,
	PGWIRE_MAJOR = 3,
	PGWIRE_TLS_HANDSHAKE = 0x16, /* RFC 8446 section 5.1 */
};

static uint32_t
pgwire_read_big(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

/* The kind that code and length make; whether it is all there is not asked. */
static enum pgwire_hello_kind
pgwire_kind(uint32_t code, size_t len)
{
	switch (code) {
	case PGWIRE_CODE_SSL:
		return len == PGWIRE_HEAD_LEN ? PGWIRE_SSL : PGWIRE_ALIEN;
	case PGWIRE_CODE_GSSENC:
		return len == PGWIRE_HEAD_LEN ? PGWIRE_GSSENC : PGWIRE_ALIEN;
	case PGWIRE_CODE_CANCEL:
		return len >= PGWIRE_CANCEL_MIN && len <= PGWIRE_CANCEL_MAX
		    ? PGWIRE_CANCEL
		    : PGWIRE_ALIEN;
	default:
		return code >> 16 == PGWIRE_MAJOR ? PGWIRE_STARTUP
						  : PGWIRE_ALIEN;
	}
}

/* Whether the first bytes can't be those of a length that is taken. */
static bool
pgwire_is_alien(const uint8_t *bytes, size_t len)
{
	uint32_t size;

	if (len >= 1 && bytes[0] != 0)
		return true;
	if (len < 4)
		return false;
	size = pgwire_read_big(bytes);
	return size < PGWIRE_HEAD_LEN || size > PGWIRE_STARTUP_MAX;
}

struct pgwire_hello
pgwire_hello(const uint8_t *bytes, size_t len)
{
	struct pgwire_hello hello = { .kind = PGWIRE_MORE };

	if (len >= 1 && bytes[0] == PGWIRE_TLS_HANDSHAKE) {
		hello.kind = PGWIRE_TLS;
		return hello;
	}
	if (pgwire_is_alien(bytes, len)) {
		hello.kind = PGWIRE_ALIEN;
		return hello;
	}
	if (len < PGWIRE_HEAD_LEN)
		return hello;
	hello.len = pgwire_read_big(bytes);
	hello.kind = pgwire_kind(pgwire_read_big(bytes + 4), hello.len);
	if (hello.kind == PGWIRE_CANCEL && len < hello.len)
		hello.kind = PGWIRE_MORE;
	if (hello.kind == PGWIRE_MORE || hello.kind == PGWIRE_ALIEN)
		hello.len = 0;
	return hello;
}

static void
pgwire_put_field(struct wire_put *out, char type, const char *text)
{
	wire_put(out, &type, 1);
	wire_put(out, text, strlen(text) + 1);
}

/* What the length counts: itself, the fields each with its type and its NUL,
 * and the NUL that ends them. */
static size_t
pgwire_error_len(const struct pgwire_error *e)
{
	size_t len = 4 + 2 * sizeof("SFATAL") + sizeof("C57P03") + sizeof("M") +
	    strlen(e->message) + sizeof("");

	return e->hint != NULL ? len + sizeof("H") + strlen(e->hint) : len;
}

bool
pgwire_error(
    uint8_t *buf, size_t size, size_t *len, const struct pgwire_error *e)
{
	struct wire_put out = { .at = buf, .size = size, .len = *len };
	size_t body = pgwire_error_len(e);

	CHECK(*len <= size);
	CHECK(strlen(e->state) == strlen(PGWIRE_CANNOT_CONNECT_NOW));
	CHECK(body <= UINT32_MAX);
	wire_put(&out, "E", 1);
	wire_put_big(&out, (uint32_t)body, 4);
	pgwire_put_field(&out, 'S', "FATAL");
	pgwire_put_field(&out, 'V', "FATAL");
	pgwire_put_field(&out, 'C', e->state);
	pgwire_put_field(&out, 'M', e->message);
	if (e->hint != NULL)
		pgwire_put_field(&out, 'H', e->hint);
	wire_put(&out, "", 1);
	if (out.is_full)
		return false;
	CHECK(out.len - *len == 1 + body);
	*len = out.len;
	return true;
}
