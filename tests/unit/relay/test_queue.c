/*
 * Nodes with limits, and clients that wait for room: two workers count
 * together, and serve in the order in which clients came.
 */
#include "rig.h"

#include <string.h>

static void
open_limited(const char *cluster, const char *node, const char *listen)
{
	rig_open_limited(&rig, PROTOCOL_TCP, cluster, node, listen);
}

static int
tear_down(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

/* One that has to wait; the next one comes after it. */
static struct peer *
client_in_queue(enum rig_listen listen)
{
	uint64_t n = rig_count(&rig, listen, LISTEN_queued);
	struct peer *p = rig_client(&rig, listen);

	RIG_UNTIL(&rig, rig_count(&rig, listen, LISTEN_queued) == n + 1);
	return p;
}

/* At once, without waiting for the node to close as well. */
static void
leave(struct peer *p)
{
	stream_close_reset(&p->stream);
}

static uint64_t
n_waiting(enum rig_listen listen)
{
	uint64_t n = rig_count(&rig, listen, LISTEN_unheld);

	return rig_count(&rig, listen, LISTEN_held) - n;
}

/* Who waits is served in this order, whoever goes. */
static void
expect_order(struct peer **first, struct peer **queue, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		leave(*first);
		RIG_UNTIL(&rig, rig_slot_of(queue[i]) >= 0);
		for (unsigned j = i + 1; j < n; j++)
			assert_int_equal(rig_slot_of(queue[j]), -1);
		first = &queue[i];
	}
}

static void
test_node_takes_no_more_than_its_maxconn_from_all_workers(void **state)
{
	(void)state;
	open_limited("", "maxconn = 2\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	rig_client_at(&rig, RIG_WRITE, 0);
	rig_client_at(&rig, RIG_WRITE, 0);
	for (int i = 0; i < 20; i++)
		client_in_queue(RIG_WRITE);
	assert_int_equal(n_waiting(RIG_WRITE), 20);
	assert_int_equal(rig_count_node(&rig, 0, NODE_connects), 2);
	assert_int_equal(rig.nodes[0].n_peers, 2);
}

static void
test_clients_beyond_maxconn_are_served_in_order_across_workers(void **state)
{
	struct peer *first, *queue[16];

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	first = rig_client_at(&rig, RIG_WRITE, 0);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++)
		queue[i] = client_in_queue(RIG_WRITE);
	expect_order(&first, queue, ARRAY_LEN(queue));
	assert_int_equal(
	    rig_count_node(&rig, 0, NODE_connects), 1 + ARRAY_LEN(queue));
	RIG_UNTIL(&rig, n_waiting(RIG_WRITE) == 0);
}

static void
test_early_bytes_of_who_waits_are_not_lost(void **state)
{
	struct peer *first, *p;

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	first = rig_client_at(&rig, RIG_WRITE, 0);
	p = client_in_queue(RIG_WRITE);
	peer_say(p, "early");
	leave(first);
	RIG_UNTIL(&rig, peer_heard(p, "a:early"));
}

/* A turn that nobody takes must not be lost. */
static void
test_client_that_leaves_passes_its_turn_on(void **state)
{
	struct peer *first, *queue[12];

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	first = rig_client_at(&rig, RIG_WRITE, 0);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++)
		queue[i] = client_in_queue(RIG_WRITE);
	for (unsigned i = 0; i + 1 < ARRAY_LEN(queue); i++)
		leave(queue[i]);
	RIG_UNTIL(&rig, n_waiting(RIG_WRITE) == 1);
	leave(first);
	RIG_UNTIL(&rig, rig_slot_of(queue[ARRAY_LEN(queue) - 1]) == 0);
}

/* Two listeners of one route are one queue. */
static void
test_reader_and_writer_queues_do_not_block_each_other(void **state)
{
	struct peer *writer, *reader[3], *second, *third;

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	writer = rig_client_at(&rig, RIG_WRITE, 0);
	reader[1] = rig_client_at(&rig, RIG_READ, 1);
	reader[2] = rig_client_at(&rig, RIG_READ, 2);
	second = client_in_queue(RIG_WRITE);
	third = client_in_queue(RIG_READ);
	leave(reader[2]);
	RIG_UNTIL(&rig, rig_slot_of(third) == 2);
	assert_int_equal(rig_slot_of(second), -1);
	leave(writer);
	RIG_UNTIL(&rig, rig_slot_of(second) == 0);
	rig_converse(&rig, reader[1], "undisturbed");
}

static void
test_cluster_takes_no_more_than_its_maxconn(void **state)
{
	struct peer *p[5];

	(void)state;
	open_limited("maxconn = 4\n", "maxconn = 2\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	for (unsigned i = 0; i < 4; i++) {
		p[i] = rig_client(&rig, RIG_READ);
		RIG_UNTIL(&rig, rig_slot_of(p[i]) >= 0);
	}
	p[4] = client_in_queue(RIG_READ);
	assert_int_equal(rig_slot_of(p[4]), -1);
	leave(p[2]);
	RIG_UNTIL(&rig, rig_slot_of(p[4]) >= 0);
}

/* A connection that fails takes no room. */
static void
test_node_that_refuses_keeps_no_room(void **state)
{
	struct peer *p;

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	host_shut(&rig.nodes[0]);
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count_node(&rig, 0, NODE_connect_failed) >= 3);
	assert_false(peer_is_gone(p));
	host_reopen(&rig.nodes[0]);
	RIG_UNTIL(&rig, rig_slot_of(p) == 0);
}

static void
test_failover_takes_the_queue_to_the_new_primary(void **state)
{
	struct peer *first, *queue[8];

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	first = rig_client_at(&rig, RIG_WRITE, 0);
	for (unsigned i = 0; i < ARRAY_LEN(queue); i++)
		queue[i] = client_in_queue(RIG_WRITE);
	rig_publish(&rig, -1, 0);
	RIG_UNTIL(&rig, peer_is_gone(first));
	rig_await(&rig);
	rig_publish(&rig, 1, RIG_BIT(1));
	RIG_UNTIL(&rig, rig_slot_of(queue[0]) == 1);
	assert_int_equal(n_waiting(RIG_WRITE), ARRAY_LEN(queue) - 1);
	first = queue[0];
	expect_order(&first, queue + 1, ARRAY_LEN(queue) - 1);
}

static void
test_reload_that_raises_maxconn_serves_who_waits(void **state)
{
	struct peer *p[6];

	(void)state;
	open_limited("", "maxconn = 1\n", "");
	rig_publish(&rig, 0, RIG_ALL);
	rig_client_at(&rig, RIG_WRITE, 0);
	for (unsigned i = 0; i < ARRAY_LEN(p); i++)
		p[i] = client_in_queue(RIG_WRITE);
	rig.node_lines = "maxconn = 3\n";
	rig_reload(&rig, rig_conf(&rig, "", "", ""));
	RIG_UNTIL(&rig, rig_slot_of(p[0]) == 0 && rig_slot_of(p[1]) == 0);
	assert_int_equal(n_waiting(RIG_WRITE), 4);
	rig.node_lines = "";
	rig_reload(&rig, rig_conf(&rig, "", "", ""));
	for (unsigned i = 0; i < ARRAY_LEN(p); i++)
		RIG_UNTIL(&rig, rig_slot_of(p[i]) == 0);
}

static void
test_reload_that_lowers_maxconn_cuts_nobody(void **state)
{
	struct peer *old[4], *p;

	(void)state;
	for (int round = 0; round < 2; round++) {
		/* What came without a limit counts as well. */
		if (round > 0)
			rig_close(&rig);
		open_limited("", round == 0 ? "" : "maxconn = 5\n", "");
		rig_publish(&rig, 0, RIG_ALL);
		for (unsigned i = 0; i < ARRAY_LEN(old); i++)
			old[i] = rig_client_at(&rig, RIG_WRITE, 0);
		rig.node_lines = "maxconn = 3\n";
		rig_reload(&rig, rig_conf(&rig, "", "", ""));
		rig_publish(&rig, 0, RIG_ALL);
		rig_await(&rig);
		p = client_in_queue(RIG_WRITE);
		for (unsigned i = 0; i < ARRAY_LEN(old); i++)
			rig_converse(&rig, old[i], "here I am");
		leave(old[0]);
		RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_closed) == 1);
		assert_int_equal(rig_slot_of(p), -1); /* 3 are still there */
		leave(old[1]);
		RIG_UNTIL(&rig, rig_slot_of(p) == 0);
	}
}

static void
test_wait_for_room_ends_at_queue_timeout(void **state)
{
	struct peer *p;

	(void)state;
	open_limited("", "maxconn = 1\n", "queue_timeout = 30ms\n");
	rig_publish(&rig, 0, RIG_ALL);
	rig_client_at(&rig, RIG_WRITE, 0);
	p = client_in_queue(RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_queue_expired), 1);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_hold_expired), 0);
	RIG_UNTIL(&rig, n_waiting(RIG_WRITE) == 0);
}

/* The short one is for full nodes only: a failover may take longer. */
static void
test_wait_for_a_node_is_not_ended_by_queue_timeout(void **state)
{
	struct peer *p;

	(void)state;
	open_limited("", "maxconn = 1\n", "queue_timeout = 0s\n");
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig, rig_slot_of(p) == 1);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_queue_expired), 1);
}

/* Who is full is waited for: readers must not flood the primary instead. */
static void
test_full_replicas_are_no_reason_to_read_from_the_primary(void **state)
{
	(void)state;
	open_limited(
	    "", "maxconn = 1\n", "route = replica\nprimary_fallback = yes\n");
	rig_publish(&rig, 0, RIG_BIT(1));
	rig_await(&rig);
	rig_client_at(&rig, RIG_WRITE, 1);
	client_in_queue(RIG_WRITE);
	assert_int_equal(rig_count_node(&rig, 0, NODE_connects), 0);
}

static void
test_mysql_client_is_told_that_the_primary_is_full(void **state)
{
	static const char want[] =
	    "the primary of cluster crm has all the sessions that maxconn "
	    "allows; waited ";
	struct peer *p;

	(void)state;
	rig_open_limited(&rig, PROTOCOL_MYSQL, "", "maxconn = 1\n",
	    "queue_timeout = 30ms\n");
	rig_publish(&rig, 0, RIG_ALL);
	rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig.nodes[0].n_peers == 1);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, p->in_len > 60);
	assert_non_null(memmem(p->in, p->in_len, want, sizeof(want) - 1));
}

/* Who waits is served as the limit grows, though nobody leaves. */
static void
test_maxconn_of_a_node_that_returned_grows(void **state)
{
	enum { CLIENTS = 10, SLOW_MS = 400 };
	usec_t from = loop_clock();
	unsigned n = 0;

	(void)state;
	open_limited("slow_start = 400ms\n", "maxconn = 10\n", "");
	rig.views[0].nodes[0].returned_at = from;
	rig_publish(&rig, 0, RIG_ALL);
	for (int i = 0; i < CLIENTS; i++)
		rig_client(&rig, RIG_WRITE);
	while (n < CLIENTS) {
		unsigned may;

		RIG_UNTIL(&rig, rig.nodes[0].n_peers > n);
		n = rig.nodes[0].n_peers;
		may = (unsigned)((loop_clock() - from) / USEC_MS) * CLIENTS /
		    SLOW_MS;
		assert_true(n <= (may > 0 ? may : 1));
	}
	assert_true(loop_clock() - from >= SLOW_MS * USEC_MS);
}

/* Rates, and the limits of an address */

static void
test_listener_accepts_no_faster_than_its_rate(void **state)
{
	enum { CLIENTS = 12, PER_SECOND = 40, AT_ONCE = 4 };
	usec_t from;

	(void)state;
	open_limited("", "", "rate_limit = 40\n");
	rig_publish(&rig, 0, RIG_ALL);
	rig_await(&rig);
	from = loop_clock();
	for (int i = 0; i < CLIENTS; i++)
		rig_client(&rig, RIG_WRITE);
	for (int i = 0; i < CLIENTS; i++)
		RIG_UNTIL(&rig, rig_slot_of(&rig.clients[i]) == 0);
	/* Both workers together; each may be one ahead of the other. */
	assert_true(loop_clock() - from >=
	    (CLIENTS - AT_ONCE - 2) * USEC_SEC / PER_SECOND);
	assert_true(rig_count(&rig, RIG_WRITE, LISTEN_rate_limited) > 0);
}

static void
test_address_has_no_more_than_source_maxconn(void **state)
{
	struct peer *p[2], *third, *other;

	(void)state;
	open_limited("", "", "source_maxconn = 2\n");
	rig_publish(&rig, 0, RIG_ALL);
	p[0] = rig_client_at(&rig, RIG_WRITE, 0);
	p[1] = rig_client_at(&rig, RIG_WRITE, 0);
	third = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(third));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_source_refused), 1);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 2);
	/* Another listener has limits of its own. */
	other = rig_client(&rig, RIG_READ);
	RIG_UNTIL(&rig, rig_slot_of(other) >= 0);
	leave(p[1]);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_closed) == 1);
	rig_client_at(&rig, RIG_WRITE, 0);
	rig_converse(&rig, p[0], "undisturbed");
}

static void
test_address_comes_no_faster_than_source_rate_limit(void **state)
{
	(void)state;
	open_limited("", "", "source_rate_limit = 1\n");
	rig_publish(&rig, 0, RIG_ALL);
	for (int i = 0; i < 8; i++)
		rig_client(&rig, RIG_WRITE);
	for (int i = 0; i < 8; i++)
		RIG_UNTIL(&rig,
		    peer_is_gone(&rig.clients[i]) ||
			rig_slot_of(&rig.clients[i]) == 0);
	assert_in_range(
	    rig_count(&rig, RIG_WRITE, LISTEN_source_refused), 1, 7);
}

/* Two workers that count for themselves would both take the first node. */
static void
test_few_clients_are_spread_though_workers_are_several(void **state)
{
	(void)state;
	open_limited("", "", "");
	rig_publish(&rig, 0, RIG_ALL);
	for (int i = 0; i < 5 * RIG_NODES; i++)
		rig_client_at(&rig, RIG_READ, i % RIG_NODES);
}

#define QUEUE_TEST(test) cmocka_unit_test_teardown(test, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(
		    test_node_takes_no_more_than_its_maxconn_from_all_workers),
		QUEUE_TEST(
		    test_clients_beyond_maxconn_are_served_in_order_across_workers),
		QUEUE_TEST(test_early_bytes_of_who_waits_are_not_lost),
		QUEUE_TEST(test_client_that_leaves_passes_its_turn_on),
		QUEUE_TEST(
		    test_reader_and_writer_queues_do_not_block_each_other),
		QUEUE_TEST(test_cluster_takes_no_more_than_its_maxconn),
		QUEUE_TEST(test_node_that_refuses_keeps_no_room),
		QUEUE_TEST(test_failover_takes_the_queue_to_the_new_primary),
		QUEUE_TEST(test_reload_that_raises_maxconn_serves_who_waits),
		QUEUE_TEST(test_reload_that_lowers_maxconn_cuts_nobody),
		QUEUE_TEST(test_wait_for_room_ends_at_queue_timeout),
		QUEUE_TEST(test_wait_for_a_node_is_not_ended_by_queue_timeout),
		QUEUE_TEST(
		    test_full_replicas_are_no_reason_to_read_from_the_primary),
		QUEUE_TEST(test_mysql_client_is_told_that_the_primary_is_full),
		QUEUE_TEST(test_maxconn_of_a_node_that_returned_grows),
		QUEUE_TEST(test_listener_accepts_no_faster_than_its_rate),
		QUEUE_TEST(test_address_has_no_more_than_source_maxconn),
		QUEUE_TEST(test_address_comes_no_faster_than_source_rate_limit),
		QUEUE_TEST(
		    test_few_clients_are_spread_though_workers_are_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
