/*
 * Packets and descriptors between two ends.
 */
#include "base/text.h"
#include "net/channel.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int ends[2];
static struct channel_packet packet;

static int
set_up(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(channel_pair(ends, &err), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	return 0;
}

static void
test_packets_keep_their_borders(void **state)
{
	static uint8_t big[CHANNEL_BYTES_MAX];

	(void)state;
	memset(big, 7, sizeof(big));
	assert_int_equal(channel_receive(ends[1], &packet), 0);
	assert_int_equal(channel_send(ends[0], "one", 3, NULL, 0), 0);
	assert_int_equal(channel_send(ends[0], big, sizeof(big), NULL, 0), 0);
	assert_int_equal(channel_receive(ends[1], &packet), 1);
	assert_int_equal(packet.len, 3);
	assert_memory_equal(packet.bytes, "one", 3);
	assert_int_equal(channel_receive(ends[1], &packet), 1);
	assert_int_equal(packet.len, sizeof(big));
	assert_memory_equal(packet.bytes, big, sizeof(big));
	close(ends[0]);
	ends[0] = -1;
	assert_int_equal(channel_receive(ends[1], &packet), -EPIPE);
}

static void
test_descriptors_go_along(void **state)
{
	int fds[CHANNEL_FDS_MAX], pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < CHANNEL_FDS_MAX; i++)
		fds[i] = pipes[1];
	assert_int_equal(
	    channel_send(ends[0], "x", 1, fds, CHANNEL_FDS_MAX), 0);
	close(pipes[1]);
	assert_int_equal(channel_receive(ends[1], &packet), 1);
	assert_int_equal(packet.n_fds, CHANNEL_FDS_MAX);
	assert_int_equal(write(packet.fds[CHANNEL_FDS_MAX - 1], "y", 1), 1);
	assert_int_equal(
	    fcntl(packet.fds[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	channel_drop(&packet);
	channel_drop(&packet);
	assert_int_equal(read(pipes[0], fds, 2), 1);
	assert_int_equal(read(pipes[0], fds, 1), 0); /* all are closed */
	close(pipes[0]);
}

static void
test_who_does_not_read_stops_the_sender(void **state)
{
	static uint8_t big[CHANNEL_BYTES_MAX];
	int rc = 0;

	(void)state;
	for (int i = 0; i < 100 && rc == 0; i++)
		rc = channel_send(ends[0], big, sizeof(big), NULL, 0);
	assert_int_equal(rc, -EAGAIN);
}

static void
test_waiting_has_an_end(void **state)
{
	usec_t start = loop_clock();

	(void)state;
	assert_int_equal(
	    channel_await(ends[1], &packet, start + 20 * USEC_MS), -ETIMEDOUT);
	assert_true(loop_clock() - start >= 20 * USEC_MS);
	assert_int_equal(channel_send(ends[0], "x", 1, NULL, 0), 0);
	assert_int_equal(channel_await(ends[1], &packet, 0), 1);
}

static void
test_text_of_any_length_goes_as_a_file(void **state)
{
	struct text text = TEXT_INIT, got = TEXT_INIT;
	int fd;

	(void)state;
	for (int i = 0; i < 50000; i++)
		text_addf(&text, "line %d\n", i);
	fd = channel_put_text(text.at, text.len);
	assert_true(fd >= 0);
	assert_int_equal(channel_get_text(fd, &got, text.len - 1), -EFBIG);
	assert_int_equal(channel_get_text(fd, &got, text.len), 0);
	assert_int_equal(got.len, text.len);
	assert_memory_equal(got.at, text.at, text.len);
	assert_int_equal(channel_get_text(ends[0], &got, 10), -EINVAL);
	close(fd);
	text_fini(&text);
	text_fini(&got);
}

#define CHANNEL_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHANNEL_TEST(test_packets_keep_their_borders),
		CHANNEL_TEST(test_descriptors_go_along),
		CHANNEL_TEST(test_who_does_not_read_stops_the_sender),
		CHANNEL_TEST(test_waiting_has_an_end),
		CHANNEL_TEST(test_text_of_any_length_goes_as_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
