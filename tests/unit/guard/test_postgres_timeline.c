/*
 * Which standby can follow a primary, by the history files of both.
 */
#include "base/check.h"
#include "guard/driver/postgres_timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Of timeline 3, which left 2 at 0/4000000 and with it 1 at 0/3000148. */
#define FILE_3 \
	"1\t0/3000148\tno recovery target specified\n\n" \
	"2\t0/4000000\tno recovery target specified\n"
#define FILE_2 "1\t0/3000148\tno recovery target specified\n"
#define FILE_2_ELSEWHERE "1\t0/3000200\tno recovery target specified\n"

struct timeline_row {
	uint64_t mine, applied;
	const char *my_file;
	uint64_t theirs, position;
	const char *their_file;
	const char *why; /* a part of it; NULL: it can follow */
};

static const struct timeline_row timeline_rows[] = {
	/* Up to the fork and no further. */
	{ 2, 0x4000000, FILE_2, 3, 0x5000000, FILE_3, NULL },
	{ 2, 0x4000001, FILE_2, 3, 0x5000000, FILE_3,
	    "it has 0/4000001 of timeline 2, the primary left it at "
	    "0/4000000: run pg_rewind" },
	/* It slept through two promotions. */
	{ 1, 0x3000148, "", 3, 0x5000000, FILE_3, NULL },
	{ 1, 0x3000149, "", 3, 0x5000000, FILE_3, "left it at 0/3000148" },
	/* Of the same timeline it has no more than its primary. */
	{ 3, 0x5000000, FILE_3, 3, 0x5000000, FILE_3, NULL },
	{ 3, 0x5000001, FILE_3, 3, 0x5000000, FILE_3,
	    "of timeline 3, the primary has up to 0/5000000" },
	{ 1, 0x5000000, "", 1, 0x5000000, "", NULL },
	{ 1, 0x5000001, "", 1, 0x5000000, "", "has up to 0/5000000" },
	/* It was promoted itself. */
	{ 2, 0x4000000, FILE_2, 1, 0x5000000, "",
	    "its timeline 2 is not in the history of the primary's, 1" },
	{ 4, 0x4000000, FILE_3, 3, 0x5000000, FILE_3,
	    "its timeline 4 is not in the history" },
	/* Both were promoted, apart from each other. */
	{ 2, 0x3000300, FILE_2_ELSEWHERE, 2, 0x5000000, FILE_2,
	    "its timeline 2 began at 0/3000200, the primary left 1 at "
	    "0/3000148" },
	{ 2, 0x3000300, FILE_2_ELSEWHERE, 3, 0x5000000, FILE_3,
	    "its timeline 2 began at 0/3000200" },
	/* What is not known is no proof. */
	{ 2, 0x3000300, "", 2, 0x5000000, FILE_2, NULL },
	{ 2, 0x3000300, FILE_2_ELSEWHERE, 3, 0x5000000, "", NULL },
	{ 1, 0x9000000, "", 3, 0x5000000, "", NULL },
};

static void
test_who_can_follow(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(timeline_rows); i++) {
		const struct timeline_row *row = &timeline_rows[i];
		const struct postgres_course mine = { row->mine, row->applied,
			row->my_file, strlen(row->my_file) };
		const struct postgres_course theirs = { row->theirs,
			row->position, row->their_file,
			strlen(row->their_file) };
		char why[160] = "";
		bool can =
		    postgres_can_follow(&mine, &theirs, why, sizeof(why));

		if (can != (row->why == NULL) ||
		    (!can && strstr(why, row->why) == NULL))
			fail_msg("row %zu: \"%s\"", i, why);
	}
}

/* The longest there is must not lose what to do about it. */
static void
test_advice_is_never_cut_off(void **state)
{
	const struct postgres_course mine = { UINT32_MAX, UINT64_MAX,
		"4294967294\tFFFFFFFF/FFFFFFFE\tx\n", 30 };
	const struct postgres_course same = { UINT32_MAX, UINT64_MAX - 1,
		"4294967294\tFFFFFFFF/FFFFFFFE\tx\n", 30 };
	const struct postgres_course other = { UINT32_MAX, 0,
		"4294967294\tFFFFFFFF/FFFFFFFD\tx\n", 30 };
	char why[160];

	(void)state;
	assert_false(postgres_can_follow(&mine, &same, why, sizeof(why)));
	assert_non_null(strstr(why, "(rejoin_command)"));
	assert_false(postgres_can_follow(&mine, &other, why, sizeof(why)));
	assert_non_null(strstr(why, "run pg_rewind"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_can_follow),
		cmocka_unit_test(test_advice_is_never_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
