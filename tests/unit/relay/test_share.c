/*
 * A pool opens ten connections, and the kernel's hash gives nine of them to
 * one worker: new clients go to the worker that has less to do.
 */
#include "relay/share.h"
#include "net/sock.h"
#include "rig.h"

#include <string.h>

enum { FIRST = 28 };

static struct {
	unsigned n_answers;
	unsigned n;
	struct session_info sessions[RIG_CLIENTS];
} list;

static void
on_list(void *arg, const struct session_info *sessions, unsigned n)
{
	(void)arg;
	assert_true(n <= RIG_CLIENTS);
	list.n_answers++;
	list.n = n;
	if (n > 0)
		memcpy(list.sessions, sessions, n * sizeof(*sessions));
}

/* The worker that serves this client. */
static unsigned
worker_of(const struct peer *p)
{
	unsigned n = list.n_answers;
	char text[ADDR_TEXT_LEN];
	struct addr addr = { .len = sizeof(addr.ss) };

	relay_list(rig.relay, on_list, &list);
	RIG_UNTIL(&rig, list.n_answers == n + 1);
	assert_int_equal(
	    getsockname(stream_fd(&p->stream), &addr.ss.any, &addr.len), 0);
	addr_format(&addr, text);
	for (unsigned i = 0; i < list.n; i++)
		if (strcmp(list.sessions[i].client, text) == 0)
			return list.sessions[i].worker;
	fail_msg("no session of %s", text);
	return 0;
}

/* Worker 0 is left with its clients, worker 1 without any. */
static void
make_uneven(void)
{
	uint64_t n_closed = 0;

	for (int i = 0; i < FIRST; i++)
		rig_client_at(&rig, RIG_WRITE, 0);
	for (int i = 0; i < FIRST; i++) {
		if (worker_of(&rig.clients[i]) == 0)
			continue;
		stream_close_reset(&rig.clients[i].stream);
		n_closed++;
		RIG_UNTIL(&rig,
		    rig_count(&rig, RIG_WRITE, LISTEN_closed) == n_closed);
	}
}

static void
test_load_is_sessions_and_work(void **state)
{
	(void)state;
	assert_false(share_is_uneven(share_load(0, 0), share_load(0, 0)));
	assert_false(share_is_uneven(share_load(2, 0), share_load(0, 0)));
	assert_true(share_is_uneven(share_load(3, 0), share_load(0, 0)));
	assert_false(share_is_uneven(share_load(100, 0), share_load(80, 0)));
	assert_true(share_is_uneven(share_load(100, 0), share_load(60, 0)));
	/* As many sessions, and they carry much. */
	assert_true(share_is_uneven(share_load(10, 900), share_load(10, 50)));
	assert_false(share_is_uneven(share_load(10, 200), share_load(10, 50)));
	/* It does not turn round at once. */
	assert_false(share_is_uneven(share_load(12, 50), share_load(9, 900)));
}

static void
test_new_clients_go_to_the_worker_that_has_less(void **state)
{
	(void)state;
	rig_publish(&rig, 0, 0);
	make_uneven();
	/* By chance all of them would in one of 32 runs. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    worker_of(rig_client_at(&rig, RIG_WRITE, 0)), 1);
}

/* The end reaches the workers one after the other. */
static void
test_client_that_is_handed_over_while_all_drain_is_served(void **state)
{
	struct peer *clients[10];

	(void)state;
	rig_publish(&rig, 0, 0);
	make_uneven();
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		clients[i] = rig_client(&rig, RIG_WRITE);
	relay_drain(rig.relay);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		RIG_UNTIL(&rig,
		    peer_is_gone(clients[i]) || rig_slot_of(clients[i]) >= 0);
		assert_false(peer_is_gone(clients[i]));
	}
}

static void
test_end_with_clients_on_their_way(void **state)
{
	(void)state;
	rig_publish(&rig, 0, 0);
	make_uneven();
	for (int i = 0; i < 10; i++)
		rig_client(&rig, RIG_WRITE);
}

#define SHARE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_is_sessions_and_work),
		SHARE_TEST(test_new_clients_go_to_the_worker_that_has_less),
		SHARE_TEST(
		    test_client_that_is_handed_over_while_all_drain_is_served),
		SHARE_TEST(test_end_with_clients_on_their_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
