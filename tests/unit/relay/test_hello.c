/*
 * PostgreSQL clients speak first: what they say is read before they have a
 * node, and reaches it unchanged.
 */
#include "pg.h"
#include "rig.h"

#include <errno.h>
#include <string.h>

static int
set_up(void **state)
{
	(void)state;
	rig_open_as(&rig, PROTOCOL_POSTGRES, "");
	return 0;
}

static struct peer *
client(void)
{
	struct peer *p = rig_client(&rig, RIG_WRITE);

	RIG_UNTIL(&rig, p->is_connected);
	return p;
}

/* A client whose startup packet has reached the node of that slot. */
static struct peer *
client_starts_up_at(int slot)
{
	struct peer *p = client();

	RIG_SAY(p, PG_STARTUP);
	RIG_UNTIL(&rig,
	    rig.nodes[slot].n_peers > 0 &&
		RIG_HEARD(host_last(&rig.nodes[slot]), PG_STARTUP));
	return p;
}

static void
test_first_packet_reaches_the_node_unchanged(void **state)
{
	struct peer *p, *node;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_starts_up_at(0);
	node = host_last(&rig.nodes[0]);
	peer_say(node, "R");
	RIG_UNTIL(&rig, peer_heard(p, "R"));
	peer_forget(node);
	peer_say(p, "and so on");
	RIG_UNTIL(&rig, peer_heard(node, "and so on"));
	RIG_UNTIL(&rig,
	    rig_count(&rig, RIG_WRITE, LISTEN_bytes_in) ==
		sizeof(PG_STARTUP) - 1 + strlen("and so on"));
	assert_int_equal(rig_count_node(&rig, 0, NODE_bytes_in),
	    rig_count(&rig, RIG_WRITE, LISTEN_bytes_in));
}

static void
test_silent_client_is_not_connected(void **state)
{
	struct peer *p;

	(void)state;
	rig_close(&rig);
	rig_open_as(&rig, PROTOCOL_POSTGRES, "idle_timeout = 30ms\n");
	rig_publish(&rig, 0, RIG_ALL);
	p = client();
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[0].n_peers, 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_silent), 1);
	assert_int_equal(rig_count_node(&rig, 0, NODE_connects), 0);
}

static void
test_client_that_leaves_without_a_word_is_forgotten(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client();
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 1);
	peer_close(p);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
	assert_int_equal(rig.nodes[0].n_peers, 0);
}

static void
test_first_packet_may_come_byte_by_byte(void **state)
{
	static const char startup[] = PG_STARTUP;
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client();
	for (size_t i = 0; i < sizeof(startup) - 1; i++) {
		assert_int_equal(stream_write(&p->stream, startup + i, 1), 1);
		for (int turn = 0; turn < 3; turn++)
			trial_turn(&rig.trial, "nothing");
	}
	RIG_UNTIL(&rig,
	    rig.nodes[0].n_peers > 0 &&
		RIG_HEARD(host_last(&rig.nodes[0]), PG_STARTUP));
}

static void
test_long_first_packet_arrives_whole(void **state)
{
	static char rest[4000];
	struct peer *p;

	(void)state;
	memset(rest, 'x', sizeof(rest));
	rig_publish(&rig, 0, RIG_ALL);
	p = client();
	RIG_SAY(p, "\0\0\x0f\xa8\0\3\0\0"); /* of 4,008 bytes */
	assert_int_equal(
	    stream_write(&p->stream, rest, sizeof(rest)), sizeof(rest));
	RIG_UNTIL(&rig,
	    rig.nodes[0].n_peers > 0 &&
		host_last(&rig.nodes[0])->in_len == 8 + sizeof(rest));
	assert_memory_equal(
	    host_last(&rig.nodes[0])->in + 8, rest, sizeof(rest));
}

/* Regent ends no TLS here, and judges nobody: the node does. */
static void
test_what_is_not_understood_is_relayed(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client();
	RIG_SAY(p, PG_TLS);
	RIG_UNTIL(&rig,
	    rig.nodes[0].n_peers == 1 &&
		RIG_HEARD(host_last(&rig.nodes[0]), PG_TLS));
	p = client();
	peer_say(p, "GET / HTTP/1.0\r\n\r\n");
	RIG_UNTIL(&rig,
	    rig.nodes[0].n_peers == 2 &&
		peer_heard(host_last(&rig.nodes[0]), "GET / HTTP/1.0\r\n\r\n"));
}

static void
test_first_packet_waits_with_its_client(void **state)
{
	struct peer *p;

	(void)state;
	p = client();
	RIG_SAY(p, PG_SSL);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	assert_int_equal(p->in_len, 0);
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig,
	    rig.nodes[1].n_peers > 0 &&
		RIG_HEARD(host_last(&rig.nodes[1]), PG_SSL));
}

/* It has spoken, yet it is seen to go. */
static void
test_client_that_gives_up_waiting_is_forgotten(void **state)
{
	struct peer *p;

	(void)state;
	p = client();
	RIG_SAY(p, PG_STARTUP);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	peer_close(p);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_first_packet_goes_to_the_next_node(void **state)
{
	struct peer *p;

	(void)state;
	host_shut(&rig.nodes[0]);
	rig_publish(&rig, 0, RIG_ALL);
	p = client();
	RIG_SAY(p, PG_STARTUP);
	RIG_UNTIL(&rig, rig_count_node(&rig, 0, NODE_connect_failed) > 0);
	rig_publish(&rig, 2, RIG_ALL);
	RIG_UNTIL(&rig,
	    rig.nodes[2].n_peers > 0 &&
		RIG_HEARD(host_last(&rig.nodes[2]), PG_STARTUP));
	assert_false(peer_is_gone(p));
}

/*
 * A frozen node takes connections and answers nobody.  Who came meanwhile has
 * only asked to be let in, and can ask its successor.
 */
static void
test_unanswered_client_moves_to_the_new_writer(void **state)
{
	struct peer *p, *old;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_starts_up_at(0);
	old = host_last(&rig.nodes[0]);
	rig_publish(&rig, -1, 0);
	RIG_UNTIL(&rig, peer_is_gone(old));
	assert_int_equal(old->error, -ECONNRESET);
	assert_false(peer_is_gone(p));
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig,
	    rig.nodes[1].n_peers == 1 &&
		RIG_HEARD(host_last(&rig.nodes[1]), PG_STARTUP));
	rig_publish(&rig, 2, RIG_ALL); /* frozen as well */
	RIG_UNTIL(&rig,
	    rig.nodes[2].n_peers == 1 &&
		RIG_HEARD(host_last(&rig.nodes[2]), PG_STARTUP));
	peer_say(host_last(&rig.nodes[2]), "R");
	RIG_UNTIL(&rig, peer_heard(p, "R"));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_cut), 0);
}

static void
test_answered_client_is_cut(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_starts_up_at(0);
	peer_say(host_last(&rig.nodes[0]), "R");
	RIG_UNTIL(&rig, peer_heard(p, "R"));
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[1].n_peers, 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_cut), 1);
}

/* What it said behind its first packet is not kept. */
static void
test_unanswered_client_that_went_on_is_cut(void **state)
{
	struct peer *p, *node;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_starts_up_at(0);
	node = host_last(&rig.nodes[0]);
	peer_forget(node);
	peer_say(p, "more");
	RIG_UNTIL(&rig, peer_heard(node, "more"));
	rig_publish(&rig, 1, RIG_ALL);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.nodes[1].n_peers, 0);
}

/* It may have hung up because of what it was told. */
static void
test_node_that_hangs_up_unanswered_is_not_to_blame(void **state)
{
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = client_starts_up_at(0);
	peer_close(host_last(&rig.nodes[0]));
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(rig.n_troubles[0], 0);
	assert_int_equal(rig.nodes[0].n_peers, 1);
}

#define HELLO_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HELLO_TEST(test_first_packet_reaches_the_node_unchanged),
		HELLO_TEST(test_silent_client_is_not_connected),
		HELLO_TEST(test_client_that_leaves_without_a_word_is_forgotten),
		HELLO_TEST(test_first_packet_may_come_byte_by_byte),
		HELLO_TEST(test_long_first_packet_arrives_whole),
		HELLO_TEST(test_what_is_not_understood_is_relayed),
		HELLO_TEST(test_first_packet_waits_with_its_client),
		HELLO_TEST(test_client_that_gives_up_waiting_is_forgotten),
		HELLO_TEST(test_first_packet_goes_to_the_next_node),
		HELLO_TEST(test_unanswered_client_moves_to_the_new_writer),
		HELLO_TEST(test_answered_client_is_cut),
		HELLO_TEST(test_unanswered_client_that_went_on_is_cut),
		HELLO_TEST(test_node_that_hangs_up_unanswered_is_not_to_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
