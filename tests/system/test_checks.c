/*
 * Nodes that others speak for: a web server, a script, an agent.  Clients go
 * where they say, at once and nowhere else.
 */
#include "client.h"
#include "daemon.h"
#include "fake_node.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECKS_NODES = 2, CHECKS_SETTLE_MS = 15000 };

struct checks {
	struct site *site;
	struct fake_node *node[CHECKS_NODES];  /* greet with their names */
	struct fake_node *voice[CHECKS_NODES]; /* speak for them */
	struct daemon *daemon;
	uint16_t write_port;
	uint16_t read_port;
};

static void
checks_open(struct checks *c, struct site *site, enum fake_kind voices,
    const char *lines)
{
	static const char *const names[] = { "a", "b" };

	c->site = site;
	for (unsigned i = 0; i < CHECKS_NODES; i++) {
		c->node[i] = fake_node_start(site, names[i], FAKE_NAMED);
		c->voice[i] = fake_node_start(site, names[i], voices);
	}
	c->write_port = site_port();
	c->read_port = site_port();
	c->daemon = daemon_new(site, "workers = 1\n");
	daemon_configure(c->daemon,
	    "workers = 1\n"
	    "[cluster crm]\n"
	    "check_interval = 50ms\n"
	    "check_timeout = 5s\n"
	    "fall = 2\n"
	    "%s\n"
	    "[node crm/a]\n"
	    "address = 127.0.0.1:%u\n"
	    "check_port = %u\n"
	    "priority = 200\n"
	    "[node crm/b]\n"
	    "address = 127.0.0.1:%u\n"
	    "check_port = %u\n"
	    "[listen write]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "[listen read]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "route = replica\n"
	    "primary_fallback = no\n"
	    "hold_timeout = 0\n",
	    lines, (unsigned)fake_node_port(c->node[0]),
	    (unsigned)fake_node_port(c->voice[0]),
	    (unsigned)fake_node_port(c->node[1]),
	    (unsigned)fake_node_port(c->voice[1]), (unsigned)c->write_port,
	    (unsigned)c->read_port);
}

/* Whether who connects there is greeted by this one. */
static bool
checks_leads_to(uint16_t port, const char *name)
{
	char line[16] = "";
	int fd = client_open(port);
	bool is_read = client_read_line(fd, line, sizeof(line), 1000);

	close(fd);
	return is_read && strcmp(line, name) == 0;
}

static bool
checks_is(
    struct checks *c, const char *node, const char *field, const char *want)
{
	return strcmp(daemon_node_field(c->daemon, "crm", node, field), want) ==
	    0;
}

#define WAIT(cond) ASSERT_WITHIN(CHECKS_SETTLE_MS, cond)

#ifdef HAVE_CURL
static void
test_web_server_tells_health(struct site *site)
{
	struct checks c;

	checks_open(&c, site, FAKE_WEB, "check = http\ncheck_path = /health");
	fake_node_script(c.voice[0], "204 No Content", "500 No");
	fake_node_script(c.voice[1], "302 Found", "500 No");
	daemon_launch(c.daemon);
	WAIT(checks_leads_to(c.write_port, "a"));
	fake_node_script(c.voice[0], "503 Service Unavailable", "200 OK");
	WAIT(checks_leads_to(c.write_port, "b"));
	assert_true(checks_is(&c, "a", "health", "DOWN"));
	assert_contains(daemon_ask(c.daemon, "show cluster crm"), "503");
	/* Nobody listens there any more: the node is not asked in its place. */
	fake_node_script(c.voice[0], "200 OK", "");
	WAIT(checks_is(&c, "a", "health", "UP"));
	fake_node_down(c.voice[1]);
	WAIT(checks_leads_to(c.write_port, "a"));
}

static void
test_web_server_tells_roles(struct site *site)
{
	struct checks c;
	size_t log;

	checks_open(&c, site, FAKE_WEB,
	    "check = http\nfailover = follow\ncheck_path = /primary\n"
	    "check_replica_path = /replica");
	fake_node_script(c.voice[0], "503 No", "200 OK");
	fake_node_script(c.voice[1], "200 OK", "503 No");
	daemon_launch(c.daemon);
	WAIT(checks_leads_to(c.write_port, "b"));
	WAIT(checks_leads_to(c.read_port, "a"));
	/* It is neither: it serves nothing, and who writes waits. */
	log = daemon_log_size(c.daemon);
	fake_node_script(c.voice[1], "503 No", "503 No");
	WAIT(daemon_has_logged_since(c.daemon, log, "phase=STEADY->HOLD"));
	WAIT(checks_is(&c, "b", "health", "DOWN"));
	fake_node_script(c.voice[0], "200 OK", "503 No");
	WAIT(checks_leads_to(c.write_port, "a"));
	fake_node_script(c.voice[1], "503 No", "200 OK");
	WAIT(checks_leads_to(c.read_port, "b"));
	assert_false(daemon_has_logged(c.daemon, "operation="));
}
#endif

/* The file beside the nodes holds what the script exits with. */
static void
checks_set_code(struct checks *c, const char *node, const char *code)
{
	char path[SITE_PATH_LEN], next[SITE_PATH_LEN];

	site_path(c->site, path, "code.%s", node);
	site_path(c->site, next, "code.next");
	site_write_file(next, code);
	assert_int_equal(rename(next, path), 0);
}

static void
checks_open_exec(struct checks *c, struct site *site, const char *more)
{
	char script[SITE_PATH_LEN], text[400], lines[400];

	site_path(site, script, "check.sh");
	snprintf(text, sizeof(text),
	    "cd %s\n"
	    "echo \"$REGENT_EVENT $REGENT_CLUSTER/$REGENT_NODE\" "
	    "\"$REGENT_NODE_ADDRESS\"\n"
	    "exit $(cat code.$REGENT_NODE)\n",
	    site->dir);
	site_write_file(script, text);
	snprintf(lines, sizeof(lines),
	    "check = exec\ncheck_command = sh %s\n%s", script, more);
	checks_open(c, site, FAKE_SILENT, lines);
}

static void
test_script_tells_health(struct site *site)
{
	struct checks c;
	char want[64];
	int fds;

	checks_open_exec(&c, site, "");
	checks_set_code(&c, "a", "0");
	checks_set_code(&c, "b", "0");
	daemon_launch(c.daemon);
	WAIT(checks_leads_to(c.write_port, "a"));
	snprintf(want, sizeof(want), "check crm/a 127.0.0.1:%u",
	    (unsigned)fake_node_port(c.node[0]));
	assert_contains(daemon_ask(c.daemon, "show cluster crm"), want);
	fds = process_fd_count(c.daemon->process.pid);
	checks_set_code(&c, "a", "7");
	WAIT(checks_leads_to(c.write_port, "b"));
	/* A check that is broken says nothing of its node. */
	checks_set_code(&c, "b", "127");
	WAIT(checks_is(&c, "b", "verdict", "local-error"));
	assert_true(checks_leads_to(c.write_port, "b"));
	checks_set_code(&c, "a", "0");
	WAIT(checks_is(&c, "a", "health", "UP"));
	assert_true(checks_leads_to(c.write_port, "b"));
	WAIT(process_fd_count(c.daemon->process.pid) <= fds + 2);
}

static void
test_script_tells_roles(struct site *site)
{
	struct checks c;
	size_t log;

	checks_open_exec(&c, site, "failover = follow");
	checks_set_code(&c, "a", "0");
	checks_set_code(&c, "b", "8");
	daemon_launch(c.daemon);
	WAIT(checks_leads_to(c.write_port, "b"));
	WAIT(checks_leads_to(c.read_port, "a"));
	log = daemon_log_size(c.daemon);
	checks_set_code(&c, "b", "0");
	WAIT(daemon_has_logged_since(c.daemon, log, "phase=STEADY->HOLD"));
	checks_set_code(&c, "a", "8");
	WAIT(checks_leads_to(c.write_port, "a"));
	WAIT(checks_leads_to(c.read_port, "b"));
}

/* What tells roles, or not, can't be changed under a running cluster. */
static void
test_roles_are_not_taken_away_by_a_reload(struct site *site)
{
	char *ini, *follow;
	struct checks c;

	checks_open_exec(&c, site, "failover = follow");
	checks_set_code(&c, "a", "8");
	checks_set_code(&c, "b", "0");
	daemon_launch(c.daemon);
	WAIT(checks_leads_to(c.write_port, "a"));
	ini = site_read_file(c.daemon->ini);
	follow = strstr(ini, "follow");
	assert_non_null(follow);
	memcpy(follow, "manual", 6);
	daemon_write_ini(c.daemon, ini);
	free(ini);
	daemon_signal(c.daemon, SIGHUP);
	WAIT(daemon_has_logged(c.daemon, "found manual: expected follow"));
	assert_true(checks_leads_to(c.write_port, "a"));
}

static void
test_agent_tells_health_and_state(struct site *site)
{
	struct checks c;

	checks_open(&c, site, FAKE_AGENT, "check = agent");
	fake_node_script(c.voice[0], "up 100%", "");
	fake_node_script(c.voice[1], "ready,up", "");
	daemon_launch(c.daemon);
	WAIT(checks_leads_to(c.write_port, "a"));
	/* It is the one that is written to: only health moves it. */
	fake_node_script(c.voice[0], "drain # backup", "");
	WAIT(daemon_has_logged(c.daemon, "agent=drain result=refused"));
	assert_true(checks_leads_to(c.write_port, "a"));
	fake_node_script(c.voice[0], "down # backup", "");
	WAIT(checks_leads_to(c.write_port, "b"));
	assert_contains(daemon_ask(c.daemon, "show cluster crm"), "backup");
	fake_node_script(c.voice[0], "drain # backup", "");
	WAIT(checks_is(&c, "a", "admin", "drain"));
	WAIT(checks_is(&c, "a", "health", "UP"));
	assert_false(checks_leads_to(c.read_port, "a"));
	fake_node_script(c.voice[0], "ready", "");
	WAIT(checks_is(&c, "a", "admin", "ready"));
	WAIT(checks_leads_to(c.read_port, "a"));
	/* What is no agent is told so, and is not up. */
	fake_node_script(c.voice[0], "220 smtp ready", "");
	WAIT(checks_is(&c, "a", "health", "DOWN"));
	assert_contains(
	    daemon_ask(c.daemon, "show cluster crm"), "not understood");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_CURL
		SITE_TEST(test_web_server_tells_health),
		SITE_TEST(test_web_server_tells_roles),
#endif
		SITE_TEST(test_script_tells_health),
		SITE_TEST(test_script_tells_roles),
		SITE_TEST(test_roles_are_not_taken_away_by_a_reload),
		SITE_TEST(test_agent_tells_health_and_state),
	};

	return SITE_MAIN(tests);
}
