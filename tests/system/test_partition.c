/*
 * The network breaks, not the nodes: every host is real, and packets vanish.
 * Who is promoted depends on who hears whom.
 */
#include "partition.h"

static const struct {
	const char *name;
	bool is_to, is_from;
} partition_directions[] = {
	{ "both ways", true, true },
	{ "to it", true, false },
	{ "from it", false, true },
};

/*
 * TCP sends again 0.2, 0.6, 1.4 and 3.0 s after the first time: the last of
 * these is due within this time after a successor was found.
 */
#define PARTITION_RESEND_MS 1500

static void
partition_cut(
    struct partition *p, unsigned direction, unsigned some, unsigned others)
{
	if (partition_directions[direction].is_to)
		lan_cut(p->lan, others, some);
	if (partition_directions[direction].is_from)
		lan_cut(p->lan, some, others);
}

static void
partition_wait_only_regent(struct partition *p)
{
	ASSERT_WITHIN(PARTITION_BOUND_MS,
	    partition_says(p, PARTITION_ONLY_REGENT) &&
		partition_says(p, PARTITION_HEARD));
}

static void
test_primary_hidden_from_regent_alone_stays(struct site *site)
{
	struct redis_node *a;
	struct partition p;

	partition_open(&p, site);
	a = p.crm.node[0];
	lan_cut_both(p.lan, LAN_AT(A), LAN_AT(REGENT));
	partition_wait_only_regent(&p);
	/* It is alive: what its own clients write arrives. */
	redis_node_must(a, "SET direct 1");
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, redis_node_has_key(p.crm.node[1], "direct"));
	ASSERT_DURING(PARTITION_QUIET_MS,
	    partition_is_kept(&p) && partition_says(&p, PARTITION_ONLY_REGENT));
	partition_heal(&p);
	partition_wait_writes(&p, "healed", PARTITION_HEAL_MS(0));
	assert_ptr_equal(crm_primary(&p.crm), a);
	partition_check(&p, 0, 0);
}

/* It never hears regent, nor b, whose word would be that it is gone. */
static void
test_one_replica_that_hears_is_enough(struct site *site)
{
	struct partition p;

	partition_open(&p, site);
	lan_cut(p.lan, LAN_AT(REGENT) | LAN_AT(B), LAN_AT(A));
	partition_wait_only_regent(&p);
	ASSERT_DURING(PARTITION_QUIET_MS, partition_is_kept(&p));
	partition_heal(&p);
	partition_wait_writes(
	    &p, "healed", PARTITION_HEAL_MS(PARTITION_QUIET_MS));
	partition_check(&p, 0, 0);
}

/* What it sends to regent is lost.  Its proof of life is of that moment. */
static void
test_primary_hidden_from_regent_then_from_all(struct site *site)
{
	struct partition p;

	partition_open(&p, site);
	lan_cut(p.lan, LAN_AT(A), LAN_AT(REGENT));
	partition_wait_only_regent(&p);
	ASSERT_DURING(PARTITION_QUIET_MS, partition_is_kept(&p));
	lan_cut_both(p.lan, LAN_AT(A), LAN_ALL);
	partition_wait_writes(
	    &p, "cut from all", PARTITION_PROOF_MS + PARTITION_BOUND_MS);
	partition_heal(&p);
	partition_check(&p, 1, 1);
}

static void
test_primary_cut_from_replicas_is_kept(struct site *site)
{
	struct partition p;

	partition_open(&p, site);
	for (unsigned i = 0; i < ARRAY_LEN(partition_directions); i++) {
		struct load_result r;
		uint64_t before;

		load_read(p.load, &r);
		before = r.kinds[LOAD_UNSYNCED];
		partition_cut(&p, i, LAN_AT(A), LAN_AT(B) | LAN_AT(C));
		ASSERT_WITHIN(CRM_SETTLE_MS,
		    (load_read(p.load, &r), r.kinds[LOAD_UNSYNCED] > before));
		ASSERT_DURING(600, crm_primary(&p.crm) == p.crm.node[0]);
		partition_heal(&p);
		partition_wait_writes(
		    &p, partition_directions[i].name, PARTITION_HEAL_MS(1000));
	}
	partition_check(&p, 0, 0);
}

static void
partition_replace(struct site *site, unsigned direction)
{
	struct partition p;
	struct redis_node *now;

	partition_open(&p, site);
	load_mark(p.load);
	partition_cut(&p, direction, LAN_AT(A), LAN_ALL);
	now =
	    partition_wait_successor(&p, partition_directions[direction].name);
	/* It can't be told yet, but nobody is routed to it. */
	assert_true(redis_node_is_primary(p.crm.node[0]));
	partition_heal(&p);
	ASSERT_WITHIN(CRM_SETTLE_MS, redis_node_points_at(p.crm.node[0], now));
	partition_check(&p, 1, 1);
}

static void
test_primary_cut_from_all_is_replaced(struct site *site)
{
	partition_replace(site, 0);
}

/* Its replicas still receive its pings: they would be fooled for a minute. */
static void
test_primary_that_is_deaf_is_replaced(struct site *site)
{
	partition_replace(site, 1);
}

/* Writes still arrive there until it is down; none is acknowledged. */
static void
test_primary_that_is_mute_is_replaced(struct site *site)
{
	partition_replace(site, 2);
}

static void
partition_write_past_regent(redisContext *conn, const char *key)
{
	redisReply *reply = redisCommand(conn, "SET %s 1", key);

	assert_non_null(reply);
	assert_int_equal(reply->type, REDIS_REPLY_STATUS);
	freeReplyObject(reply);
}

/* Two primaries take writes, but only one of them through regent. */
static void
test_writes_of_a_lonely_primary_are_given_up(struct site *site)
{
	struct redis_node *now;
	struct partition p;
	redisContext *conn;

	partition_open(&p, site);
	conn = redis_node_open_from(
	    p.crm.node[0], &p.lan->host[LAN_CLIENTS], 5000);
	assert_non_null(conn);
	load_mark(p.load);
	lan_cut_both(p.lan, LAN_AT(A), LAN_AT(REGENT) | LAN_AT(B) | LAN_AT(C));
	partition_write_past_regent(conn, "stray:before");
	now = partition_wait_successor(&p, "split");
	partition_write_past_regent(conn, "stray:after");
	/* TCP has not given up what is under way: it has time to arrive. */
	assert_lacks(daemon_ask(p.crm.daemon, "pause crm"), "error:");
	partition_heal(&p);
	ASSERT_DURING(PARTITION_RESEND_MS,
	    redis_node_is_primary(p.crm.node[0]) && crm_primary(&p.crm) == now);
	partition_write_past_regent(conn, "stray:healed");
	redisFree(conn);
	assert_lacks(daemon_ask(p.crm.daemon, "resume crm"), "error:");
	ASSERT_WITHIN(CRM_SETTLE_MS, redis_node_follows(p.crm.node[0], now));
	for (unsigned i = 0; i < CRM_NODES; i++) {
		assert_false(redis_node_has_key(p.crm.node[i], "stray:before"));
		assert_false(redis_node_has_key(p.crm.node[i], "stray:after"));
		assert_false(redis_node_has_key(p.crm.node[i], "stray:healed"));
	}
	partition_check(&p, 1, 1);
}

static void
test_replica_that_is_cut_is_not_missed(struct site *site)
{
	struct load_result r;
	struct partition p;

	partition_open(&p, site);
	lan_cut_both(p.lan, LAN_AT(C), LAN_ALL);
	ASSERT_WITHIN(
	    PARTITION_BOUND_MS, daemon_node_is_down(p.crm.daemon, "c"));
	ASSERT_DURING(600, crm_primary(&p.crm) == p.crm.node[0]);
	load_read(p.load, &r);
	assert_in_range(r.longest_gap_us, 0,
	    PARTITION_SLACK_MS * USEC_MS * clock_slowdown());
	partition_heal(&p);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_node_is_up(p.crm.daemon, "c"));
	partition_check(&p, 0, 0);
}

/* Of two replicas, either may be the one that has a write. */
static void
test_position_of_a_cut_replica_is_waited_for(struct site *site)
{
	struct partition p;

	partition_open(&p, site);
	lan_cut_both(p.lan, LAN_AT(A) | LAN_AT(C), LAN_ALL);
	ASSERT_WITHIN(
	    PARTITION_BOUND_MS, partition_says(&p, PARTITION_FEW_POSITIONS));
	ASSERT_DURING(PARTITION_QUIET_MS, partition_is_kept(&p));
	load_mark(p.load);
	lan_heal_both(p.lan, LAN_AT(C), LAN_ALL & ~LAN_AT(A));
	partition_wait_writes(&p, "replica back", PARTITION_BOUND_MS);
	partition_heal(&p);
	partition_check(&p, 1, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_primary_hidden_from_regent_alone_stays),
		SITE_TEST(test_one_replica_that_hears_is_enough),
		SITE_TEST(test_primary_hidden_from_regent_then_from_all),
		SITE_TEST(test_primary_cut_from_replicas_is_kept),
		SITE_TEST(test_primary_cut_from_all_is_replaced),
		SITE_TEST(test_primary_that_is_deaf_is_replaced),
		SITE_TEST(test_primary_that_is_mute_is_replaced),
		SITE_TEST(test_writes_of_a_lonely_primary_are_given_up),
		SITE_TEST(test_replica_that_is_cut_is_not_missed),
		SITE_TEST(test_position_of_a_cut_replica_is_waited_for),
	};

	site_prefer_memory();
	return SITE_MAIN(tests);
}
