/* What a command is told, and that no secret is among it. */
#include "guard/hookenv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct conf_cluster section = {
	.name = (char *)"crm",
	.protocol = PROTOCOL_POSTGRES,
	.user = (char *)"regent",
	.password = (char *)"SECRET",
	.password_file = (char *)"/etc/regent/password",
	.database = (char *)"postgres",
};

static const char *
value(const struct hookenv *e, const char *name)
{
	const char *const *at = hookenv_list(e);
	size_t len = strlen(name);

	for (; *at != NULL; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	return "(none)";
}

static void
test_cluster_is_described_without_its_password(void **state)
{
	struct hookenv e;

	(void)state;
	assert_int_equal(setenv("REGENT_TEST_TOKEN", "SECRET", 1), 0);
	hookenv_init(&e, &section);
	assert_string_equal(value(&e, "REGENT_CLUSTER"), "crm");
	assert_string_equal(value(&e, "REGENT_PROTOCOL"), "postgres");
	assert_string_equal(value(&e, "REGENT_USER"), "regent");
	assert_string_equal(value(&e, "REGENT_DATABASE"), "postgres");
	assert_string_equal(
	    value(&e, "REGENT_PASSWORD_FILE"), "/etc/regent/password");
	assert_string_not_equal(value(&e, "PATH"), "(none)");
	for (unsigned i = 0; i < e.n; i++)
		assert_null(strstr(e.at[i], "SECRET"));
	hookenv_fini(&e);
	unsetenv("REGENT_TEST_TOKEN");
}

static void
test_path_is_set_also_without_one(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct hookenv e;

	(void)state;
	unsetenv("PATH");
	hookenv_init(&e, &section);
	assert_non_null(strstr(value(&e, "PATH"), "/usr/bin"));
	hookenv_fini(&e);
	setenv("PATH", path, 1);
	free(path);
}

static void
test_node_is_told_whole_and_in_parts(void **state)
{
	struct endpoint ep;
	struct hookenv e = { .n = 0 };

	(void)state;
	assert_true(endpoint_from(&ep, "2001:db8::1", 5432));
	hookenv_add_node(&e, "REGENT_NODE", "a", &ep);
	hookenv_add_node(&e, "REGENT_TARGET", "", NULL);
	assert_string_equal(value(&e, "REGENT_NODE"), "a");
	assert_string_equal(
	    value(&e, "REGENT_NODE_ADDRESS"), "[2001:db8::1]:5432");
	assert_string_equal(value(&e, "REGENT_NODE_HOST"), "2001:db8::1");
	assert_string_equal(value(&e, "REGENT_NODE_PORT"), "5432");
	assert_string_equal(value(&e, "REGENT_TARGET"), "");
	assert_string_equal(value(&e, "REGENT_TARGET_ADDRESS"), "");
	assert_string_equal(value(&e, "REGENT_TARGET_HOST"), "");
	assert_string_equal(value(&e, "REGENT_TARGET_PORT"), "");
	hookenv_fini(&e);
	assert_null(hookenv_list(&e)[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_cluster_is_described_without_its_password),
		cmocka_unit_test(test_path_is_set_also_without_one),
		cmocka_unit_test(test_node_is_told_whole_and_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
