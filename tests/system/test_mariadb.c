/*
 * protocol = mysql: real MariaDB servers, probed, promoted, fenced, repointed
 * and taken back by SQL, with no more privileges than contrib/sql/mariadb.sql
 * gives.
 */
#include "maria_farm.h"
#include "writers.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KILLS 5

static const char *const semi_sync[] = { "--rpl-semi-sync-slave-enabled=1",
	"--rpl-semi-sync-master-wait-point=AFTER_SYNC",
	"--rpl-semi-sync-master-timeout=600000",
	"--rpl-semi-sync-slave-kill-conn-timeout=1", "--init-rpl-role=SLAVE",
	NULL };

static const struct maria_options quick = {
	.cluster_lines = "check_interval = 100ms\n"
			 "failover_limit = 0\n"
			 "flap_hold = 0\n",
};

static const struct maria_options synchronous = {
	.server_options = semi_sync,
	.is_synced = true,
	.cluster_lines = "check_interval = 100ms\n"
			 "failover_limit = 0\n"
			 "flap_hold = 0\n",
};

static void
test_clients_reach_the_primary_and_the_replicas(struct site *site)
{
	struct maria_farm farm;
	char *rows;

	maria_farm_open(&farm, site, &quick);
	rows = maria_farm_write(&farm, "SELECT @@server_id, @@read_only");
	assert_non_null(rows);
	assert_string_equal(rows, "1\t0");
	free(rows);
	rows = maria_farm_read(&farm, "SELECT @@read_only");
	assert_non_null(rows);
	assert_string_equal(rows, "1");
	free(rows);
}

static int
compare(const void *a, const void *b)
{
	usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;

	return (x > y) - (x < y);
}

static void
print_figures(const char *name, usec_t *figures, size_t n)
{
	qsort(figures, n, sizeof(*figures), compare);
	print_message("%s_ms median=%.1f least=%.1f most=%.1f\n", name,
	    (double)figures[n / 2] / USEC_MS, (double)figures[0] / USEC_MS,
	    (double)figures[n - 1] / USEC_MS);
}

/* kill -9 to the first acknowledged commit that was sent after it. */
static usec_t
kill_primary(struct maria_farm *farm, struct load *load)
{
	struct maria_node *old = maria_farm_primary(farm), *primary;
	usec_t outage;

	assert_non_null(old);
	load_mark(load);
	maria_node_crash(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, load_is_recovered(load, &outage));
	primary = maria_farm_wait_successor(farm, old);
	maria_farm_wait_settled(farm, primary);
	(void)maria_farm_bring_back(farm, old);
	maria_farm_wait_settled(farm, maria_farm_primary(farm));
	return outage;
}

static void
test_killed_primary_is_replaced(struct site *site)
{
	struct maria_farm farm;
	usec_t outage[KILLS];
	struct load *load;
	uint64_t lost, acked;

	maria_farm_open(&farm, site, &quick);
	load = maria_farm_load(&farm, 4, 100);
	for (int i = 0; i < KILLS; i++)
		outage[i] = kill_primary(&farm, load);
	print_figures("kill", outage, KILLS);
	print_message("%s\n", daemon_ask(farm.daemon, "explain maria"));
	lost = maria_farm_count_lost(load, maria_farm_primary(&farm), &acked);
	print_message("acked=%llu lost=%llu %s\n", (unsigned long long)acked,
	    (unsigned long long)lost,
	    daemon_cluster_field(farm.daemon, "maria", "loss_transactions"));
	assert_true(outage[KILLS / 2] <= USEC_SEC * clock_slowdown());
}

static void
test_killed_primary_loses_nothing_with_semi_sync(struct site *site)
{
	struct maria_farm farm;
	usec_t outage[KILLS];
	struct load *load;
	uint64_t acked;

	maria_farm_open(&farm, site, &synchronous);
	load = maria_farm_load(&farm, 4, 100);
	for (int i = 0; i < KILLS; i++)
		outage[i] = kill_primary(&farm, load);
	print_figures("kill_semi_sync", outage, KILLS);
	assert_int_equal(
	    maria_farm_count_lost(load, maria_farm_primary(&farm), &acked), 0);
	assert_true(acked > 0);
	assert_true(outage[KILLS / 2] <= USEC_SEC * clock_slowdown());
}

/* kill -STOP to the first acknowledged commit, `most` at the longest. */
static void
check_frozen_primary_is_replaced(
    struct site *site, const struct maria_options *options, usec_t most)
{
	struct maria_farm farm;
	struct maria_node *old, *primary;
	struct load *load;
	usec_t outage;

	maria_farm_open(&farm, site, options);
	load = maria_farm_load(&farm, 4, 100);
	old = farm.node[0];
	load_mark(load);
	maria_node_freeze(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, load_is_recovered(load, &outage));
	print_message("frozen_ms=%.1f\n", (double)outage / USEC_MS);
	assert_true(outage <= most * clock_slowdown());
	primary = maria_farm_wait_successor(&farm, old);
	maria_farm_wait_settled(&farm, primary);
	load_stop(load);
	maria_node_thaw(old);
	/* What it had acknowledged and not sent is not in the cluster. */
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    maria_follows(old, primary->port) ||
		maria_farm_tells(&farm, old, "diverged"));
	assert_true(maria_says(old, "SELECT @@read_only", "1"));
}

/* At most fall * check_timeout + 1 s. */
static void
test_frozen_primary_is_replaced(struct site *site)
{
	check_frozen_primary_is_replaced(
	    site, &quick, (3 * 500 + 1000) * USEC_MS);
}

/*
 * Semi-synchronous replicas want to tell the frozen one that they leave: the
 * candidate, and then the one that the new primary waits for, each as long as
 * rpl_semi_sync_slave_kill_conn_timeout.
 */
static void
test_frozen_semi_sync_primary_is_replaced(struct site *site)
{
	check_frozen_primary_is_replaced(
	    site, &synchronous, (3 * 500 + 1000 + 2 * 1000) * USEC_MS);
}

static void
test_switchover_under_load(struct site *site)
{
	struct load_result result;
	struct maria_farm farm;
	struct maria_node *old, *primary;
	struct load *load;
	uint64_t acked;

	maria_farm_open(&farm, site, &quick);
	load = maria_farm_load(&farm, 4, 100);
	primary = farm.node[0];
	for (int i = 0; i < KILLS; i++) {
		old = primary;
		assert_contains(
		    daemon_ask(farm.daemon, "switchover maria"), "promoted");
		primary = maria_farm_wait_successor(&farm, old);
		maria_farm_wait_settled(&farm, primary);
		assert_true(maria_follows(old, primary->port));
		writers_wait_acked(load, 50);
	}
	load_read(load, &result);
	print_message("switchover gap_ms=%.1f errors=%llu fresh=%llu %s\n",
	    (double)result.longest_gap_us / USEC_MS,
	    (unsigned long long)result.errors,
	    (unsigned long long)result.fresh_errors, result.reply);
	assert_int_equal(maria_farm_count_lost(load, primary, &acked), 0);
	assert_true(result.longest_gap_us <= USEC_SEC * clock_slowdown());
	assert_int_equal(result.kinds[LOAD_REFUSED], 0);
	assert_int_equal(result.fresh_errors, 0);
	assert_int_equal(result.kinds[LOAD_READONLY], 0);
}

static bool
takes_writes(struct maria_farm *farm)
{
	static unsigned number;
	char sql[96], *rows;

	snprintf(sql, sizeof(sql), "INSERT INTO app.t VALUES ('n%u', %u)",
	    number, number);
	number++;
	rows = maria_farm_write(farm, sql);
	free(rows);
	return rows != NULL;
}

/* read_only = 1 in its file, as it should be: regent opens it again. */
static void
test_restarted_primary_is_opened(struct site *site)
{
	static const struct maria_options manual = {
		.cluster_lines = "check_interval = 100ms\n"
				 "failover = manual\n",
	};
	struct maria_farm farm;

	maria_farm_open(&farm, site, &manual);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm));
	maria_node_stop(farm.node[0]);
	maria_node_restart(farm.node[0]);
	assert_true(maria_says(farm.node[0], "SELECT @@server_id", "1"));
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm));
	maria_farm_wait_settled(&farm, farm.node[0]);
	assert_true(maria_says(farm.node[0], "SELECT @@read_only", "0"));
}

static void
test_regent_starts_when_the_primary_is_dead(struct site *site)
{
	struct maria_farm farm;
	struct maria_node *primary;

	maria_farm_open(&farm, site, &quick);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm));
	daemon_signal(farm.daemon, SIGTERM);
	daemon_expect_exit(farm.daemon, 0, MARIA_SETTLE_MS);
	maria_node_crash(farm.node[0]);
	daemon_launch(farm.daemon);
	primary = maria_farm_wait_successor(&farm, farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm));
	maria_farm_wait_settled(&farm, primary);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_clients_reach_the_primary_and_the_replicas),
		SITE_TEST(test_killed_primary_is_replaced),
		SITE_TEST(test_killed_primary_loses_nothing_with_semi_sync),
		SITE_TEST(test_frozen_primary_is_replaced),
		SITE_TEST(test_frozen_semi_sync_primary_is_replaced),
		SITE_TEST(test_switchover_under_load),
		SITE_TEST(test_restarted_primary_is_opened),
		SITE_TEST(test_regent_starts_when_the_primary_is_dead),
	};

	if (!maria_is_there()) {
		print_message("skipped: mariadbd, mariadb-install-db, setpriv "
			      "or cp is not there (contrib/install-deps "
			      "check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
