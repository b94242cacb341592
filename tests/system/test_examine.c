/*
 * `regent -t --probe` at real Redis servers: who answers, who refuses the
 * login, who lacks a privilege, and nothing is changed by asking.
 */
#include "crm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LACKING 77    /* EX_NOPERM of sysexits.h */
#define UNANSWERED 69 /* EX_UNAVAILABLE */

/* Every node knows the user, with these rules, a blank between two. */
static void
let_in(struct crm *crm, const char *rules)
{
	char rule[32];
	int len;

	for (int i = 0; i < CRM_NODES; i++) {
		redis_node_must(
		    crm->node[i], "ACL SETUSER limited reset on >right ~*");
		for (const char *at = rules;
		     sscanf(at, " %31s%n", rule, &len) == 1; at += len)
			redis_node_must(
			    crm->node[i], "ACL SETUSER limited %s", rule);
	}
}

static void
open_nodes(struct crm *crm, struct site *site, const char *password)
{
	char path[SITE_PATH_LEN], lines[SITE_PATH_LEN + 64];
	struct crm_options options = { .cluster_lines = lines };

	crm_start_nodes(crm, site, &(struct crm_options){ .lan = NULL });
	site_path(site, path, "pw");
	site_write_file(path, password);
	assert_int_equal(chmod(path, 0600), 0);
	snprintf(
	    lines, sizeof(lines), "user = limited\npassword_file = %s\n", path);
	crm_configure(crm, &options);
}

/* The line of the node has the part. */
static void
expect_line(const char *output, const char *node, const char *part)
{
	char name[32];
	const char *line;
	char *copy;

	snprintf(name, sizeof(name), "\ncrm      %s ", node);
	line = strstr(output, name);
	if (line == NULL)
		fail_msg("no line of %s in: %s", node, output);
	copy = strndup(line + 1, strcspn(line + 1, "\n"));
	if (strstr(copy, part) == NULL)
		fail_msg("no \"%s\" in: %s", part, copy);
	free(copy);
}

static char *
probe(struct crm *crm, int code)
{
	char *output;
	int got = daemon_probe(crm->daemon, crm->site, &output);

	if (got != code)
		fail_msg("exit code %d and not %d: %s", got, code, output);
	return output;
}

static void
test_all_is_well(struct site *site)
{
	struct crm crm;
	char *output;

	open_nodes(&crm, site, "right");
	let_in(&crm, "+@all");
	output = probe(&crm, 0);
	expect_line(output, "a", " ok ");
	expect_line(output, "a", "primary  Redis ");
	expect_line(output, "b", "replica  Redis ");
	assert_non_null(strstr(output, "3 nodes: 3 well"));
	free(output);
}

static void
test_missing_privileges_are_named(struct site *site)
{
	struct crm crm;
	char *output;

	open_nodes(&crm, site, "right");
	let_in(&crm, "+@all -replicaof -client|pause");
	output = probe(&crm, LACKING);
	for (int i = 0; i < CRM_NODES; i++) {
		expect_line(output, crm.node[i]->name, "lacks-privilege");
		expect_line(output, crm.node[i]->name,
		    "ACL SETUSER limited +replicaof +client|pause");
	}
	free(output);
	assert_true(redis_node_is_primary(crm.node[0]));
	assert_int_equal(redis_node_calls(crm.node[0], "replicaof"), 0);
	assert_int_equal(redis_node_calls(crm.node[0], "client|pause"), 0);
}

/* Whoever may not ask about privileges is not told to lack them. */
static void
test_privileges_that_can_not_be_asked_for_are_told(struct site *site)
{
	struct crm crm;
	char *output;

	open_nodes(&crm, site, "right");
	let_in(&crm, "+@all -acl");
	output = probe(&crm, 0);
	expect_line(output, "c", " ok ");
	expect_line(output, "c", "ACL SETUSER limited +acl|dryrun");
	free(output);
}

static void
test_refused_login_and_dead_node(struct site *site)
{
	struct crm crm;
	char *output;

	open_nodes(&crm, site, "wrong");
	let_in(&crm, "+@all");
	output = probe(&crm, LACKING);
	expect_line(output, "b", "login-refused");
	expect_line(output, "b", "WRONGPASS");
	free(output);
	redis_node_kill(crm.node[1]);
	output = probe(&crm, UNANSWERED);
	expect_line(output, "a", "login-refused");
	expect_line(output, "b", " refused ");
	free(output);
}

/* A frozen node keeps nobody waiting longer than the limit. */
static void
test_silent_node_ends_in_time(struct site *site)
{
	struct crm crm;
	usec_t from;
	char *output;

	open_nodes(&crm, site, "right");
	let_in(&crm, "+@all");
	redis_node_freeze(crm.node[2]);
	from = clock_now();
	output = probe(&crm, UNANSWERED);
	assert_true(clock_now() - from < 15 * USEC_SEC);
	redis_node_resume(crm.node[2]);
	expect_line(output, "a", " ok ");
	expect_line(output, "c", " silent ");
	free(output);
}

static void
test_works_beside_a_regent_that_runs(struct site *site)
{
	struct crm crm;
	char *output;

	crm_open(&crm, site, &(struct crm_options){ .regent_lines = "" });
	output = probe(&crm, 0);
	free(output);
	assert_true(daemon_answers(crm.daemon));
	crm_check_one_primary(&crm, crm.node[0]);
}

static void
test_probe_goes_with_test(struct site *site)
{
	const char *argv[] = { "regent", "--probe", NULL };
	char *output;

	assert_int_equal(
	    process_run(site, daemon_program(), argv, &output), 64);
	assert_non_null(strstr(output, "--test"));
	free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_all_is_well),
		SITE_TEST(test_missing_privileges_are_named),
		SITE_TEST(test_privileges_that_can_not_be_asked_for_are_told),
		SITE_TEST(test_refused_login_and_dead_node),
		SITE_TEST(test_silent_node_ends_in_time),
		SITE_TEST(test_works_beside_a_regent_that_runs),
		SITE_TEST(test_probe_goes_with_test),
	};

	return SITE_MAIN(tests);
}
