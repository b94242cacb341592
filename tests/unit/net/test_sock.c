/*
 * Ports that are taken, groups that share one, and unix sockets that were
 * left behind.
 */
#include "net/sock.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct endpoint address;
static struct err err;
static char directory[] = "/tmp/regent-sock-XXXXXX";
static char path[128];

static int
set_up(void **state)
{
	(void)state;
	trial_endpoint(&address);
	memset(&err, 0, sizeof(err));
	snprintf(path, sizeof(path), "%s/socket", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return 0;
}

static int
listen_first(void)
{
	return sock_listen(&address, true, &err);
}

static int
connect_to(const struct endpoint *ep)
{
	struct addr addr;

	addr_from_endpoint(&addr, ep);
	return sock_connect(&addr);
}

static void
wait_for(int fd, short events)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	assert_int_equal(poll(&pollfd, 1, 10000), 1);
}

/* Somebody listens there without the option: the kernel refuses us. */
static void
test_port_of_somebody_else_is_an_error(void **state)
{
	char text[ENDPOINT_TEXT_LEN];
	struct addr addr;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	addr_from_endpoint(&addr, &address);
	assert_int_equal(bind(fd, &addr.ss.any, addr.len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(listen_first(), -EADDRINUSE);
	assert_non_null(strstr(err.text, endpoint_format(&address, text)));
	assert_non_null(strstr(err.text, strerror(EADDRINUSE)));
	close(fd);
}

/* Somebody with the option too: the kernel would share the port. */
static void
test_port_of_another_group_is_an_error(void **state)
{
	int other = listen_first(), fd;

	(void)state;
	assert_true(other >= 0);
	assert_int_equal(listen_first(), -EADDRINUSE);
	close(other);
	fd = listen_first();
	assert_true(fd >= 0);
	close(fd);
}

static void
test_sockets_of_one_group_share_a_port(void **state)
{
	int clients[32], n_of[2] = { 0, 0 }, fds[2];

	(void)state;
	fds[0] = listen_first();
	fds[1] = sock_listen(&address, false, &err);
	assert_true(fds[0] >= 0 && fds[1] >= 0);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		clients[i] = connect_to(&address);
		assert_true(clients[i] >= 0);
		wait_for(clients[i], POLLOUT);
		assert_int_equal(sock_connect_result(clients[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		struct addr peer;
		int fd;

		while ((fd = sock_accept(fds[i], &peer)) >= 0) {
			n_of[i]++;
			close(fd);
		}
		assert_int_equal(fd, -EAGAIN);
		close(fds[i]);
	}
	assert_int_equal(n_of[0] + n_of[1], 32);
	assert_true(n_of[0] > 0 && n_of[1] > 0);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		close(clients[i]);
}

/* Connections of the last run linger; a restart must not wait for them. */
static void
test_port_is_free_again_at_once(void **state)
{
	struct addr peer;
	int fd, client, session;

	(void)state;
	fd = listen_first();
	client = connect_to(&address);
	wait_for(client, POLLOUT);
	wait_for(fd, POLLIN);
	session = sock_accept(fd, &peer);
	close(session); /* we close first: our side waits in TIME_WAIT */
	close(client);
	close(fd);
	fd = listen_first();
	assert_true(fd >= 0);
	close(fd);
}

static void
test_address_that_is_not_ours_is_an_error(void **state)
{
	(void)state;
	assert_true(endpoint_from(&address, "192.0.2.1", 1));
	assert_int_equal(listen_first(), -EADDRNOTAVAIL);
	assert_non_null(strstr(err.text, "bind 192.0.2.1:1: "));
}

static void
test_ipv6_socket_takes_ipv4_clients(void **state)
{
	struct endpoint any, v4;
	int fd, client;

	(void)state;
	assert_true(endpoint_from(&any, "::", 0));
	fd = sock_listen(&any, false, &err);
	if (fd < 0)
		skip(); /* a machine without IPv6 */
	trial_endpoint_of(&any, fd);
	assert_true(endpoint_from(&v4, "127.0.0.1", any.port));
	client = connect_to(&v4);
	assert_true(client >= 0);
	wait_for(client, POLLOUT);
	assert_int_equal(sock_connect_result(client), 0);
	close(client);
	close(fd);
}

static void
test_result_of_a_refused_connect(void **state)
{
	struct addr peer;
	int fd = connect_to(&address);

	(void)state;
	if (fd < 0) { /* the kernel may know it at once */
		assert_int_equal(fd, -ECONNREFUSED);
		return;
	}
	wait_for(fd, POLLOUT);
	assert_int_equal(sock_connect_result(fd), -ECONNREFUSED);
	assert_false(sock_peer(fd, &peer));
	close(fd);
}

static void
test_peer_is_where_it_connected_to(void **state)
{
	char text[ENDPOINT_TEXT_LEN], want[ENDPOINT_TEXT_LEN];
	struct addr peer;
	int fd = listen_first();
	int client = connect_to(&address);

	(void)state;
	wait_for(client, POLLOUT);
	assert_true(sock_peer(client, &peer));
	assert_string_equal(
	    addr_format(&peer, text), endpoint_format(&address, want));
	close(client);
	close(fd);
}

static int
option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

static void
test_tuning_is_what_the_kernel_has(void **state)
{
	const struct sock_tuning off = { 0, 0 };
	const struct sock_tuning on = {
		.keepalive_us = 60 * USEC_SEC,
		.user_timeout_us = 300 * USEC_SEC,
	};
	const struct sock_tuning least = { .keepalive_us = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	sock_tune(fd, &off);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	sock_tune(fd, &on);
	assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 60);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 20);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 300000);
	sock_tune(fd, &least);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
	sock_tune(fd, &off); /* as a reload may want it */
	assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	close(fd);
}

/* Sessions rely on it: their clients are never tuned one by one. */
static void
test_tuning_of_a_listener_is_that_of_its_clients(void **state)
{
	const struct sock_tuning tuning = {
		.keepalive_us = 30 * USEC_SEC,
		.user_timeout_us = 7 * USEC_SEC,
	};
	int fd = listen_first(), client, accepted;
	struct addr peer;

	(void)state;
	assert_true(fd >= 0);
	sock_tune(fd, &tuning);
	client = connect_to(&address);
	wait_for(fd, POLLIN);
	accepted = sock_accept(fd, &peer);
	assert_true(accepted >= 0);
	assert_int_equal(option_of(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option_of(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	assert_int_equal(
	    option_of(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
	close(accepted);
	close(client);
	close(fd);
}

static void
test_connecting_is_looked_at_without_waiting(void **state)
{
	int fd = listen_first(), client;
	struct addr addr;

	(void)state;
	assert_true(fd >= 0);
	addr_from_endpoint(&addr, &address);
	client = sock_connect(&addr);
	assert_true(client >= 0);
	assert_int_equal(sock_connect_look(client, &addr), 0);
	close(client);
	close(fd);
	client = sock_connect(&addr);
	assert_true(client >= 0);
	assert_int_equal(sock_connect_look(client, &addr), -ECONNREFUSED);
	close(client);
}

static void
test_unix_socket_has_its_mode(void **state)
{
	static const unsigned modes[] = { 0600, 0660, 0666, 0 };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		int fd = sock_listen_unix(path, modes[i], &err);

		assert_true(fd >= 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, modes[i]);
		close(fd);
		unlink(path);
	}
}

static void
test_stale_unix_socket_is_replaced(void **state)
{
	int fd = sock_listen_unix(path, 0600, &err), client;

	(void)state;
	close(fd); /* as a killed process does: the file stays */
	assert_int_equal(sock_connect_unix(path, &err), -ECONNREFUSED);
	assert_non_null(strstr(err.text, path));
	fd = sock_listen_unix(path, 0600, &err);
	assert_true(fd >= 0);
	client = sock_connect_unix(path, &err);
	assert_true(client >= 0);
	close(client);
	close(fd);
}

static void
test_live_unix_socket_is_an_error_and_lives_on(void **state)
{
	int fd = sock_listen_unix(path, 0600, &err), client;

	(void)state;
	assert_int_equal(sock_listen_unix(path, 0600, &err), -EADDRINUSE);
	assert_non_null(strstr(err.text, "another regent"));
	client = sock_connect_unix(path, &err);
	assert_true(client >= 0);
	close(client);
	close(fd);
}

/*
 * The kernel says "connection refused" of a file that is no socket too: a
 * slip in the configuration must not cost a file.
 */
static void
test_file_that_is_no_socket_is_not_removed(void **state)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "precious", 8), 8);
	close(fd);
	assert_true(sock_listen_unix(path, 0600, &err) < 0);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 8);
}

static void
test_unix_path_is_too_long(void **state)
{
	char lengthy[256];

	(void)state;
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	assert_int_equal(sock_listen_unix(lengthy, 0600, &err), -ENAMETOOLONG);
	assert_int_equal(sock_connect_unix(lengthy, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "at most 107 bytes"));
}

static void
test_unix_directory_does_not_exist(void **state)
{
	char nowhere[160];

	(void)state;
	snprintf(nowhere, sizeof(nowhere), "%s/no/socket", directory);
	assert_int_equal(sock_listen_unix(nowhere, 0600, &err), -ENOENT);
	assert_int_equal(sock_connect_unix(nowhere, &err), -ENOENT);
}

static void
test_limit_of_files_is_raised(void **state)
{
	struct rlimit limit, before;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(sock_files_max() == (long)before.rlim_max);
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_true(limit.rlim_cur == before.rlim_max);
	setrlimit(RLIMIT_NOFILE, &before);
}

static int
set_up_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static int
tear_down_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

#define SOCK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SOCK_TEST(test_port_of_somebody_else_is_an_error),
		SOCK_TEST(test_port_of_another_group_is_an_error),
		SOCK_TEST(test_sockets_of_one_group_share_a_port),
		SOCK_TEST(test_port_is_free_again_at_once),
		SOCK_TEST(test_address_that_is_not_ours_is_an_error),
		SOCK_TEST(test_ipv6_socket_takes_ipv4_clients),
		SOCK_TEST(test_result_of_a_refused_connect),
		SOCK_TEST(test_peer_is_where_it_connected_to),
		SOCK_TEST(test_tuning_is_what_the_kernel_has),
		SOCK_TEST(test_tuning_of_a_listener_is_that_of_its_clients),
		SOCK_TEST(test_connecting_is_looked_at_without_waiting),
		SOCK_TEST(test_unix_socket_has_its_mode),
		SOCK_TEST(test_stale_unix_socket_is_replaced),
		SOCK_TEST(test_live_unix_socket_is_an_error_and_lives_on),
		SOCK_TEST(test_file_that_is_no_socket_is_not_removed),
		SOCK_TEST(test_unix_path_is_too_long),
		SOCK_TEST(test_unix_directory_does_not_exist),
		SOCK_TEST(test_limit_of_files_is_raised),
	};

	return cmocka_run_group_tests(
	    tests, set_up_directory, tear_down_directory);
}
