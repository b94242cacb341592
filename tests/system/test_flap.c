/*
 * Wires that are cut and healed, once for everybody or again and again for
 * some: afterwards everything is as it was, or has moved once.
 */
#include "partition.h"

#define FLAP_TIMES 4
#define FLAP_SHORT_MS 150
#define FLAP_LONG_MS 700
#define FLAP_UP_MS 150
#define FLAP_ALL_MS \
	(FLAP_TIMES * (FLAP_SHORT_MS + FLAP_LONG_MS + 2 * FLAP_UP_MS))

static void
test_everything_cut_then_healed(struct site *site)
{
	struct partition p;

	partition_open(&p, site);
	lan_cut_both(p.lan, LAN_ALL, LAN_ALL);
	ASSERT_WITHIN(
	    PARTITION_BOUND_MS, partition_says(&p, PARTITION_FEW_POSITIONS));
	ASSERT_DURING(PARTITION_QUIET_MS, partition_is_kept(&p));
	partition_heal(&p);
	partition_wait_writes(
	    &p, "healed", PARTITION_HEAL_MS(PARTITION_QUIET_MS));
	partition_check(&p, 0, 0);
}

static void
flap_a_while(struct partition *p, unsigned others, int cut_ms)
{
	for (int i = 0; i < FLAP_TIMES; i++) {
		usec_t start = clock_now();

		lan_cut_both(p->lan, LAN_AT(A), others);
		clock_sleep_until(start + cut_ms * USEC_MS);
		partition_heal(p);
		clock_sleep_until(start + (cut_ms + FLAP_UP_MS) * USEC_MS);
	}
}

/* Too short for regent to judge it, then long enough. */
static void
flap(struct site *site, unsigned others, int bound_ms, unsigned moves_max)
{
	struct partition p;

	partition_open(&p, site);
	flap_a_while(&p, others, FLAP_SHORT_MS);
	flap_a_while(&p, others, FLAP_LONG_MS);
	partition_wait_writes(&p, "last flap", bound_ms);
	partition_check(&p, 0, moves_max);
}

static void
test_flapping_wire_to_regent_moves_nothing(struct site *site)
{
	flap(site, LAN_AT(REGENT), PARTITION_BOUND_MS, 0);
}

/* To the replication TCP that may be one long cut: it is seldom up in time. */
static void
test_flapping_wire_to_replicas_moves_nothing(struct site *site)
{
	flap(site, LAN_AT(B) | LAN_AT(C), PARTITION_HEAL_MS(FLAP_ALL_MS), 0);
}

/* Whether that is a reason to move is regent's; once is enough. */
static void
test_flapping_primary_moves_once_at_most(struct site *site)
{
	flap(site, LAN_ALL, PARTITION_BOUND_MS, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_everything_cut_then_healed),
		SITE_TEST(test_flapping_wire_to_regent_moves_nothing),
		SITE_TEST(test_flapping_wire_to_replicas_moves_nothing),
		SITE_TEST(test_flapping_primary_moves_once_at_most),
	};

	site_prefer_memory();
	return SITE_MAIN(tests);
}
