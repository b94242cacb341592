/*
 * Twenty failovers in a row, each with the old primary taken back, under
 * writers that know what was acknowledged to them: every number once, and all
 * of them are there at the end.
 */
#include "maria_farm.h"
#include "writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILOVERS 20

#define CLUSTER_LINES \
	"check_interval = 100ms\n" \
	"failover_limit = 0\n" \
	"flap_hold = 0\n"

/* Kills the primary; returns whether it had to be built anew afterwards. */
static bool
fail_over(struct maria_farm *farm, struct load *load)
{
	struct maria_node *old = maria_farm_primary(farm), *primary;
	bool is_rebuilt;
	usec_t outage;

	assert_non_null(old);
	load_mark(load);
	maria_node_crash(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, load_is_recovered(load, &outage));
	primary = maria_farm_wait_successor(farm, old);
	maria_farm_wait_settled(farm, primary);
	is_rebuilt = maria_farm_bring_back(farm, old);
	maria_farm_wait_settled(farm, maria_farm_primary(farm));
	writers_wait_acked(load, 20);
	return is_rebuilt;
}

/* What regent said it gave up: at promotions, and when old primaries came
 * back and had more. */
static uint64_t
sum_told(struct daemon *d)
{
	static const char word[] = "gives_up_transactions=";
	char *log = site_read_file(d->process.log);
	uint64_t sum = 0;

	for (const char *at = log; (at = strstr(at, word)) != NULL;) {
		at += sizeof(word) - 1;
		sum += strtoull(at, NULL, 10);
	}
	free(log);
	return sum;
}

static void
run_series(struct site *site, const struct maria_options *options,
    uint64_t *lost, uint64_t *told)
{
	struct maria_farm farm;
	unsigned n_rebuilt = 0;
	struct load *load;
	uint64_t acked;

	maria_farm_open(&farm, site, options);
	load = maria_farm_load(&farm, 8, 100);
	for (int i = 0; i < FAILOVERS; i++)
		n_rebuilt += fail_over(&farm, load);
	*lost = maria_farm_count_lost(load, maria_farm_primary(&farm), &acked);
	*told = sum_told(farm.daemon);
	print_message("failovers=%d acked=%llu lost=%llu told=%llu "
		      "rebuilt=%u\n",
	    FAILOVERS, (unsigned long long)acked, (unsigned long long)*lost,
	    (unsigned long long)*told, n_rebuilt);
	assert_true(acked > 0);
}

static void
test_nothing_is_lost_with_semi_sync(struct site *site)
{
	static const char *const servers[] = {
		"--rpl-semi-sync-slave-enabled=1",
		"--rpl-semi-sync-master-wait-point=AFTER_SYNC",
		"--rpl-semi-sync-master-timeout=600000",
		"--init-rpl-role=SLAVE", NULL
	};
	static const struct maria_options options = {
		.server_options = servers,
		.cluster_lines = CLUSTER_LINES,
		.is_synced = true,
	};
	uint64_t lost, told;

	run_series(site, &options, &lost, &told);
	assert_int_equal(lost, 0);
}

/* What a dead primary had acknowledged and not sent: some milliseconds. */
static void
test_little_is_lost_without(struct site *site)
{
	static const struct maria_options options = {
		.cluster_lines = CLUSTER_LINES "max_loss_transactions = 200\n",
	};
	uint64_t lost, told;

	run_series(site, &options, &lost, &told);
	assert_true(lost <= FAILOVERS * 200);
	assert_true(lost <= told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_nothing_is_lost_with_semi_sync),
		SITE_TEST(test_little_is_lost_without),
	};

	if (!maria_is_there()) {
		print_message("without MariaDB: skipped\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
