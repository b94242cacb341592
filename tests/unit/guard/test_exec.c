/* check = exec: what the ends of a real command say of a node. */
#include "asker.h"

#include <string.h>

static struct asker asker;

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_exec);
	return 0;
}

static int
set_up_roles(void **state)
{
	(void)state;
	asker_open(&asker, &driver_exec_roles);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

static void
use(const char *command)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "WHO=crm/a",
		NULL };

	asker_check(&asker,
	    (struct contact_login){
		.check_command = command, .check_env = env });
}

struct ending {
	const char *command;
	enum verdict verdict;
	const char *detail;
};

static const struct ending endings[] = {
	{ "exit 0", VERDICT_OK, "exit code 0" },
	{ "echo $WHO is well; echo more", VERDICT_OK, "crm/a is well" },
	{ "exit 8", VERDICT_OK, "exit code 8" },
	{ "echo stopped; echo more; exit 7", VERDICT_UNWELL,
	    "exit code 7: stopped" },
	{ "exit 1", VERDICT_UNWELL, "exit code 1" },
	{ "exit 255", VERDICT_UNWELL, "exit code 255" },
	{ "/no/such/command 2>/dev/null", VERDICT_LOCAL, "exit code 127" },
	{ "exit 126", VERDICT_LOCAL, "exit code 126" },
	{ "kill -SEGV $$", VERDICT_LOCAL, "killed by signal 11" },
};

static void
test_exit_code_is_the_health(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(endings); i++) {
		use(endings[i].command);
		for (int n = 0; n < 2; n++) {
			asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
			asker_expect(&asker, endings[i].verdict);
			assert_string_equal(
			    asker.result.detail, endings[i].detail);
			assert_false(asker.result.has_report);
		}
	}
}

static void
test_exit_code_is_the_role(void **state)
{
	(void)state;
	use("exit 8");
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_OK);
	assert_int_equal(asker.result.report.role, ROLE_PRIMARY);
	use("exit 0");
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_OK);
	assert_int_equal(asker.result.report.role, ROLE_REPLICA);
	assert_true(asker.result.follows_leader);
	assert_true(asker.result.report.is_linked);
	use("exit 7");
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_UNWELL);
	assert_false(asker.result.has_report);
}

static void
test_late_command_is_silence(void **state)
{
	(void)state;
	use("sleep 1000");
	asker_ask(&asker, JOB_PROBE, 50 * USEC_MS);
	asker_expect(&asker, VERDICT_SILENT);
	assert_string_equal(
	    asker.result.detail, "killed: it took longer than 0.05 s");
}

static void
test_closed_contact_answers_no_more(void **state)
{
	(void)state;
	use("exit 0");
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker.driver->close(&asker.contact);
	asker_wait(&asker);
	assert_int_equal(asker.n_done, 0);
}

#define EXEC_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EXEC_TEST(test_exit_code_is_the_health),
		EXEC_TEST(test_late_command_is_silence),
		EXEC_TEST(test_closed_contact_answers_no_more),
		cmocka_unit_test_setup_teardown(
		    test_exit_code_is_the_role, set_up_roles, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
