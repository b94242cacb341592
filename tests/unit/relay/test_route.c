/* Which node a client gets, and what a view asks of those who have one. */
#include "relay/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BIT(slot) (UINT32_C(1) << (slot))

static struct cluster_view view;
static unsigned sessions[NODES_MAX];
static int credit[NODES_MAX];
static struct route route;
static struct route_nodes nodes;

/* Slot 0 writes; 0, 1 and 2 read. */
static int
set_up(void **state)
{
	(void)state;
	memset(&view, 0, sizeof(view));
	memset(sessions, 0, sizeof(sessions));
	memset(credit, 0, sizeof(credit));
	for (int i = 0; i < 3; i++) {
		view.nodes[i].is_reader = true;
		view.nodes[i].weight = 1;
	}
	route = (struct route){
		.route = ROUTE_PRIMARY,
		.balance = BALANCE_LEASTSESS,
		.has_primary_fallback = true,
		.view = &view,
		.sessions = sessions,
		.credit = credit,
		.nodes = &nodes,
	};
	return 0;
}

/* Chooses, and opens a session there as a front does. */
static int
choose(void)
{
	int slot = route_choose(&route);

	if (slot >= 0)
		sessions[slot]++;
	return slot;
}

static void
test_primary_is_the_writer_or_nobody(void **state)
{
	(void)state;
	view.writer = 2;
	for (int i = 0; i < 4; i++)
		assert_int_equal(choose(), 2);
	view.writer = -1;
	assert_int_equal(choose(), -1);
	view.writer = 1;
	route.barred = BIT(1);
	assert_int_equal(choose(), -1);
}

/* A weight of nothing takes no reads, but writes there are. */
static void
test_primary_needs_no_weight(void **state)
{
	(void)state;
	view.writer = 0;
	view.nodes[0].is_reader = false;
	view.nodes[0].weight = 0;
	assert_int_equal(choose(), 0);
}

static void
test_replica_is_a_reader_that_does_not_write(void **state)
{
	(void)state;
	route.route = ROUTE_REPLICA;
	assert_int_equal(choose(), 1);
	assert_int_equal(choose(), 2);
	assert_int_equal(choose(), 1);
	view.nodes[1].is_reader = false;
	assert_int_equal(choose(), 2);
	assert_int_equal(choose(), 2);
	assert_int_equal(sessions[0], 0);
}

static void
test_replica_falls_back_to_the_primary_if_it_may(void **state)
{
	(void)state;
	route.route = ROUTE_REPLICA;
	route.barred = BIT(1) | BIT(2);
	assert_int_equal(choose(), 0);
	route.has_primary_fallback = false;
	assert_int_equal(choose(), -1);
	route.has_primary_fallback = true;
	route.barred |= BIT(0);
	assert_int_equal(choose(), -1);
}

static void
test_replica_without_a_primary_reads_on(void **state)
{
	(void)state;
	route.route = ROUTE_REPLICA;
	view.writer = -1;
	assert_int_equal(choose(), 0);
}

static void
test_any_is_every_reader(void **state)
{
	(void)state;
	route.route = ROUTE_ANY;
	for (int i = 0; i < 3; i++)
		assert_int_equal(choose(), i);
	view.nodes[0].is_reader = false;
	assert_int_equal(choose(), 1);
	/* Nobody reads: then who writes. */
	view.nodes[1].is_reader = view.nodes[2].is_reader = false;
	assert_int_equal(choose(), 0);
	view.writer = -1;
	assert_int_equal(choose(), -1);
}

static void
test_barred_nodes_are_passed_over(void **state)
{
	(void)state;
	route.route = ROUTE_ANY;
	for (uint32_t barred = 0; barred < 8; barred++) {
		int slot;

		route.barred = barred;
		slot = choose();
		assert_int_equal(slot < 0, barred == 7);
		assert_true(slot < 0 || (barred & BIT(slot)) == 0);
	}
}

static void
test_least_sessions_go_by_weight(void **state)
{
	(void)state;
	route.route = ROUTE_ANY;
	view.nodes[0].weight = 1;
	view.nodes[1].weight = 3;
	view.nodes[2].weight = 6;
	for (int i = 0; i < 100; i++)
		assert_true(choose() >= 0);
	assert_int_equal(sessions[0], 10);
	assert_int_equal(sessions[1], 30);
	assert_int_equal(sessions[2], 60);
}

static void
test_least_sessions_fill_up_who_has_fewest(void **state)
{
	(void)state;
	route.route = ROUTE_ANY;
	sessions[0] = 5;
	sessions[1] = 2;
	for (int i = 0; i < 8; i++)
		choose();
	assert_int_equal(sessions[0], 5);
	assert_int_equal(sessions[1], 5);
	assert_int_equal(sessions[2], 5);
}

static void
test_round_robin_goes_by_weight_and_not_by_sessions(void **state)
{
	static const int order[] = { 2, 1, 2, 0, 2, 1, 2 };
	int got[ARRAY_LEN(order)];

	(void)state;
	route.route = ROUTE_ANY;
	route.balance = BALANCE_ROUNDROBIN;
	sessions[2] = 1000;
	view.nodes[1].weight = 2;
	view.nodes[2].weight = 4;
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		got[i] = choose();
	assert_memory_equal(got, order, sizeof(order));
}

static void
test_round_robin_without_candidates_keeps_its_turn(void **state)
{
	(void)state;
	route.route = ROUTE_ANY;
	route.balance = BALANCE_ROUNDROBIN;
	assert_int_equal(choose(), 0);
	route.barred = 7;
	assert_int_equal(choose(), -1);
	route.barred = 0;
	assert_int_equal(choose(), 1);
	assert_int_equal(choose(), 2);
}

static void
test_writer_session_leaves_who_is_not_the_writer(void **state)
{
	(void)state;
	assert_int_equal(route_cut(&view, ROUTE_PRIMARY, 0), CUT_NONE);
	assert_int_equal(route_cut(&view, ROUTE_PRIMARY, 1), CUT_NOW);
	view.writer = -1;
	assert_int_equal(route_cut(&view, ROUTE_PRIMARY, 0), CUT_NOW);
}

static void
test_reader_session_goes_by_the_node(void **state)
{
	static const enum conf_route routes[] = { ROUTE_REPLICA, ROUTE_ANY };

	(void)state;
	view.nodes[1].cut = CUT_DRAIN;
	view.nodes[2].cut = CUT_NOW;
	view.writer = -1;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		assert_int_equal(route_cut(&view, routes[i], 0), CUT_NONE);
		assert_int_equal(route_cut(&view, routes[i], 1), CUT_DRAIN);
		assert_int_equal(route_cut(&view, routes[i], 2), CUT_NOW);
	}
}

#define ROUTE_TEST(test) cmocka_unit_test_setup(test, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROUTE_TEST(test_primary_is_the_writer_or_nobody),
		ROUTE_TEST(test_primary_needs_no_weight),
		ROUTE_TEST(test_replica_is_a_reader_that_does_not_write),
		ROUTE_TEST(test_replica_falls_back_to_the_primary_if_it_may),
		ROUTE_TEST(test_replica_without_a_primary_reads_on),
		ROUTE_TEST(test_any_is_every_reader),
		ROUTE_TEST(test_barred_nodes_are_passed_over),
		ROUTE_TEST(test_least_sessions_go_by_weight),
		ROUTE_TEST(test_least_sessions_fill_up_who_has_fewest),
		ROUTE_TEST(test_round_robin_goes_by_weight_and_not_by_sessions),
		ROUTE_TEST(test_round_robin_without_candidates_keeps_its_turn),
		ROUTE_TEST(test_writer_session_leaves_who_is_not_the_writer),
		ROUTE_TEST(test_reader_session_goes_by_the_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
