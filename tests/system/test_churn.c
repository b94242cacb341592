/*
 * Many failovers in a row: every one converges, and none leaves anything
 * behind in regent.  REGENT_FAILOVERS says how many.
 */
#include "crm.h"

#include <stdlib.h>

#define CHURN_FAILOVERS 200
#define CHURN_FAILOVERS_MAX 10000
#define CHURN_WRITERS 2
/* Then the flight recorder is full, which takes what it needs as it fills. */
#define CHURN_WARM_UP 120
#define CHURN_RSS_KIB 1024

static int
churn_compare(const void *a, const void *b)
{
	usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;

	return (x > y) - (x < y);
}

/* Kill, recover, restart, rejoin.  Returns the outage. */
static usec_t
churn_once(struct crm *crm, struct load *load)
{
	struct redis_node *old = crm_primary(crm), *now;
	usec_t outage_us = -1;

	assert_non_null(old);
	load_mark(load);
	redis_node_kill(old);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, &outage_us));
	now = crm_wait_successor(crm, old);
	redis_node_restart(old);
	crm_wait_settled(crm, now);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_up(crm->daemon, old->name));
	return outage_us;
}

struct churn_footprint {
	long rss_kib;
	int fds;
};

/* Taken between failovers, while the writers have their sessions. */
static void
churn_measure(struct crm *crm, struct load *load, struct churn_footprint *fp)
{
	crm_wait_acked(load, 20);
	fp->rss_kib = process_rss_kib(crm->daemon->process.pid);
	fp->fds = process_fd_count(crm->daemon->process.pid);
}

static void
churn_check_footprint(
    struct crm *crm, struct load *load, const struct churn_footprint *early)
{
	struct churn_footprint late;

	ASSERT_WITHIN(CRM_SETTLE_MS,
	    (churn_measure(crm, load, &late), late.fds == early->fds));
	print_message("rss_kib=%ld->%ld fds=%d->%d\n", early->rss_kib,
	    late.rss_kib, early->fds, late.fds);
	/* A sanitizer keeps what was freed. */
	if (!CLOCK_IS_SANITIZED)
		assert_true(late.rss_kib <= early->rss_kib + CHURN_RSS_KIB);
}

static int
churn_count(void)
{
	const char *set = getenv("REGENT_FAILOVERS");
	int n = set != NULL ? atoi(set) : CHURN_FAILOVERS;

	if (n > CHURN_FAILOVERS_MAX)
		n = CHURN_FAILOVERS_MAX;
	return n > 1 ? n : 1;
}

static void
churn_print(usec_t *outages, int n)
{
	qsort(outages, (size_t)n, sizeof(*outages), churn_compare);
	print_message("failovers=%d outage_ms median=%.1f worst=%.1f\n", n,
	    (double)outages[n / 2] / USEC_MS, (double)outages[n - 1] / USEC_MS);
}

static void
test_failovers_in_a_row_leave_nothing_behind(struct site *site)
{
	static const struct crm_options options = {
		.cluster_lines = "failover_limit = 0\nflap_hold = 0",
	};
	static usec_t outages[CHURN_FAILOVERS_MAX];
	struct churn_footprint early = { 0 };
	int n = churn_count();
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, &options);
	/* Paced: the data set has to stay small for so many full copies. */
	load = crm_load(&crm, CHURN_WRITERS, 200);
	for (int i = 0; i < n; i++) {
		outages[i] = churn_once(&crm, load);
		if (i == CHURN_WARM_UP)
			churn_measure(&crm, load, &early);
	}
	if (n > CHURN_WARM_UP + 1)
		churn_check_footprint(&crm, load, &early);
	load_stop(load);
	churn_print(outages, n);
	/* At most one write of each writer and failover: see test_failover. */
	assert_true(crm_count_lost(load, crm_primary(&crm)) <=
	    (uint64_t)n * CHURN_WRITERS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_failovers_in_a_row_leave_nothing_behind),
	};

	return SITE_MAIN(tests);
}
