/*
 * What users of kernel splicing have suffered, one test each: a session that
 * was handed to the kernel must behave as one that regent relays itself.
 */
#include "rig.h"

#include "net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PATTERN = 65521,
	PIECE = 16000,
	TURNS = 40,         /* of a conversation, more than it takes */
	A_LOT = 8 << 20,    /* bytes, more than send buffers hold */
	TOO_MUCH = 96 << 20 /* more than any two buffers hold */
};

/* One direction: what went in and what came out. */
struct flow_of {
	int from;
	int to;
	uint64_t sent;
	uint64_t received;
};

static struct {
	int listen_fd; /* of the node in both slots 0 and 1 */
	int client;
	int node;
	struct flow_of there;
	struct flow_of back;
	uint8_t pattern[PATTERN + PIECE];
	uint8_t in[PIECE];
} line;

static void
line_need_kernel(void)
{
	if (strcmp(relay_accel(rig.relay), "on") == 0)
		return;
	printf("accel is %s\n", relay_accel(rig.relay));
	skip();
}

static void
line_open(void)
{
	struct addr addr;

	addr_from_endpoint(&addr, &rig.listens[RIG_WRITE]);
	line.client = sock_connect(&addr);
	assert_true(line.client >= 0);
	RIG_UNTIL(&rig,
	    (line.node = accept4(line.listen_fd, NULL, NULL, SOCK_NONBLOCK)) >=
		0);
	line.there = (struct flow_of){ .from = line.client, .to = line.node };
	line.back = (struct flow_of){ .from = line.node, .to = line.client };
}

/* Sends what goes out at once, up to `n`. */
static uint64_t
flow_send(struct flow_of *f, uint64_t n)
{
	size_t len = n < PIECE ? n : PIECE;
	ssize_t rc = send(f->from, line.pattern + f->sent % PATTERN, len,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (rc < 0)
		assert_int_equal(errno, EAGAIN);
	else
		f->sent += (uint64_t)rc;
	return rc < 0 ? 0 : (uint64_t)rc;
}

/* Bytes, 0 at the end, or a negative errno value. */
static ssize_t
flow_receive(struct flow_of *f)
{
	ssize_t n = recv(f->to, line.in, PIECE, MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	assert_memory_equal(
	    line.in, line.pattern + f->received % PATTERN, (size_t)n);
	f->received += (uint64_t)n;
	return n;
}

/* All that was sent arrives. */
static void
flow_finish(struct flow_of *f)
{
	RIG_UNTIL(&rig, flow_receive(f) != 0 && f->received == f->sent);
}

static void
flow_say(struct flow_of *f, uint64_t n)
{
	assert_int_equal(flow_send(f, n), n);
	flow_finish(f);
}

/* A conversation, which the kernel carries in the end. */
static void
line_hand_over(void)
{
	uint64_t before = rig_count(&rig, RIG_WRITE, LISTEN_accelerated);

	line_open();
	for (int i = 0; i < TURNS; i++) {
		flow_say(&line.there, 10);
		flow_say(&line.back, 20);
	}
	assert_int_equal(
	    rig_count(&rig, RIG_WRITE, LISTEN_accelerated), before + 1);
}

static void
line_close(void)
{
	if (line.client >= 0)
		close(line.client);
	if (line.node >= 0)
		close(line.node);
	line.client = line.node = -1;
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static int
line_set_up_with(const char *options)
{
	struct endpoint ep;
	struct err err;

	memset(&line, 0, sizeof(line));
	line.client = line.node = -1;
	rig_open(&rig, "", options);
	for (unsigned i = 0; i < sizeof(line.pattern); i++)
		line.pattern[i] = (uint8_t)((i % PATTERN) * 2654435761u >> 13);
	trial_endpoint(&ep);
	line.listen_fd = sock_listen(&ep, true, &err);
	assert_true(line.listen_fd >= 0);
	for (int slot = 0; slot < 2; slot++)
		addr_from_endpoint(&rig.addrs[0][slot], &ep);
	rig_publish(&rig, 0, 0);
	rig_await(&rig);
	return 0;
}

static int
line_set_up(void **state)
{
	(void)state;
	return line_set_up_with("accel = auto\n");
}

static int
line_set_up_idle(void **state)
{
	(void)state;
	return line_set_up_with("accel = auto\nidle_timeout = 200ms\n");
}

static int
line_tear_down(void **state)
{
	(void)state;
	if (line.client >= 0)
		close(line.client);
	if (line.node >= 0)
		close(line.node);
	close(line.listen_fd);
	rig_close(&rig);
	return 0;
}

/* Nobody waits for an answer, so bytes lie everywhere when it happens. */
static void
test_order_holds_while_it_is_handed_over(void **state)
{
	(void)state;
	line_need_kernel();
	for (int round = 0; round < 20; round++) {
		line_open();
		while (line.there.sent < 200000) {
			(void)flow_send(&line.there, 501);
			(void)flow_send(&line.back, 301);
			(void)flow_receive(&line.there);
			if (line.there.sent % 7 == 0)
				(void)flow_receive(&line.back);
		}
		flow_finish(&line.there);
		flow_finish(&line.back);
		line_close();
	}
	assert_true(rig_count(&rig, RIG_WRITE, LISTEN_accelerated) > 0);
}

static void
test_bytes_queued_before_are_carried(void **state)
{
	(void)state;
	line_need_kernel();
	for (int round = 0; round < 50; round++) {
		line_open();
		/* The last turn before the hand-over finds more behind it. */
		for (int i = 0; i < TURNS; i++) {
			(void)flow_send(&line.there, 5);
			(void)flow_send(&line.there, 5);
			(void)flow_send(&line.back, 3);
			flow_finish(&line.there);
			flow_finish(&line.back);
		}
		line_close();
	}
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_accelerated), 50);
}

static void
test_client_may_end_its_half(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	(void)flow_send(&line.there, PIECE);
	assert_int_equal(shutdown(line.client, SHUT_WR), 0);
	flow_finish(&line.there);
	RIG_UNTIL(&rig, flow_receive(&line.there) == 0);
	for (int i = 0; i < 100; i++)
		flow_say(&line.back, PIECE);
	assert_int_equal(shutdown(line.node, SHUT_WR), 0);
	RIG_UNTIL(&rig, flow_receive(&line.back) == 0);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static void
test_node_may_end_its_half(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	(void)flow_send(&line.back, PIECE);
	assert_int_equal(shutdown(line.node, SHUT_WR), 0);
	flow_finish(&line.back);
	RIG_UNTIL(&rig, flow_receive(&line.back) == 0);
	for (int i = 0; i < 100; i++)
		flow_say(&line.there, PIECE);
	assert_int_equal(shutdown(line.client, SHUT_WR), 0);
	RIG_UNTIL(&rig, flow_receive(&line.there) == 0);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

/* The end stands behind bytes that nobody has read yet. */
static void
test_an_end_waits_for_the_bytes_before_it(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	while (line.back.sent < A_LOT && flow_send(&line.back, PIECE) > 0)
		;
	assert_int_equal(shutdown(line.node, SHUT_WR), 0);
	flow_say(&line.there, 100);
	flow_finish(&line.back);
	RIG_UNTIL(&rig, flow_receive(&line.back) == 0);
	line_close();
}

static void
test_reset_by_the_client_reaches_the_node(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	sock_close_reset(line.client);
	line.client = -1;
	RIG_UNTIL(&rig, flow_receive(&line.there) == -ECONNRESET);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
	line_close();
}

static void
test_reset_by_the_node_reaches_the_client(void **state)
{
	ssize_t rc;

	(void)state;
	line_need_kernel();
	line_hand_over();
	sock_close_reset(line.node);
	line.node = -1;
	RIG_UNTIL(&rig, (rc = flow_receive(&line.back)) != -EAGAIN);
	assert_true(rc == 0 || rc == -ECONNRESET);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
	assert_int_equal(rig_count_node(&rig, 0, NODE_resets), 1);
	line_close();
}

/* Sends until nothing more goes out for many turns; what went in. */
static uint64_t
flow_fill(struct flow_of *f)
{
	int n_quiet = 0;

	while (n_quiet < 100 && f->sent < TOO_MUCH) {
		if (flow_send(f, PIECE) > 0) {
			n_quiet = 0;
			continue;
		}
		n_quiet++;
		trial_turn(&rig.trial, "the buffers to be full");
	}
	return f->sent;
}

static void
test_reader_that_stalls_stops_the_writer(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	assert_true(flow_fill(&line.there) < TOO_MUCH);
	flow_say(&line.back, 1000); /* the other direction goes on */
	flow_finish(&line.there);
	assert_true(flow_fill(&line.back) < TOO_MUCH);
	flow_say(&line.there, 1000);
	flow_finish(&line.back);
	for (int i = 0; i < TURNS; i++) {
		flow_say(&line.there, 10);
		flow_say(&line.back, 20);
	}
	line_close();
}

/* A client that writes all before it reads anything must be able to. */
static void
test_what_nobody_reads_does_not_stop_the_other_way(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	(void)flow_fill(&line.back);
	while (line.there.sent < A_LOT || line.there.received < A_LOT) {
		uint64_t before = line.there.received;

		(void)flow_send(&line.there, PIECE);
		(void)flow_receive(&line.there);
		if (line.there.received == before)
			trial_turn(&rig.trial, "the node to hear");
	}
	flow_finish(&line.back);
	flow_finish(&line.there);
	line_close();
}

static int
flow_waiting(const struct flow_of *f)
{
	int n = 0;

	assert_int_equal(ioctl(f->to, FIONREAD, &n), 0);
	return n;
}

/* After the barrier no byte reaches the node, whatever was under way. */
static void
test_a_cut_throws_away_what_is_under_way(void **state)
{
	uint64_t before;
	int waiting;
	ssize_t rc;

	(void)state;
	line_need_kernel();
	line_hand_over();
	(void)flow_fill(&line.there);
	rig_publish(&rig, 1, 0);
	rig_await(&rig);
	waiting = flow_waiting(&line.there);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_cut), 1);
	before = line.there.received;
	while ((rc = flow_receive(&line.there)) > 0)
		;
	assert_int_equal(rc, -ECONNRESET);
	assert_int_equal(line.there.received - before, waiting);
	assert_true(line.there.received < line.there.sent);
	line_close();
}

static struct {
	bool is_done;
	uint64_t bytes_in;
	uint64_t bytes_out;
	usec_t idle_us;
} listed;

static void
line_on_list(void *arg, const struct session_info *sessions, unsigned n)
{
	(void)arg;
	assert_int_equal(n, 1);
	listed.is_done = true;
	listed.bytes_in = sessions[0].bytes_in;
	listed.bytes_out = sessions[0].bytes_out;
	listed.idle_us = sessions[0].idle_us;
}

static void
test_counters_are_exact(void **state)
{
	(void)state;
	line_need_kernel();
	line_hand_over();
	for (int i = 0; i < 50; i++) {
		flow_say(&line.there, 1111);
		flow_say(&line.back, 2222);
	}
	listed.is_done = false;
	relay_list(rig.relay, line_on_list, NULL);
	RIG_UNTIL(&rig, listed.is_done);
	assert_int_equal(listed.bytes_in, line.there.sent);
	assert_int_equal(listed.bytes_out, line.back.sent);
	assert_true(listed.idle_us < USEC_SEC);
	RIG_UNTIL(&rig,
	    rig_count(&rig, RIG_WRITE, LISTEN_bytes_in) == line.there.sent);
	assert_int_equal(
	    rig_count_node(&rig, 0, NODE_bytes_out), line.back.sent);
	flow_say(&line.there, 777);
	line_close();
	assert_int_equal(
	    rig_count(&rig, RIG_WRITE, LISTEN_bytes_in), line.there.sent);
	assert_int_equal(
	    rig_count_node(&rig, 0, NODE_bytes_in), line.there.sent);
}

/* regent does not see the bytes, and must not take it for idle. */
static void
test_idle_timeout_counts_from_the_last_byte(void **state)
{
	usec_t until;

	(void)state;
	line_need_kernel();
	line_hand_over();
	until = loop_clock() + 600 * USEC_MS;
	while (loop_clock() < until) {
		flow_say(&line.there, 10);
		trial_turn(&rig.trial, "time to pass");
	}
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_idle), 0);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_idle) == 1);
	assert_true(loop_clock() - until >= 190 * USEC_MS);
	assert_true(flow_receive(&line.back) == 0);
	line_close();
}

#define LINE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, line_set_up, line_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_order_holds_while_it_is_handed_over),
		LINE_TEST(test_bytes_queued_before_are_carried),
		LINE_TEST(test_client_may_end_its_half),
		LINE_TEST(test_node_may_end_its_half),
		LINE_TEST(test_an_end_waits_for_the_bytes_before_it),
		LINE_TEST(test_reset_by_the_client_reaches_the_node),
		LINE_TEST(test_reset_by_the_node_reaches_the_client),
		LINE_TEST(test_reader_that_stalls_stops_the_writer),
		LINE_TEST(test_what_nobody_reads_does_not_stop_the_other_way),
		LINE_TEST(test_a_cut_throws_away_what_is_under_way),
		LINE_TEST(test_counters_are_exact),
		cmocka_unit_test_setup_teardown(
		    test_idle_timeout_counts_from_the_last_byte,
		    line_set_up_idle, line_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
