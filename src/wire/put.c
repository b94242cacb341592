#include "wire/put.h"

#include "base/check.h"

#include <string.h>

void
wire_put(struct wire_put *out, const void *bytes, size_t len)
{
	if (out->is_full || len > out->size - out->len) {
		out->is_full = true;
		return;
	}
	memcpy(out->at + out->len, bytes, len);
	out->len += len;
}

void
wire_put_big(struct wire_put *out, uint32_t value, unsigned width)
{
	uint8_t bytes[4];

	CHECK(width <= sizeof(bytes));
	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> 8 * (width - 1 - i));
	wire_put(out, bytes, width);
}

void
wire_put_little(struct wire_put *out, uint32_t value, unsigned width)
{
	uint8_t bytes[4];

	CHECK(width <= sizeof(bytes));
	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	wire_put(out, bytes, width);
}
