/* Accepting: a batch a turn, pauses for want of room and of descriptors. */
#include "net/listen.h"
#include "net/sock.h"
#include "peer.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CLIENTS = 40 };

/* A listener that has room for so many more. */
static struct {
	struct listener listener;
	int room;
	int n_accepted;
	int n_nobody;
	int starved;     /* errno value */
	bool is_closing; /* with the first who comes */
	int fds[CLIENTS];
} shop;

static struct trial trial;
static struct endpoint address;
static struct peer peers[CLIENTS];
static int n_peers;

static bool
shop_may_accept(struct listener *l, usec_t now)
{
	assert_true(now == loop_now(trial.loop));
	assert_ptr_equal(l, &shop.listener);
	if (shop.room > 0) {
		shop.room--;
		return true;
	}
	listener_pause(l);
	return false;
}

static void
shop_on_nobody(struct listener *l)
{
	(void)l;
	shop.room++;
	shop.n_nobody++;
}

static void
shop_on_accept(struct listener *l, int fd, const struct addr *addr, usec_t now)
{
	char text[ENDPOINT_TEXT_LEN];

	(void)now;
	shop.fds[shop.n_accepted++] = fd;
	assert_memory_equal(addr_format(addr, text), "127.", 4);
	if (shop.is_closing)
		listener_close(l);
}

static void
shop_on_starved(struct listener *l, int error, usec_t now)
{
	(void)now;
	assert_true(l->is_paused);
	shop.room++;
	shop.starved = error;
}

static const struct listener_ops shop_ops = {
	.may_accept = shop_may_accept,
	.on_nobody = shop_on_nobody,
	.on_accept = shop_on_accept,
	.on_starved = shop_on_starved,
};

static int
set_up(void **state)
{
	struct err err;
	int fd;

	(void)state;
	trial_open(&trial, false);
	trial_endpoint(&address);
	memset(&shop, 0, sizeof(shop));
	shop.room = 1000;
	n_peers = 0;
	fd = sock_listen(&address, true, &err);
	assert_true(fd >= 0);
	listener_open(&shop.listener, trial.loop, fd, &shop_ops);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < n_peers; i++)
		peer_close(&peers[i]);
	for (int i = 0; i < shop.n_accepted; i++)
		close(shop.fds[i]);
	listener_close(&shop.listener);
	listener_close(&shop.listener);
	trial_close(&trial);
	return 0;
}

static void
clients_come(int n)
{
	while (n-- > 0)
		peer_connect(&peers[n_peers++], &trial, &address);
}

static void
let_turn(int n)
{
	while (n-- > 0)
		trial_turn(&trial, "nothing");
}

/* Sessions that are there must not starve behind a storm of new ones. */
static void
test_storm_is_accepted_in_batches(void **state)
{
	int turns = 0;

	(void)state;
	clients_come(CLIENTS);
	for (int before = 0; shop.n_accepted < CLIENTS;) {
		trial_turn(&trial, "all to be accepted");
		assert_true(shop.n_accepted - before <= 16);
		turns += shop.n_accepted > before;
		before = shop.n_accepted;
	}
	assert_true(turns >= 3);
}

static void
test_room_reserved_for_nobody_is_given_back(void **state)
{
	(void)state;
	clients_come(1);
	TRIAL_UNTIL(&trial, shop.n_accepted == 1);
	let_turn(3);
	assert_int_equal(shop.n_nobody, 1);
	assert_int_equal(shop.room, 999);
}

static void
test_without_room_clients_wait_in_the_kernel(void **state)
{
	(void)state;
	shop.room = 2;
	clients_come(5);
	TRIAL_UNTIL(&trial, shop.n_accepted == 2 && peers[4].is_connected);
	let_turn(5);
	assert_int_equal(shop.n_accepted, 2);
	assert_true(shop.listener.is_paused);
	shop.room = 10;
	let_turn(5);
	assert_int_equal(shop.n_accepted, 2);
	listener_resume(&shop.listener);
	TRIAL_UNTIL(&trial, shop.n_accepted == 5);
}

/* From here on the next descriptor can't be had; returns the old limit. */
static rlim_t
files_end(void)
{
	struct rlimit limit;
	int next = dup(STDIN_FILENO);
	rlim_t old;

	if (next < 0)
		next = dup(shop.listener.io.fd);
	assert_true(next >= 0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	old = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return old;
}

static void
files_begin(rlim_t old)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = old;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void
test_without_descriptors_it_pauses_and_resumes(void **state)
{
	rlim_t old;

	(void)state;
	listener_pause(&shop.listener);
	clients_come(2);
	TRIAL_UNTIL(&trial, peers[1].is_connected);
	old = files_end();
	listener_resume(&shop.listener);
	TRIAL_UNTIL(&trial, shop.starved != 0);
	let_turn(3);
	files_begin(old);
	assert_int_equal(shop.starved, EMFILE);
	assert_int_equal(shop.n_accepted, 0);
	assert_int_equal(shop.room, 1000);
	assert_true(shop.listener.is_paused);
	listener_resume(&shop.listener);
	TRIAL_UNTIL(&trial, shop.n_accepted == 2);
}

static void
test_listener_closed_by_who_comes_accepts_no_more(void **state)
{
	(void)state;
	listener_pause(&shop.listener);
	clients_come(3);
	TRIAL_UNTIL(&trial, peers[2].is_connected);
	shop.is_closing = true;
	listener_resume(&shop.listener);
	TRIAL_UNTIL(&trial, !listener_is_open(&shop.listener));
	assert_int_equal(shop.n_accepted, 1);
}

static void
test_accepted_descriptor_does_not_block(void **state)
{
	char byte;

	(void)state;
	clients_come(1);
	TRIAL_UNTIL(&trial, shop.n_accepted == 1);
	assert_int_equal(read(shop.fds[0], &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
}

#define LISTEN_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LISTEN_TEST(test_storm_is_accepted_in_batches),
		LISTEN_TEST(test_room_reserved_for_nobody_is_given_back),
		LISTEN_TEST(test_without_room_clients_wait_in_the_kernel),
		LISTEN_TEST(test_without_descriptors_it_pauses_and_resumes),
		LISTEN_TEST(test_listener_closed_by_who_comes_accepts_no_more),
		LISTEN_TEST(test_accepted_descriptor_does_not_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
