/*
 * Any bytes as a parcel from another version of the program: as they are, and
 * with the right head, which a fuzzer does not find by itself.  What is taken
 * is written as just these bytes, and no shorter piece of it is taken.
 */
#include "upgrade/parcel.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_HEAD_LEN = 12, FUZZ_CUTS_MAX = 200 };

static struct parcel parcel, again;
static uint8_t bytes[PARCEL_BYTES_MAX], out[PARCEL_BYTES_MAX];

static void
fuzz_bytes(const uint8_t *in, size_t len)
{
	struct err err;
	size_t n;

	if (parcel_decode(&parcel, in, len, &err) != 0)
		return;
	CHECK(parcel.kind < PARCEL_KIND_COUNT);
	n = parcel_encode(&parcel, out);
	CHECK(n == len && memcmp(out, in, len) == 0);
	CHECK(parcel_decode(&again, out, n, &err) == 0);
	CHECK(memcmp(&again, &parcel, sizeof(again)) == 0);
	for (size_t cut = 0; cut < len && cut < FUZZ_CUTS_MAX; cut++)
		CHECK(parcel_decode(&again, in, cut, &err) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t rest = size - 1;

	fuzz_bytes(data, size);
	if (size == 0 || rest > sizeof(bytes) - FUZZ_HEAD_LEN)
		return 0;
	memcpy(bytes, "rgnt", 4);
	bytes[4] = PARCEL_VERSION;
	bytes[5] = data[0] % PARCEL_KIND_COUNT;
	bytes[6] = bytes[7] = 0;
	for (int i = 0; i < 4; i++)
		bytes[8 + i] = (uint8_t)(rest >> 8 * i);
	memcpy(bytes + FUZZ_HEAD_LEN, data + 1, rest);
	fuzz_bytes(bytes, FUZZ_HEAD_LEN + rest);
	return 0;
}
