/*
 * The command line and bad configurations: a clear error, all of them at
 * once, exit code 78, and nothing started.
 */
#include "client.h"
#include "daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_BAD 78 /* EX_CONFIG of sysexits.h */

/* A file that is good, with one listener. */
static struct daemon *
config_new(struct site *site)
{
	return daemon_new(site,
	    "[cluster crm]\n"
	    "[node crm/a]\naddress = 127.0.0.1:1\n"
	    "[listen l]\nbind = 127.0.0.1:%u\ncluster = crm\n",
	    (unsigned)site_port());
}

struct config_case {
	const char *what;
	const char *ini;      /* line 1 is [regent], line 2 and 3 the paths */
	const char *where[3]; /* what the errors must name */
};

static const struct config_case config_cases[] = {
	{ .what = "unknown option",
	    .ini = "colour = red\n", /* line 4 */
	    .where = { "regent.ini:4", "colour" } },
	{ .what = "unknown section",
	    .ini = "[klaster crm]\nprotocol = tcp\n",
	    .where = { "regent.ini:4", "klaster" } },
	{ .what = "wrong type",
	    .ini = "workers = many\n",
	    .where = { "regent.ini:4", "workers", "many" } },
	{ .what = "out of range",
	    .ini = "workers = 1000\n",
	    .where = { "regent.ini:4", "1000", "64" } },
	{ .what = "no unit",
	    .ini = "drain_timeout = 30\n",
	    .where = { "regent.ini:4", "drain_timeout" } },
	{ .what = "missing option",
	    .ini = "[cluster crm]\n[node crm/a]\npriority = 1\n",
	    .where = { "regent.ini:5", "address" } },
	{ .what = "node of no cluster",
	    .ini = "[node crm/a]\naddress = 127.0.0.1:1\n",
	    .where = { "regent.ini:4", "crm" } },
	{ .what = "listener of no cluster",
	    .ini = "[listen l]\nbind = 127.0.0.1:1\ncluster = crm\n",
	    .where = { "regent.ini:", "crm" } },
	{ .what = "duplicate node",
	    .ini = "[cluster crm]\n"
		   "[node crm/a]\naddress = 127.0.0.1:1\n"
		   "[node crm/a]\naddress = 127.0.0.1:2\n",
	    .where = { "regent.ini:7", "crm/a" } },
	{ .what = "two nodes with one address",
	    .ini = "[cluster crm]\n"
		   "[node crm/a]\naddress = 127.0.0.1:1\n"
		   "[node crm/b]\naddress = 127.0.0.1:1\n",
	    .where = { "regent.ini:", "127.0.0.1:1" } },
	{ .what = "two listeners on one port",
	    .ini = "[cluster crm]\n"
		   "[node crm/a]\naddress = 127.0.0.1:1\n"
		   "[listen l]\nbind = 127.0.0.1:2\ncluster = crm\n"
		   "[listen m]\nbind = 127.0.0.1:2\ncluster = crm\n",
	    .where = { "regent.ini:", "127.0.0.1:2" } },
	{ .what = "an address that is misspelt, and no name",
	    .ini = "[cluster crm]\n"
		   "[node crm/a]\naddress = 127.0.0.256:1\n",
	    .where = { "regent.ini:6", "127.0.0.256" } },
	{ .what = "all errors in one run",
	    .ini = "workers = many\ncolour = red\n[cluster crm]\nfall = 0\n",
	    .where = { "regent.ini:4", "regent.ini:5", "regent.ini:7" } },
};

static int
config_run(
    struct daemon *d, struct site *site, const char *option, char **output)
{
	const char *argv[] = { "regent", "-c", d->ini, option, NULL };

	return process_run(site, daemon_program(), argv, output);
}

static void
config_check_output(const struct config_case *c, const char *output)
{
	for (unsigned i = 0; i < ARRAY_LEN(c->where); i++)
		if (c->where[i] != NULL && strstr(output, c->where[i]) == NULL)
			fail_msg("%s: no \"%s\" in: %s", c->what, c->where[i],
			    output);
}

static void
test_bad_files_are_refused_with_all_errors(struct site *site)
{
	struct daemon *d = config_new(site);
	char *output;
	int code;

	for (unsigned i = 0; i < ARRAY_LEN(config_cases); i++) {
		const struct config_case *c = &config_cases[i];

		daemon_configure(d, "%s", c->ini);
		code = config_run(d, site, "-t", &output);
		if (code != CONFIG_BAD)
			fail_msg("%s: exit code %d", c->what, code);
		config_check_output(c, output);
		free(output);
	}
	/* And without -t: nothing is started. */
	assert_int_equal(daemon_fails(d), CONFIG_BAD);
	assert_int_not_equal(access(d->control, F_OK), 0);
}

static void
test_good_file_passes_the_check(struct site *site)
{
	struct daemon *d = config_new(site);
	char *output;

	assert_int_equal(config_run(d, site, "-t", &output), 0);
	assert_int_not_equal(access(d->control, F_OK), 0);
	free(output);
}

static void
test_missing_and_unreadable_files_are_errors(struct site *site)
{
	struct daemon *d = config_new(site);
	char *output;

	unlink(d->ini);
	assert_int_equal(config_run(d, site, "-t", &output), CONFIG_BAD);
	assert_contains(output, "regent.ini");
	free(output);
	/* Root may read anything, but not a directory. */
	snprintf(d->ini, sizeof(d->ini), "%s", site->dir);
	assert_int_equal(config_run(d, site, "-t", &output), CONFIG_BAD);
	assert_contains(output, site->dir);
	free(output);
}

static int
config_run_option(struct site *site, const char *option, char **output)
{
	const char *argv[] = { "regent", option, NULL };

	return process_run(site, daemon_program(), argv, output);
}

static void
test_version_and_help(struct site *site)
{
	char *output;

	assert_int_equal(config_run_option(site, "-V", &output), 0);
	assert_contains(output, "regent ");
	free(output);
	assert_int_equal(config_run_option(site, "-h", &output), 0);
	assert_contains(output, "-c");
	assert_contains(output, "--daemon");
	free(output);
}

static void
test_unknown_option_on_the_command_line(struct site *site)
{
	char *output;

	assert_int_not_equal(config_run_option(site, "--colour", &output), 0);
	assert_contains(output, "colour");
	free(output);
}

static void
test_port_in_use_starts_nothing(struct site *site)
{
	uint16_t taken = site_port(), other = site_port();
	struct daemon *d = config_new(site);
	int fd = client_listen(taken);
	char port[16];

	daemon_configure(d,
	    "[cluster crm]\n"
	    "[node crm/a]\naddress = 127.0.0.1:1\n"
	    "[listen k]\nbind = 127.0.0.1:%u\ncluster = crm\n"
	    "[listen l]\nbind = 127.0.0.1:%u\ncluster = crm\n",
	    (unsigned)other, (unsigned)taken);
	assert_int_not_equal(daemon_fails(d), 0);
	snprintf(port, sizeof(port), ":%u", (unsigned)taken);
	assert_true(daemon_has_logged(d, port));
	assert_true(client_is_refused(other));
	assert_int_not_equal(access(d->control, F_OK), 0);
	close(fd);
	daemon_launch(d);
}

/*
 * SO_REUSEPORT would let a second regent take half of the clients of the
 * first; and two brains would fight over the nodes.
 */
static void
test_second_regent_is_refused(struct site *site)
{
	struct daemon *first = config_new(site);
	char *output;
	int code;

	daemon_launch(first);
	code = config_run(first, site, NULL, &output);
	assert_true(code > 0 && code < 128);
	assert_true(output[0] != '\0');
	free(output);
	/* The one that runs has lost neither its socket nor its state. */
	assert_true(daemon_answers(first));
}

static void
test_state_dir_that_can_not_be_written(struct site *site)
{
	struct daemon *d = config_new(site);

	/* Not even root can make a directory there. */
	snprintf(d->state_dir, sizeof(d->state_dir), "/dev/null/state");
	daemon_configure(d,
	    "[cluster crm]\n"
	    "[node crm/a]\naddress = 127.0.0.1:1\n"
	    "[listen l]\nbind = 127.0.0.1:%u\ncluster = crm\n",
	    (unsigned)site_port());
	assert_int_not_equal(daemon_fails(d), 0);
	assert_true(daemon_has_logged(d, "/dev/null/state"));
	assert_int_not_equal(access(d->control, F_OK), 0);
}

/* A socket that a killed regent left behind is no reason not to start. */
static void
test_stale_socket_is_replaced(struct site *site)
{
	struct daemon *d = config_new(site);

	daemon_launch(d);
	process_kill(&d->process);
	assert_int_equal(access(d->control, F_OK), 0);
	daemon_launch(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_bad_files_are_refused_with_all_errors),
		SITE_TEST(test_good_file_passes_the_check),
		SITE_TEST(test_missing_and_unreadable_files_are_errors),
		SITE_TEST(test_version_and_help),
		SITE_TEST(test_unknown_option_on_the_command_line),
		SITE_TEST(test_port_in_use_starts_nothing),
		SITE_TEST(test_second_regent_is_refused),
		SITE_TEST(test_state_dir_that_can_not_be_written),
		SITE_TEST(test_stale_socket_is_replaced),
	};

	return SITE_MAIN(tests);
}
