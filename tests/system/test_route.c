/*
 * Which node gets a client, and what happens to clients while there is none.
 */
#include "farm.h"

#include <string.h>
#include <unistd.h>

static const struct farm_options route_named = { .kind = FAKE_NAMED };

static void
test_dead_node_is_passed_over(struct site *site)
{
	struct farm farm;
	int fd;

	farm_open(&farm, site, &route_named);
	assert_int_equal(farm_ask(&farm), 0);
	fake_node_down(farm.node[0]);
	/* At once: refused is tried again on the next node, or held. */
	assert_int_equal(farm_greet(&farm, &fd, FARM_SETTLE_MS), 1);
	close(fd);
}

static void
test_first_node_does_not_come_back_by_itself(struct site *site)
{
	struct farm farm;
	int fd;

	farm_open(&farm, site, &route_named);
	fake_node_down(farm.node[0]);
	farm_wait_down(&farm, 0);
	assert_int_equal(farm_greet(&farm, &fd, FARM_SETTLE_MS), 1);
	fake_node_up(farm.node[0]);
	farm_wait_up(&farm, 0);
	ASSERT_DURING(300, farm_ask(&farm) == 1);
	assert_true(client_echoes(fd, "still with b", 5000));
	close(fd);
	fake_node_down(farm.node[1]);
	ASSERT_WITHIN(FARM_SETTLE_MS, farm_ask(&farm) == 0);
}

/* There is nothing to fence or promote, and the order must still be done. */
static void
test_switchover_without_roles(struct site *site)
{
	struct farm farm;

	farm_open(&farm, site, &route_named);
	assert_int_equal(farm_ask(&farm), 0);
	assert_lacks(daemon_ask(farm.daemon, "switchover farm c"), "error:");
	assert_int_equal(farm_ask(&farm), 2);
	assert_lacks(daemon_ask(farm.daemon, "switchover farm"), "error:");
	assert_int_equal(farm_ask(&farm), 0);
}

static void
test_clients_are_held_until_a_node_starts(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.is_down = true,
	};
	int fds[20];
	struct farm farm;

	farm_open(&farm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = client_open(farm.port);
		/* Early bytes have to wait as well, and must not be lost. */
		client_send(fds[i], "early");
	}
	ASSERT_DURING(300, client_is_waiting(fds[0]));
	fake_node_up(farm.node[2]);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++) {
		client_expect(fds[i], "c\n", FARM_SETTLE_MS);
		client_expect(fds[i], "early", FARM_SETTLE_MS);
		close(fds[i]);
	}
}

static void
test_held_client_that_leaves_is_forgotten(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "hold_max = 1",
		.regent_lines = "workers = 1",
		.is_down = true,
	};
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	fd = client_open(farm.port);
	ASSERT_DURING(100, client_is_waiting(fd));
	close(fd);
	/* Its place is free again: the next one is not refused. */
	ASSERT_WITHIN(
	    5000, (fd = client_open(farm.port), !client_is_closed(fd, 100)));
	fake_node_up(farm.node[0]);
	client_expect(fd, "a\n", FARM_SETTLE_MS);
	close(fd);
}

static void
test_hold_ends_at_its_timeout(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "hold_timeout = 300ms",
		.is_down = true,
	};
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	fd = client_open(farm.port);
	ASSERT_DURING(100, client_is_waiting(fd));
	assert_true(client_is_closed(fd, 5000));
	close(fd);
}

static void
test_hold_of_zero_refuses_at_once(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "hold_timeout = 0s",
		.is_down = true,
	};
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	fd = client_open(farm.port);
	assert_true(client_is_closed(fd, 2000));
	close(fd);
}

static void
test_clients_beyond_hold_max_are_refused(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "hold_max = 2",
		.regent_lines = "workers = 1",
		.is_down = true,
	};
	int first, second, third;
	struct farm farm;

	farm_open(&farm, site, &options);
	first = client_open(farm.port);
	second = client_open(farm.port);
	ASSERT_DURING(
	    200, client_is_waiting(first) && client_is_waiting(second));
	third = client_open(farm.port);
	assert_true(client_is_closed(third, 5000));
	assert_true(client_is_waiting(first) && client_is_waiting(second));
	close(first);
	close(second);
	close(third);
}

static void
route_count(struct farm *farm, unsigned n, unsigned *counts)
{
	memset(counts, 0, FARM_NODES * sizeof(counts[0]));
	for (unsigned i = 0; i < n; i++)
		counts[farm_ask(farm)]++;
}

static void
test_round_robin_goes_by_weight(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.weight = { 2, 1, 1 },
		.regent_lines = "workers = 1",
		.listen_lines = "route = any\nbalance = roundrobin",
	};
	unsigned counts[FARM_NODES];
	struct farm farm;

	farm_open(&farm, site, &options);
	route_count(&farm, 40, counts);
	assert_int_equal(counts[0], 20);
	assert_int_equal(counts[1], 10);
	assert_int_equal(counts[2], 10);
}

static void
test_least_sessions_fills_evenly(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.regent_lines = "workers = 1",
		.listen_lines = "route = any\nbalance = leastsess",
	};
	unsigned counts[FARM_NODES] = { 0 };
	struct farm farm;
	int fds[12];

	farm_open(&farm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		counts[farm_greet(&farm, &fds[i], FARM_SETTLE_MS)]++;
	for (unsigned i = 0; i < FARM_NODES; i++)
		assert_int_equal(counts[i], 4);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
}

static void
test_weight_zero_takes_no_reads(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.weight = { 1, 0, 1 },
		.listen_lines = "route = any\nbalance = roundrobin",
	};
	unsigned counts[FARM_NODES];
	struct farm farm;

	farm_open(&farm, site, &options);
	route_count(&farm, 20, counts);
	assert_int_equal(counts[1], 0);
	assert_true(counts[0] > 0 && counts[2] > 0);
}

static void
test_replica_route_spares_the_primary(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "route = replica\nbalance = roundrobin",
	};
	unsigned counts[FARM_NODES];
	struct farm farm;

	farm_open(&farm, site, &options);
	route_count(&farm, 20, counts);
	assert_int_equal(counts[0], 0);
	assert_true(counts[1] > 0 && counts[2] > 0);
	fake_node_down(farm.node[1]);
	fake_node_down(farm.node[2]);
	farm_wait_down(&farm, 1);
	farm_wait_down(&farm, 2);
	assert_int_equal(farm_ask(&farm), 0);
}

static void
test_replica_route_without_fallback_holds(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "route = replica\nprimary_fallback = no",
	};
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	fake_node_down(farm.node[1]);
	fake_node_down(farm.node[2]);
	farm_wait_down(&farm, 1);
	farm_wait_down(&farm, 2);
	fd = client_open(farm.port);
	ASSERT_DURING(200, client_is_waiting(fd));
	fake_node_up(farm.node[2]);
	client_expect(fd, "c\n", FARM_SETTLE_MS);
	close(fd);
}

/* The node that greets a client of that address. */
static int
route_of_source(struct farm *farm, unsigned n)
{
	int fd = client_open_from(farm->port, n);
	char line[16];

	assert_true(client_read_line(fd, line, sizeof(line), FARM_SETTLE_MS));
	close(fd);
	return line[0] - 'a';
}

static void
test_source_moves_only_the_clients_of_a_dead_node(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "route = any\nbalance = source",
	};
	unsigned n[FARM_NODES] = { 0 };
	int before[64];
	struct farm farm;

	farm_open(&farm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(before); i++) {
		before[i] = route_of_source(&farm, i + 1);
		n[before[i]]++;
		assert_int_equal(route_of_source(&farm, i + 1), before[i]);
	}
	assert_true(n[0] > 0 && n[1] > 0 && n[2] > 0);
	fake_node_down(farm.node[1]);
	farm_wait_down(&farm, 1);
	for (unsigned i = 0; i < ARRAY_LEN(before); i++) {
		int now = route_of_source(&farm, i + 1);

		assert_true(now == before[i] || before[i] == 1);
	}
	fake_node_up(farm.node[1]);
	farm_wait_up(&farm, 1);
	for (unsigned i = 0; i < ARRAY_LEN(before); i++)
		ASSERT_WITHIN(
		    FARM_SETTLE_MS, route_of_source(&farm, i + 1) == before[i]);
}

static void
test_first_fills_one_node_after_the_other(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "route = any\nbalance = first",
		.node_lines = "maxconn = 3",
	};
	struct farm farm;
	int fds[9];

	farm_open(&farm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		assert_int_equal(
		    farm_greet(&farm, &fds[i], FARM_SETTLE_MS), (int)i / 3);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
}

static void
test_random2_serves_from_all_nodes(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.listen_lines = "route = any\nbalance = random2",
	};
	unsigned counts[FARM_NODES];
	struct farm farm;

	farm_open(&farm, site, &options);
	route_count(&farm, 40, counts);
	for (unsigned i = 0; i < FARM_NODES; i++)
		assert_true(counts[i] > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_dead_node_is_passed_over),
		SITE_TEST(test_first_node_does_not_come_back_by_itself),
		SITE_TEST(test_switchover_without_roles),
		SITE_TEST(test_clients_are_held_until_a_node_starts),
		SITE_TEST(test_held_client_that_leaves_is_forgotten),
		SITE_TEST(test_hold_ends_at_its_timeout),
		SITE_TEST(test_hold_of_zero_refuses_at_once),
		SITE_TEST(test_clients_beyond_hold_max_are_refused),
		SITE_TEST(test_round_robin_goes_by_weight),
		SITE_TEST(test_least_sessions_fills_evenly),
		SITE_TEST(test_weight_zero_takes_no_reads),
		SITE_TEST(test_source_moves_only_the_clients_of_a_dead_node),
		SITE_TEST(test_first_fills_one_node_after_the_other),
		SITE_TEST(test_random2_serves_from_all_nodes),
		SITE_TEST(test_replica_route_spares_the_primary),
		SITE_TEST(test_replica_route_without_fallback_holds),
	};

	return SITE_MAIN(tests);
}
