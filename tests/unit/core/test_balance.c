#include "core/balance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Slot 0 writes; 1 and 2 read; 3 may not. */
static const struct cluster_view test_view = {
	.epoch = 1,
	.writer = 0,
	.nodes = {
		[0] = { .is_reader = true, .weight = 1 },
		[1] = { .is_reader = true, .weight = 1 },
		[2] = { .is_reader = true, .weight = 3 },
		[3] = { .weight = 1 },
	},
};

static void
test_readers_leave_the_writer_out_when_asked(void **state)
{
	(void)state;
	assert_int_equal(balance_readers(&test_view, true), 0x7);
	assert_int_equal(balance_readers(&test_view, false), 0x6);
}

static void
test_nobody_is_chosen_from_nobody(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	int credit[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, 0 };

	(void)state;
	assert_int_equal(balance_leastsess(&b), -1);
	assert_int_equal(balance_roundrobin(&b, credit), -1);
}

static void
test_least_sessions_respects_weight(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, 0x6 };

	(void)state;
	for (int i = 0; i < 400; i++)
		sessions[balance_leastsess(&b)]++;
	assert_int_equal(sessions[1], 100);
	assert_int_equal(sessions[2], 300);
}

static void
test_least_sessions_prefers_the_lower_slot_on_a_tie(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, 0x3 };

	(void)state;
	assert_int_equal(balance_leastsess(&b), 0);
	sessions[0] = 1;
	assert_int_equal(balance_leastsess(&b), 1);
}

static void
test_round_robin_is_smooth(void **state)
{
	static const int want[] = { 2, 1, 2, 2, 2, 1, 2, 2 };
	unsigned sessions[NODES_MAX] = { 0 };
	int credit[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, 0x6 };

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(balance_roundrobin(&b, credit), want[i]);
}

static void
test_weight_zero_counts_as_one(void **state)
{
	struct cluster_view view = test_view;
	unsigned sessions[NODES_MAX] = { 0 };
	int credit[NODES_MAX] = { 0 }, hits = 0;
	struct balance b = { &view, sessions, 0x6 };

	(void)state;
	view.nodes[1].weight = 0;
	for (int i = 0; i < 40; i++)
		hits += balance_roundrobin(&b, credit) == 1;
	assert_int_equal(hits, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readers_leave_the_writer_out_when_asked),
		cmocka_unit_test(test_nobody_is_chosen_from_nobody),
		cmocka_unit_test(test_least_sessions_respects_weight),
		cmocka_unit_test(
		    test_least_sessions_prefers_the_lower_slot_on_a_tie),
		cmocka_unit_test(test_round_robin_is_smooth),
		cmocka_unit_test(test_weight_zero_counts_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
