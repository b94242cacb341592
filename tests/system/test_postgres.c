/*
 * protocol = postgres: real servers that are probed, promoted, fenced and
 * repointed by SQL, with no more privileges than contrib/sql/postgres.sql
 * gives.
 */
#include "pg_farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pg_options quick = {
	.cluster_lines = "check_interval = 100ms\n",
};

static void
test_clients_reach_the_primary_and_the_standbys(struct site *site)
{
	struct pg_farm farm;
	char *port;

	pg_farm_open(&farm, site, &quick);
	port = pg_query(farm.write_port, "SELECT inet_server_port()");
	assert_non_null(port);
	assert_int_equal(atoi(port), farm.node[0]->port);
	free(port);
	port = pg_query(farm.read_port, "SELECT inet_server_port()");
	assert_non_null(port);
	assert_int_not_equal(atoi(port), farm.node[0]->port);
	free(port);
}

static void
test_killed_primary_is_replaced(struct site *site)
{
	struct pg_node *successor;
	struct pg_farm farm;
	usec_t from;

	pg_farm_open(&farm, site, &quick);
	from = clock_now();
	pg_node_kill(farm.node[0]);
	successor = pg_farm_wait_successor(&farm, farm.node[0]);
	print_message(
	    "outage_ms=%.1f\n", (double)(clock_now() - from) / USEC_MS);
	pg_farm_wait_settled(&farm, successor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_clients_reach_the_primary_and_the_standbys),
		SITE_TEST(test_killed_primary_is_replaced),
	};

	if (!pg_node_is_there()) {
		print_message("without PostgreSQL: skipped\n");
		return 77;
	}
	return SITE_MAIN(tests);
}
