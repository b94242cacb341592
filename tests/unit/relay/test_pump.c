/*
 * Bytes from one stream to another: all of them, in order, and no more memory
 * than what the sink would not take.
 */
#include "relay/tcp/pump.h"
#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SMALL = 2048,
	STREAM_LEN = 3 * 1024 * 1024,
	BULK_LEN = 32 * 1024 * 1024,
	PIPES = 2,
	PIPE_MOST = 1 << 20, /* what one may hold */
};

/* far source -> [source pump sink] -> far sink */
static struct {
	struct pump pump;
	struct stream source;
	struct stream sink;
	int far_source;
	int far_sink;
	uint8_t scratch[PUMP_SCRATCH];
	struct pipes pipes;
	bool is_copied;
	uint64_t moved;
	int error;
} line;

static struct trial trial;
static unsigned seed;

static const struct stream_ops no_ops = { .on_readable = NULL };

/* The kernel doubles what it is asked for, and has a least. */
static void
make_small(int fd)
{
	int size = SMALL;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void
open_side(struct stream *s, int *far, bool is_small)
{
	int fds[2];

	assert_int_equal(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	if (is_small) {
		make_small(fds[0]);
		make_small(fds[1]);
	}
	stream_init(s, trial.loop, &no_ops);
	stream_adopt(s, fds[0]);
	*far = fds[1];
}

static int
open_line(bool is_small)
{
	trial_open(&trial, false);
	memset(&line, 0, sizeof(line));
	pipes_init(&line.pipes, PIPES);
	open_side(&line.source, &line.far_source, is_small);
	open_side(&line.sink, &line.far_sink, is_small);
	seed = 1;
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	return open_line(true);
}

/* As wide as the kernel makes it: there is room for bulk transfers. */
static int
set_up_wide(void **state)
{
	(void)state;
	return open_line(false);
}

static int
tear_down(void **state)
{
	(void)state;
	pump_fini(&line.pump, &line.pipes);
	pipes_fini(&line.pipes);
	stream_close(&line.source);
	stream_close(&line.sink);
	if (line.far_source >= 0)
		close(line.far_source);
	if (line.far_sink >= 0)
		close(line.far_sink);
	trial_close(&trial);
	return 0;
}

static enum pump_result
run(void)
{
	struct pump_move m = {
		.source = &line.source,
		.sink = &line.sink,
		.scratch = line.scratch,
		.pipes = &line.pipes,
		.is_spliced = !line.is_copied,
	};
	enum pump_result rc = pump_run(&line.pump, &m);

	line.moved += m.moved;
	line.error = m.error;
	return rc;
}

/* Anything but a repetition of what was before. */
static uint8_t
byte_at(size_t i)
{
	return (uint8_t)(i ^ i >> 8 ^ i >> 16);
}

static size_t
random_upto(size_t max)
{
	return 1 + (size_t)rand_r(&seed) % max;
}

static size_t
feed_of(size_t at, size_t end, size_t len)
{
	static uint8_t bytes[100000];
	ssize_t n;

	if (len > end - at)
		len = end - at;
	for (size_t i = 0; i < len; i++)
		bytes[i] = byte_at(at + i);
	n = len > 0 ? write(line.far_source, bytes, len) : 0;
	assert_true(n >= 0 || errno == EAGAIN);
	return n > 0 ? (size_t)n : 0;
}

static size_t
feed(size_t at)
{
	return feed_of(at, STREAM_LEN, random_upto(100000));
}

static size_t
take(size_t at)
{
	static uint8_t bytes[100000];
	ssize_t n = read(line.far_sink, bytes, random_upto(sizeof(bytes)));

	if (n <= 0)
		return 0;
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] != byte_at(at + (size_t)i))
			fail_msg("byte %zu is another", at + (size_t)i);
	return (size_t)n;
}

static void
test_all_bytes_arrive_in_order_whatever_the_pieces(void **state)
{
	size_t fed = 0, taken = 0;

	(void)state;
	while (taken < STREAM_LEN) {
		for (size_t n = random_upto(3); n > 1; n--)
			fed += feed(fed);
		assert_int_equal(run(), PUMP_OK);
		/* Wanting both or neither would be a spin or a standstill. */
		assert_true((pump_wants_of_source(&line.pump) != 0) !=
		    (pump_wants_of_sink(&line.pump) != 0));
		assert_true(pump_pending(&line.pump) <= PUMP_SCRATCH);
		for (size_t n = random_upto(3); n > 1; n--)
			taken += take(taken);
	}
	assert_true(line.moved == STREAM_LEN);
	assert_int_equal(run(), PUMP_OK);
	assert_null(line.pump.rest);
}

static void
test_idle_direction_holds_nothing(void **state)
{
	char bytes[8];

	(void)state;
	assert_int_equal(run(), PUMP_OK);
	assert_null(line.pump.rest);
	assert_int_equal(pump_wants_of_source(&line.pump), STREAM_READ);
	assert_int_equal(pump_wants_of_sink(&line.pump), 0);
	assert_int_equal(write(line.far_source, "hello", 5), 5);
	assert_int_equal(run(), PUMP_OK);
	assert_true(line.moved == 5);
	assert_null(line.pump.rest);
	assert_int_equal(read(line.far_sink, bytes, sizeof(bytes)), 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_false(pump_is_done(&line.pump));
}

/* Backpressure: the source is left alone, and the kernel holds it back. */
static void
test_sink_that_never_reads_costs_bounded_memory(void **state)
{
	size_t fed = 0, before;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		fed += feed(fed);
		assert_int_equal(run(), PUMP_OK);
		assert_true(pump_pending(&line.pump) <= PUMP_SCRATCH);
	}
	assert_non_null(line.pump.rest);
	assert_int_equal(pump_wants_of_source(&line.pump), 0);
	assert_int_equal(pump_wants_of_sink(&line.pump), STREAM_WRITE);
	before = fed;
	for (int i = 0; i < 1000; i++) {
		fed += feed(fed);
		assert_int_equal(run(), PUMP_OK);
	}
	assert_int_equal(fed, before);
	assert_true(fed - line.moved <= 2 * PUMP_SCRATCH);
}

static void
test_rest_is_freed_when_it_was_taken(void **state)
{
	size_t fed = 0, taken = 0;

	(void)state;
	while (line.pump.rest == NULL) {
		fed += feed(fed);
		assert_int_equal(run(), PUMP_OK);
	}
	while (line.pump.rest != NULL) {
		taken += take(taken);
		assert_int_equal(run(), PUMP_OK);
	}
	assert_int_equal(pump_pending(&line.pump), 0);
}

static void
test_end_of_the_source_is_handed_on_behind_the_last_byte(void **state)
{
	size_t fed = 0, taken = 0;
	char byte;

	(void)state;
	while (line.pump.rest == NULL) {
		fed += feed(fed);
		assert_int_equal(run(), PUMP_OK);
	}
	shutdown(line.far_source, SHUT_WR);
	while (!pump_is_done(&line.pump)) {
		taken += take(taken);
		assert_int_equal(run(), PUMP_OK);
	}
	while (taken < fed) {
		size_t n = take(taken);

		assert_true(n > 0);
		taken += n;
	}
	assert_int_equal(read(line.far_sink, &byte, 1), 0);
	assert_int_equal(pump_wants_of_source(&line.pump), 0);
	assert_int_equal(pump_wants_of_sink(&line.pump), 0);
	/* Only that half: the sink may still talk back. */
	assert_int_equal(write(line.far_sink, "x", 1), 1);
	assert_int_equal(stream_read(&line.sink, &byte, 1), 1);
	assert_int_equal(run(), PUMP_OK);
	assert_true(pump_is_done(&line.pump));
}

static void
test_end_without_a_byte_is_handed_on(void **state)
{
	char byte;

	(void)state;
	shutdown(line.far_source, SHUT_WR);
	assert_int_equal(run(), PUMP_OK);
	assert_true(pump_is_done(&line.pump));
	assert_int_equal(read(line.far_sink, &byte, 1), 0);
}

/* A peer that closes with bytes unread resets the connection. */
static void
test_source_that_fails_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(stream_write(&line.source, "x", 1), 1);
	close(line.far_source);
	line.far_source = -1;
	assert_int_equal(run(), PUMP_SOURCE_FAILED);
	assert_int_equal(line.error, -ECONNRESET);
}

static void
test_sink_that_fails_is_told_apart(void **state)
{
	(void)state;
	close(line.far_sink);
	line.far_sink = -1;
	assert_int_equal(write(line.far_source, "x", 1), 1);
	assert_int_equal(run(), PUMP_SINK_FAILED);
	assert_int_equal(line.error, -EPIPE);
	assert_true(line.moved == 0);
}

/* The rest can't be written any more: that is found by flushing it. */
static void
test_sink_that_fails_with_a_rest_is_told_apart(void **state)
{
	size_t fed = 0;

	(void)state;
	while (line.pump.rest == NULL) {
		fed += feed(fed);
		assert_int_equal(run(), PUMP_OK);
	}
	close(line.far_sink);
	line.far_sink = -1;
	assert_int_equal(run(), PUMP_SINK_FAILED);
	pump_fini(&line.pump, &line.pipes);
	pump_fini(&line.pump, &line.pipes);
	assert_null(line.pump.rest);
}

/* What was written before the source failed has gone; its error is told. */
static void
test_bytes_before_a_failure_are_carried(void **state)
{
	char bytes[8];

	(void)state;
	assert_int_equal(write(line.far_source, "last", 4), 4);
	assert_int_equal(run(), PUMP_OK);
	assert_int_equal(stream_write(&line.source, "x", 1), 1);
	close(line.far_source);
	line.far_source = -1;
	assert_int_equal(run(), PUMP_SOURCE_FAILED);
	assert_int_equal(read(line.far_sink, bytes, sizeof(bytes)), 4);
}

/* Feeds and takes until the bytes go by pipe; returns how many were fed. */
static size_t
begin_bulk(size_t *taken)
{
	size_t fed = 0;

	while (line.pump.pipe == NULL) {
		fed += feed_of(fed, BULK_LEN, 100000);
		assert_int_equal(run(), PUMP_OK);
		if (line.pump.pipe == NULL)
			*taken += take(*taken);
		assert_true(fed < BULK_LEN);
	}
	return fed;
}

/* Until there are bytes in the pipe that the sink does not take. */
static size_t
fill_the_pipe(size_t fed)
{
	while (pump_pending(&line.pump) == 0) {
		fed += feed_of(fed, BULK_LEN, 100000);
		assert_int_equal(run(), PUMP_OK);
		assert_non_null(line.pump.pipe);
	}
	return fed;
}

static void
take_all(size_t *taken, size_t fed)
{
	while (*taken < fed) {
		assert_int_equal(run(), PUMP_OK);
		*taken += take(*taken);
	}
}

static void
test_bulk_goes_by_pipe_and_arrives_in_order(void **state)
{
	size_t fed = 0, taken = 0;
	bool was_spliced = false;

	(void)state;
	while (taken < BULK_LEN) {
		for (size_t n = random_upto(4); n > 1; n--)
			fed += feed_of(fed, BULK_LEN, 100000);
		assert_int_equal(run(), PUMP_OK);
		was_spliced |= line.pump.pipe != NULL;
		assert_true((pump_wants_of_source(&line.pump) != 0) !=
		    (pump_wants_of_sink(&line.pump) != 0));
		for (size_t n = random_upto(4); n > 1; n--)
			taken += take(taken);
	}
	assert_true(was_spliced);
	assert_true(line.moved == BULK_LEN);
	assert_int_equal(pump_pending(&line.pump), 0);
}

static void
test_bulk_is_copied_where_splice_is_not_wanted(void **state)
{
	size_t fed = 0, taken = 0;

	(void)state;
	line.is_copied = true;
	while (taken < BULK_LEN / 4) {
		fed += feed_of(fed, BULK_LEN / 4, 100000);
		assert_int_equal(run(), PUMP_OK);
		assert_null(line.pump.pipe);
		taken += take(taken);
	}
}

static void
test_small_message_gives_the_pipe_back(void **state)
{
	size_t taken = 0, fed = begin_bulk(&taken);

	(void)state;
	take_all(&taken, fed);
	fed += feed_of(fed, BULK_LEN, 5);
	assert_int_equal(run(), PUMP_OK);
	assert_null(line.pump.pipe);
	assert_int_equal(line.pipes.n_lent, 0);
	assert_int_equal(line.pipes.n_idle, 1);
	take_all(&taken, fed);
	fed += feed_of(fed, BULK_LEN, 100000);
	take_all(&taken, fed);
}

/* A reload may take splicing away while a direction has a pipe. */
static void
test_pipe_is_given_back_when_it_is_no_longer_wanted(void **state)
{
	size_t taken = 0, fed = begin_bulk(&taken);

	(void)state;
	line.is_copied = true;
	fed = fill_the_pipe(fed);
	fed += feed_of(fed, BULK_LEN, 100000);
	take_all(&taken, fed);
	fed += feed_of(fed, BULK_LEN, 100000);
	take_all(&taken, fed);
	assert_null(line.pump.pipe);
	assert_int_equal(line.pipes.n_lent, 0);
}

static void
test_reader_that_stalls_in_bulk_costs_one_pipe(void **state)
{
	size_t taken = 0, fed = fill_the_pipe(begin_bulk(&taken)), before;

	(void)state;
	assert_true(pump_pending(&line.pump) <= PIPE_MOST);
	assert_int_equal(pump_wants_of_source(&line.pump), 0);
	assert_int_equal(pump_wants_of_sink(&line.pump), STREAM_WRITE);
	for (int i = 0; i < 100; i++) {
		fed += feed_of(fed, BULK_LEN, 100000);
		assert_int_equal(run(), PUMP_OK);
	}
	before = fed;
	for (int i = 0; i < 100; i++)
		fed += feed_of(fed, BULK_LEN, 100000);
	assert_int_equal(fed, before);
	take_all(&taken, fed);
}

static void
test_end_in_bulk_is_handed_on_behind_the_last_byte(void **state)
{
	size_t taken = 0, fed = fill_the_pipe(begin_bulk(&taken));
	char byte;

	(void)state;
	shutdown(line.far_source, SHUT_WR);
	assert_int_equal(run(), PUMP_OK);
	assert_false(pump_is_done(&line.pump));
	take_all(&taken, fed);
	assert_int_equal(run(), PUMP_OK);
	assert_true(pump_is_done(&line.pump));
	assert_null(line.pump.pipe);
	assert_int_equal(read(line.far_sink, &byte, 1), 0);
}

/* What was cut must never come out at somebody else's. */
static void
test_pipe_that_was_cut_is_not_lent_again(void **state)
{
	size_t taken = 0, fed = fill_the_pipe(begin_bulk(&taken));
	struct pipe *pipe;
	char byte;

	(void)state;
	assert_true(fed > taken);
	pump_fini(&line.pump, &line.pipes);
	assert_int_equal(line.pipes.n_lent, 0);
	assert_int_equal(line.pipes.n_idle, 0);
	pipe = pipe_take(&line.pipes);
	assert_non_null(pipe);
	assert_int_equal(read(pipe->fds[0], &byte, 1), -1);
	pipe_give(&line.pipes, &pipe);
	assert_int_equal(line.pipes.n_idle, 1);
}

static void
test_bulk_without_a_pipe_is_copied(void **state)
{
	struct pipe *others[PIPES];
	size_t fed = 0, taken = 0;

	(void)state;
	for (int i = 0; i < PIPES; i++) {
		others[i] = pipe_take(&line.pipes);
		assert_non_null(others[i]);
	}
	while (taken < BULK_LEN / 4) {
		fed += feed_of(fed, BULK_LEN / 4, 100000);
		assert_int_equal(run(), PUMP_OK);
		assert_null(line.pump.pipe);
		taken += take(taken);
	}
	for (int i = 0; i < PIPES; i++)
		pipe_give(&line.pipes, &others[i]);
}

static void
test_ends_that_fail_in_bulk_are_told_apart(void **state)
{
	size_t taken = 0;

	(void)state;
	(void)fill_the_pipe(begin_bulk(&taken));
	close(line.far_sink);
	line.far_sink = -1;
	assert_int_equal(run(), PUMP_SINK_FAILED);
	assert_int_equal(line.error, -EPIPE);
}

#define WIDE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up_wide, tear_down)

#define PUMP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PUMP_TEST(test_all_bytes_arrive_in_order_whatever_the_pieces),
		PUMP_TEST(test_idle_direction_holds_nothing),
		PUMP_TEST(test_sink_that_never_reads_costs_bounded_memory),
		PUMP_TEST(test_rest_is_freed_when_it_was_taken),
		PUMP_TEST(
		    test_end_of_the_source_is_handed_on_behind_the_last_byte),
		PUMP_TEST(test_end_without_a_byte_is_handed_on),
		PUMP_TEST(test_source_that_fails_is_told_apart),
		PUMP_TEST(test_sink_that_fails_is_told_apart),
		PUMP_TEST(test_sink_that_fails_with_a_rest_is_told_apart),
		PUMP_TEST(test_bytes_before_a_failure_are_carried),
		WIDE_TEST(test_bulk_goes_by_pipe_and_arrives_in_order),
		WIDE_TEST(test_bulk_is_copied_where_splice_is_not_wanted),
		WIDE_TEST(test_small_message_gives_the_pipe_back),
		WIDE_TEST(test_pipe_is_given_back_when_it_is_no_longer_wanted),
		WIDE_TEST(test_reader_that_stalls_in_bulk_costs_one_pipe),
		WIDE_TEST(test_end_in_bulk_is_handed_on_behind_the_last_byte),
		WIDE_TEST(test_pipe_that_was_cut_is_not_lent_again),
		WIDE_TEST(test_bulk_without_a_pipe_is_copied),
		WIDE_TEST(test_ends_that_fail_in_bulk_are_told_apart),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
