/*
 * put.h - appends bytes to memory of the caller, never past its end.
 *
 * Pure.  What did not fit is remembered, so that a codec asks once, at its
 * end; `at` is not to be used then.
 */
#ifndef REGENT_WIRE_PUT_H
#define REGENT_WIRE_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_put {
	uint8_t *at;
	size_t size;
	size_t len;
	bool is_full;
};

void wire_put(struct wire_put *out, const void *bytes, size_t len);

/* An integer of `width` bytes, the most or the least significant first. */
void wire_put_big(struct wire_put *out, uint32_t value, unsigned width);
void wire_put_little(struct wire_put *out, uint32_t value, unsigned width);

#endif
