/*
 * What a service manager hears.  The module has one state for the process,
 * so the tests stand in an order: first those that leave it untouched.
 */
#include "net/notify.h"
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[] = "/tmp/regent-notify-XXXXXX";

/* A manager that listens at `name`; '@' is an abstract one. */
static int
manager_open(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd;

	assert_true(len < sizeof(un.sun_path));
	memcpy(un.sun_path, name, len);
	if (name[0] == '@')
		un.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	return fd;
}

static void
manager_hears(int fd, const char *text)
{
	char heard[2048];
	ssize_t n = recv(fd, heard, sizeof(heard) - 1, 0);

	assert_true(n >= 0);
	heard[n] = '\0';
	assert_string_equal(heard, text);
}

static void
manager_hears_nothing(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
test_without_a_manager_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_init();
	notify_send("READY=1");
	assert_true(notify_watchdog_interval() == 0);
}

static void
test_socket_that_is_no_path_is_left_alone(void **state)
{
	static const char *const bad[] = { "", "relative", "vsock:2:1" };
	char lengthy[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		notify_init();
		notify_send("READY=1");
	}
	memset(lengthy, '/', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	setenv("NOTIFY_SOCKET", lengthy, 1);
	notify_init();
	notify_send("READY=1");
}

/* systemd tells the main process only; a helper it starts is not meant. */
static void
test_watchdog_of_another_process_is_not_ours(void **state)
{
	char path[128];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/other", directory);
	fd = manager_open(path);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_init();
	assert_true(notify_watchdog_interval() == 0);
	close(fd);
	unlink(path);
}

static void
test_path_hears_what_is_sent(void **state)
{
	char path[128], pid[32];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/socket", directory);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	fd = manager_open(path);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	notify_init();
	manager_hears_nothing(fd);
	notify_send("READY=1");
	notify_send("STATUS=%d of %d\nWATCHDOG=1", 2, 3);
	manager_hears(fd, "READY=1");
	manager_hears(fd, "STATUS=2 of 3\nWATCHDOG=1");
	assert_true(notify_watchdog_interval() == 1500 * USEC_MS);
	close(fd);
	notify_send("STOPPING=1"); /* nobody is there: no harm */
	unlink(path);
	notify_send("STOPPING=1");
}

static void
test_environment_is_not_handed_on(void **state)
{
	(void)state;
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
}

static void
test_abstract_name_hears_what_is_sent(void **state)
{
	char name[128];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@regent-test-%ld", (long)getpid());
	fd = manager_open(name);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_init();
	notify_send("READY=1");
	manager_hears(fd, "READY=1");
	close(fd);
}

/* A manager whose queue is full must not stop the service. */
static void
test_full_queue_does_not_block(void **state)
{
	char path[128];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/full", directory);
	fd = manager_open(path);
	setenv("NOTIFY_SOCKET", path, 1);
	notify_init();
	for (int i = 0; i < 5000; i++)
		notify_send("STATUS=%d", i);
	manager_hears(fd, "STATUS=0");
	close(fd);
	unlink(path);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_manager_nothing_happens),
		cmocka_unit_test(test_socket_that_is_no_path_is_left_alone),
		cmocka_unit_test(test_watchdog_of_another_process_is_not_ours),
		cmocka_unit_test(test_path_hears_what_is_sent),
		cmocka_unit_test(test_environment_is_not_handed_on),
		cmocka_unit_test(test_abstract_name_hears_what_is_sent),
		cmocka_unit_test(test_full_queue_does_not_block),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
