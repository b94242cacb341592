/* Global transaction ids: lists of MariaDB, sets of MySQL, and neither. */
#include "guard/driver/mysql_gtid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define UUID1 "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define UUID2 "4350f323-7565-4e59-8763-4b1b83a0ce0e"

static void
test_list_is_read_one_by_one(void **state)
{
	const char *list = "0-1-10, 1-4294967295-9223372036854775807";
	struct gtid gtid;

	(void)state;
	assert_int_equal(gtid_next(&list, &gtid), 1);
	assert_int_equal(gtid.domain, 0);
	assert_int_equal(gtid.server, 1);
	assert_int_equal(gtid.seq, 10);
	assert_int_equal(gtid_next(&list, &gtid), 1);
	assert_int_equal(gtid.domain, 1);
	assert_int_equal(gtid.server, 4294967295U);
	assert_int_equal(gtid.seq, INT64_MAX);
	assert_int_equal(gtid_next(&list, &gtid), 0);
	assert_int_equal(gtid_next(&list, &gtid), 0);
}

static void
test_what_is_no_list(void **state)
{
	static const char *const bad[] = { "0", "0-1", "0-1-", "a-1-2",
		"0-1-2;", "0-1-2 0-1-3", "-1-2-3", "0-1-9223372036854775808",
		"4294967296-1-1", "0-1--2", ",0-1-2" };
	struct gtid gtid;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(gtid_last(bad[i], 0, &gtid));
	assert_true(gtid_last("", 0, &gtid));
	assert_int_equal(gtid.seq, 0);
	assert_true(gtid_last(" \n", 0, &gtid));
}

/* In the order in which the server happens to keep them. */
static void
test_last_of_a_domain(void **state)
{
	const char *state_text = "1-9-7,0-2-150,0-1-200,0-3-20,1-8-900";
	struct gtid gtid;

	(void)state;
	assert_true(gtid_last(state_text, 0, &gtid));
	assert_int_equal(gtid.server, 1);
	assert_int_equal(gtid.seq, 200);
	assert_true(gtid_last(state_text, 1, &gtid));
	assert_int_equal(gtid.seq, 900);
	assert_true(gtid_last(state_text, 7, &gtid));
	assert_int_equal(gtid.seq, 0);
	assert_int_equal(gtid.domain, 7);
}

static void
test_all_of_a_domain(void **state)
{
	struct gtid found[3];

	(void)state;
	assert_int_equal(gtid_of_domain("1-9-7,0-2-150", 0, found, 3), 1);
	assert_int_equal(found[0].seq, 150);
	assert_int_equal(gtid_of_domain("", 0, found, 3), 0);
	assert_int_equal(gtid_of_domain("0-1", 0, found, 3), -1);
	/* Those that matter, if there are too many. */
	assert_int_equal(
	    gtid_of_domain("0-1-5,0-2-9,0-3-1,0-4-7", 0, found, 3), 3);
	assert_int_equal(found[0].seq + found[1].seq + found[2].seq, 21);
}

static void
test_names_of_reigns(void **state)
{
	const struct reign longest = { UINT32_MAX, UINT32_MAX, INT64_MAX };
	static const char *const bad[] = { "", "0-1", "0-1@", "0-1-1", "0-1@1x",
		"-1@1", "0-1@9223372036854775808" };
	char name[REIGN_NAME_LEN];
	struct reign reign;

	(void)state;
	reign_format(&longest, name);
	assert_string_equal(name, "4294967295-4294967295@9223372036854775807");
	assert_true(reign_parse(&reign, name));
	assert_true(reign.domain == longest.domain &&
	    reign.server == longest.server && reign.fork == longest.fork);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(reign_parse(&reign, bad[i]));
}

static uint64_t
count(const char *set)
{
	uint64_t n;

	assert_true(gtid_set_count(set, &n));
	return n;
}

static void
test_transactions_of_a_set(void **state)
{
	(void)state;
	assert_int_equal(count(""), 0);
	assert_int_equal(count(UUID1 ":1"), 1);
	assert_int_equal(count(UUID1 ":1-5"), 5);
	assert_int_equal(count(UUID1 ":1-5:7:11-20"), 16);
	assert_int_equal(count(UUID1 ":1-5,\n" UUID2 ":3-4"), 7);
	assert_int_equal(count(" " UUID1 ":1-5 , " UUID2 ":1 "), 6);
	/* MySQL 8.3 and later have tags. */
	assert_int_equal(count(UUID1 ":1-5:audit:1-2:blue_1:9"), 8);
	assert_int_equal(count(UUID1 ":1-9223372036854775807"), INT64_MAX);
}

static void
test_what_is_no_set(void **state)
{
	static const char *const bad[] = { "0-1-10", UUID1 ":", UUID1 ":0",
		UUID1 ":5-1", UUID1 ":1-", UUID1 ":1-2-3", UUID1 "x:1",
		UUID1 ":1 " UUID2 ":1", "," UUID1 ":1",
		UUID1 ":1-9223372036854775808",
		UUID1 ":1-9223372036854775807:1-2" };
	uint64_t n;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(gtid_set_count(bad[i], &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_is_read_one_by_one),
		cmocka_unit_test(test_what_is_no_list),
		cmocka_unit_test(test_last_of_a_domain),
		cmocka_unit_test(test_all_of_a_domain),
		cmocka_unit_test(test_names_of_reigns),
		cmocka_unit_test(test_transactions_of_a_set),
		cmocka_unit_test(test_what_is_no_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
