/*
 * drill.h - the brain of the tests of core/ (tests/unit/core/brain.h), with
 * the flight recorder and all who look over its shoulder.
 */
#ifndef REGENT_TESTS_UNIT_GUARD_DRILL_H
#define REGENT_TESTS_UNIT_GUARD_DRILL_H

#include "base/text.h"
#include "guard/record/episode.h"
#include "guard/record/record.h"
#include "tests/unit/core/brain.h"

struct drill {
	struct brain b;
	struct recorder recorder;
	struct episode_watch watch;
	struct text story; /* every sentence, a line each */
};

extern struct drill drill;

/* Set-up and tear-down of a test. */
int drill_open(void **state);
int drill_close(void **state);

#define DRILL_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, drill_open, drill_close)

/* Forgets the sentences so far. */
void drill_forget(void);

void drill_expect(const char *sentence);
void drill_expect_not(const char *part);

#endif
