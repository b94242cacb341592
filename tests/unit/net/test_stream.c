/* Connecting, reading, writing, ending: what the kernel says comes through. */
#include "host.h"

#include "net/sock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct trial trial;
static struct host host;
static struct peer peer;

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	host_open(&host, &trial);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	peer_close(&peer);
	host_close(&host);
	trial_close(&trial);
	return 0;
}

static void
connect_both(void)
{
	peer_connect(&peer, &trial, &host.address);
	TRIAL_UNTIL(&trial, peer.is_connected && host.n_peers == 1);
}

static void
test_connect_succeeds_and_bytes_flow_both_ways(void **state)
{
	(void)state;
	host.is_echoing = true;
	host.greeting = "hello";
	connect_both();
	TRIAL_UNTIL(&trial, peer_heard(&peer, "hello"));
	peer_say(&peer, " world");
	TRIAL_UNTIL(&trial, peer_heard(&peer, "hello world"));
	assert_true(peer_heard(host_last(&host), " world"));
}

static void
test_connect_is_refused(void **state)
{
	(void)state;
	host_shut(&host);
	peer_connect(&peer, &trial, &host.address);
	TRIAL_UNTIL(&trial, peer.error != 0);
	assert_int_equal(peer.error, -ECONNREFUSED);
	assert_false(peer.is_connected);
}

/* Nothing was begun, so nothing is left open. */
static void
test_connect_that_can_not_begin_leaves_it_closed(void **state)
{
	struct endpoint ep;

	(void)state;
	assert_true(endpoint_from(&ep, "255.255.255.255", 1));
	peer_connect(&peer, &trial, &ep);
	assert_true(peer.error < 0);
	assert_false(stream_is_open(&peer.stream));
	assert_int_equal(stream_fd(&peer.stream), -1);
}

static void
test_connect_that_nobody_answers_stays_silent(void **state)
{
	struct endpoint ep;
	int fds[3];

	(void)state;
	host_open_black_hole(&ep, fds);
	peer_connect(&peer, &trial, &ep);
	for (int i = 0; i < 20; i++)
		trial_turn(&trial, "nothing");
	assert_int_equal(peer.error, 0);
	assert_false(peer.is_connected);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void
test_reading_nothing_would_block(void **state)
{
	char byte;

	(void)state;
	connect_both();
	assert_int_equal(stream_read(&peer.stream, &byte, 1), -EAGAIN);
	assert_int_equal(stream_peek_end(&peer.stream), 0);
}

/* Fills a stream until the kernel takes no more; how much it took. */
static size_t
fill(struct stream *s)
{
	static char bytes[65536];
	size_t filled = 0;
	ssize_t n;

	memset(bytes, 'x', sizeof(bytes));
	while ((n = stream_write(s, bytes, sizeof(bytes))) > 0)
		filled += (size_t)n;
	assert_int_equal(n, -EAGAIN);
	return filled;
}

/* Reads what is there; the result that is no byte: 0 or -errno. */
static ssize_t
drain(struct stream *s, size_t *drained)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = stream_read(s, bytes, sizeof(bytes))) > 0)
		*drained += (size_t)n;
	return n;
}

static bool is_writable;

static void
note_writable(struct stream *stream, usec_t now)
{
	(void)now;
	is_writable = true;
	stream_want(stream, 0);
}

static const struct stream_ops writer_ops = { .on_writable = note_writable };

static void
test_full_stream_would_block_and_is_told_when_it_has_room(void **state)
{
	struct stream *reader;
	size_t filled, drained = 0;

	(void)state;
	connect_both();
	reader = &host_last(&host)->stream;
	stream_want(reader, 0);
	filled = fill(&peer.stream);
	is_writable = false;
	peer.stream.ops = &writer_ops;
	stream_want(&peer.stream, STREAM_WRITE);
	for (int i = 0; i < 5; i++)
		trial_turn(&trial, "nothing");
	assert_false(is_writable);
	while (!is_writable) {
		(void)drain(reader, &drained);
		trial_turn(&trial, "room to write");
	}
	while (drained < filled) {
		assert_int_equal(drain(reader, &drained), -EAGAIN);
		trial_turn(&trial, "the rest");
	}
	assert_int_equal(drained, filled);
}

static void
test_end_is_seen_without_taking_bytes(void **state)
{
	struct stream *s;
	char byte;

	(void)state;
	connect_both();
	s = &host_last(&host)->stream;
	stream_want(s, 0);
	peer_say(&peer, "x");
	stream_shutdown_write(&peer.stream);
	TRIAL_UNTIL(&trial, stream_read(s, &byte, 1) == 1);
	assert_int_equal(byte, 'x');
	TRIAL_UNTIL(&trial, stream_peek_end(s) == 1);
	assert_int_equal(stream_peek_end(s), 1);
	assert_int_equal(stream_read(s, &byte, 1), 0);
}

static void
test_end_is_not_seen_behind_bytes(void **state)
{
	struct stream *s;

	(void)state;
	connect_both();
	s = &host_last(&host)->stream;
	stream_want(s, 0);
	peer_say(&peer, "x");
	peer_close(&peer);
	for (int i = 0; i < 5; i++) {
		trial_turn(&trial, "the end");
		assert_int_equal(stream_peek_end(s), 0);
	}
}

/* Half of a connection may be closed: that is no reason to give it up. */
static void
test_hung_up_is_when_both_halves_are_closed(void **state)
{
	struct stream *s;

	(void)state;
	connect_both();
	s = &host_last(&host)->stream;
	stream_want(s, 0);
	assert_false(stream_is_hung_up(s));
	stream_shutdown_write(&peer.stream);
	TRIAL_UNTIL(&trial, stream_peek_end(s) == 1);
	assert_false(stream_is_hung_up(s));
	stream_close_reset(&peer.stream);
	TRIAL_UNTIL(&trial, stream_is_hung_up(s));
	assert_int_not_equal(stream_peek_end(s), 0);
}

static void
test_write_to_a_reset_peer_is_an_error_and_no_signal(void **state)
{
	ssize_t first, second;

	(void)state;
	connect_both();
	stream_want(&peer.stream, 0);
	stream_close_reset(&host_last(&host)->stream);
	TRIAL_UNTIL(&trial, stream_is_hung_up(&peer.stream));
	first = stream_write(&peer.stream, "x", 1);
	second = stream_write(&peer.stream, "x", 1);
	assert_true(first == -ECONNRESET || first == -EPIPE);
	assert_int_equal(second, -EPIPE);
}

static void
test_plain_close_delivers_all_and_then_the_end(void **state)
{
	struct stream *reader;
	size_t filled, drained = 0;
	ssize_t n;

	(void)state;
	connect_both();
	reader = &host_last(&host)->stream;
	stream_want(reader, 0);
	filled = fill(&peer.stream);
	stream_close(&peer.stream);
	while ((n = drain(reader, &drained)) == -EAGAIN)
		trial_turn(&trial, "the end");
	assert_int_equal(n, 0);
	assert_int_equal(drained, filled);
}

/* The barrier stands on it: what is not yet at the peer never will be. */
static void
test_close_with_reset_throws_unsent_bytes_away(void **state)
{
	struct stream *reader;
	size_t filled, drained = 0;
	ssize_t n;

	(void)state;
	connect_both();
	reader = &host_last(&host)->stream;
	stream_want(reader, 0);
	filled = fill(&peer.stream);
	stream_close_reset(&peer.stream);
	assert_false(stream_is_open(&peer.stream));
	while ((n = drain(reader, &drained)) == -EAGAIN)
		trial_turn(&trial, "the reset");
	assert_int_equal(n, -ECONNRESET);
	assert_true(drained < filled);
}

static int n_read;

static void
close_in_callback(struct stream *stream, usec_t now)
{
	(void)now;
	stream_close(stream);
	stream_close(stream);
	assert_int_equal(stream_wants(stream), 0);
}

static void
count_read(struct stream *stream, usec_t now)
{
	(void)stream;
	(void)now;
	n_read++;
}

static const struct stream_ops closing_ops = {
	.on_writable = close_in_callback,
	.on_readable = count_read,
};

/* Readable and writable in one turn: writable comes first, and closes. */
static void
test_stream_closed_in_a_callback_calls_no_more(void **state)
{
	(void)state;
	n_read = 0;
	host.greeting = "x";
	connect_both();
	TRIAL_UNTIL(&trial, peer_heard(&peer, "x"));
	stream_want(&peer.stream, 0);
	peer.stream.ops = &closing_ops;
	peer_say(host_last(&host), "y");
	trial_turn(&trial, "the byte to arrive");
	stream_want(&peer.stream, STREAM_READ | STREAM_WRITE);
	TRIAL_UNTIL(&trial, !stream_is_open(&peer.stream));
	for (int i = 0; i < 3; i++)
		trial_turn(&trial, "nothing");
	assert_int_equal(n_read, 0);
	stream_close_reset(&peer.stream);
}

static void
unwant_in_callback(struct stream *stream, usec_t now)
{
	(void)now;
	stream_want(stream, 0);
}

static const struct stream_ops unwanting_ops = {
	.on_writable = unwant_in_callback,
	.on_readable = count_read,
};

static void
test_interest_lost_in_a_callback_is_lost_at_once(void **state)
{
	(void)state;
	n_read = 0;
	connect_both();
	stream_want(&peer.stream, 0);
	peer.stream.ops = &unwanting_ops;
	peer_say(host_last(&host), "y");
	trial_turn(&trial, "the byte to arrive");
	stream_want(&peer.stream, STREAM_READ | STREAM_WRITE);
	assert_int_equal(
	    stream_wants(&peer.stream), STREAM_READ | STREAM_WRITE);
	TRIAL_UNTIL(&trial, stream_wants(&peer.stream) == 0);
	assert_int_equal(n_read, 0);
}

#define STREAM_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_TEST(test_connect_succeeds_and_bytes_flow_both_ways),
		STREAM_TEST(test_connect_is_refused),
		STREAM_TEST(test_connect_that_can_not_begin_leaves_it_closed),
		STREAM_TEST(test_connect_that_nobody_answers_stays_silent),
		STREAM_TEST(test_reading_nothing_would_block),
		STREAM_TEST(
		    test_full_stream_would_block_and_is_told_when_it_has_room),
		STREAM_TEST(test_end_is_seen_without_taking_bytes),
		STREAM_TEST(test_end_is_not_seen_behind_bytes),
		STREAM_TEST(test_hung_up_is_when_both_halves_are_closed),
		STREAM_TEST(
		    test_write_to_a_reset_peer_is_an_error_and_no_signal),
		STREAM_TEST(test_plain_close_delivers_all_and_then_the_end),
		STREAM_TEST(test_close_with_reset_throws_unsent_bytes_away),
		STREAM_TEST(test_stream_closed_in_a_callback_calls_no_more),
		STREAM_TEST(test_interest_lost_in_a_callback_is_lost_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
