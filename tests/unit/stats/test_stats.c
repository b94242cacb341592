/* Every counter has a row that says what it is; none is there twice. */
#include "stats/stats.h"

#include "base/check.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
assert_is_word(const char *s)
{
	assert_non_null(s);
	assert_true(s[0] != '\0');
	for (; *s != '\0'; s++)
		assert_true(islower((unsigned char)*s) || *s == '_');
}

/* Names and titles are columns and keys for scripts: words, each once. */
static void
assert_is_table(const struct counter_info *table, size_t n)
{
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		assert_is_word(table[i].name);
		assert_is_word(table[i].title);
		assert_non_null(table[i].text);
		assert_true(strlen(table[i].text) > 10);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(table[i].name, table[j].name);
			assert_string_not_equal(table[i].title, table[j].title);
			assert_string_not_equal(table[i].text, table[j].text);
		}
	}
}

static void
test_tables_are_complete_without_duplicates(void **state)
{
	(void)state;
	assert_is_table(listen_counters, LISTEN_COUNTER_COUNT);
	assert_is_table(node_counters, NODE_COUNTER_COUNT);
}

static void
test_rows_stand_under_their_own_number(void **state)
{
	(void)state;
	assert_string_equal(listen_counters[LISTEN_opened].name, "opened");
	assert_string_equal(listen_counters[LISTEN_starved].name, "starved");
	assert_string_equal(node_counters[NODE_connects].name, "connects");
	assert_string_equal(node_counters[NODE_cut].name, "cut");
}

static void
test_counter_adds_up(void **state)
{
	static struct listen_stats stats;

	(void)state;
	stats_add(&stats.at[LISTEN_bytes_in], 40);
	stats_add(&stats.at[LISTEN_bytes_in], UINT64_C(1) << 40);
	stats_add(&stats.at[LISTEN_bytes_in], 0);
	assert_true(
	    stats_get(&stats.at[LISTEN_bytes_in]) == (UINT64_C(1) << 40) + 40);
	assert_true(stats_get(&stats.at[LISTEN_bytes_out]) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_complete_without_duplicates),
		cmocka_unit_test(test_rows_stand_under_their_own_number),
		cmocka_unit_test(test_counter_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
