/* Lines that come back as they went in, or not at all. */
#include "guard/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct journal_record intent = {
	.cluster = "crm",
	.kind = RECORD_INTENT,
	.epoch = 7,
	.position = 1234,
	.node = "b",
	.from = "a",
	.history = "0123456789abcdef0123456789abcdef01234567",
};

static void
assert_same(const struct journal_record *a, const struct journal_record *b)
{
	assert_string_equal(a->cluster, b->cluster);
	assert_int_equal(a->kind, b->kind);
	assert_true(a->epoch == b->epoch && a->position == b->position);
	assert_true(a->promised == b->promised);
	assert_string_equal(a->node, b->node);
	assert_string_equal(a->from, b->from);
	assert_string_equal(a->history, b->history);
}

static const struct journal_record samples[] = {
	{ .cluster = "c", .kind = RECORD_PRIMARY },
	{ .cluster = "c", .kind = RECORD_INTENT, .promised = 1 },
	{ .cluster = "a-name-of-thirty-one-characters",
	    .kind = RECORD_PRIMARY,
	    .epoch = UINT64_MAX,
	    .position = UINT64_MAX,
	    .promised = UINT64_MAX,
	    .node = "b-name-of-thirty-one-characters",
	    .from = "c-name-of-thirty-one-characters",
	    .history = "12345678901234567890123456789012345678901234567" },
};

static void
assert_comes_back(const struct journal_record *r)
{
	struct journal_record got;
	char line[512];
	size_t len = journal_format(r, line, sizeof(line));

	assert_int_equal(len, strlen(line));
	assert_int_equal(line[len - 1], '\n');
	assert_true(journal_parse(&got, line, len - 1));
	assert_same(&got, r);
}

static void
test_record_comes_back_the_same(void **state)
{
	(void)state;
	assert_comes_back(&intent);
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		assert_comes_back(&samples[i]);
}

/* The form is a promise to the next version. */
static void
test_line_is_what_it_was(void **state)
{
	char line[512];

	(void)state;
	journal_format(&intent, line, sizeof(line));
	assert_string_equal(line,
	    "v1 cluster=crm record=intent epoch=7 position=1234 node=b from=a "
	    "history=0123456789abcdef0123456789abcdef01234567 "
	    "crc=ea9e3998\n");
}

static void
test_every_truncation_is_refused(void **state)
{
	struct journal_record got;
	char line[512];
	size_t len = journal_format(&intent, line, sizeof(line)) - 1;

	(void)state;
	for (size_t cut = 0; cut < len; cut++)
		assert_false(journal_parse(&got, line, cut));
	assert_true(journal_parse(&got, line, len));
}

static void
test_every_flipped_bit_is_refused(void **state)
{
	struct journal_record got;
	char line[512];
	size_t len = journal_format(&intent, line, sizeof(line)) - 1;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			line[i] ^= (char)(1 << bit);
			assert_false(journal_parse(&got, line, len));
			line[i] ^= (char)(1 << bit);
		}
	}
	assert_true(journal_parse(&got, line, len));
}

static void
test_every_other_byte_is_refused(void **state)
{
	struct journal_record got;
	char line[512];
	size_t len = journal_format(&intent, line, sizeof(line)) - 1;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		char was = line[i];

		for (int byte = 0; byte < 256; byte++) {
			line[i] = (char)byte;
			assert_int_equal(
			    journal_parse(&got, line, len), line[i] == was);
		}
		line[i] = was;
	}
}

static void
test_what_stands_behind_a_line_is_refused(void **state)
{
	static const char *const tails[] = { " ", "\n", " x", "0", "\r" };
	struct journal_record got;
	char line[512];
	size_t len = journal_format(&intent, line, sizeof(line)) - 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		strcpy(line + len, tails[i]);
		assert_false(journal_parse(&got, line, len + strlen(tails[i])));
	}
	line[len] = '\0';
	assert_false(journal_parse(&got, line, len + 1));
}

/* CRC-32 again, so that only the meaning of a line is wrong. */
static size_t
sign(char *line)
{
	uint32_t crc = UINT32_MAX;

	for (const char *at = line; *at != '\0'; at++) {
		crc ^= (unsigned char)*at;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & -(crc & 1));
	}
	return strlen(line) +
	    (size_t)sprintf(line + strlen(line), " crc=%08x", ~crc);
}

static void
test_signed_nonsense_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"v1",
		"v2 cluster=c record=intent epoch=7 position=1 node= from= "
		"history=",
		"v1 cluster=c record=other epoch=7 position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch=-7 position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch=+7 position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch=07 position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch= position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch=7x position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch=18446744073709551616 "
		"position=1 node= from= history=",
		"v1 record=intent cluster=c epoch=7 position=1 node= from= "
		"history=",
		"v1 cluster=c record=intent epoch=7 position=1 node= from=",
		"v1 cluster=c record=intent epoch=7 position=1 node= from= "
		"history= more=",
		"v1 cluster=c record=intent epoch=7 position=1 node= from= "
		"history= promised=0",
		"v1 cluster=c record=intent epoch=7 position=1 node= from= "
		"history= promised=x",
		"v1 cluster=a-name-of-thirty-two-characters. record=intent "
		"epoch=7 position=1 node= from= history=",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct journal_record got;
		char line[512];
		size_t len;

		strcpy(line, lines[i]);
		len = sign(line);
		if (journal_parse(&got, line, len))
			fail_msg("not refused: %s", line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_comes_back_the_same),
		cmocka_unit_test(test_line_is_what_it_was),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_flipped_bit_is_refused),
		cmocka_unit_test(test_every_other_byte_is_refused),
		cmocka_unit_test(test_what_stands_behind_a_line_is_refused),
		cmocka_unit_test(test_signed_nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
