/*
 * journal_line.c - one record as a line of text, and back.
 *
 * "v1 cluster=crm record=intent epoch=7 position=1234 node=b from=a
 * history=f00 promised=1230 crc=89abcdef\n"; promised is left out when it is
 * 0.  The CRC-32 covers all before " crc=".
 */
#include "guard/journal.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CRC-32 as in IEEE 802.3, bit by bit: lines are few and short. */
static uint32_t
journal_crc(const char *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & -(crc & 1));
	}
	return ~crc;
}

size_t
journal_format(const struct journal_record *r, char *line, size_t size)
{
	size_t len = 0;

	CHECK(r->kind < RECORD_COUNT);
	text_append(line, size, &len,
	    "v1 cluster=%s record=%s epoch=%" PRIu64 " position=%" PRIu64
	    " node=%s from=%s history=%s",
	    r->cluster, record_names[r->kind], r->epoch, r->position, r->node,
	    r->from, r->history);
	if (r->promised > 0)
		text_append(
		    line, size, &len, " promised=%" PRIu64, r->promised);
	text_append(
	    line, size, &len, " crc=%08" PRIx32 "\n", journal_crc(line, len));
	CHECK(len < size - 1);
	return len;
}

/* Takes "name=" and its value (which may be empty) off *at. */
static bool
journal_take(const char **at, const char *name, char *value, size_t size)
{
	size_t name_len = strlen(name), len;

	if (strncmp(*at, name, name_len) != 0)
		return false;
	*at += name_len;
	len = strcspn(*at, " ");
	if (len >= size)
		return false;
	memcpy(value, *at, len);
	value[len] = '\0';
	*at += len;
	if (**at == ' ')
		(*at)++;
	return true;
}

/* The digits that journal_format writes: no sign, no zero in front. */
static bool
journal_take_number(const char **at, const char *name, uint64_t *number)
{
	char value[24], again[24];

	if (!journal_take(at, name, value, sizeof(value)))
		return false;
	*number = strtoull(value, NULL, 10);
	snprintf(again, sizeof(again), "%" PRIu64, *number);
	return strcmp(value, again) == 0;
}

static bool
journal_take_promised(const char **at, uint64_t *promised)
{
	static const char name[] = "promised=";

	if (strncmp(*at, name, sizeof(name) - 1) != 0)
		return true; /* nothing was promised */
	return journal_take_number(at, name, promised) && *promised > 0;
}

static bool
journal_take_kind(const char **at, enum record *kind)
{
	char value[16];

	if (!journal_take(at, "record=", value, sizeof(value)))
		return false;
	for (int i = 0; i < RECORD_COUNT; i++) {
		if (strcmp(value, record_names[i]) == 0) {
			*kind = (enum record)i;
			return true;
		}
	}
	return false;
}

bool
journal_parse(struct journal_record *r, const char *line, size_t len)
{
	char text[512], want[16];
	const char *at = text, *tail;

	if (len == 0 || len >= sizeof(text) || memchr(line, '\0', len) != NULL)
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	tail = strstr(text, " crc=");
	if (tail == NULL || strncmp(text, "v1 ", 3) != 0)
		return false;
	snprintf(want, sizeof(want), "crc=%08" PRIx32,
	    journal_crc(text, (size_t)(tail - text)));
	memset(r, 0, sizeof(*r));
	at += 3;
	return journal_take(&at, "cluster=", r->cluster, sizeof(r->cluster)) &&
	    journal_take_kind(&at, &r->kind) &&
	    journal_take_number(&at, "epoch=", &r->epoch) &&
	    journal_take_number(&at, "position=", &r->position) &&
	    journal_take(&at, "node=", r->node, sizeof(r->node)) &&
	    journal_take(&at, "from=", r->from, sizeof(r->from)) &&
	    journal_take(&at, "history=", r->history, sizeof(r->history)) &&
	    journal_take_promised(&at, &r->promised) && strcmp(at, want) == 0;
}
