/*
 * Failovers in a row (REGENT_REJOINS of them), each with the old primary
 * rejoined by
 * contrib/hooks/pg-rejoin, while writers go on: with synchronous replication
 * every acknowledged commit is there at the end, without it the loss is small
 * and told.  And what pg-rejoin does when it is hindered.
 */
#include "pg_farm.h"
#include "pg_tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REJOIN_FAILOVERS = 6, REJOIN_FAILOVERS_MAX = 1000, REJOIN_WRITERS = 4 };

/* A primary waits for any of the others, whoever it is. */
static const struct pg_options rejoin_synchronous = {
	.server_lines = "synchronous_standby_names = 'ANY 1 (*)'\n",
	.cluster_lines = "failover_limit = 0\n"
			 "flap_hold = 0\n"
			 "check_interval = 200ms\n",
	.is_rejoining = true,
};

static const struct pg_options rejoin_asynchronous = {
	.cluster_lines = "failover_limit = 0\n"
			 "flap_hold = 0\n"
			 "check_interval = 200ms\n",
	.is_rejoining = true,
};

static int
rejoin_count(void)
{
	const char *set = getenv("REGENT_REJOINS");
	int n = set != NULL ? atoi(set) : REJOIN_FAILOVERS;

	return n < 1 || n > REJOIN_FAILOVERS_MAX ? REJOIN_FAILOVERS : n;
}

static void
rejoin_fail_over(struct pg_farm *farm, struct load *load, unsigned i)
{
	struct pg_node *old = pg_farm_primary(farm), *successor;
	usec_t outage, from = clock_now();

	load_mark(load);
	pg_node_kill(old);
	successor = pg_farm_wait_successor(farm, old);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, &outage));
	pg_node_restart(old);
	pg_farm_wait_rejoined(old, successor);
	pg_farm_wait_settled(farm, successor);
	print_message("%2u: %s -> %s outage_ms=%.1f settled_ms=%.1f\n", i + 1,
	    old->name, successor->name, (double)outage / USEC_MS,
	    (double)(clock_now() - from) / USEC_MS);
	writers_wait_acked(load, 20);
}

static uint64_t
rejoin_many(struct site *site, const struct pg_options *options)
{
	struct load_result r;
	struct pg_farm farm;
	struct load *load;
	uint64_t lost;

	pg_farm_open(&farm, site, options);
	load = pg_farm_load(&farm, REJOIN_WRITERS, 50);
	for (int i = 0; i < rejoin_count(); i++)
		rejoin_fail_over(&farm, load, (unsigned)i);
	load_stop(load);
	load_read(load, &r);
	lost = pg_farm_count_lost(load, pg_farm_primary(&farm));
	print_message("failovers=%d acked=%llu errors=%llu lost=%llu "
		      "loss_bytes=%s\n",
	    rejoin_count(), (unsigned long long)r.acked,
	    (unsigned long long)r.errors, (unsigned long long)lost,
	    daemon_cluster_field(farm.daemon, "pg", "loss_bytes"));
	assert_int_equal(r.kinds[LOAD_REFUSED], 0);
	return lost;
}

static void
test_synchronous_failovers_lose_nothing(struct site *site)
{
	assert_int_equal(rejoin_many(site, &rejoin_synchronous), 0);
}

static void
test_asynchronous_failovers_lose_little(struct site *site)
{
	/* What was acknowledged last, of each writer, at each kill. */
	assert_in_range(rejoin_many(site, &rejoin_asynchronous), 0,
	    (unsigned)(REJOIN_WRITERS * rejoin_count()));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_synchronous_failovers_lose_nothing),
		SITE_TEST(test_asynchronous_failovers_lose_little),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: PostgreSQL is not there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
