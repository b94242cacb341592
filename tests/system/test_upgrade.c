/*
 * What outlives the process: sockets that a service manager keeps, and those
 * that one program hands to the next.
 */
#include "farm.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct farm_options upgrade_named = { .kind = FAKE_NAMED };

/* ---- a service manager with sockets ------------------------------------ */

enum { MANAGER_FIRST = 20 };

struct manager {
	char program[SITE_PATH_LEN];
	int tcp_fd;
	int unix_fd;
};

static int
manager_keep(int fd)
{
	int kept = fcntl(fd, F_DUPFD_CLOEXEC, MANAGER_FIRST);

	assert_true(kept >= 0);
	close(fd);
	return kept;
}

static int
manager_listen_unix(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(strlen(path) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 10), 0);
	return fd;
}

/* LISTEN_PID is only known when there is a process. */
static void
manager_open(struct manager *m, struct site *site, uint16_t port)
{
	char script[512], control[SITE_PATH_LEN], here[256];
	const char *program = daemon_program();

	site_path(site, m->program, "activate");
	site_path(site, control, "control.sock");
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(script, sizeof(script),
	    "#!/bin/sh\n"
	    "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=farm:control \\\n"
	    "exec %s%s%s \"$@\"\n",
	    program[0] == '/' ? "" : here, program[0] == '/' ? "" : "/",
	    program);
	site_write_file(m->program, script);
	assert_int_equal(chmod(m->program, 0755), 0);
	m->tcp_fd = manager_keep(client_listen(port));
	m->unix_fd = manager_keep(manager_listen_unix(control));
	setenv("REGENT", m->program, 1);
}

static void
manager_close(struct manager *m)
{
	unsetenv("REGENT");
	close(m->tcp_fd);
	close(m->unix_fd);
}

static void
manager_farm(struct manager *m, struct farm *farm, struct site *site)
{
	memset(farm, 0, sizeof(*farm));
	farm->site = site;
	farm->port = site_port();
	for (unsigned i = 0; i < FARM_NODES; i++)
		farm->node[i] = fake_node_start(
		    site, (const char[]){ (char)('a' + i), '\0' }, FAKE_NAMED);
	farm_configure(farm, &upgrade_named, "");
	manager_open(m, site, farm->port);
	farm->daemon->process.n_passed = 2;
	farm->daemon->process.passed[0] = m->tcp_fd;
	farm->daemon->process.passed[1] = m->unix_fd;
}

/*
 * Between two runs nobody is refused: the manager keeps the sockets, and who
 * comes waits in them.
 */
static void
test_restart_behind_a_service_manager_refuses_nobody(struct site *site)
{
	struct manager m;
	struct farm farm;
	int before, between;

	manager_farm(&m, &farm, site);
	before = client_open(farm.port);
	daemon_launch(farm.daemon);
	client_expect(before, "a\n", 10000);
	daemon_signal(farm.daemon, SIGTERM);
	daemon_expect_exit(farm.daemon, 0, 10000);
	assert_int_equal(access(farm.daemon->control, F_OK), 0);
	between = client_open(farm.port);
	daemon_launch(farm.daemon);
	client_expect(between, "a\n", 10000);
	assert_int_equal(farm_ask(&farm), 0);
	close(before);
	close(between);
	daemon_signal(farm.daemon, SIGQUIT);
	daemon_expect_exit(farm.daemon, 0, 10000);
	manager_close(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_restart_behind_a_service_manager_refuses_nobody),
	};

	return SITE_MAIN(tests);
}
