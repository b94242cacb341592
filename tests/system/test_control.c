/*
 * The control socket and regentctl: every command, and those who talk to the
 * socket without manners.
 */
#include "answer.h"
#include "client.h"
#include "crm.h"
#include "json_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Exit codes of regentctl, for scripts. */
#define CTL_OK 0
#define CTL_REFUSED 1 /* the daemon answered with an error */
#define CTL_USAGE 2
#define CTL_SILENT 3 /* no daemon there */

static void
test_every_command_answers(struct site *site)
{
	static const char *const commands[] = { "help", "show info",
		"show cluster", "show cluster crm", "show sessions",
		"show stat", "show events" };
	struct crm crm;

	crm_open(&crm, site, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
		const char *answer = daemon_ask(crm.daemon, "%s", commands[i]);

		if (answer[0] == '\0')
			fail_msg("%s: no answer", commands[i]);
		assert_lacks(answer, "error:");
	}
	assert_contains(daemon_ask(crm.daemon, "help"), "switchover");
	assert_contains(daemon_ask(crm.daemon, "help"), "set node");
	assert_contains(daemon_ask(crm.daemon, "show info"), "epoch");
}

static void
test_show_cluster_tells_the_nodes(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, NULL);
	assert_string_equal(daemon_primary(crm.daemon, "crm"), "a");
	assert_string_equal(
	    daemon_cluster_field(crm.daemon, "crm", "phase"), "STEADY");
	assert_true(daemon_node_is(crm.daemon, "a", "role", "primary"));
	assert_true(daemon_node_is(crm.daemon, "b", "role", "replica"));
	for (unsigned i = 0; i < CRM_NODES; i++)
		assert_true(daemon_node_is_up(crm.daemon, crm.node[i]->name));
	/* Without a name: all clusters. */
	assert_contains(daemon_ask(crm.daemon, "show cluster"), "cluster=crm");
}

static void
test_show_sessions_lists_a_client(struct site *site)
{
	struct crm crm;
	char port[16];
	int fd;

	crm_open(&crm, site, NULL);
	fd = client_open(crm.write_port);
	client_send(fd, "PING\r\n");
	client_expect(fd, "+PONG\r\n", 5000);
	snprintf(port, sizeof(port), ":%u", (unsigned)crm.node[0]->port);
	assert_contains(daemon_ask(crm.daemon, "show sessions"), "write");
	assert_contains(daemon_ask(crm.daemon, "show sessions"), "a");
	close(fd);
	ASSERT_WITHIN(5000,
	    strstr(daemon_ask(crm.daemon, "show sessions"), "write") == NULL);
}

static void
test_events_tell_the_failover(struct site *site)
{
	struct redis_node *now;
	struct crm crm;

	crm_open(&crm, site, NULL);
	redis_node_kill(crm.node[0]);
	now = crm_wait_successor(&crm, crm.node[0]);
	crm_wait_settled(&crm, now);
	assert_contains(daemon_ask(crm.daemon, "show events"), "promote");
	assert_contains(daemon_ask(crm.daemon, "show events"), "a");
	assert_true(daemon_has_logged(crm.daemon, "node=crm/a"));
}

static void
control_check_error(struct daemon *d, const char *command, const char *part)
{
	const char *answer = daemon_ask(d, "%s", command);

	if (strncmp(answer, "error: ", 7) != 0)
		fail_msg("%s: %s", command, answer);
	assert_contains(answer, part);
}

static void
test_bad_commands_are_errors(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, NULL);
	control_check_error(crm.daemon, "dance", "dance");
	control_check_error(crm.daemon, "show", "show");
	control_check_error(crm.daemon, "show cluster nothing", "nothing");
	control_check_error(crm.daemon, "switchover", "");
	control_check_error(crm.daemon, "switchover nothing", "nothing");
	control_check_error(crm.daemon, "switchover crm nobody", "nobody");
	control_check_error(crm.daemon, "switchover crm b b", "");
	control_check_error(crm.daemon, "set node crm/b", "");
	control_check_error(crm.daemon, "set node crm/b state tired", "tired");
	control_check_error(crm.daemon, "set node crm/x state maint", "x");
	control_check_error(
	    crm.daemon, "set node nothing/b state maint", "nothing");
	assert_ptr_equal(crm_primary(&crm), crm.node[0]);
}

static void
test_several_commands_on_a_line(struct site *site)
{
	const char *answer, *second;
	struct crm crm;

	crm_open(&crm, site, NULL);
	answer = daemon_ask(crm.daemon, "show cluster crm; dance; show info");
	assert_contains(answer, "cluster=crm");
	second = strstr(answer, "\n\nerror: ");
	assert_non_null(second);
	assert_non_null(strstr(second + 2, "\n\n"));
	/* An empty command is none. */
	assert_contains(
	    daemon_ask(crm.daemon, ";;show cluster crm;"), "cluster=crm");
}

static int
control_connect(struct daemon *d)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, d->control, strlen(d->control) + 1);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void
test_line_without_end_is_refused(struct site *site)
{
	char junk[4096];
	struct crm crm;
	int fd;

	crm_open(&crm, site, NULL);
	memset(junk, 'x', sizeof(junk));
	fd = control_connect(crm.daemon);
	for (int i = 0; i < 256; i++)
		if (send(fd, junk, sizeof(junk), MSG_NOSIGNAL) < 0)
			break;
	assert_true(client_is_closed(fd, 10000));
	close(fd);
	assert_true(daemon_answers(crm.daemon));
}

static void
test_silent_clients_block_nobody(struct site *site)
{
	struct crm crm;
	int fds[32];

	crm_open(&crm, site, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = control_connect(crm.daemon);
		if (i % 2 == 0)
			client_send(fds[i], "show in"); /* and no more */
	}
	assert_true(daemon_answers(crm.daemon));
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	assert_true(daemon_answers(crm.daemon));
}

/* A client that asks and leaves before the answer. */
static void
test_client_that_leaves_early_harms_nobody(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, NULL);
	for (int i = 0; i < 50; i++) {
		int fd = control_connect(crm.daemon);

		client_send(fd, "show cluster;show sessions;show stat\n");
		close(fd);
	}
	assert_true(daemon_answers(crm.daemon));
}

static void
test_socket_is_for_owner_and_group(struct site *site)
{
	struct stat st;
	struct crm crm;

	crm_open(&crm, site, NULL);
	assert_int_equal(stat(crm.daemon->control, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0660);
}

static bool
control_reads_from(struct crm *crm, unsigned node)
{
	long long before, after;

	before = redis_node_calls(crm->node[node], "get");
	for (int i = 0; i < 8; i++)
		(void)redis_node_port_has(crm->read_port, "k", "v");
	after = redis_node_calls(crm->node[node], "get");
	return after > before;
}

static void
control_set_node(struct crm *crm, const char *node, const char *state)
{
	const char *answer =
	    daemon_ask(crm->daemon, "set node crm/%s state %s", node, state);

	assert_lacks(answer, "error:");
}

static void
test_node_in_maintenance_takes_no_clients(struct site *site)
{
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_seed(&crm);
	ASSERT_WITHIN(5000, control_reads_from(&crm, 1));
	control_set_node(&crm, "b", "maint");
	ASSERT_WITHIN(5000, !control_reads_from(&crm, 1));
	ASSERT_WITHIN(5000, redis_node_port_has(crm.read_port, "k", "v"));
	/* Not promoted either. */
	control_check_error(crm.daemon, "switchover crm b", "b: it is set to");
	control_set_node(&crm, "b", "ready");
	ASSERT_WITHIN(5000, control_reads_from(&crm, 1));
}

static void
test_drained_node_keeps_its_sessions(struct site *site)
{
	redisContext *conns[4];
	struct crm crm;

	crm_open(&crm, site, NULL);
	crm_seed(&crm);
	ASSERT_WITHIN(5000, control_reads_from(&crm, 1));
	for (unsigned i = 0; i < ARRAY_LEN(conns); i++) {
		conns[i] = redis_node_connect(crm.read_port, NULL, 5000);
		assert_non_null(conns[i]);
		freeReplyObject(redisCommand(conns[i], "PING"));
	}
	control_set_node(&crm, "b", "drain");
	control_set_node(&crm, "c", "drain");
	ASSERT_WITHIN(5000, !control_reads_from(&crm, 1));
	for (unsigned i = 0; i < ARRAY_LEN(conns); i++) {
		redisReply *reply = redisCommand(conns[i], "PING");

		assert_non_null(reply);
		freeReplyObject(reply);
		redisFree(conns[i]);
	}
}

static int
control_ctl(struct crm *crm, const char *const words[4], char **output)
{
	const char *argv[] = { "regentctl", "-s", crm->daemon->control,
		words[0], words[1], words[2], words[3], NULL };

	return process_run(crm->site, daemon_ctl_program(), argv, output);
}

static void
control_expect(
    struct crm *crm, int code, const char *const words[4], const char *part)
{
	char *output;
	int got;

	got = control_ctl(crm, words, &output);
	if (got != code)
		fail_msg("regentctl %s: exit code %d instead of %d: %s",
		    words[0], got, code, output);
	assert_contains(output, part);
	free(output);
}

static void
test_regentctl_has_exit_codes_for_scripts(struct site *site)
{
	static const char *const good[4] = { "show", "cluster" };
	static const char *const bad[4] = { "show", "cluster", "nothing" };
	static const char *const unknown[4] = { "dance" };
	static const char *const none[4] = { NULL };
	static const char *const move[4] = { "switchover", "crm", "b" };
	static const char *const force[4] = { "failover", "crm", "--force" };
	struct crm crm;

	crm_open(&crm, site, NULL);
	control_expect(&crm, CTL_OK, good, "crm");
	control_expect(&crm, CTL_REFUSED, bad, "nothing");
	control_expect(&crm, CTL_REFUSED, unknown, "dance");
	control_expect(&crm, CTL_USAGE, none, "usage");
	/* It serves: what is forced there is a switchover, if anything. */
	control_expect(&crm, CTL_REFUSED, force, "switchover");
	control_expect(&crm, CTL_OK, move, "");
	assert_ptr_equal(crm_primary(&crm), crm.node[1]);
	process_kill(&crm.daemon->process);
	control_expect(&crm, CTL_SILENT, good, "control.sock");
}

static void
test_regentctl_speaks_json(struct site *site)
{
	static const char *const what[] = { "info", "cluster", "sessions",
		"stat", "events" };
	struct crm crm;
	char *output;

	crm_open(&crm, site, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(what); i++) {
		const char *words[4] = { "--json", "show", what[i] };

		assert_int_equal(control_ctl(&crm, words, &output), CTL_OK);
		if (!json_is_valid(output))
			fail_msg("show %s: no JSON: %s", what[i], output);
		free(output);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_every_command_answers),
		SITE_TEST(test_show_cluster_tells_the_nodes),
		SITE_TEST(test_show_sessions_lists_a_client),
		SITE_TEST(test_events_tell_the_failover),
		SITE_TEST(test_bad_commands_are_errors),
		SITE_TEST(test_several_commands_on_a_line),
		SITE_TEST(test_line_without_end_is_refused),
		SITE_TEST(test_silent_clients_block_nobody),
		SITE_TEST(test_client_that_leaves_early_harms_nobody),
		SITE_TEST(test_socket_is_for_owner_and_group),
		SITE_TEST(test_node_in_maintenance_takes_no_clients),
		SITE_TEST(test_drained_node_keeps_its_sessions),
		SITE_TEST(test_regentctl_has_exit_codes_for_scripts),
		SITE_TEST(test_regentctl_speaks_json),
	};

	return SITE_MAIN(tests);
}
