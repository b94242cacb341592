/*
 * Commands that end, fail, hang, talk too much or can't be started: each is
 * answered once, and nothing of it is left behind.
 */
#include "net/child.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct trial trial;

static struct {
	struct child *child;
	int n;
	struct child_result result;
	char first[CHILD_LINE_MAX + 1];
	char last[CHILD_LINE_MAX + 1];
	char text[256];
	bool is_closing; /* in the callback */
} run;

static void
on_done(void *arg, const struct child_result *result, usec_t now)
{
	(void)now;
	assert_ptr_equal(arg, &run);
	run.n++;
	run.result = *result;
	snprintf(run.first, sizeof(run.first), "%s", result->first);
	snprintf(run.last, sizeof(run.last), "%s", result->last);
	child_describe(result, run.text, sizeof(run.text));
	if (run.is_closing)
		child_close(&run.child);
}

static void
start(const char *command, usec_t timeout, usec_t grace)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "A=one two",
		NULL };
	const struct child_plan plan = {
		.loop = trial.loop,
		.command = command,
		.env = env,
		.timeout_us = timeout,
		.grace_us = grace,
		.on_done = on_done,
		.arg = &run,
	};

	child_close(&run.child);
	run.n = 0;
	run.child = child_start(&plan);
	assert_int_equal(run.n, 0);
}

static void
expect(enum child_end end, int code)
{
	TRIAL_UNTIL(&trial, run.n > 0);
	for (int i = 0; i < 3; i++)
		trial_turn(&trial, "no second answer");
	assert_int_equal(run.n, 1);
	assert_int_equal(run.result.end, end);
	assert_int_equal(run.result.code, code);
}

static void
expect_exit(const char *command, int code, const char *first, const char *last)
{
	start(command, 20 * USEC_SEC, USEC_SEC);
	expect(CHILD_EXITED, code);
	assert_string_equal(run.first, first);
	assert_string_equal(run.last, last);
}

/* Neither running nor a zombie: all that were ours are reaped. */
static bool
is_childless(void)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 &&
	    errno == ECHILD;
}

/* Or a zombie that its new parent has not looked after yet. */
static bool
is_gone(pid_t pid)
{
	char path[32], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return true;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z';
}

static int
set_up(void **state)
{
	(void)state;
	memset(&run, 0, sizeof(run));
	trial_open(&trial, true);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	child_close(&run.child);
	assert_null(run.child);
	TRIAL_UNTIL(&trial, is_childless());
	trial_close(&trial);
	return 0;
}

static void
test_exit_code_and_lines(void **state)
{
	(void)state;
	expect_exit("exit 0", 0, "", "");
	assert_string_equal(run.text, "exit code 0");
	expect_exit("exit 37", 37, "", "");
	expect_exit("echo; echo one; echo two >&2; exit 3", 3, "one", "two");
	assert_string_equal(run.text, "exit code 3: two");
	expect_exit("printf 'a\\nno newline'", 0, "a", "no newline");
	expect_exit("printf 'tab\\there \"quoted\"\\001\\n'", 0,
	    "tab here 'quoted' ", "tab here 'quoted' ");
	expect_exit("no-such-command-there-is 2>/dev/null", 127, "", "");
}

static void
test_long_output_is_drained_and_cut(void **state)
{
	(void)state;
	expect_exit("echo first; head -c 1000000 /dev/zero | tr '\\0' x; echo; "
		    "echo end",
	    0, "first", "end");
	start("head -c 1000 /dev/zero | tr '\\0' x", 20 * USEC_SEC, 0);
	expect(CHILD_EXITED, 0);
	assert_int_equal(strlen(run.last), CHILD_LINE_MAX);
}

static void
test_environment_is_what_was_given(void **state)
{
	(void)state;
	assert_int_equal(setenv("REGENT_TEST_SECRET", "x", 1), 0);
	expect_exit("echo \"$A$REGENT_TEST_SECRET\"", 0, "one two", "one two");
	expect_exit("env | grep -c SECRET", 1, "0", "0");
	unsetenv("REGENT_TEST_SECRET");
}

static void
test_input_is_empty(void **state)
{
	(void)state;
	expect_exit("cat; echo over", 0, "over", "over");
}

static void
test_nothing_is_inherited(void **state)
{
	char command[128];
	int fd = open("/dev/null", O_RDONLY); /* as a careless library does */

	(void)state;
	assert_true(fd > 2);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	snprintf(command, sizeof(command),
	    "[ -e /proc/$$/fd/0 ] && [ ! -e /proc/$$/fd/%d ]", fd);
	expect_exit(command, 0, "", "");
	start("kill -PIPE $$; echo alive", 20 * USEC_SEC, 0);
	expect(CHILD_SIGNALLED, SIGPIPE);
	/* No terminal: tty_nr of proc(5). */
	expect_exit("cut -d' ' -f7 /proc/self/stat", 0, "0", "0");
	close(fd);
}

static void
test_signal_is_told(void **state)
{
	(void)state;
	start("kill -9 $$", 20 * USEC_SEC, 0);
	expect(CHILD_SIGNALLED, SIGKILL);
	assert_string_equal(run.text, "killed by signal 9");
}

static void
test_command_may_end_itself_when_late(void **state)
{
	(void)state;
	start("trap 'echo ends well; exit 0' TERM; echo ready; "
	      "while :; do sleep 0.01; done",
	    300 * USEC_MS, 20 * USEC_SEC);
	expect(CHILD_TIMED_OUT, 0);
	assert_string_equal(run.last, "ends well");
	assert_string_equal(
	    run.text, "killed: it took longer than 0.3 s: ends well");
}

static void
test_late_command_is_killed_with_its_group(void **state)
{
	(void)state;
	start("trap '' TERM; sleep 1000 & echo $!; wait", 300 * USEC_MS,
	    20 * USEC_MS);
	expect(CHILD_TIMED_OUT, 0);
	assert_true(atoi(run.last) > 1);
	TRIAL_UNTIL(&trial, is_gone(atoi(run.last)));
	start("sleep 1000", 20 * USEC_MS, 0);
	expect(CHILD_TIMED_OUT, 0);
}

static void
test_what_outlives_its_shell_is_left_alone(void **state)
{
	pid_t pid;

	(void)state;
	start("sleep 1000 & echo $!", 20 * USEC_SEC, 0);
	expect(CHILD_EXITED, 0);
	pid = atoi(run.last);
	child_close(&run.child);
	trial_turn(&trial, "the burial");
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static void
test_close_kills_the_group(void **state)
{
	char name[] = "/tmp/regent-test-child-XXXXXX", command[128];
	char pids[64] = "";
	int fd = mkstemp(name), shell = 0, inner = 0;

	(void)state;
	assert_true(fd >= 0);
	snprintf(command, sizeof(command),
	    "sleep 1000 & echo $$ $! end >%s; wait", name);
	start(command, 1000 * USEC_SEC, 0);
	TRIAL_UNTIL(&trial,
	    pread(fd, pids, sizeof(pids) - 1, 0) > 0 &&
		strstr(pids, "end") != NULL);
	assert_int_equal(sscanf(pids, "%d %d", &shell, &inner), 2);
	child_close(&run.child);
	TRIAL_UNTIL(&trial, is_gone(shell) && is_gone(inner));
	assert_int_equal(run.n, 0);
	close(fd);
	unlink(name);
}

static void
test_closed_in_the_callback(void **state)
{
	(void)state;
	run.is_closing = true;
	start("exit 5", 20 * USEC_SEC, 0);
	expect(CHILD_EXITED, 5);
	assert_null(run.child);
}

static void
test_without_descriptors_it_is_not_started(void **state)
{
	struct rlimit old, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	start("exit 0", 20 * USEC_SEC, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	expect(CHILD_UNSTARTED, EMFILE);
	assert_string_equal(
	    run.text, "could not be started: Too many open files");
}

/* The child has ended in time: only we were slow to see it. */
static void
test_own_lateness_is_not_the_commands(void **state)
{
	(void)state;
	start("exit 4", 500 * USEC_MS, 0);
	trial_spin(700 * USEC_MS);
	expect(CHILD_EXITED, 4);
}

static void
test_many_at_once_leave_no_descriptor(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	for (int i = 0; i < 30; i++)
		expect_exit("echo hello", 0, "hello", "hello");
	child_close(&run.child);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

#define CHILD_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CHILD_TEST(test_exit_code_and_lines),
		CHILD_TEST(test_long_output_is_drained_and_cut),
		CHILD_TEST(test_environment_is_what_was_given),
		CHILD_TEST(test_input_is_empty),
		CHILD_TEST(test_nothing_is_inherited),
		CHILD_TEST(test_signal_is_told),
		CHILD_TEST(test_command_may_end_itself_when_late),
		CHILD_TEST(test_late_command_is_killed_with_its_group),
		CHILD_TEST(test_what_outlives_its_shell_is_left_alone),
		CHILD_TEST(test_close_kills_the_group),
		CHILD_TEST(test_closed_in_the_callback),
		CHILD_TEST(test_without_descriptors_it_is_not_started),
		CHILD_TEST(test_own_lateness_is_not_the_commands),
		CHILD_TEST(test_many_at_once_leave_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
