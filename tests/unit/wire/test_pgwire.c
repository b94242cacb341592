/*
 * What a client of PostgreSQL begins with, for each of the packets, all their
 * prefixes and what is none; and the bytes of an error.  Input is copied into
 * a block of its exact size, so that the address sanitizer sees a read behind
 * it.
 */
#include "wire/pgwire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROW(s) .bytes = (s), .len = sizeof(s) - 1

#define CODE_CANCEL "\x04\xd2\x16\x2e"
#define PID_AND_KEY "\x00\x00\x30\x39\xde\xad\xbe\xef"
#define KEY_32 "0123456789abcdef0123456789abcdef"
#define KEY_256 KEY_32 KEY_32 KEY_32 KEY_32 KEY_32 KEY_32 KEY_32 KEY_32

#define STARTUP_3_0 \
	"\x00\x00\x00\x23\x00\x03\x00\x00user\0crm\0database\0crm\0\0"

struct sample {
	const char *bytes;
	size_t len;
	enum pgwire_hello_kind kind;
	size_t known_at; /* bytes from which on the kind is known */
};

static const struct sample samples[] = {
	{ ROW(STARTUP_3_0), PGWIRE_STARTUP, 8 },
	{ ROW("\0\0\0\x09\0\3\0\2\0"), PGWIRE_STARTUP, 8 },
	{ ROW("\0\0\0\x08\0\3\0\0"), PGWIRE_STARTUP, 8 },
	/* As a libpq that greases asks: 3.9999. */
	{ ROW("\0\0\0\x09\0\3\x27\x0f\0"), PGWIRE_STARTUP, 8 },
	/* The longest that a server takes; the rest is on the way. */
	{ ROW("\0\0\x27\x10\0\3\0\0user"), PGWIRE_STARTUP, 8 },
	{ ROW("\0\0\0\x08\x04\xd2\x16\x2f"), PGWIRE_SSL, 8 },
	{ ROW("\0\0\0\x08\x04\xd2\x16\x30"), PGWIRE_GSSENC, 8 },
	{ ROW("\0\0\0\x10" CODE_CANCEL PID_AND_KEY), PGWIRE_CANCEL, 16 },
	{ ROW("\0\0\0\x2c" CODE_CANCEL "\0\0\x30\x39" KEY_32), PGWIRE_CANCEL,
	    44 },
	{ ROW("\0\0\x01\x0c" CODE_CANCEL "\0\0\x30\x39" KEY_256), PGWIRE_CANCEL,
	    268 },
	{ ROW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), PGWIRE_TLS, 1 },
	/* Not PostgreSQL. */
	{ ROW("GET / HTTP/1.1\r\n"), PGWIRE_ALIEN, 1 },
	{ ROW("\x01\0\0\x08"), PGWIRE_ALIEN, 1 },
	{ ROW("\0\0\0\x07\0\3\0\0"), PGWIRE_ALIEN, 4 },
	{ ROW("\0\0\0\0\0\0\0\0"), PGWIRE_ALIEN, 4 },
	{ ROW("\0\0\x27\x11\0\3\0\0"), PGWIRE_ALIEN, 4 },
	{ ROW("\0\xff\xff\xff\0\3\0\0"), PGWIRE_ALIEN, 4 },
	/* Protocol 2, which servers refuse since 14, and 4. */
	{ ROW("\0\0\0\x20\0\2\0\0"), PGWIRE_ALIEN, 8 },
	{ ROW("\0\0\0\x20\0\4\0\0"), PGWIRE_ALIEN, 8 },
	/* Lengths that the code does not have. */
	{ ROW("\0\0\0\x09\x04\xd2\x16\x2f\0"), PGWIRE_ALIEN, 8 },
	{ ROW("\0\0\0\x09\x04\xd2\x16\x30\0"), PGWIRE_ALIEN, 8 },
	{ ROW("\0\0\0\x0f" CODE_CANCEL PID_AND_KEY), PGWIRE_ALIEN, 8 },
	{ ROW("\0\0\x01\x0d" CODE_CANCEL PID_AND_KEY), PGWIRE_ALIEN, 8 },
};

static struct pgwire_hello
hello_of(const char *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct pgwire_hello hello;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	hello = pgwire_hello(copy, len);
	free(copy);
	return hello;
}

static size_t
length_in(const char *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes;

	return (size_t)at[2] << 8 | at[3];
}

static void
test_first_packets_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct pgwire_hello hello = hello_of(s->bytes, s->len);
		bool has_len = s->kind != PGWIRE_TLS && s->kind != PGWIRE_ALIEN;

		assert_int_equal(hello.kind, s->kind);
		assert_int_equal(hello.len, has_len ? length_in(s->bytes) : 0);
	}
}

static void
test_kind_is_known_as_soon_as_it_can_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		for (size_t len = 0; len <= samples[i].len; len++) {
			const struct sample *s = &samples[i];
			struct pgwire_hello hello = hello_of(s->bytes, len);

			assert_int_equal(hello.kind,
			    len < s->known_at ? PGWIRE_MORE : s->kind);
		}
}

/* PostgreSQL's documentation of ErrorResponse, byte by byte. */
static void
test_error_is_what_a_server_sends(void **state)
{
	static const char want[] =
	    "E\0\0\0\x2dSFATAL\0VFATAL\0C57P03\0Mcrm is down\0"
	    "Hwait\0";
	const struct pgwire_error error = {
		.state = PGWIRE_CANNOT_CONNECT_NOW,
		.message = "crm is down",
		.hint = "wait",
	};
	uint8_t buf[64];
	size_t len = 0;

	(void)state;
	assert_true(pgwire_error(buf, sizeof(buf), &len, &error));
	assert_int_equal(len, sizeof(want)); /* with its last NUL */
	assert_memory_equal(buf, want, len);
}

static void
test_error_without_a_hint_goes_behind_what_is_there(void **state)
{
	static const char want[] = "NE\0\0\0\x1eSFATAL\0VFATAL\0C53300\0Mno\0";
	const struct pgwire_error error = { .state = "53300", .message = "no" };
	uint8_t buf[64] = PGWIRE_NO;
	size_t len = 1;

	(void)state;
	assert_true(pgwire_error(buf, sizeof(buf), &len, &error));
	assert_int_equal(len, sizeof(want));
	assert_memory_equal(buf, want, len);
}

static void
test_error_that_does_not_fit_leaves_the_length(void **state)
{
	const struct pgwire_error error = {
		.state = PGWIRE_CANNOT_CONNECT_NOW,
		.message = "no",
		.hint = "h",
	};
	const size_t need = 1 + 33;

	(void)state;
	for (size_t size = 0; size <= need; size++) {
		uint8_t *buf = malloc(size + 1);
		size_t len = 0;

		assert_non_null(buf);
		buf[size] = '.';
		assert_int_equal(
		    pgwire_error(buf, size, &len, &error), size == need);
		assert_int_equal(len, size == need ? need : 0);
		assert_int_equal(buf[size], '.');
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_packets_are_told_apart),
		cmocka_unit_test(test_kind_is_known_as_soon_as_it_can_be),
		cmocka_unit_test(test_error_is_what_a_server_sends),
		cmocka_unit_test(
		    test_error_without_a_hint_goes_behind_what_is_there),
		cmocka_unit_test(
		    test_error_that_does_not_fit_leaves_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
