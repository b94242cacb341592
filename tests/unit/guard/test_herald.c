/*
 * Events are told one after the other; what can't be told in time is lost
 * with a number, and a command that hangs holds nobody up.
 */
#include "guard/herald.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct trial trial;
static struct herald herald;
static char file[64];
static char trouble[512];

static void
on_trouble(struct herald *h, const char *text)
{
	assert_ptr_equal(h, &herald);
	strncat(trouble, text, sizeof(trouble) - strlen(trouble) - 2);
	strcat(trouble, "\n");
}

static void
tell(int number, const char *command, usec_t timeout)
{
	struct hookenv env = { .n = 0 };

	hookenv_add(&env, "PATH", "/usr/bin:/bin");
	hookenv_add(&env, "N", "%d", number);
	hookenv_add(&env, "OUT", "%s", file);
	herald_tell(&herald, command, timeout, &env);
	hookenv_fini(&env); /* taken, so this is nothing */
}

static const char *
written(void)
{
	static char text[4096];
	FILE *f = fopen(file, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static int
set_up(void **state)
{
	int fd;

	(void)state;
	snprintf(file, sizeof(file), "/tmp/regent-test-herald-XXXXXX");
	fd = mkstemp(file);
	assert_true(fd >= 0);
	close(fd);
	trouble[0] = '\0';
	trial_open(&trial, true);
	herald_init(&herald, trial.loop, on_trouble);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	herald_close(&herald);
	trial_close(&trial);
	unlink(file);
	return 0;
}

#define WRITE "echo $N $REGENT_LOST >>$OUT"

static void
test_events_are_told_in_their_order(void **state)
{
	(void)state;
	for (int i = 1; i <= 5; i++)
		tell(i, WRITE, 20 * USEC_SEC);
	TRIAL_UNTIL(&trial, herald.child == NULL);
	assert_string_equal(written(), "1 0\n2 0\n3 0\n4 0\n5 0\n");
	assert_string_equal(trouble, "");
	tell(6, WRITE, 20 * USEC_SEC);
	TRIAL_UNTIL(&trial, herald.child == NULL);
	assert_non_null(strstr(written(), "6 0"));
}

static void
test_failures_are_told_and_do_not_stop_it(void **state)
{
	(void)state;
	tell(1, "echo no mail; exit 4", 20 * USEC_SEC);
	TRIAL_UNTIL(&trial, herald.child == NULL);
	tell(2, WRITE, 20 * USEC_SEC);
	TRIAL_UNTIL(&trial, herald.child == NULL);
	assert_string_equal(written(), "2 0\n");
	assert_string_equal(
	    trouble, "result=failed detail=\"exit code 4: no mail\"\n");
}

static void
test_hanging_command_is_ended(void **state)
{
	(void)state;
	tell(1, "sleep 1000", 50 * USEC_MS);
	TRIAL_UNTIL(&trial, herald.child == NULL);
	assert_non_null(strstr(trouble, "it took longer than 0.05 s"));
}

static void
test_too_many_lose_the_oldest(void **state)
{
	const char *last;

	(void)state;
	tell(0, "sleep 0.3", 20 * USEC_SEC);
	for (int i = 1; i <= HERALD_WAITING_MAX + 3; i++)
		tell(i, WRITE, 20 * USEC_SEC);
	assert_int_equal(herald.n_lost, 3);
	assert_string_equal(trouble,
	    "state=too-slow action=\"drop the oldest of the events that "
	    "wait\"\n");
	TRIAL_UNTIL(&trial, herald.child == NULL);
	assert_int_equal(strncmp(written(), "4 3\n5 0\n", 8), 0);
	last = strstr(written(), "\n35 0\n");
	assert_non_null(last);
	assert_non_null(strstr(trouble, "lost=3 state=caught-up"));
}

static void
test_close_forgets_what_waits(void **state)
{
	(void)state;
	tell(1, "sleep 1000", 1000 * USEC_SEC);
	tell(2, WRITE, 20 * USEC_SEC);
	herald_close(&herald);
	for (int i = 0; i < 20; i++)
		trial_turn(&trial, "nothing");
	assert_string_equal(written(), "");
	assert_string_equal(trouble, "");
}

#define HERALD_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERALD_TEST(test_events_are_told_in_their_order),
		HERALD_TEST(test_failures_are_told_and_do_not_stop_it),
		HERALD_TEST(test_hanging_command_is_ended),
		HERALD_TEST(test_too_many_lose_the_oldest),
		HERALD_TEST(test_close_forgets_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
