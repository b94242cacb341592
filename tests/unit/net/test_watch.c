/* A descriptor of a library: told when ready, never closed, and let go. */
#include "trial.h"

#include "net/watch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct trial trial;
static struct watch watch;
static int pair[2];
static int n_reads, n_writes;

static void
on_ready(struct watch *w, int events, usec_t now)
{
	char byte;

	assert_ptr_equal(w, &watch);
	assert_true(now > 0);
	if ((events & WATCH_READ) != 0 && read(pair[0], &byte, 1) == 1)
		n_reads++;
	if ((events & WATCH_WRITE) != 0) {
		n_writes++;
		watch_set(w, pair[0], WATCH_READ);
	}
}

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	watch_init(&watch, trial.loop, on_ready);
	n_reads = 0;
	n_writes = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	watch_stop(&watch);
	close(pair[0]);
	close(pair[1]);
	trial_close(&trial);
	return 0;
}

static void
test_tells_what_is_ready(void **state)
{
	(void)state;
	watch_set(&watch, pair[0], WATCH_READ | WATCH_WRITE);
	TRIAL_UNTIL(&trial, n_writes == 1);
	assert_int_equal(write(pair[1], "x", 1), 1);
	TRIAL_UNTIL(&trial, n_reads == 1);
	assert_int_equal(n_writes, 1);
}

static void
test_stopped_watch_leaves_the_descriptor_alone(void **state)
{
	(void)state;
	watch_set(&watch, pair[0], WATCH_READ);
	watch_set(&watch, pair[0], 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	watch_set(&watch, pair[0], WATCH_WRITE);
	TRIAL_UNTIL(&trial, n_writes == 1 && n_reads == 1);
	watch_stop(&watch);
	assert_true(fcntl(pair[0], F_GETFD) >= 0);
}

/* A library that closed it and opened another one under the same number. */
static void
test_descriptor_that_was_opened_anew(void **state)
{
	int fd = pair[0];

	(void)state;
	watch_set(&watch, fd, WATCH_READ);
	assert_int_equal(write(pair[1], "x", 1), 1);
	TRIAL_UNTIL(&trial, n_reads == 1);
	watch_stop(&watch);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(pair[0], fd);
	watch_set(&watch, fd, WATCH_READ);
	assert_int_equal(write(pair[1], "x", 1), 1);
	TRIAL_UNTIL(&trial, n_reads == 2);
}

static void
test_looks_without_a_turn(void **state)
{
	(void)state;
	assert_int_equal(watch_poll(&watch), 0);
	watch_set(&watch, pair[0], WATCH_READ);
	assert_int_equal(watch_poll(&watch), 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(watch_poll(&watch), WATCH_READ);
	watch_set(&watch, pair[0], WATCH_READ | WATCH_WRITE);
	assert_int_equal(watch_poll(&watch), WATCH_READ | WATCH_WRITE);
	watch_stop(&watch);
	assert_int_equal(watch_poll(&watch), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_tells_what_is_ready, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_stopped_watch_leaves_the_descriptor_alone, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_descriptor_that_was_opened_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_looks_without_a_turn, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
