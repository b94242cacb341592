/*
 * Sessions through a relay of two workers: flow, waiting, limits.  New routes
 * are in test_barrier.c, other changes while it runs in test_reload.c.
 */
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Flow */

static void
test_bytes_flow_both_ways_and_are_counted(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	rig_converse(&rig, p, "hello");
	rig_converse(&rig, p, "again");
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_bytes_out) == 12);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_bytes_in), 10);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_opened), 1);
	assert_int_equal(rig_count(&rig, RIG_READ, LISTEN_opened), 0);
	assert_int_equal(rig_count_node(&rig, 0, NODE_connects), 1);
	assert_int_equal(rig_count_node(&rig, 0, NODE_opened), 1);
	assert_int_equal(rig_count_node(&rig, 0, NODE_bytes_in), 10);
	assert_int_equal(rig_count_node(&rig, 0, NODE_bytes_out), 12);
	assert_int_equal(relay_sessions(rig.relay), 1);
}

static void
test_client_that_goes_ends_its_session(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	peer_close(p);
	RIG_UNTIL(&rig, peer_is_gone(host_last(&rig.nodes[0])));
	peer_close(host_last(&rig.nodes[0]));
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_closed), 1);
	assert_int_equal(rig_count_node(&rig, 0, NODE_closed), 1);
}

static void
test_node_that_closes_ends_the_session(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	peer_close(host_last(&rig.nodes[0]));
	RIG_UNTIL(&rig, p->is_ended);
	peer_close(p);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
	assert_int_equal(rig.n_troubles[0], 0);
}

/* "print this and hang up": the answer still comes. */
static void
test_client_may_close_its_half(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	peer_say(p, "question");
	stream_shutdown_write(&p->stream);
	RIG_UNTIL(&rig, host_last(&rig.nodes[0])->is_ended);
	peer_say(host_last(&rig.nodes[0]), "!");
	peer_close(host_last(&rig.nodes[0]));
	RIG_UNTIL(&rig, p->is_ended);
	assert_true(peer_heard(p, "a:question!"));
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_many_clients_are_served_by_both_workers(void **state)
{
	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	for (int i = 0; i < RIG_CLIENTS; i++)
		rig_client(&rig, i % 2 == 0 ? RIG_WRITE : RIG_READ);
	for (int i = 0; i < RIG_CLIENTS; i++)
		RIG_UNTIL(&rig, rig_slot_of(&rig.clients[i]) >= 0);
	for (int i = 0; i < RIG_CLIENTS; i += 2)
		assert_int_equal(rig_slot_of(&rig.clients[i]), 0);
	for (int i = 0; i < RIG_CLIENTS; i++)
		rig_converse(&rig, &rig.clients[i], "hello");
	for (int i = 0; i < RIG_NODES; i++)
		assert_true(rig.nodes[i].n_peers > 0);
	assert_int_equal(relay_workers(rig.relay), 2);
}

/* Waiting */

static void
test_client_without_a_writer_waits_and_is_served(void **state)
{
	struct peer *p = rig_client(&rig, RIG_WRITE);

	(void)state;
	RIG_UNTIL(&rig, p->is_connected);
	peer_say(p, "early");
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig, peer_heard(p, "b:early"));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_unheld), 1);
}

static void
test_all_who_wait_are_served(void **state)
{
	(void)state;
	for (int i = 0; i < RIG_CLIENTS; i++)
		rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == RIG_CLIENTS);
	rig_publish(&rig, 2, 0);
	for (int i = 0; i < RIG_CLIENTS; i++)
		RIG_UNTIL(&rig, rig_slot_of(&rig.clients[i]) == 2);
}

static void
test_client_that_gives_up_waiting_is_forgotten(void **state)
{
	struct peer *p = rig_client(&rig, RIG_WRITE);

	(void)state;
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	peer_close(p);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
	rig_publish(&rig, 0, RIG_ALL);
	rig_await(&rig);
	assert_int_equal(rig.nodes[0].n_peers, 0);
}

static void
test_wait_ends_at_hold_timeout(void **state)
{
	struct peer *p;
	usec_t start = loop_clock();

	(void)state;
	rig_open(&rig, "", "hold_timeout = 20ms\n");
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_true(loop_clock() - start >= 20 * USEC_MS);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_hold_expired), 1);
}

static void
test_without_hold_timeout_nobody_waits(void **state)
{
	struct peer *p;

	(void)state;
	rig_open(&rig, "", "hold_timeout = 0s\n");
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_held), 0);
}

static void
test_no_more_than_hold_max_wait(void **state)
{
	unsigned n_gone = 0;

	(void)state;
	rig_open(&rig, "", "hold_max = 3\n");
	for (int i = 0; i < 20; i++)
		rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig,
	    rig_count(&rig, RIG_WRITE, LISTEN_held) +
		    rig_count(&rig, RIG_WRITE, LISTEN_hold_refused) ==
		20);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) <= 2 * 3);
	rig_publish(&rig, 0, 0);
	for (int i = 0; i < 20; i++) {
		RIG_UNTIL(&rig,
		    peer_is_gone(&rig.clients[i]) ||
			rig_slot_of(&rig.clients[i]) == 0);
		n_gone += peer_is_gone(&rig.clients[i]);
	}
	assert_int_equal(
	    rig_count(&rig, RIG_WRITE, LISTEN_hold_refused), n_gone);
}

/*
 * A client that waits and is tried in vain still waits: it must not be
 * counted twice against hold_max and refused by its own place.
 */
static void
test_client_tried_in_vain_keeps_its_place(void **state)
{
	struct peer *p;

	(void)state;
	rig_open(&rig, "", "hold_max = 1\n");
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	/* A node that a reload took away, in a view of a moment before. */
	rig.views[0].writer = NODES_MAX - 1;
	rig.addrs[0][NODES_MAX - 1] = rig.addrs[0][0];
	rig_publish_view(&rig);
	rig_await(&rig);
	rig_publish(&rig, 0, RIG_ALL);
	RIG_UNTIL(&rig, peer_is_gone(p) || rig_slot_of(p) == 0);
	assert_false(peer_is_gone(p));
}

static void
test_released_clients_are_balanced(void **state)
{
	enum { CLIENTS = 24 };
	unsigned n_at[2] = { 0, 0 };

	(void)state;
	rig_open(&rig, "", "balance = roundrobin\n");
	for (int i = 0; i < CLIENTS; i++)
		rig_client(&rig, RIG_READ);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_READ, LISTEN_held) == CLIENTS);
	rig_publish(&rig, -1, RIG_BIT(0) | RIG_BIT(1));
	for (int i = 0; i < CLIENTS; i++) {
		struct peer *p = &rig.clients[i];

		RIG_UNTIL(&rig, rig_slot_of(p) >= 0);
		n_at[rig_slot_of(p)]++;
	}
	/* Each of two workers goes round on its own. */
	assert_true(n_at[0] >= CLIENTS / 2 - 1 && n_at[1] >= CLIENTS / 2 - 1);
}

/* Trouble with nodes */

static void
test_refused_connect_is_told_and_the_client_waits(void **state)
{
	struct peer *p;

	(void)state;
	host_shut(&rig.nodes[0]);
	rig_publish(&rig, 0, 0);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig.n_troubles[0] > 0);
	RIG_UNTIL(&rig, rig_count_node(&rig, 0, NODE_connect_failed) > 0);
	assert_false(peer_is_gone(p));
	rig_publish(&rig, 1, 0);
	RIG_UNTIL(&rig, rig_slot_of(p) == 1);
	assert_int_equal(rig.n_troubles[1], 0);
}

/* Nobody says anything new of the node: the client is tried again. */
static void
test_node_that_is_back_gets_who_waited(void **state)
{
	struct peer *p;

	(void)state;
	host_shut(&rig.nodes[0]);
	rig_publish(&rig, 0, 0);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) > 0);
	host_reopen(&rig.nodes[0]);
	RIG_UNTIL(&rig, rig_slot_of(p) == 0);
}

static void
test_reader_goes_to_the_next_node(void **state)
{
	(void)state;
	host_shut(&rig.nodes[0]);
	host_shut(&rig.nodes[1]);
	rig_publish(&rig, -1, RIG_ALL);
	for (int i = 0; i < 10; i++)
		rig_client_at(&rig, RIG_READ, 2);
	assert_true(rig.n_troubles[0] > 0);
	assert_int_equal(rig.n_troubles[2], 0);
}

/* Its nodes are there, as far as anybody knows: each is tried three times. */
static void
test_client_is_refused_after_its_retries(void **state)
{
	struct peer *p;

	(void)state;
	rig_open(&rig, "", "connect_retries = 2\n");
	for (int i = 0; i < RIG_NODES; i++)
		host_shut(&rig.nodes[i]);
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig_count_node(&rig, 0, NODE_connect_failed), 3);
	assert_int_equal(rig_count_node(&rig, 0, NODE_retries), 2);
	assert_int_equal(rig_count_node(&rig, 0, NODE_redispatched), 0);
	p = rig_client(&rig, RIG_READ);
	RIG_UNTIL(&rig, peer_is_gone(p));
	for (int i = 1; i < RIG_NODES; i++)
		assert_int_equal(
		    rig_count_node(&rig, i, NODE_connect_failed), 3);
	assert_true(rig_count_node(&rig, 1, NODE_redispatched) > 0);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

/* The next node is no retry. */
static void
test_going_on_to_the_next_node_is_no_retry(void **state)
{
	(void)state;
	rig_open(&rig, "", "connect_retries = 1\n");
	host_shut(&rig.nodes[0]);
	host_shut(&rig.nodes[1]);
	rig_publish(&rig, -1, RIG_ALL);
	for (int i = 0; i < 5; i++)
		rig_client_at(&rig, RIG_READ, 2);
	assert_true(rig_count_node(&rig, 2, NODE_redispatched) > 0);
	assert_int_equal(rig_count_node(&rig, 2, NODE_retries), 0);
}

/* It accepts and hangs up: each connection looks like a success. */
static void
test_node_that_hangs_up_at_once_does_not_keep_a_client_for_good(void **state)
{
	struct peer *p;

	(void)state;
	rig_open(&rig, "", "connect_retries = 2\n");
	rig.nodes[0].greeting = NULL;
	rig_publish(&rig, 0, 0);
	p = rig_client(&rig, RIG_WRITE);
	for (unsigned n = 0; n < 3; n++) {
		RIG_UNTIL(&rig, rig.nodes[0].n_peers > n);
		peer_close(rig.nodes[0].peers[n]);
	}
	RIG_UNTIL(&rig, peer_is_gone(p));
}

static void
test_reset_by_a_node_is_told(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, 0);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	stream_close_reset(&host_last(&rig.nodes[0])->stream);
	RIG_UNTIL(&rig, peer_is_gone(p));
	RIG_UNTIL(&rig, rig.n_troubles[0] == 1);
	assert_int_equal(rig_count_node(&rig, 0, NODE_resets), 1);
}

static void
reset_by_node(unsigned i)
{
	stream_close_reset(&rig.nodes[0].peers[i]->stream);
	RIG_UNTIL(&rig, peer_is_gone(&rig.clients[i]));
}

/*
 * A reset bars the node for a moment.  Who comes in that moment waits no
 * longer than that, though no view and no other failure will wake it; and a
 * second reset meanwhile must not make it wait for ever.
 */
static void
test_client_behind_a_reset_does_not_wait_for_long(void **state)
{
	struct peer *p;
	usec_t start;

	(void)state;
	rig_publish(&rig, 0, 0);
	for (int i = 0; i < 3; i++)
		rig_client_at(&rig, RIG_WRITE, 0);
	reset_by_node(0);
	rig_client_at(&rig, RIG_WRITE, 0);
	reset_by_node(1);
	p = rig_client(&rig, RIG_WRITE);
	start = loop_clock();
	RIG_UNTIL(&rig, loop_clock() > start + 10 * USEC_MS);
	reset_by_node(2);
	RIG_UNTIL(&rig, rig_slot_of(p) == 0);
}

/* Limits */

static unsigned
count_served(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rig.n_clients; i++)
		n += rig_slot_of(&rig.clients[i]) >= 0;
	return n;
}

static void
test_clients_beyond_maxconn_wait_in_the_kernel(void **state)
{
	(void)state;
	rig_open(&rig, "", "maxconn = 2\n");
	rig_publish(&rig, 0, 0);
	for (int i = 0; i < 4; i++)
		rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, count_served() == 2);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_paused) > 0);
	assert_int_equal(relay_sessions(rig.relay), 2);
	assert_int_equal(rig.nodes[0].n_peers, 2);
	for (int i = 0; i < 4; i++)
		if (rig_slot_of(&rig.clients[i]) == 0)
			stream_close_reset(&rig.clients[i].stream);
	RIG_UNTIL(&rig, count_served() == 4);
	/* The other listener has its own limit. */
	rig_client_at(&rig, RIG_READ, 0);
}

static void
test_maxconn_of_all_listeners(void **state)
{
	(void)state;
	rig_open(&rig, "maxconn = 3\n", "");
	assert_int_equal(relay_maxconn(rig.relay), 3);
	rig_publish(&rig, 0, RIG_ALL);
	for (int i = 0; i < 6; i++)
		rig_client(&rig, i % 2 == 0 ? RIG_WRITE : RIG_READ);
	RIG_UNTIL(&rig,
	    rig_count_node(&rig, 0, NODE_opened) +
		    rig_count_node(&rig, 1, NODE_opened) +
		    rig_count_node(&rig, 2, NODE_opened) ==
		3);
	for (int i = 0; i < 20; i++) {
		trial_turn(&rig.trial, "nothing");
		assert_true(rig_count(&rig, RIG_WRITE, LISTEN_opened) +
			rig_count(&rig, RIG_READ, LISTEN_opened) <=
		    3);
	}
}

static void
test_idle_session_is_closed(void **state)
{
	struct peer *p;
	usec_t start;

	(void)state;
	/* Long enough for a busy machine to be in time. */
	rig_open(&rig, "", "idle_timeout = 500ms\n");
	rig_publish(&rig, 0, 0);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	for (int i = 0; i < 10; i++) {
		trial_spin(80 * USEC_MS);
		rig_converse(&rig, p, "awake");
	}
	start = loop_clock();
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_true(loop_clock() - start >= 400 * USEC_MS);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_idle), 1);
}

#define RELAY_TEST(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)
#define OWN_TEST(test) cmocka_unit_test_teardown(test, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RELAY_TEST(test_bytes_flow_both_ways_and_are_counted),
		RELAY_TEST(test_client_that_goes_ends_its_session),
		RELAY_TEST(test_node_that_closes_ends_the_session),
		RELAY_TEST(test_client_may_close_its_half),
		RELAY_TEST(test_many_clients_are_served_by_both_workers),
		RELAY_TEST(test_client_without_a_writer_waits_and_is_served),
		RELAY_TEST(test_all_who_wait_are_served),
		RELAY_TEST(test_client_that_gives_up_waiting_is_forgotten),
		OWN_TEST(test_wait_ends_at_hold_timeout),
		OWN_TEST(test_without_hold_timeout_nobody_waits),
		OWN_TEST(test_no_more_than_hold_max_wait),
		OWN_TEST(test_client_tried_in_vain_keeps_its_place),
		OWN_TEST(test_released_clients_are_balanced),
		RELAY_TEST(test_refused_connect_is_told_and_the_client_waits),
		RELAY_TEST(test_node_that_is_back_gets_who_waited),
		RELAY_TEST(test_reader_goes_to_the_next_node),
		RELAY_TEST(test_reset_by_a_node_is_told),
		RELAY_TEST(test_client_behind_a_reset_does_not_wait_for_long),
		OWN_TEST(test_client_is_refused_after_its_retries),
		OWN_TEST(test_going_on_to_the_next_node_is_no_retry),
		OWN_TEST(
		    test_node_that_hangs_up_at_once_does_not_keep_a_client_for_good),
		OWN_TEST(test_clients_beyond_maxconn_wait_in_the_kernel),
		OWN_TEST(test_maxconn_of_all_listeners),
		OWN_TEST(test_idle_session_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
