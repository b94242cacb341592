/*
 * The sockets of listeners: what becomes of those who wait in them when
 * sections, names, workers and processes change.
 */
#include "rig.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A listener got another name and could not be bound: its old self was in the
 * way.  The socket stays, with all who wait in it.
 */
static void
test_renamed_listener_keeps_its_socket(void **state)
{
	char section[256];
	struct endpoint ep;
	struct peer *old;

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	trial_endpoint(&ep);
	snprintf(section, sizeof(section), "%s", rig_section(&ep));
	rig_reload(&rig, rig_conf(&rig, "", "", section));
	old = rig_client_of(&rig, &ep);
	RIG_UNTIL(&rig, rig_slot_of(old) >= 0);
	for (int i = 0; i < 20; i++) {
		struct peer *p;

		memcpy(strstr(section, i % 2 == 0 ? "more" : "less"),
		    i % 2 == 0 ? "less" : "more", 4);
		rig_reload(&rig, rig_conf(&rig, "", "", section));
		p = rig_client_of(&rig, &ep);
		RIG_UNTIL(&rig, peer_is_gone(p) || rig_slot_of(p) >= 0);
		assert_false(peer_is_gone(p));
	}
	rig_converse(&rig, old, "still here");
	rig_reload(&rig, rig_conf(&rig, "", "", ""));
	rig_expect_refused(&rig, &ep);
	rig_converse(&rig, old, "still here");
}

enum { CROWD = 50 }; /* more than are accepted in a turn */

/* The kernel has connected them, and nobody has accepted them yet. */
static void
crowd_comes(int fds[CROWD], const struct endpoint *ep)
{
	struct timeval patience = { .tv_sec = 10 };
	struct addr addr;

	addr_from_endpoint(&addr, ep);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fds[i], &addr.ss.any, addr.len), 0);
		setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience));
	}
}

static void
crowd_is_served(int fds[CROWD])
{
	for (int i = 0; i < CROWD; i++) {
		struct pollfd p = { .fd = fds[i], .events = POLLIN };
		char heard[2];

		RIG_UNTIL(&rig, poll(&p, 1, 0) == 1);
		assert_int_equal(recv(fds[i], heard, 2, 0), 2);
		assert_int_equal(heard[1], ':');
		close(fds[i]);
	}
}

/*
 * A reload closed a listener, and the kernel reset whom it had connected to
 * it and nobody had accepted yet.
 */
static void
test_who_waits_at_a_removed_listener_is_served(void **state)
{
	struct endpoint ep;
	int fds[CROWD];

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	trial_endpoint(&ep);
	rig_reload(&rig, rig_conf(&rig, "", "", rig_section(&ep)));
	rig_await(&rig);
	rig_await_workers(&rig);
	atomic_store(&rig.stall, RIG_STALL_NEXT);
	rig_publish(&rig, 0, RIG_ALL);
	RIG_UNTIL(&rig, atomic_load(&rig.stall) == RIG_STALLED);
	crowd_comes(fds, &ep);
	rig_reload(&rig, rig_conf(&rig, "", "", ""));
	atomic_store(&rig.stall, RIG_NO_STALL);
	crowd_is_served(fds);
	rig_expect_refused(&rig, &ep);
}

static void
test_who_waits_when_regent_drains_is_served(void **state)
{
	int fds[CROWD];

	(void)state;
	rig_publish(&rig, 0, RIG_ALL);
	rig_await(&rig);
	atomic_store(&rig.stall, RIG_STALL_NEXT);
	rig_publish(&rig, 0, RIG_ALL);
	RIG_UNTIL(&rig, atomic_load(&rig.stall) == RIG_STALLED);
	crowd_comes(fds, &rig.listens[RIG_READ]);
	relay_drain(rig.relay);
	atomic_store(&rig.stall, RIG_NO_STALL);
	crowd_is_served(fds);
	rig_expect_refused(&rig, &rig.listens[RIG_READ]);
}

/* Sockets of another process: each is accepted from, however many. */

static void
serve_a_crowd_on(unsigned n_sockets, bool is_shared)
{
	int fds[CROWD];

	rig_open_inherited(&rig, n_sockets, is_shared);
	rig_publish(&rig, 0, RIG_ALL);
	crowd_comes(fds, &rig.listens[RIG_READ]);
	crowd_is_served(fds);
}

static void
test_fewer_workers_than_sockets_accept_from_all(void **state)
{
	(void)state;
	serve_a_crowd_on(5, true);
}

static void
test_more_workers_than_sockets_add_some(void **state)
{
	(void)state;
	serve_a_crowd_on(1, true);
}

/* Of another user, or of a service manager that knows no groups. */
static void
test_socket_that_can_not_be_joined_is_shared(void **state)
{
	(void)state;
	serve_a_crowd_on(1, false);
	rig_reload(&rig, rig_conf(&rig, "", "", ""));
	rig_client_at(&rig, RIG_WRITE, 0);
}

#define RELAY_TEST(test) \
	cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)
#define OWN_TEST(test) cmocka_unit_test_teardown(test, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RELAY_TEST(test_renamed_listener_keeps_its_socket),
		RELAY_TEST(test_who_waits_at_a_removed_listener_is_served),
		RELAY_TEST(test_who_waits_when_regent_drains_is_served),
		OWN_TEST(test_fewer_workers_than_sockets_accept_from_all),
		OWN_TEST(test_more_workers_than_sockets_add_some),
		OWN_TEST(test_socket_that_can_not_be_joined_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
