/*
 * Bytes through regent: many clients, slow ones, half-closed ones, and the
 * limits of a listener.
 */
#include "farm.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RELAY_CLIENTS 500
#define RELAY_BULK_BYTES (64 * 1024 * 1024)
#define RELAY_RSS_KIB (16 * 1024)

static pid_t
relay_pid(const struct farm *farm)
{
	return farm->daemon->process.pid;
}

static void
test_many_clients_get_their_own_bytes(struct site *site)
{
	static int fds[RELAY_CLIENTS];
	const struct farm_options options = { .kind = FAKE_ECHO };
	struct farm farm;
	char text[32];
	int idle;

	farm_open(&farm, site, &options);
	idle = process_fd_count(relay_pid(&farm));
	for (int i = 0; i < RELAY_CLIENTS; i++)
		fds[i] = client_open(farm.port);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < RELAY_CLIENTS; i++) {
			snprintf(text, sizeof(text), "%d of %d", i, round);
			client_send(fds[i], text);
		}
		for (int i = 0; i < RELAY_CLIENTS; i++) {
			snprintf(text, sizeof(text), "%d of %d", i, round);
			client_expect(fds[i], text, 10000);
		}
	}
	for (int i = 0; i < RELAY_CLIENTS; i++)
		close(fds[i]);
	ASSERT_WITHIN(10000,
	    fake_node_open(farm.node[0]) == 0 ||
		process_fd_count(relay_pid(&farm)) <= idle + 6);
	ASSERT_WITHIN(10000, process_fd_count(relay_pid(&farm)) <= idle + 6);
}

/* Reads n bytes of the pattern, from byte number `from` on. */
static void
relay_read_pattern(int fd, uint64_t from, uint64_t n)
{
	static unsigned char bytes[65536];
	uint64_t end = from + n;
	ssize_t got;

	while (from < end) {
		got = recv(fd, bytes,
		    end - from < sizeof(bytes) ? end - from : sizeof(bytes), 0);
		if (got <= 0)
			fail_msg(
			    "ended at byte %llu", (unsigned long long)from);
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] != fake_byte(from++))
				fail_msg("byte %llu is wrong",
				    (unsigned long long)from - 1);
	}
}

static void
test_slow_reader_holds_the_sender_back(struct site *site)
{
	const struct farm_options options = { .kind = FAKE_SOURCE };
	struct farm farm;
	char request[32];
	long rss_kib;
	int fd;

	farm_open(&farm, site, &options);
	rss_kib = process_rss_kib(relay_pid(&farm));
	fd = client_open_narrow(farm.port);
	snprintf(request, sizeof(request), "%d\n", RELAY_BULK_BYTES);
	client_send(fd, request);
	ASSERT_DURING(300,
	    CLOCK_IS_SANITIZED ||
		process_rss_kib(relay_pid(&farm)) < rss_kib + RELAY_RSS_KIB);
	relay_read_pattern(fd, 0, RELAY_BULK_BYTES);
	if (!CLOCK_IS_SANITIZED)
		assert_true(process_rss_kib(relay_pid(&farm)) <
		    rss_kib + RELAY_RSS_KIB);
	close(fd);
}

static void *
relay_write_pattern(void *arg)
{
	unsigned char bytes[16384];
	uint64_t at = 0;
	int fd = *(int *)arg;

	while (at < RELAY_BULK_BYTES) {
		ssize_t n;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = fake_byte(at + i);
		n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		if (n <= 0)
			break;
		at += (uint64_t)n;
	}
	shutdown(fd, SHUT_WR);
	return NULL;
}

static void
test_bulk_goes_both_ways_at_once(struct site *site)
{
	const struct farm_options options = { .kind = FAKE_ECHO };
	static int fd;
	pthread_t writer;
	struct farm farm;

	farm_open(&farm, site, &options);
	fd = client_open(farm.port);
	assert_int_equal(
	    pthread_create(&writer, NULL, relay_write_pattern, &fd), 0);
	relay_read_pattern(fd, 0, RELAY_BULK_BYTES);
	assert_true(client_is_closed(fd, 10000));
	pthread_join(writer, NULL);
	close(fd);
}

static void
test_client_ends_its_side_first(struct site *site)
{
	const struct farm_options options = { .kind = FAKE_ECHO };
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	fd = client_open(farm.port);
	client_send(fd, "last words");
	shutdown(fd, SHUT_WR);
	client_expect(fd, "last words", 5000);
	assert_true(client_is_closed(fd, 5000));
	close(fd);
}

static void
test_node_ends_its_side_first(struct site *site)
{
	const struct farm_options options = { .kind = FAKE_PARTING };
	struct farm farm;
	uint64_t before;
	int fd;

	farm_open(&farm, site, &options);
	before = fake_node_bytes(farm.node[0]);
	fd = client_open(farm.port);
	client_expect(fd, "a\n", 5000);
	assert_true(client_is_closed(fd, 5000));
	client_send(fd, "still here");
	ASSERT_WITHIN(5000, fake_node_bytes(farm.node[0]) == before + 10);
	close(fd);
}

static void
test_clients_beyond_maxconn_wait(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.regent_lines = "workers = 1",
		.listen_lines = "maxconn = 2",
	};
	int first, second, third;
	struct farm farm;

	farm_open(&farm, site, &options);
	assert_int_equal(farm_greet(&farm, &first, 5000), 0);
	assert_int_equal(farm_greet(&farm, &second, 5000), 0);
	third = client_open(farm.port);
	ASSERT_DURING(200, client_is_waiting(third));
	close(first);
	client_expect(third, "a\n", 5000);
	assert_true(client_echoes(second, "unharmed", 5000));
	close(second);
	close(third);
}

static void
test_many_clients_share_a_small_maxconn(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.regent_lines = "workers = 2\nmaxconn = 4",
	};
	int fds[64];
	struct farm farm;

	farm_open(&farm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = client_open(farm.port);
	/* Whoever is served goes away; in the end all have been. */
	for (unsigned left = ARRAY_LEN(fds), i = 0; left > 0;
	     i = (i + 1) % ARRAY_LEN(fds)) {
		if (fds[i] < 0 || !client_gets(fds[i], "a\n", 0))
			continue;
		close(fds[i]);
		fds[i] = -1;
		left--;
	}
}

static void
test_idle_session_is_closed(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_ECHO,
		.listen_lines = "idle_timeout = 1500ms",
	};
	int idle, busy;
	struct farm farm;

	farm_open(&farm, site, &options);
	idle = client_open(farm.port);
	busy = client_open(farm.port);
	assert_true(client_echoes(idle, "x", 5000));
	ASSERT_DURING(2500, client_echoes(busy, "x", 5000));
	assert_true(client_is_closed(idle, 5000));
	assert_true(client_echoes(busy, "x", 5000));
	assert_true(client_is_closed(busy, 5000));
	close(idle);
	close(busy);
}

/* One that never reads, one that never sends: others do not notice. */
static void
test_stuck_clients_harm_nobody(struct site *site)
{
	const struct farm_options options = { .kind = FAKE_SOURCE };
	int deaf[8], dumb[8], fd;
	struct farm farm;
	usec_t cpu_us;

	farm_open(&farm, site, &options);
	for (unsigned i = 0; i < ARRAY_LEN(deaf); i++) {
		deaf[i] = client_open_narrow(farm.port);
		client_send(deaf[i], "1000000000\n");
		dumb[i] = client_open(farm.port);
	}
	fd = client_open(farm.port);
	client_send(fd, "1000000\n");
	relay_read_pattern(fd, 0, 1000000);
	close(fd);
	/* With everybody stuck there is nothing to do. */
	cpu_us = process_cpu_us(relay_pid(&farm));
	ASSERT_DURING(500, client_is_waiting(dumb[0]));
	assert_true(process_cpu_us(relay_pid(&farm)) - cpu_us < 300 * USEC_MS);
	for (unsigned i = 0; i < ARRAY_LEN(deaf); i++) {
		close(deaf[i]);
		close(dumb[i]);
	}
	ASSERT_WITHIN(10000, fake_node_open(farm.node[0]) <= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_many_clients_get_their_own_bytes),
		SITE_TEST(test_slow_reader_holds_the_sender_back),
		SITE_TEST(test_bulk_goes_both_ways_at_once),
		SITE_TEST(test_client_ends_its_side_first),
		SITE_TEST(test_node_ends_its_side_first),
		SITE_TEST(test_clients_beyond_maxconn_wait),
		SITE_TEST(test_many_clients_share_a_small_maxconn),
		SITE_TEST(test_idle_session_is_closed),
		SITE_TEST(test_stuck_clients_harm_nobody),
	};

	return SITE_MAIN(tests);
}
