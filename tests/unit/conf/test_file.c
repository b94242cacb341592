/* What a configuration reads from files: itself, and passwords. */
#include "conf/print.h"
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct test_files {
	char dir[256];
	char conf[300];
	char password[300];
};

static int
test_files_open(void **state)
{
	static struct test_files files;
	const char *tmp = getenv("TMPDIR");

	snprintf(files.dir, sizeof(files.dir), "%s/regent-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(files.dir) == NULL)
		return -1;
	snprintf(files.conf, sizeof(files.conf), "%s/c", files.dir);
	snprintf(files.password, sizeof(files.password), "%s/p", files.dir);
	*state = &files;
	return 0;
}

static int
test_files_close(void **state)
{
	struct test_files *files = *state;

	(void)unlink(files->conf); /* a test need not have made them */
	(void)unlink(files->password);
	return rmdir(files->dir);
}

static void
test_write(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Loads a file whose cluster takes its password from the other file. */
static const struct conf *
test_load_password(struct test_files *files, struct text *errors)
{
	struct text ini = TEXT_INIT;
	const struct conf *conf;

	text_addf(&ini,
	    HELP_GOOD "[cluster s]\nuser = regent\n"
		      "password_file = %s\n"
		      "[node s/a]\naddress = 10.0.0.1:1\n",
	    files->password);
	test_write(files->conf, ini.at, ini.len);
	text_fini(&ini);
	conf = conf_load(files->conf, NULL, errors);
	assert_null(strstr(text_cstr(errors), "hunter2"));
	return conf;
}

static void
test_password_is_first_line_of_its_file(void **state)
{
	static const char *const contents[] = { "hunter2", "hunter2\n",
		"hunter2\r\nsecond\n" };
	struct text errors = TEXT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		struct test_files *files = *state;
		const struct conf *conf;

		test_write(files->password, contents[i], strlen(contents[i]));
		conf = test_load_password(files, &errors);
		assert_non_null(conf);
		assert_string_equal(
		    conf_find_cluster(conf, "s")->password, "hunter2");
		conf_unref(&conf);
	}
	text_fini(&errors);
}

static void
test_sentinel_password_is_first_line_of_its_file(void **state)
{
	struct test_files *files = *state;
	struct text errors = TEXT_INIT, ini = TEXT_INIT;
	const struct conf *conf;

	text_addf(&ini,
	    HELP_GOOD "[cluster s]\nprotocol = redis\nfailover = follow\n"
		      "sentinels = 10.0.0.1:26379\n"
		      "sentinel_password_file = %s\n"
		      "[node s/a]\naddress = 10.0.0.1:1\n",
	    files->password);
	test_write(files->conf, ini.at, ini.len);
	test_write(files->password, "hunter2\n", 8);
	conf = conf_load(files->conf, NULL, &errors);
	assert_non_null(conf);
	assert_string_equal(
	    conf_find_cluster(conf, "s")->sentinel_password, "hunter2");
	assert_string_equal(conf_find_cluster(conf, "s")->password, "");
	text_clear(&ini);
	conf_print(conf, &ini);
	assert_null(strstr(ini.at, "hunter2"));
	assert_non_null(strstr(ini.at, "sentinel_password =\n"));
	conf_unref(&conf);
	text_fini(&ini);
	text_fini(&errors);
}

static void
test_bad_password_file(
    struct test_files *files, const void *bytes, size_t len, const char *what)
{
	struct text errors = TEXT_INIT;
	struct text expected = TEXT_INIT;

	if (bytes != NULL)
		test_write(files->password, bytes, len);
	text_addf(&expected,
	    "%s:11: [cluster s] password_file: found \"%s\", and that %s: "
	    "expected a file whose first line is the password\n",
	    files->conf, files->password, what);
	assert_null(test_load_password(files, &errors));
	assert_string_equal(text_cstr(&errors), expected.at);
	text_fini(&errors);
	text_fini(&expected);
}

static void
test_unusable_password_file_is_reported(void **state)
{
	struct test_files *files = *state;
	char longer[5000];

	memset(longer, 's', sizeof(longer));
	test_bad_password_file(
	    files, NULL, 0, "it can't be read: No such file or directory");
	test_bad_password_file(files, "", 0, "its first line is empty");
	test_bad_password_file(
	    files, "\nhunter2\n", 9, "its first line is empty");
	test_bad_password_file(
	    files, "hunter2\0x\n", 10, "its first line contains a byte 0x00");
	test_bad_password_file(files, longer, sizeof(longer),
	    "its first line has more than 4096 bytes");
	assert_int_equal(unlink(files->password), 0);
	assert_int_equal(mkfifo(files->password, 0600), 0);
	test_bad_password_file(files, NULL, 0, "it is not a regular file");
}

static void
test_bytes_name_no_file(void **state)
{
	const struct conf *conf =
	    help_load(HELP_GOOD "[cluster s]\npassword_file = /nonexistent\n"
				"[node s/a]\naddress = 10.0.0.1:1\n",
		NULL);

	(void)state;
	assert_string_equal(conf_find_cluster(conf, "s")->password, "");
	conf_unref(&conf);
}

static void
test_bad_file(const char *path, const char *what)
{
	struct text errors = TEXT_INIT;
	struct text expected = TEXT_INIT;

	text_addf(&expected, "%s: found %s\n", path, what);
	assert_null(conf_load(path, NULL, &errors));
	assert_string_equal(text_cstr(&errors), expected.at);
	text_fini(&errors);
	text_fini(&expected);
}

static void
test_unusable_file_is_reported(void **state)
{
	struct test_files *files = *state;
	size_t size = (1 << 20) + 1;
	char *big = malloc(size);

	assert_non_null(big);
	memset(big, '#', size);
	test_bad_file(files->conf,
	    "that it can't be read: No such file or "
	    "directory: expected a configuration file");
	test_bad_file(files->dir,
	    "that it is a directory: expected a configuration file");
	test_bad_file("/dev/null",
	    "that it is not a regular file: expected a "
	    "configuration file");
	test_write(files->conf, big, size);
	test_bad_file(files->conf, "a file of more than 1MB: expected less");
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_sentinel_password_is_first_line_of_its_file,
		    test_files_open, test_files_close),
		cmocka_unit_test_setup_teardown(
		    test_password_is_first_line_of_its_file, test_files_open,
		    test_files_close),
		cmocka_unit_test_setup_teardown(
		    test_unusable_password_file_is_reported, test_files_open,
		    test_files_close),
		cmocka_unit_test(test_bytes_name_no_file),
		cmocka_unit_test_setup_teardown(test_unusable_file_is_reported,
		    test_files_open, test_files_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
