/*
 * New routes, and the two workers of a relay: who is moved, who is cut, and
 * when that is acknowledged.
 */
#include "rig.h"

#include <errno.h>
#include <string.h>

/*
 * Every client has sessions at the old writer.  Once all workers have
 * acknowledged, not one byte may reach it, whatever clients go on to say.
 */
static void
test_view_without_writer_cuts_before_it_is_acknowledged(void **state)
{
	enum { CLIENTS = 20 };
	struct peer *p[CLIENTS];

	(void)state;
	rig_publish(&rig, 0, 0);
	for (int i = 0; i < CLIENTS; i++)
		p[i] = rig_client_at(&rig, RIG_WRITE, 0);
	rig_publish(&rig, -1, 0);
	while (relay_acked(rig.relay) < rig.serial)
		continue; /* no turn: nobody hears of the cut before */
	assert_true(rig.n_acked >= 2);
	for (int i = 0; i < CLIENTS; i++)
		(void)stream_write(&p[i]->stream, "late", 4);
	for (int i = 0; i < CLIENTS; i++)
		RIG_UNTIL(&rig,
		    peer_is_gone(p[i]) && peer_is_gone(rig.nodes[0].peers[i]));
	for (int i = 0; i < CLIENTS; i++) {
		assert_string_equal(rig.nodes[0].peers[i]->in, "");
		/* A reset: nothing that lay in the kernel was sent either. */
		assert_int_equal(rig.nodes[0].peers[i]->error, -ECONNRESET);
	}
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_cut), CLIENTS);
	assert_int_equal(rig_count_node(&rig, 0, NODE_cut), CLIENTS);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

/*
 * A switchover: who is cut connects anew at once, and met a worker that had
 * not heard of it yet, which sent it to the old writer, to be cut once more.
 */
static void
test_nobody_is_cut_while_a_worker_still_sends_clients_there(void **state)
{
	enum { CLIENTS = 20 };
	struct peer *p[CLIENTS];

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	for (int i = 0; i < CLIENTS; i++)
		p[i] = rig_client_at(&rig, RIG_WRITE, 0);
	atomic_store(&rig.stall, RIG_STALL_NEXT);
	rig_publish(&rig, 0, RIG_BIT(1));
	RIG_UNTIL(&rig, atomic_load(&rig.stall) == RIG_STALLED);
	rig_publish(&rig, -1, RIG_BIT(1));
	for (int i = 0; i < CLIENTS; i++)
		rig_client(&rig, RIG_WRITE);
	/* So the other worker goes by the new routes. */
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) > 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_cut), 0);
	assert_true(relay_acked(rig.relay) < rig.serial);
	atomic_store(&rig.stall, RIG_NO_STALL);
	for (int i = 0; i < CLIENTS; i++)
		RIG_UNTIL(&rig, peer_is_gone(p[i]));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_cut), CLIENTS);
}

static void
test_new_writer_takes_no_session_of_the_old(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[1].n_peers, 0);
	rig_client_at(&rig, RIG_WRITE, 1);
}

/* The node is elsewhere now: under its name, and behind its barrier. */
static void
test_clients_go_where_the_routes_say(void **state)
{
	struct peer *p, *q;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	rig_publish(&rig, -1, RIG_BIT(1) | RIG_BIT(2));
	RIG_UNTIL(&rig, peer_is_gone(p));
	q = rig_client(&rig, RIG_WRITE);
	rig.addrs[0][0] = rig.addrs[0][2];
	rig_publish(&rig, 0, 0);
	RIG_UNTIL(&rig, rig_slot_of(q) == 2);
	assert_int_equal(rig_count_node(&rig, 0, NODE_opened), 2);
	assert_int_equal(rig_count_node(&rig, 2, NODE_opened), 0);
}

/* A guard routes no such node; a client must not be lost if one did. */
static void
test_node_without_an_address_is_left_out(void **state)
{
	struct peer *p;

	(void)state;
	rig.addrs[0][0].len = 0;
	rig_publish(&rig, 0, 0);
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	addr_from_endpoint(&rig.addrs[0][0], &rig.nodes[0].address);
	rig_publish(&rig, 0, 0);
	RIG_UNTIL(&rig, rig_slot_of(p) == 0);
}

static void
test_readers_stay_where_the_view_lets_them(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_BIT(1));
	p = rig_client_at(&rig, RIG_READ, 1);
	rig_publish(&rig, -1, RIG_BIT(1));
	rig_await(&rig);
	rig_converse(&rig, p, "still here");
	rig_publish(&rig, 0, RIG_BIT(2));
	RIG_UNTIL(&rig, peer_is_gone(p));
}

/* Publications overtake each other; only the last one counts. */
static void
test_last_publication_is_acknowledged(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++)
		rig_publish(&rig, i % RIG_NODES, RIG_ALL);
	rig_publish(&rig, 2, RIG_ALL);
	rig_await(&rig);
	rig_client_at(&rig, RIG_WRITE, 2);
}

#define BARRIER_TEST(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BARRIER_TEST(
		    test_view_without_writer_cuts_before_it_is_acknowledged),
		BARRIER_TEST(
		    test_nobody_is_cut_while_a_worker_still_sends_clients_there),
		BARRIER_TEST(test_new_writer_takes_no_session_of_the_old),
		BARRIER_TEST(test_clients_go_where_the_routes_say),
		BARRIER_TEST(test_node_without_an_address_is_left_out),
		BARRIER_TEST(test_readers_stay_where_the_view_lets_them),
		BARRIER_TEST(test_last_publication_is_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
