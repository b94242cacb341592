/*
 * failover = follow: something else promotes, and regent obeys.  Real
 * sentinels, roles changed by hand, and a sentinel that was cut off and tells
 * an old primary: regent changes nothing on any node, holds clients while
 * nobody is appointed, and never writes to two nodes.
 */
#include "crm.h"
#include "monitor.h"
#include "sentinel_node.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

struct follow {
	struct crm crm;
	struct redis_node *sentinel[SENTINEL_NODES];
	char lines[256]; /* of [cluster crm] */
	struct crm_options options;
};

/* Cut off: it hears and says nothing on the channel where sentinels meet. */
static const char follow_blind[] =
    "sentinel auth-user " SENTINEL_NODE_NAME " blind\n"
    "sentinel auth-pass " SENTINEL_NODE_NAME " any\n";

static void
follow_write_options(struct follow *f)
{
	snprintf(f->lines, sizeof(f->lines),
	    "failover = follow\n"
	    "check_interval = 100ms\n"
	    "sentinel_name = " SENTINEL_NODE_NAME "\n"
	    "sentinels = 127.0.0.1:%u 127.0.0.1:%u 127.0.0.1:%u\n",
	    (unsigned)f->sentinel[0]->port, (unsigned)f->sentinel[1]->port,
	    (unsigned)f->sentinel[2]->port);
	f->options.cluster_lines = f->lines;
}

static void
follow_start_sentinels(struct follow *f, unsigned n_blind)
{
	static const char *const names[] = { "s1", "s2", "s3" };
	unsigned n_seeing = SENTINEL_NODES - n_blind;

	for (unsigned i = 0; i < SENTINEL_NODES; i++) {
		const struct sentinel_node_options options = {
			.name = names[i],
			.primary = f->crm.node[0],
			.lines = i < n_seeing ? NULL : follow_blind,
		};

		f->sentinel[i] = sentinel_node_start(f->crm.site, &options);
	}
	for (unsigned i = 0; i < SENTINEL_NODES; i++)
		ASSERT_WITHIN(CRM_SETTLE_MS,
		    sentinel_node_is_ready(f->sentinel[i], CRM_NODES - 1,
			i < n_seeing ? n_seeing - 1 : 0));
}

/* Of three sentinels the last `n_blind` know nothing of the others. */
static void
follow_open(struct follow *f, struct site *site, unsigned n_blind)
{
	static const struct crm_options nodes = {
		.node_lines = "user blind on nopass ~* +@all resetchannels",
	};

	memset(f, 0, sizeof(*f));
	crm_start_nodes(&f->crm, site, &nodes);
	follow_start_sentinels(f, n_blind);
	follow_write_options(f);
	crm_start_daemon(&f->crm, &f->options);
	crm_wait_settled(&f->crm, f->crm.node[0]);
}

/* Sentinels say SLAVEOF, regent would say REPLICAOF. */
static void
follow_check_hands_off(struct follow *f)
{
	for (unsigned i = 0; i < CRM_NODES; i++) {
		struct redis_node *node = f->crm.node[i];

		/* Asked again where a sentinel has just cut all clients. */
		if (process_is_running(&node->process))
			ASSERT_WITHIN(CRM_SETTLE_MS,
			    redis_node_calls(node, "replicaof") == 0);
	}
	assert_false(daemon_has_logged(f->crm.daemon, "operation="));
}

/*
 * Sentinels on a busy machine may add a failover because of their own
 * lateness, and what that one loses is not ours to judge.  One takes regent
 * from epoch 1 to 3.
 */
static bool
follow_is_one_failover(struct follow *f)
{
	return daemon_cluster_is(f->crm.daemon, "crm", "epoch", "3");
}

static void
follow_check_load(struct follow *f, struct load *load, uint64_t lost_max)
{
	struct redis_node *now = crm_primary(&f->crm);
	uint64_t lost;
	struct load_result r;

	load_stop(load);
	load_read(load, &r);
	lost = crm_count_lost(load, now);
	if (follow_is_one_failover(f))
		assert_in_range(lost, 0, lost_max);
	assert_int_equal(r.kinds[LOAD_REFUSED], 0);
	assert_int_equal(r.kinds[LOAD_TIMEOUT], 0);
	print_message(
	    "outage_ms=%.1f longest_gap_ms=%.1f acked=%llu errors=%llu "
	    "readonly=%llu lost=%llu\n",
	    (double)r.outage_us / USEC_MS, (double)r.longest_gap_us / USEC_MS,
	    (unsigned long long)r.acked, (unsigned long long)r.errors,
	    (unsigned long long)r.kinds[LOAD_READONLY],
	    (unsigned long long)lost);
}

/* The old primary, too, follows whoever the sentinels have settled for. */
static void
follow_wait_settled(struct follow *f)
{
	struct redis_node *now = NULL;

	ASSERT_WITHIN(2 * CRM_SETTLE_MS,
	    (now = crm_primary(&f->crm)) != NULL &&
		(now == f->crm.node[0] ||
		    redis_node_follows(f->crm.node[0], now)));
	crm_wait_settled(&f->crm, now);
	for (unsigned i = 0; i < SENTINEL_NODES; i++)
		ASSERT_WITHIN(CRM_SETTLE_MS,
		    sentinel_node_names(f->sentinel[i]) == now->port);
}

static void
follow_fail_on_set(const struct monitor_set *set, void *arg)
{
	const struct redis_node *primary = arg;

	/* What the node replicates, once it follows, is not ours. */
	if (set->source_port != primary->port)
		fail_msg("%s was written to the old primary", set->key);
}

static void
test_sentinels_failover_is_followed(struct site *site)
{
	struct redis_node *now;
	struct monitor *monitor;
	struct load *load;
	struct follow f;

	follow_open(&f, site, 0);
	load = crm_load(&f.crm, 4, 1000);
	load_mark(load);
	redis_node_kill(f.crm.node[0]);
	now = crm_wait_successor(&f.crm, f.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	/* It comes back as a primary, as far as it knows. */
	redis_node_restart(f.crm.node[0]);
	monitor = monitor_start(site, f.crm.node[0]);
	crm_wait_acked(load, 500);
	follow_wait_settled(&f);
	if (follow_is_one_failover(&f))
		monitor_each_set(monitor, follow_fail_on_set, now);
	follow_check_hands_off(&f);
	follow_check_load(&f, load, 4);
}

static bool
follow_orders_failover(struct follow *f)
{
	redisReply *reply = redis_node_command(
	    f->sentinel[0], "SENTINEL FAILOVER " SENTINEL_NODE_NAME);
	bool is_ok = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	if (reply != NULL)
		freeReplyObject(reply);
	return is_ok;
}

/*
 * The sentinels announce the new primary up to a second after they made it
 * one; what the old one acknowledges meanwhile would be lost.
 */
static void
test_planned_failover_is_followed(struct site *site)
{
	struct load *load;
	struct follow f;

	follow_open(&f, site, 0);
	load = crm_load(&f.crm, 4, 1000);
	load_mark(load);
	/* -NOGOODSLAVE until it has asked the replicas for their state. */
	ASSERT_WITHIN(CRM_SETTLE_MS, follow_orders_failover(&f));
	crm_wait_successor(&f.crm, f.crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, load_is_recovered(load, NULL));
	crm_wait_acked(load, 500);
	follow_wait_settled(&f);
	follow_check_hands_off(&f);
	/* Of 4000 writes a second, and most of one second to be announced. */
	assert_true(
	    daemon_has_logged(f.crm.daemon, "writers wait for the sentinels"));
	follow_check_load(&f, load, 1000);
}

/*
 * The third sentinel never learns of the failover.  The old primary comes
 * back and claims to be one, as that sentinel says, also to a regent that
 * has just started.
 */
static void
test_stale_sentinel_misleads_nobody(struct site *site)
{
	struct redis_node *now;
	struct follow f;

	follow_open(&f, site, 1);
	redis_node_kill(f.crm.node[0]);
	now = crm_wait_successor(&f.crm, f.crm.node[0]);
	assert_int_equal(
	    sentinel_node_names(f.sentinel[2]), f.crm.node[0]->port);
	redis_node_restart(f.crm.node[0]);
	ASSERT_DURING(1000, crm_primary(&f.crm) == now);
	daemon_restart(f.crm.daemon);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&f.crm) == now);
	ASSERT_DURING(500, crm_primary(&f.crm) == now);
	assert_int_equal(
	    sentinel_node_names(f.sentinel[2]), f.crm.node[0]->port);
	follow_check_hands_off(&f);
}

static void
test_lost_sentinels_change_nothing(struct site *site)
{
	struct follow f;

	follow_open(&f, site, 0);
	assert_contains(
	    daemon_ask(f.crm.daemon, "show cluster crm"), "appointed=a");
	for (unsigned i = 0; i < SENTINEL_NODES; i++)
		redis_node_kill(f.sentinel[i]);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    daemon_cluster_is(f.crm.daemon, "crm", "sentinels_heard", "0/3"));
	assert_true(
	    daemon_has_logged(f.crm.daemon, "the last appointment stands"));
	ASSERT_DURING(500, crm_primary(&f.crm) == f.crm.node[0]);
	crm_wait_acked(crm_load(&f.crm, 1, 0), 100);
	for (unsigned i = 0; i < SENTINEL_NODES; i++)
		redis_node_restart(f.sentinel[i]);
	ASSERT_WITHIN(CRM_SETTLE_MS,
	    daemon_cluster_is(f.crm.daemon, "crm", "sentinels_heard", "3/3"));
	assert_ptr_equal(crm_primary(&f.crm), f.crm.node[0]);
}

/* ---- by the roles alone ---------------------------------------------- */

static const struct crm_options follow_roles = {
	.cluster_lines = "failover = follow\n"
			 "check_interval = 100ms",
};

static void
test_demoted_primary_is_cut_and_clients_wait(struct site *site)
{
	struct load *load;
	struct crm crm;

	crm_open(&crm, site, &follow_roles);
	load = crm_load(&crm, 2, 500);
	redis_node_must(
	    crm.node[0], "REPLICAOF 127.0.0.1 %u", (unsigned)crm.node[1]->port);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == NULL);
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, daemon_stat(crm.daemon, "crm/a", "now") == 0);
	ASSERT_DURING(300, crm_primary(&crm) == NULL);
	redis_node_must(crm.node[1], "REPLICAOF NO ONE");
	redis_node_must(
	    crm.node[2], "REPLICAOF 127.0.0.1 %u", (unsigned)crm.node[1]->port);
	crm_wait_settled(&crm, crm.node[1]);
	crm_wait_acked(load, 100);
	load_stop(load);
	assert_false(daemon_has_logged(crm.daemon, "operation="));
	assert_false(daemon_has_logged(crm.daemon, "promoted"));
}

static void
test_of_two_claimants_the_followed_one(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, &follow_roles);
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == NULL);
	redis_node_must(crm.node[1], "REPLICAOF NO ONE");
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == crm.node[1]);
	redis_node_freeze(crm.node[1]);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == NULL);
	redis_node_must(crm.node[2], "REPLICAOF NO ONE");
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == crm.node[2]);
	redis_node_resume(crm.node[1]);
	/* Two primaries: the newcomer is kept out. */
	ASSERT_WITHIN(
	    CRM_SETTLE_MS, daemon_node_is_quarantined(crm.daemon, "b"));
	ASSERT_DURING(300, crm_primary(&crm) == crm.node[2]);
	redis_node_must(
	    crm.node[1], "REPLICAOF 127.0.0.1 %u", (unsigned)crm.node[2]->port);
	crm_wait_settled(&crm, crm.node[2]);
}

static void
test_orders_are_refused_with_the_reason(struct site *site)
{
	static const char *const orders[] = { "switchover crm b",
		"failover crm", "failover crm b --force", "rejoin crm/b" };
	struct crm crm;

	crm_open(&crm, site, &follow_roles);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		assert_contains(daemon_ask(crm.daemon, "%s", orders[i]),
		    "failover = follow");
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, crm_primary(&crm) == NULL);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		assert_contains(daemon_ask(crm.daemon, "%s", orders[i]),
		    "failover = follow");
	ASSERT_DURING(300,
	    !redis_node_is_primary(crm.node[1]) &&
		!redis_node_is_primary(crm.node[2]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_sentinels_failover_is_followed),
		SITE_TEST(test_planned_failover_is_followed),
		SITE_TEST(test_stale_sentinel_misleads_nobody),
		SITE_TEST(test_lost_sentinels_change_nothing),
		SITE_TEST(test_demoted_primary_is_cut_and_clients_wait),
		SITE_TEST(test_of_two_claimants_the_followed_one),
		SITE_TEST(test_orders_are_refused_with_the_reason),
	};

	return SITE_MAIN(tests);
}
