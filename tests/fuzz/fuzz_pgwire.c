/*
 * Any bytes as the beginning of a PostgreSQL client: what is known stays
 * known with more of them, and waiting ends.  The same bytes as the texts of
 * an error: it has the length that it says.
 */
#include "wire/pgwire.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_hello(const uint8_t *data, size_t size)
{
	struct pgwire_hello hello, known = { .kind = PGWIRE_MORE };

	for (size_t len = 0; len <= size && len < 512; len++) {
		hello = pgwire_hello(data, len);
		CHECK(hello.kind < PGWIRE_HELLO_COUNT);
		CHECK(hello.len <= PGWIRE_STARTUP_MAX);
		CHECK(hello.kind != PGWIRE_MORE || len < PGWIRE_CANCEL_MAX);
		CHECK(known.kind == PGWIRE_MORE || known.kind == hello.kind);
		CHECK(hello.kind != PGWIRE_CANCEL ||
		    (hello.len <= len && hello.len <= PGWIRE_CANCEL_MAX));
		known = hello;
	}
}

static void
fuzz_error(const uint8_t *data, size_t size)
{
	char message[256], hint[256];
	struct pgwire_error error = { .state = PGWIRE_CANNOT_CONNECT_NOW };
	uint8_t buf[1024];
	size_t half = size / 2 < 255 ? size / 2 : 255, len = 0;

	memcpy(message, data, half);
	message[half] = '\0';
	memcpy(hint, data + half, half);
	hint[half] = '\0';
	error.message = message;
	error.hint = size % 2 == 0 ? hint : NULL;
	CHECK(pgwire_error(buf, sizeof(buf), &len, &error));
	CHECK(len == 1 + ((size_t)buf[3] << 8 | buf[4]));
	CHECK(buf[0] == 'E' && buf[len - 1] == 0 && buf[len - 2] == 0);
	for (size_t room = 0, was = 0; room < len; room += 7, was = 0)
		CHECK(!pgwire_error(buf, room, &was, &error) && was == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	fuzz_hello(data, size);
	fuzz_error(data, size);
	return 0;
}
