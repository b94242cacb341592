#include "core/balance.h"

#include "base/hash.h"

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
	assert_int_equal(balance_readers(&test_view, true, 0), 0x7);
	assert_int_equal(balance_readers(&test_view, false, 0), 0x6);
}

static void
test_backups_read_only_when_nobody_else_is_left(void **state)
{
	struct cluster_view view = test_view;

	(void)state;
	view.nodes[2].is_backup = true;
	view.nodes[3].is_backup = true;
	assert_int_equal(balance_readers(&view, true, 0), 0x3);
	assert_int_equal(balance_readers(&view, false, 0), 0x2);
	assert_int_equal(balance_readers(&view, false, 0x2), 0x4);
	view.nodes[1].is_reader = false;
	assert_int_equal(balance_readers(&view, true, 0), 0x1);
	assert_int_equal(balance_readers(&view, false, 0), 0x4);
	view.nodes[0].is_reader = false;
	view.nodes[3].is_reader = true;
	assert_int_equal(balance_readers(&view, true, 0), 0xc);
}

static void
test_nobody_is_chosen_from_nobody(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	int credit[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, .candidates = 0 };

	(void)state;
	assert_int_equal(balance_leastsess(&b), -1);
	assert_int_equal(balance_roundrobin(&b, credit), -1);
}

static void
test_least_sessions_respects_weight(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, .candidates = 0x6 };

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
	struct balance b = { &test_view, sessions, .candidates = 0x3 };

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
	struct balance b = { &test_view, sessions, .candidates = 0x6 };

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
	struct balance b = { &view, sessions, .candidates = 0x6 };

	(void)state;
	view.nodes[1].weight = 0;
	for (int i = 0; i < 40; i++)
		hits += balance_roundrobin(&b, credit) == 1;
	assert_int_equal(hits, 10);
}

/* Slow start */

static void
test_share_grows_evenly_from_almost_nothing(void **state)
{
	struct node_view node = { .returned_at = 1000 };

	(void)state;
	assert_int_equal(balance_share(&node, 1000, 990), 1);
	assert_int_equal(balance_share(&node, 1000, 1000), 1);
	assert_int_equal(balance_share(&node, 1000, 1250), 256);
	assert_int_equal(balance_share(&node, 1000, 1500), 512);
	assert_int_equal(balance_share(&node, 1000, 1999), 1022);
	assert_int_equal(balance_share(&node, 1000, 2000), BALANCE_WHOLE);
	assert_int_equal(balance_share(&node, 0, 1000), BALANCE_WHOLE);
	node.returned_at = 0; /* it never was away */
	assert_int_equal(balance_share(&node, 1000, 10), BALANCE_WHOLE);
}

/* At a quarter of its time, one of two gets a fifth. */
static void
test_node_that_returned_gets_its_share_by_every_method(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	int n[3] = { 0 }, credit[NODES_MAX] = { 0 };
	struct cluster_view view = test_view;
	const uint64_t keys[NODES_MAX] = { 1, 2 };
	struct balance b = {
		.view = &view,
		.sessions = sessions,
		.candidates = 0x3,
		.slow_start_us = 4000,
		.now = 2000,
		.keys = keys,
	};
	uint64_t seed = 1;

	(void)state;
	view.nodes[1].returned_at = 1000;
	for (int i = 0; i < 1000; i++) {
		sessions[balance_leastsess(&b)]++;
		n[0] += balance_roundrobin(&b, credit) == 1;
		n[1] += balance_source(&b, hash_next(&seed)) == 1;
		n[2] += balance_random2(&b, &seed) == 1;
	}
	assert_int_equal(sessions[1], 200);
	assert_int_equal(n[0], 200);
	assert_in_range(n[1], 150, 250);
	assert_in_range(n[2], 150, 250);
}

/* Source */

enum { CLIENTS = 100000 };

static const uint64_t test_keys[NODES_MAX] = { 0xa, 0xb, 0xc, 0xd };

static struct cluster_view
view_of_weights(unsigned a, unsigned b, unsigned c, unsigned d)
{
	const unsigned weights[] = { a, b, c, d };
	struct cluster_view view = { .writer = -1 };

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		view.nodes[i].is_reader = weights[i] > 0;
		view.nodes[i].weight = (uint16_t)weights[i];
	}
	return view;
}

static int
source_of(const struct cluster_view *view, int client)
{
	const struct balance b = {
		.view = view,
		.candidates = balance_readers(view, true, 0),
		.keys = test_keys,
	};

	return balance_source(&b, hash_bytes(&client, sizeof(client)));
}

/* Of 2500 clients, chance alone moves 50: 1/12 is four times that. */
static void
test_source_shares_clients_by_weight(void **state)
{
	struct cluster_view view = view_of_weights(1, 2, 5, 32);
	int n[NODES_MAX] = { 0 };

	(void)state;
	for (int i = 0; i < CLIENTS; i++)
		n[source_of(&view, i)]++;
	for (int i = 0; i < 4; i++) {
		int want = CLIENTS / 40 * view.nodes[i].weight;

		assert_in_range(n[i], want - want / 12, want + want / 12);
	}
}

static void
test_source_moves_only_the_clients_of_a_node_that_goes(void **state)
{
	struct cluster_view all = view_of_weights(1, 2, 3, 2);
	struct cluster_view rest = view_of_weights(1, 2, 0, 2);
	int n[NODES_MAX] = { 0 }, n_moved = 0;

	(void)state;
	for (int i = 0; i < CLIENTS; i++) {
		int before = source_of(&all, i), after = source_of(&rest, i);

		if (before != 2) {
			assert_int_equal(after, before);
			continue;
		}
		n[after]++;
		n_moved++;
	}
	/* 3 of 8, and they are spread by weight. */
	assert_in_range(n_moved, CLIENTS * 36 / 100, CLIENTS * 39 / 100);
	assert_in_range(n[0], n_moved * 18 / 100, n_moved * 22 / 100);
	assert_in_range(n[1], n_moved * 38 / 100, n_moved * 42 / 100);
}

static void
test_source_moves_clients_only_to_a_node_that_gets_weight(void **state)
{
	struct cluster_view before = view_of_weights(2, 2, 2, 2);
	struct cluster_view after = view_of_weights(2, 2, 3, 2);
	int n_moved = 0;

	(void)state;
	for (int i = 0; i < CLIENTS; i++) {
		int from = source_of(&before, i), to = source_of(&after, i);

		assert_true(to == from || to == 2);
		n_moved += to != from;
	}
	/* From 1/4 to 1/3. */
	assert_in_range(n_moved, CLIENTS * 75 / 1000, CLIENTS * 92 / 1000);
}

/* Ids come and go with reloads and restarts; names stay. */
static void
test_source_goes_by_the_node_and_not_by_its_slot(void **state)
{
	static const uint64_t turned[NODES_MAX] = { 0xd, 0xc, 0xb, 0xa };
	struct cluster_view view = view_of_weights(1, 1, 1, 1);
	struct balance b = { .view = &view, .candidates = 0xf };

	(void)state;
	for (uint64_t client = 0; client < 1000; client++) {
		int slot;

		b.keys = test_keys;
		slot = balance_source(&b, client);
		b.keys = turned;
		assert_int_equal(balance_source(&b, client), 3 - slot);
	}
	b.candidates = 0;
	assert_int_equal(balance_source(&b, 1), -1);
}

/* Random2 */

static void
test_random2_fills_by_weight(void **state)
{
	struct cluster_view view = view_of_weights(1, 2, 3, 4);
	unsigned sessions[NODES_MAX] = { 0 };
	struct balance b = { &view, sessions, .candidates = 0xf };
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 10000; i++)
		sessions[balance_random2(&b, &seed)]++;
	for (unsigned i = 0; i < 4; i++)
		assert_in_range(sessions[i], 990 * (i + 1), 1010 * (i + 1));
}

/* What a plain draw would give: only the loaded node is spared. */
static void
test_random2_takes_the_less_loaded_of_two(void **state)
{
	struct cluster_view view = view_of_weights(1, 1, 1, 0);
	unsigned sessions[NODES_MAX] = { 100, 1, 1 };
	int n[NODES_MAX] = { 0 };
	struct balance b = { &view, sessions, .candidates = 0x7 };
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 10000; i++)
		n[balance_random2(&b, &seed)]++;
	assert_int_equal(n[0], 0);
	assert_in_range(n[1], 4800, 5200);
	assert_in_range(n[2], 4800, 5200);
}

static void
test_random2_of_one_or_none(void **state)
{
	unsigned sessions[NODES_MAX] = { 0 };
	struct balance b = { &test_view, sessions, .candidates = 0x4 };
	uint64_t seed = 3;

	(void)state;
	assert_int_equal(balance_random2(&b, &seed), 2);
	b.candidates = 0;
	assert_int_equal(balance_random2(&b, &seed), -1);
}

/* First */

static void
test_first_is_the_first_of_the_file(void **state)
{
	static const uint8_t ranks[NODES_MAX] = { 2, 0, 1 };
	struct balance b = {
		.view = &test_view, .candidates = 0x7, .ranks = ranks
	};

	(void)state;
	assert_int_equal(balance_first(&b), 1);
	b.candidates = 0x5;
	assert_int_equal(balance_first(&b), 2);
	b.candidates = 0x1;
	assert_int_equal(balance_first(&b), 0);
	b.candidates = 0;
	assert_int_equal(balance_first(&b), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_readers_leave_the_writer_out_when_asked),
		cmocka_unit_test(
		    test_backups_read_only_when_nobody_else_is_left),
		cmocka_unit_test(test_nobody_is_chosen_from_nobody),
		cmocka_unit_test(test_least_sessions_respects_weight),
		cmocka_unit_test(
		    test_least_sessions_prefers_the_lower_slot_on_a_tie),
		cmocka_unit_test(test_round_robin_is_smooth),
		cmocka_unit_test(test_weight_zero_counts_as_one),
		cmocka_unit_test(test_share_grows_evenly_from_almost_nothing),
		cmocka_unit_test(
		    test_node_that_returned_gets_its_share_by_every_method),
		cmocka_unit_test(test_source_shares_clients_by_weight),
		cmocka_unit_test(
		    test_source_moves_only_the_clients_of_a_node_that_goes),
		cmocka_unit_test(
		    test_source_moves_clients_only_to_a_node_that_gets_weight),
		cmocka_unit_test(
		    test_source_goes_by_the_node_and_not_by_its_slot),
		cmocka_unit_test(test_random2_fills_by_weight),
		cmocka_unit_test(test_random2_takes_the_less_loaded_of_two),
		cmocka_unit_test(test_random2_of_one_or_none),
		cmocka_unit_test(test_first_is_the_first_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
