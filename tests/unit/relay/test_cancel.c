/*
 * A CancelRequest is brought to every node that may run the query, and to no
 * other.
 */
#include "pg.h"
#include "rig.h"

#include <errno.h>
#include <string.h>

#define KEY_32 "0123456789abcdef0123456789abcdef"

static int
set_up(void **state)
{
	(void)state;
	rig_open_as(&rig, PROTOCOL_POSTGRES, "connect_timeout = 5s\n");
	return 0;
}

static struct peer *
client(enum rig_listen listen)
{
	struct peer *p = rig_client(&rig, listen);

	RIG_UNTIL(&rig, p->is_connected);
	return p;
}

static struct peer *
client_cancels(enum rig_listen listen)
{
	struct peer *p = client(listen);

	RIG_SAY(p, PG_CANCEL);
	return p;
}

/* The node has got the request, of which nothing was changed. */
static void
expect_at(int slot)
{
	RIG_UNTIL(&rig,
	    rig.nodes[slot].n_peers == 1 &&
		RIG_HEARD(host_last(&rig.nodes[slot]), PG_CANCEL));
}

/* It does what a server does then, whether the key was its own or not. */
static void
node_hangs_up(int slot)
{
	peer_close(host_last(&rig.nodes[slot]));
}

static void
test_request_goes_to_all_nodes_one_by_one(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_cancels(RIG_READ);
	for (int slot = 0; slot < RIG_NODES; slot++) {
		expect_at(slot);
		assert_false(peer_is_gone(p));
		node_hangs_up(slot);
	}
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(p->in_len, 0);
	assert_int_equal(p->error, 0);
	assert_int_equal(rig_count(&rig, RIG_READ, LISTEN_cancels), 1);
	for (int slot = 0; slot < RIG_NODES; slot++)
		assert_int_equal(rig_count_node(&rig, slot, NODE_opened), 0);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_request_of_a_writer_goes_to_the_writer(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 1, RIG_ALL);
	p = client_cancels(RIG_WRITE);
	expect_at(1);
	node_hangs_up(1);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[0].n_peers, 0);
	assert_int_equal(rig.nodes[2].n_peers, 0);
}

static void
test_request_skips_nodes_that_are_not_to_be_used(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, -1, RIG_BIT(0) | RIG_BIT(2));
	p = client_cancels(RIG_READ);
	expect_at(0);
	node_hangs_up(0);
	expect_at(2);
	node_hangs_up(2);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[1].n_peers, 0);
}

/* What would it wait for?  No node, no query. */
static void
test_request_is_never_held(void **state)
{
	struct peer *p = client_cancels(RIG_WRITE);

	(void)state;
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_held), 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_refused), 0);
}

static void
test_request_in_pieces_is_one(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, 0);
	p = client(RIG_WRITE);
	RIG_SAY(p, PG_CANCEL_HEAD);
	for (int turn = 0; turn < 5; turn++)
		trial_turn(&rig.trial, "nothing");
	assert_int_equal(rig.nodes[0].n_peers, 0);
	RIG_SAY(p, PG_CANCEL_KEY);
	expect_at(0);
}

/* Protocol 3.2. */
static void
test_request_with_a_long_key_arrives_whole(void **state)
{
	static const char request[] = "\0\0\0\x2c\x04\xd2\x16\x2e"
				      "\0\0\x30\x39" KEY_32;
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, 0);
	p = client(RIG_WRITE);
	assert_int_equal(stream_write(&p->stream, request, sizeof(request) - 1),
	    (int)sizeof(request) - 1);
	RIG_UNTIL(&rig,
	    rig.nodes[0].n_peers == 1 &&
		host_last(&rig.nodes[0])->in_len == sizeof(request) - 1);
	assert_memory_equal(
	    host_last(&rig.nodes[0])->in, request, sizeof(request) - 1);
}

/* Some clients send it and go. */
static void
test_request_stands_when_its_client_has_gone(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_cancels(RIG_READ);
	peer_close(p);
	for (int slot = 0; slot < RIG_NODES; slot++) {
		expect_at(slot);
		node_hangs_up(slot);
	}
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_node_that_refuses_is_passed_over(void **state)
{
	(void)state;
	host_shut(&rig.nodes[0]);
	rig_publish(&rig, 0, RIG_ALL);
	client_cancels(RIG_READ);
	expect_at(1);
}

/* A frozen node must not keep the request from the others. */
static void
test_node_that_does_not_hang_up_is_left(void **state)
{
	struct peer *p;

	(void)state;
	rig_close(&rig);
	rig_open_as(&rig, PROTOCOL_POSTGRES, "connect_timeout = 30ms\n");
	rig_publish(&rig, 0, RIG_ALL);
	p = client_cancels(RIG_READ);
	for (int slot = 0; slot < RIG_NODES; slot++)
		expect_at(slot);
	RIG_UNTIL(&rig, peer_is_gone(p));
}

/* As for any client: the configuration may have but names. */
static void
test_request_goes_where_the_routes_say(void **state)
{
	struct peer *p;

	(void)state;
	rig.addrs[0][0] = rig.addrs[0][2];
	rig.addrs[0][1].len = 0;
	rig.addrs[0][2].len = 0;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_cancels(RIG_READ);
	expect_at(2);
	node_hangs_up(2);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[0].n_peers, 0);
	assert_int_equal(rig.nodes[1].n_peers, 0);
}

/* The barrier holds for it as for any byte. */
static void
test_request_leaves_a_node_that_is_taken_away(void **state)
{
	struct peer *p, *old;

	(void)state;
	rig_publish(&rig, 0, RIG_BIT(0) | RIG_BIT(1));
	p = client_cancels(RIG_READ);
	expect_at(0);
	old = host_last(&rig.nodes[0]);
	rig_publish(&rig, -1, RIG_BIT(1));
	RIG_UNTIL(&rig, peer_is_gone(old));
	assert_int_equal(old->error, -ECONNRESET);
	expect_at(1);
	node_hangs_up(1);
	RIG_UNTIL(&rig, peer_is_gone(p));
}

#define CANCEL_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CANCEL_TEST(test_request_goes_to_all_nodes_one_by_one),
		CANCEL_TEST(test_request_of_a_writer_goes_to_the_writer),
		CANCEL_TEST(test_request_skips_nodes_that_are_not_to_be_used),
		CANCEL_TEST(test_request_is_never_held),
		CANCEL_TEST(test_request_in_pieces_is_one),
		CANCEL_TEST(test_request_with_a_long_key_arrives_whole),
		CANCEL_TEST(test_request_stands_when_its_client_has_gone),
		CANCEL_TEST(test_node_that_refuses_is_passed_over),
		CANCEL_TEST(test_node_that_does_not_hang_up_is_left),
		CANCEL_TEST(test_request_goes_where_the_routes_say),
		CANCEL_TEST(test_request_leaves_a_node_that_is_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
