/*
 * Any bytes as a line of a journal: as they are, and signed with the right
 * checksum, which a fuzzer does not find by itself.  A line that is taken is
 * the line that its record is written as.
 */
#include "guard/journal.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_LINE_MAX = 600 };

/* CRC-32 as in IEEE 802.3. */
static uint32_t
fuzz_crc(const uint8_t *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & -(crc & 1));
	}
	return ~crc;
}

static void
fuzz_record(const struct journal_record *r, const char *line, size_t len)
{
	struct journal_record again;
	char text[FUZZ_LINE_MAX];
	size_t n;

	CHECK(r->kind < RECORD_COUNT);
	CHECK(strnlen(r->cluster, sizeof(r->cluster)) < sizeof(r->cluster));
	CHECK(strnlen(r->node, sizeof(r->node)) < sizeof(r->node));
	CHECK(strnlen(r->from, sizeof(r->from)) < sizeof(r->from));
	CHECK(strnlen(r->history, sizeof(r->history)) < sizeof(r->history));
	n = journal_format(r, text, sizeof(text));
	CHECK(n == len + 1 && text[len] == '\n');
	CHECK(memcmp(text, line, len) == 0);
	CHECK(journal_parse(&again, text, len));
	CHECK(memcmp(&again, r, sizeof(again)) == 0);
	for (size_t cut = 0; cut < len; cut++)
		CHECK(!journal_parse(&again, text, cut));
}

static void
fuzz_line(const char *line, size_t len)
{
	struct journal_record r;

	if (journal_parse(&r, line, len))
		fuzz_record(&r, line, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[FUZZ_LINE_MAX];
	int tail;

	fuzz_line((const char *)data, size);
	if (size > FUZZ_LINE_MAX - 16)
		return 0;
	if (size > 0)
		memcpy(line, data, size);
	tail = snprintf(line + size, sizeof(line) - size, " crc=%08x",
	    (unsigned)fuzz_crc(data, size));
	fuzz_line(line, size + (size_t)tail);
	return 0;
}
