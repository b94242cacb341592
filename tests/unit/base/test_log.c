/*
 * The log as its reader sees it: a file in a fresh directory, and another
 * file in place of stderr.
 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* "2026-01-31T23:59:59.123Z notice " */
#define STAMP_FORM \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}" \
	"\\.[0-9]{3}Z [a-z]+ "
#define STAMP_LEN 25

static char dir[] = "/tmp/regent-test-log-XXXXXX";
static char path[64];
static char moved[64];
static char got[8192];

static int
setup_dir(void **state)
{
	(void)state; /* of cmocka; no test here has any */
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	return 0;
}

static int
teardown_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int
setup_log(void **state)
{
	struct err err;

	(void)state;
	log_set_level(LEVEL_NOTICE);
	return log_open(path, &err);
}

static int
teardown_log(void **state)
{
	struct err err;

	(void)state;
	unlink(path);
	unlink(moved);
	return log_open("stderr", &err);
}

static const char *
read_file(const char *from)
{
	FILE *f = fopen(from, "r");
	size_t len;

	assert_non_null(f);
	len = fread(got, 1, sizeof(got) - 1, f);
	fclose(f);
	got[len] = '\0';
	return got;
}

/* What follows the stamp of the only line in the file. */
static const char *
read_only_line(const char *from)
{
	char *line = (char *)read_file(from);
	size_t len = strlen(line);

	assert_true(len > STAMP_LEN);
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	line[len - 1] = '\0';
	return line + STAMP_LEN;
}

static void
test_line_is_stamp_level_and_text(void **state)
{
	regex_t form;

	(void)state;
	log_notice("node=%s state=%s", "crm/a", "UP");
	assert_int_equal(
	    regcomp(&form, STAMP_FORM, REG_EXTENDED | REG_NOSUB), 0);
	assert_int_equal(regexec(&form, read_file(path), 0, NULL, 0), 0);
	regfree(&form);
	assert_string_equal(read_only_line(path), "notice node=crm/a state=UP");
}

static void
test_control_characters_become_spaces(void **state)
{
	(void)state;
	log_error("a\nb\r\tc\x1b[31m\x7f\xc3\xa9");
	assert_string_equal(read_only_line(path), "error a b  c [31m \xc3\xa9");
}

static void
test_giant_line_is_cut_and_stays_one_line(void **state)
{
	char giant[5000];

	(void)state;
	memset(giant, 'x', sizeof(giant));
	giant[sizeof(giant) - 1] = '\0';
	log_error("%s", giant);
	assert_true(strlen(read_only_line(path)) > 1024);
	assert_true(strlen(read_file(path)) <= PIPE_BUF);
}

static void
test_level_filters_what_is_below(void **state)
{
	(void)state;
	for (int set = 0; set < LEVEL_COUNT; set++) {
		log_set_level((enum log_level)set);
		for (int level = 0; level < LEVEL_COUNT; level++)
			assert_int_equal(
			    log_is_on((enum log_level)level), level <= set);
	}
	log_set_level(LEVEL_WARN);
	log_notice("hidden");
	log_warn("shown");
	assert_string_equal(read_only_line(path), "warn shown");
}

static int
count_evaluation(int *calls)
{
	return ++*calls;
}

/* Debug lines may compute their arguments: off must mean free. */
static void
test_filtered_line_does_not_evaluate_its_arguments(void **state)
{
	int calls = 0;

	(void)state;
	log_debug("%d", count_evaluation(&calls));
	assert_int_equal(calls, 0);
	log_set_level(LEVEL_DEBUG);
	log_debug("%d", count_evaluation(&calls));
	assert_string_equal(read_only_line(path), "debug 1");
}

static void
test_every_level_has_a_name(void **state)
{
	(void)state;
	for (int level = 0; level < LEVEL_COUNT; level++)
		assert_non_null(log_level_names[level]);
}

static void
test_reopen_after_rename_starts_a_new_file(void **state)
{
	struct err err;

	(void)state;
	log_error("one");
	assert_int_equal(rename(path, moved), 0);
	log_error("two");
	assert_int_equal(log_reopen(&err), 0);
	log_error("three");
	assert_string_equal(read_only_line(path), "error three");
	assert_non_null(strstr(read_file(moved), "error one\n"));
	assert_non_null(strstr(read_file(moved), "error two\n"));
}

static void
test_file_is_appended_to(void **state)
{
	struct err err;

	(void)state;
	log_error("one");
	assert_int_equal(log_open(path, &err), 0);
	log_error("two");
	assert_non_null(strstr(read_file(path), "error one\n"));
	assert_non_null(strstr(got, "error two\n"));
}

static void
test_unwritable_path_keeps_the_old_target(void **state)
{
	char missing[128];
	struct err err;

	(void)state;
	snprintf(missing, sizeof(missing), "%s/missing/log", dir);
	assert_int_equal(log_open(missing, &err), -ENOENT);
	assert_non_null(strstr(err.text, missing));
	assert_non_null(strstr(err.text, "No such file or directory"));
	assert_int_equal(log_open(dir, &err), -EISDIR);
	assert_non_null(strstr(err.text, "Is a directory"));
	log_error("still here");
	assert_string_equal(read_only_line(path), "error still here");
}

static void
test_failed_reopen_keeps_the_old_target(void **state)
{
	char away[sizeof(dir) + 8];
	char file[sizeof(away) + 8];
	struct err err;

	(void)state;
	snprintf(away, sizeof(away), "%s-away", dir);
	snprintf(file, sizeof(file), "%s/log", away);
	assert_int_equal(rename(dir, away), 0);
	assert_int_equal(log_reopen(&err), -ENOENT);
	log_error("still here");
	assert_string_equal(read_only_line(file), "error still here");
	assert_int_equal(rename(away, dir), 0);
	assert_int_equal(log_reopen(&err), 0);
}

static void
test_path_that_is_too_long_is_refused_with_the_reason(void **state)
{
	static char giant[PATH_MAX + 1];
	struct err err;

	(void)state;
	memset(giant, 'x', sizeof(giant) - 1);
	giant[0] = '/';
	assert_int_equal(log_open(giant, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "too long"));
	log_error("still here");
	assert_string_equal(read_only_line(path), "error still here");
}

static void
test_stderr_is_a_target_that_reopen_leaves_alone(void **state)
{
	struct err err;
	int saved;

	(void)state;
	assert_int_equal(log_open("stderr", &err), 0);
	assert_int_equal(log_reopen(&err), 0);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_non_null(freopen(moved, "w", stderr));
	log_error("to stderr");
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	assert_string_equal(read_only_line(moved), "error to stderr");
	assert_string_equal(read_file(path), "");
}

#define LOG_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup_log, teardown_log)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(test_line_is_stamp_level_and_text),
		LOG_TEST(test_control_characters_become_spaces),
		LOG_TEST(test_giant_line_is_cut_and_stays_one_line),
		LOG_TEST(test_level_filters_what_is_below),
		LOG_TEST(test_filtered_line_does_not_evaluate_its_arguments),
		LOG_TEST(test_every_level_has_a_name),
		LOG_TEST(test_reopen_after_rename_starts_a_new_file),
		LOG_TEST(test_file_is_appended_to),
		LOG_TEST(test_unwritable_path_keeps_the_old_target),
		LOG_TEST(test_failed_reopen_keeps_the_old_target),
		LOG_TEST(test_path_that_is_too_long_is_refused_with_the_reason),
		LOG_TEST(test_stderr_is_a_target_that_reopen_leaves_alone),
	};

	return cmocka_run_group_tests(tests, setup_dir, teardown_dir);
}
