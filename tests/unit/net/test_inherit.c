/*
 * Listening sockets that were opened by somebody else.
 */
#include "net/inherit.h"
#include "net/sock.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct inherited *inherited;

static int
set_up(void **state)
{
	(void)state;
	inherited = inherit_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	inherit_free(&inherited);
	assert_null(inherited);
	inherit_free(&inherited);
	return 0;
}

static int
add_one(struct endpoint *ep)
{
	struct err err;
	int fd;

	trial_endpoint(ep);
	fd = sock_listen(ep, true, &err);
	assert_true(fd >= 0);
	assert_int_equal(inherit_add(inherited, fd, &err), 0);
	return fd;
}

static void
test_each_is_found_by_its_address_once(void **state)
{
	struct endpoint a, b, other;
	int fd_a = add_one(&a), fd_b = add_one(&b);

	(void)state;
	trial_endpoint(&other);
	assert_int_equal(inherit_count(inherited), 2);
	assert_int_equal(inherit_take(inherited, &other), -1);
	assert_int_equal(inherit_take(inherited, &b), fd_b);
	assert_int_equal(inherit_take(inherited, &b), -1);
	assert_int_equal(inherit_take(inherited, &a), fd_a);
	assert_int_equal(inherit_count(inherited), 0);
	close(fd_a);
	close(fd_b);
}

static void
test_what_nobody_takes_is_closed(void **state)
{
	struct endpoint ep;
	int fd = add_one(&ep);

	(void)state;
	inherit_free(&inherited);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void
test_of_a_group_all_are_found(void **state)
{
	struct endpoint ep;
	struct err err;
	int fds[3];

	(void)state;
	trial_endpoint(&ep);
	for (int i = 0; i < 3; i++) {
		fds[i] = sock_listen(&ep, i == 0, &err);
		assert_true(fds[i] >= 0);
		assert_int_equal(inherit_add(inherited, fds[i], &err), 0);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(inherit_take(inherited, &ep), fds[i]);
		close(fds[i]);
	}
	assert_int_equal(inherit_take(inherited, &ep), -1);
}

static void
test_unix_socket_is_found_by_its_path(void **state)
{
	char directory[] = "/tmp/regent-inherit-XXXXXX", path[64];
	struct err err;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s", directory);
	fd = sock_listen_unix(path, 0600, &err);
	assert_true(fd >= 0);
	assert_int_equal(inherit_add(inherited, fd, &err), 0);
	assert_int_equal(inherit_take_unix(inherited, directory), -1);
	assert_int_equal(inherit_take_unix(inherited, path), fd);
	assert_int_equal(inherit_take_unix(inherited, path), -1);
	close(fd);
	unlink(path);
	rmdir(directory);
}

static void
test_what_does_not_listen_is_refused(void **state)
{
	struct err err = { "" };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(inherit_add(inherited, fds[0], &err) < 0);
	assert_non_null(strstr(err.text, "no listening stream socket"));
	close(fds[0]);
	close(fds[1]);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(inherit_add(inherited, fds[0], &err) < 0);
	close(fds[0]);
	assert_int_equal(inherit_count(inherited), 0);
}

/* What the manager says to another process is not for us, nor for those that
 * we start. */
static void
test_manager_speaks_to_one_process(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(setenv("LISTEN_PID", "1", 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", "1", 1), 0);
	assert_int_equal(setenv("LISTEN_FDNAMES", "x", 1), 0);
	assert_int_equal(inherit_from_manager(inherited, &err), 0);
	assert_int_equal(inherit_count(inherited), 0);
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_FDNAMES"));
}

static void
test_manager_hands_over_from_the_third_on(void **state)
{
	struct endpoint ep;
	struct err err;
	char pid[16];
	int fd, saved = fcntl(3, F_DUPFD_CLOEXEC, 10);

	(void)state;
	trial_endpoint(&ep);
	fd = sock_listen(&ep, true, &err);
	assert_true(fd >= 0);
	if (fd != 3) {
		assert_int_equal(dup2(fd, 3), 3); /* without close-on-exec */
		close(fd);
	}
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", "1", 1), 0);
	assert_int_equal(inherit_from_manager(inherited, &err), 0);
	assert_int_equal(fcntl(3, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(3, F_GETFL) & O_NONBLOCK) != 0);
	assert_int_equal(inherit_take(inherited, &ep), 3);
	close(3);
	if (saved >= 0) {
		assert_int_equal(dup2(saved, 3), 3);
		close(saved);
	}
}

#define INHERIT_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		INHERIT_TEST(test_each_is_found_by_its_address_once),
		INHERIT_TEST(test_what_nobody_takes_is_closed),
		INHERIT_TEST(test_of_a_group_all_are_found),
		INHERIT_TEST(test_unix_socket_is_found_by_its_path),
		INHERIT_TEST(test_what_does_not_listen_is_refused),
		INHERIT_TEST(test_manager_speaks_to_one_process),
		INHERIT_TEST(test_manager_hands_over_from_the_third_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
