/*
 * What changes while sessions are there: the configuration, nodes that are
 * drained, the end of the process; and what an operator sees meanwhile.
 */
#include "rig.h"

#include "net/sock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Listing */

static struct {
	unsigned n_answers;
	unsigned n;
	struct session_info sessions[RIG_CLIENTS];
} list;

static void
on_list(void *arg, const struct session_info *sessions, unsigned n)
{
	assert_ptr_equal(arg, &list);
	assert_true(n <= RIG_CLIENTS);
	list.n_answers++;
	list.n = n;
	if (n > 0)
		memcpy(list.sessions, sessions, n * sizeof(*sessions));
}

static void
ask_list(void)
{
	unsigned n = list.n_answers;

	relay_list(rig.relay, on_list, &list);
	RIG_UNTIL(&rig, list.n_answers == n + 1);
}

static void
test_list_of_no_sessions(void **state)
{
	(void)state;
	ask_list();
	assert_int_equal(list.n, 0);
}

static void
test_list_describes_every_session(void **state)
{
	unsigned n_open = 0, n_held = 0;

	(void)state;
	rig_publish(&rig, -1, RIG_BIT(1));
	for (int i = 0; i < 10; i++) {
		rig_converse(&rig, rig_client_at(&rig, RIG_READ, 1), "four");
		rig_client(&rig, RIG_WRITE);
	}
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 10);
	ask_list();
	assert_int_equal(list.n, 20);
	for (unsigned i = 0; i < list.n; i++) {
		const struct session_info *s = &list.sessions[i];
		bool is_open = strcmp(s->state, "open") == 0;

		n_open += is_open;
		n_held += strcmp(s->state, "held") == 0;
		assert_int_equal(s->listen_id, is_open ? RIG_READ : RIG_WRITE);
		assert_int_equal(s->node_id, is_open ? 1 : -1);
		assert_int_equal(s->bytes_in, is_open ? 4 : 0);
		assert_int_equal(s->bytes_out, is_open ? 6 : 0);
		assert_memory_equal(s->client, "127.", 4);
		assert_true(s->worker < 2 && s->id > 0);
		assert_true(s->age_us >= 0 && s->idle_us >= 0);
	}
	assert_int_equal(n_open, 10);
	assert_int_equal(n_held, 10);
}

static void
test_forgotten_asker_is_not_answered(void **state)
{
	unsigned n = list.n_answers;

	(void)state;
	rig_client(&rig, RIG_WRITE);
	relay_list(rig.relay, on_list, &list);
	relay_list_forget(rig.relay, &list);
	relay_list(rig.relay, on_list, &list);
	RIG_UNTIL(&rig, list.n_answers == n + 1);
	for (int i = 0; i < 5; i++)
		trial_turn(&rig.trial, "nothing");
	assert_int_equal(list.n_answers, n + 1);
}

/* A relay that goes answers who still asks: with what it has, but it does. */
static void
test_list_asked_at_the_end_is_answered(void **state)
{
	unsigned n = list.n_answers;

	(void)state;
	rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	for (int i = 0; i < 5; i++)
		relay_list(rig.relay, on_list, &list);
	relay_list_forget(rig.relay, "nobody");
	relay_free(&rig.relay);
	assert_int_equal(list.n_answers, n + 5);
}

/* Reload */

static void
test_reload_opens_a_new_listener(void **state)
{
	struct peer *old, *p;
	struct endpoint ep;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	old = rig_client_at(&rig, RIG_WRITE, 0);
	trial_endpoint(&ep);
	rig_reload(&rig, rig_conf(&rig, "", "", rig_section(&ep)));
	p = rig_client_of(&rig, &ep); /* prepared is listening already */
	RIG_UNTIL(&rig, rig_slot_of(p) >= 0);
	rig_converse(&rig, p, "new");
	rig_converse(&rig, old, "old");
}

/* All or nothing: the listener whose port could be had is closed again. */
static void
test_reload_that_fails_changes_nothing(void **state)
{
	struct endpoint taken, free_one;
	struct err err = { "" };
	const struct conf *conf;
	char sections[512];
	struct host other;
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	p = rig_client_at(&rig, RIG_WRITE, 0);
	host_open(&other, &rig.trial);
	taken = other.address;
	trial_endpoint(&free_one);
	snprintf(sections, sizeof(sections), "%s", rig_section(&free_one));
	memcpy(strstr(sections, "more"), "free", 4); /* another name */
	strcat(sections, rig_section(&taken));
	conf = rig_conf(&rig, "", "", sections);
	assert_int_equal(rig_prepare(&rig, conf, &err), -EADDRINUSE);
	assert_non_null(strstr(err.text, "listen more: bind 127."));
	conf_unref(&conf);
	host_close(&other);
	rig_converse(&rig, p, "unharmed");
	/* Nothing is left over of it that would be in the way. */
	rig_reload(&rig, rig_conf(&rig, "", "", rig_section(&free_one)));
	rig_converse(&rig, p, "unharmed");
}

static void
test_prepared_reload_can_be_abandoned(void **state)
{
	struct endpoint ep;
	struct err err;
	struct host other;
	const struct conf *conf;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	trial_endpoint(&ep);
	conf = rig_conf(&rig, "", "", rig_section(&ep));
	assert_int_equal(rig_prepare(&rig, conf, &err), 0);
	relay_abandon(rig.relay);
	relay_abandon(rig.relay);
	conf_unref(&conf);
	host_open(&other, &rig.trial); /* the port is free again */
	host_shut(&other);
	other.address = ep;
	host_reopen(&other);
	host_close(&other);
	rig_client_at(&rig, RIG_WRITE, 0);
}

static void
test_reload_closes_a_listener_but_not_its_sessions(void **state)
{
	struct endpoint ep;
	struct peer *p;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	trial_endpoint(&ep);
	rig_reload(&rig, rig_conf(&rig, "", "", rig_section(&ep)));
	p = rig_client_of(&rig, &ep);
	RIG_UNTIL(&rig, rig_slot_of(p) >= 0);
	rig_reload(&rig, rig_conf(&rig, "", "", ""));
	rig_converse(&rig, p, "still here");
	rig_expect_refused(&rig, &ep);
	ask_list();
	assert_int_equal(list.n, 1);
	/* It is routed on: a session of a closing listener is cut too. */
	rig_publish(&rig, -1, 0);
	RIG_UNTIL(&rig, peer_is_gone(p));
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_reload_changes_limits_at_once(void **state)
{
	struct peer *p, *refused;

	(void)state;
	p = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	rig_reload(
	    &rig, rig_conf(&rig, "maxconn = 7\n", "hold_timeout = 0s\n", ""));
	assert_int_equal(relay_maxconn(rig.relay), 7);
	refused = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(refused));
	assert_false(peer_is_gone(p)); /* it was promised more */
}

/* Drained nodes */

static void
set_drain(int slot)
{
	rig.views[0].nodes[slot].cut = CUT_DRAIN;
	rig.views[0].nodes[slot].is_reader = false;
}

static void
test_session_of_a_drained_node_may_finish(void **state)
{
	struct peer *p, *q;
	usec_t start;

	(void)state;
	rig_open(&rig, "drain_timeout = 100ms\n", "");
	rig_publish(&rig, -1, RIG_BIT(1));
	p = rig_client_at(&rig, RIG_READ, 1);
	set_drain(1);
	rig.views[0].nodes[2] =
	    (struct node_view){ .is_reader = true, .weight = 1 };
	start = loop_clock();
	rig_publish_view(&rig);
	rig_await(&rig);
	rig_converse(&rig, p, "a last word");
	q = rig_client_at(&rig, RIG_READ, 2);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_true(loop_clock() - start >= 100 * USEC_MS);
	assert_false(peer_is_gone(q));
	assert_int_equal(rig_count_node(&rig, 1, NODE_cut), 1);
}

static void
test_node_taken_back_in_time_keeps_its_sessions(void **state)
{
	struct peer *p, *q;

	(void)state;
	rig_open(&rig, "drain_timeout = 50ms\n", "");
	rig_publish(&rig, -1, RIG_BIT(1) | RIG_BIT(2));
	p = rig_client(&rig, RIG_READ);
	q = rig_client(&rig, RIG_READ);
	RIG_UNTIL(&rig, rig_slot_of(p) >= 0 && rig_slot_of(q) >= 0);
	set_drain(1);
	set_drain(2);
	rig_publish_view(&rig);
	rig_await(&rig);
	rig_publish(&rig, -1, RIG_BIT(1) | RIG_BIT(2));
	rig_await(&rig);
	trial_spin(60 * USEC_MS);
	rig_converse(&rig, p, "still here");
	rig_converse(&rig, q, "still here");
}

/*
 * A client was on its way to a node that is then drained, does not get there,
 * and is connected elsewhere: that node was not drained.
 */
static void
test_drain_of_a_node_does_not_follow_the_client_elsewhere(void **state)
{
	struct peer *p;
	int fds[3];

	(void)state;
	rig_open(&rig, "drain_timeout = 0s\n", "connect_timeout = 50ms\n");
	/* The address of node b is one that drops whoever connects. */
	host_shut(&rig.nodes[1]);
	host_open_black_hole_at(&rig.nodes[1].address, fds);
	rig_publish(&rig, -1, RIG_BIT(1));
	p = rig_client(&rig, RIG_READ);
	RIG_UNTIL(&rig, rig_count_node(&rig, 1, NODE_connects) == 1);
	set_drain(1);
	rig.views[0].nodes[2] =
	    (struct node_view){ .is_reader = true, .weight = 1 };
	rig_publish_view(&rig);
	RIG_UNTIL(&rig, peer_is_gone(p) || rig_slot_of(p) == 2);
	for (int i = 0; i < 10; i++)
		rig_converse(&rig, p, "not cut");
	assert_int_equal(rig_count_node(&rig, 2, NODE_cut), 0);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

/* The end */

static void
test_drain_lets_sessions_finish_and_drops_who_waits(void **state)
{
	struct peer *open, *held;

	(void)state;
	rig_publish(&rig, -1, RIG_ALL);
	open = rig_client(&rig, RIG_READ);
	held = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig,
	    rig_slot_of(open) >= 0 &&
		rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	relay_drain(rig.relay);
	RIG_UNTIL(&rig, peer_is_gone(held));
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 1);
	rig_converse(&rig, open, "a last word");
	rig_expect_refused(&rig, &rig.listens[RIG_READ]);
	stream_close_reset(&open->stream);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

/* SIGQUIT, and then SIGHUP: nothing is opened again, and nobody is cut. */
static void
test_reload_while_draining_opens_nothing(void **state)
{
	struct peer *open;
	struct endpoint ep;

	(void)state;
	rig_publish(&rig, -1, RIG_ALL);
	open = rig_client(&rig, RIG_READ);
	RIG_UNTIL(&rig, rig_slot_of(open) >= 0);
	relay_drain(rig.relay);
	trial_endpoint(&ep);
	rig_reload(&rig, rig_conf(&rig, "", "", rig_section(&ep)));
	rig_converse(&rig, open, "a last word");
	ask_list(); /* behind the update in every worker's mailbox */
	assert_int_equal(list.n, 1);
	rig_expect_refused(&rig, &rig.listens[RIG_WRITE]);
	rig_expect_refused(&rig, &rig.listens[RIG_READ]);
	rig_expect_refused(&rig, &ep);
	stream_close_reset(&open->stream);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_free_ends_every_session(void **state)
{
	(void)state;
	rig_publish(&rig, -1, RIG_ALL);
	for (int i = 0; i < RIG_CLIENTS; i++)
		rig_client(&rig, i % 2 == 0 ? RIG_READ : RIG_WRITE);
	for (int i = 0; i < RIG_CLIENTS; i += 2)
		RIG_UNTIL(&rig, rig_slot_of(&rig.clients[i]) >= 0);
	relay_free(&rig.relay);
	relay_free(&rig.relay);
	for (int i = 0; i < RIG_CLIENTS; i++)
		RIG_UNTIL(&rig, peer_is_gone(&rig.clients[i]));
}

/* With views and updates that no worker has looked at yet. */
static void
test_free_with_everything_under_way(void **state)
{
	struct endpoint ep;

	(void)state;
	trial_endpoint(&ep);
	for (int i = 0; i < 10; i++)
		rig_client(&rig, RIG_WRITE);
	rig_reload(&rig, rig_conf(&rig, "", "", rig_section(&ep)));
	rig_publish(&rig, 0, RIG_ALL);
	relay_drain(rig.relay);
	rig_publish(&rig, 1, RIG_ALL);
	relay_free(&rig.relay);
}

static void
test_port_that_is_taken_is_an_error_at_the_start(void **state)
{
	struct err err = { "" };
	struct relay *relay;

	(void)state;
	relay = relay_new(rig.trial.loop, rig.conf, &rig.observer, NULL, &err);
	assert_null(relay);
	assert_non_null(strstr(err.text, "listen write: bind 127."));
	rig_publish(&rig, 0, RIG_ALL);
	rig_client_at(&rig, RIG_WRITE, 0);
}

#define RELAY_TEST(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)
#define OWN_TEST(test) cmocka_unit_test_teardown(test, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RELAY_TEST(test_list_of_no_sessions),
		RELAY_TEST(test_list_describes_every_session),
		RELAY_TEST(test_forgotten_asker_is_not_answered),
		RELAY_TEST(test_list_asked_at_the_end_is_answered),
		RELAY_TEST(test_reload_opens_a_new_listener),
		RELAY_TEST(test_reload_that_fails_changes_nothing),
		RELAY_TEST(test_prepared_reload_can_be_abandoned),
		RELAY_TEST(test_reload_closes_a_listener_but_not_its_sessions),
		RELAY_TEST(test_reload_changes_limits_at_once),
		OWN_TEST(test_session_of_a_drained_node_may_finish),
		OWN_TEST(test_node_taken_back_in_time_keeps_its_sessions),
		OWN_TEST(
		    test_drain_of_a_node_does_not_follow_the_client_elsewhere),
		RELAY_TEST(test_drain_lets_sessions_finish_and_drops_who_waits),
		RELAY_TEST(test_reload_while_draining_opens_nothing),
		RELAY_TEST(test_free_ends_every_session),
		RELAY_TEST(test_free_with_everything_under_way),
		RELAY_TEST(test_port_that_is_taken_is_an_error_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
