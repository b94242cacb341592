/*
 * protocol = postgres: a primary that dies, freezes or is moved, and what its
 * clients see of it.  Real servers, asked by SQL with no more privileges than
 * contrib/sql/postgres.sql gives; rejoined by contrib/hooks/pg-rejoin.
 *
 * How much may be lost: replication is asynchronous here.  A commit is
 * acknowledged before it is sent, so a kill may lose what each writer was
 * acknowledged last; test_postgres_rejoin.c has the synchronous kind.
 */
#include "pg_farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pg_options postgres_quick = {
	.cluster_lines = "check_interval = 100ms\n"
			 "check_timeout = 200ms\n"
			 "fall = 2\n",
};

/* With all its fsyncs, as in production. */
static const struct pg_options postgres_durable = {
	.cluster_lines = "failover_limit = 0\n",
	.is_durable = true,
	.is_rejoining = true,
};

static void
test_clients_reach_the_primary_and_the_standbys(struct site *site)
{
	struct pg_farm farm;
	char *port;

	pg_farm_open(&farm, site, &postgres_quick);
	port = pg_query(farm.write_port, "SELECT inet_server_port()");
	assert_non_null(port);
	assert_int_equal(atoi(port), farm.node[0]->port);
	free(port);
	port = pg_query(farm.read_port, "SELECT inet_server_port()");
	assert_non_null(port);
	assert_int_not_equal(atoi(port), farm.node[0]->port);
	free(port);
	assert_false(daemon_has_logged(farm.daemon, "operation="));
	assert_false(daemon_has_logged(farm.daemon, "lacks"));
}

/* Held, not refused; what was under way when the node died is cut. */
static void
postgres_check_errors(const struct load_result *r)
{
	assert_int_equal(r->kinds[LOAD_REFUSED], 0);
	assert_int_equal(r->kinds[LOAD_TIMEOUT], 0);
	assert_int_equal(r->kinds[LOAD_READONLY], 0);
	if (r->kinds[LOAD_REPLY] != 0)
		fail_msg("%s", r->reply);
}

static int
postgres_compare(const void *a, const void *b)
{
	const usec_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

#define POSTGRES_KILLS 5

/* One kill, from the signal to the first commit of a write sent after it. */
static usec_t
postgres_kill_once(struct pg_farm *farm, struct load *load)
{
	struct pg_node *old = pg_farm_primary(farm), *successor;
	usec_t outage = 0;

	load_mark(load);
	pg_node_kill(old);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, &outage));
	successor = pg_farm_wait_successor(farm, old);
	print_message("%s -> %s outage_ms=%.1f\n", old->name, successor->name,
	    (double)outage / USEC_MS);
	pg_node_restart(old);
	pg_farm_wait_rejoined(old, successor);
	pg_farm_wait_settled(farm, successor);
	return outage;
}

static void
test_killed_primary_is_replaced(struct site *site)
{
	usec_t outages[POSTGRES_KILLS];
	struct load_result r;
	struct pg_farm farm;
	struct load *load;

	pg_farm_open(&farm, site, &postgres_durable);
	load = pg_farm_load(&farm, 4, 200);
	for (unsigned i = 0; i < POSTGRES_KILLS; i++)
		outages[i] = postgres_kill_once(&farm, load);
	load_stop(load);
	load_read(load, &r);
	postgres_check_errors(&r);
	qsort(outages, POSTGRES_KILLS, sizeof(outages[0]), postgres_compare);
	print_message("median_outage_ms=%.1f acked=%llu errors=%llu\n%s\n",
	    (double)outages[POSTGRES_KILLS / 2] / USEC_MS,
	    (unsigned long long)r.acked, (unsigned long long)r.errors,
	    daemon_ask(farm.daemon, "explain pg"));
	/* A writer had one commit under way at each kill. */
	assert_in_range(pg_farm_count_lost(load, pg_farm_primary(&farm)), 0,
	    4 * POSTGRES_KILLS);
}

static void
test_frozen_primary_is_replaced(struct site *site)
{
	struct pg_node *successor;
	struct load_result r;
	struct pg_farm farm;
	struct load *load;
	usec_t outage = 0;

	pg_farm_open(&farm, site, &postgres_quick);
	load = pg_farm_load(&farm, 4, 200);
	load_mark(load);
	pg_node_freeze(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, &outage));
	successor = pg_farm_wait_successor(&farm, farm.node[0]);
	print_message("frozen_outage_ms=%.1f (fall x check_timeout = 400)\n",
	    (double)outage / USEC_MS);
	writers_wait_acked(load, 100);
	load_stop(load);
	load_read(load, &r);
	postgres_check_errors(&r);
	assert_in_range(pg_farm_count_lost(load, successor), 0, 4);
}

static void
postgres_switch_over(struct pg_farm *farm, struct load *load,
    struct pg_node *from, struct pg_node *to)
{
	const char *answer =
	    daemon_ask(farm->daemon, "switchover pg %s", to->name);

	if (strstr(answer, "promoted") == NULL)
		fail_msg("switchover: %s", answer);
	assert_ptr_equal(pg_farm_wait_successor(farm, from), to);
	writers_wait_acked(load, 200);
	pg_farm_wait_rejoined(from, to);
	pg_farm_wait_settled(farm, to);
}

static void
test_switchover_under_load_loses_nothing(struct site *site)
{
	struct load_result r;
	struct pg_farm farm;
	struct load *load;

	pg_farm_open(&farm, site, &postgres_durable);
	load = pg_farm_load(&farm, 8, 100);
	postgres_switch_over(&farm, load, farm.node[0], farm.node[1]);
	load_read(load, &r);
	print_message("switchover_gap_ms=%.1f errors=%llu cut=%llu\n",
	    (double)r.longest_gap_us / USEC_MS, (unsigned long long)r.errors,
	    (unsigned long long)r.kinds[LOAD_CUT]);
	postgres_switch_over(&farm, load, farm.node[1], farm.node[0]);
	load_stop(load);
	load_read(load, &r);
	postgres_check_errors(&r);
	print_message("and back: longest_gap_ms=%.1f acked=%llu\n",
	    (double)r.longest_gap_us / USEC_MS, (unsigned long long)r.acked);
	assert_int_equal(pg_farm_count_lost(load, farm.node[0]), 0);
	assert_true(pg_node_says(
	    farm.node[0], "SHOW default_transaction_read_only", "off"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_clients_reach_the_primary_and_the_standbys),
		SITE_TEST(test_killed_primary_is_replaced),
		SITE_TEST(test_frozen_primary_is_replaced),
		SITE_TEST(test_switchover_under_load_loses_nothing),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: PostgreSQL is not there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	return SITE_MAIN(tests);
}
