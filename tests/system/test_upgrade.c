/*
 * What outlives the process: sockets that a service manager keeps, and those
 * that one program hands to the next.
 */
#include "endure.h"
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

/* ---- one program after another ------------------------------------------ */

static void
test_upgrade_keeps_sessions_and_serves_new_ones(struct site *site)
{
	struct farm farm;
	pid_t old;
	int fd;

	farm_open(&farm, site, &upgrade_named);
	old = farm.daemon->process.pid;
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	daemon_upgrade(farm.daemon);
	assert_int_not_equal(farm.daemon->process.pid, old);
	assert_true(client_echoes(fd, "still here", 5000));
	assert_int_equal(farm_ask(&farm), 0);
	ASSERT_WITHIN(5000, daemon_info(farm.daemon, "elders") == 1);
	assert_true(client_echoes(fd, "and here", 5000));
	close(fd);
	ASSERT_WITHIN(5000, daemon_info(farm.daemon, "elders") == 0);
	assert_int_equal(farm_ask(&farm), 0);
}

/* How long, and how often: REGENT_UPGRADE_SECONDS=60 is once every 2 s. */
static void
endure_upgrades(struct farm *farm, struct endure *e)
{
	const char *set = getenv("REGENT_UPGRADE_SECONDS");
	unsigned n = set != NULL ? (unsigned)atoi(set) / 2 : 6;
	usec_t period = set != NULL ? 2 * USEC_SEC : 300 * USEC_MS;
	struct endure_result r, before;

	endure_read(e, &before);
	for (unsigned i = 0; i < n; i++) {
		usec_t next = clock_now() + period / 2;

		daemon_signal(farm->daemon, SIGHUP);
		clock_sleep_until(next);
		daemon_upgrade(farm->daemon);
		clock_sleep_until(next + period / 2);
		endure_read(e, &r);
		if (r.failed + r.cut > 0)
			fail_msg("upgrade %u: %llu failed, %llu cut: %s", i,
			    (unsigned long long)r.failed,
			    (unsigned long long)r.cut, r.why);
	}
	endure_read(e, &r);
	assert_true(r.connects > before.connects);
	printf("%u upgrades, %u reloads: %llu connects, %llu failed; "
	       "%llu rounds of sessions that stay, %.1f MB, %llu cut\n",
	    n, n, (unsigned long long)r.connects, (unsigned long long)r.failed,
	    (unsigned long long)r.rounds, (double)r.bytes / 1e6,
	    (unsigned long long)r.cut);
}

static void
test_upgrades_in_a_row_fail_nobody_and_cut_nobody(struct site *site)
{
	struct endure_result r;
	struct endure *e;
	struct farm farm;

	farm_open(&farm, site, &upgrade_named);
	e = endure_start(site, farm.port, 4, 8);
	endure_upgrades(&farm, e);
	endure_stop(e);
	endure_read(e, &r);
	if (r.failed + r.cut + r.damaged > 0)
		fail_msg("%llu failed, %llu cut, %llu damaged: %s",
		    (unsigned long long)r.failed, (unsigned long long)r.cut,
		    (unsigned long long)r.damaged, r.why);
	ASSERT_WITHIN(10000, daemon_info(farm.daemon, "elders") == 0);
}

enum { UPGRADE_CHAIN = 10 };

/* A session from each generation, and each generation in the next's hands. */
static void
test_chain_of_elders_follows_the_newest_guard(struct site *site)
{
	int fds[UPGRADE_CHAIN + 1];
	struct farm farm;

	farm_open(&farm, site, &upgrade_named);
	for (int i = 0; i < UPGRADE_CHAIN; i++) {
		assert_int_equal(farm_greet(&farm, &fds[i], 5000), 0);
		daemon_upgrade(farm.daemon);
	}
	assert_int_equal(farm_greet(&farm, &fds[UPGRADE_CHAIN], 5000), 0);
	/* For a moment the one before accepts as well. */
	assert_true(daemon_info(farm.daemon, "elders") >= UPGRADE_CHAIN / 2);
	for (int i = 0; i <= UPGRADE_CHAIN; i++)
		assert_true(client_echoes(fds[i], "each of them", 5000));
	/* What only the newest knows reaches all of them. */
	fake_node_down(farm.node[0]);
	for (int i = 0; i <= UPGRADE_CHAIN; i++) {
		assert_true(client_is_closed(fds[i], 5000));
		close(fds[i]);
	}
	ASSERT_WITHIN(10000, farm_ask(&farm) == 1);
	ASSERT_WITHIN(10000, daemon_info(farm.daemon, "elders") == 0);
	assert_false(daemon_has_logged(farm.daemon, "action=kill"));
}

/* For a moment the one before accepts as well. */
static void
upgrade_alone(struct farm *farm)
{
	pid_t old = farm->daemon->process.pid;
	char line[64];

	daemon_upgrade(farm->daemon);
	snprintf(
	    line, sizeof(line), "elder=%ld state=accepts-nobody", (long)old);
	ASSERT_WITHIN(5000, daemon_has_logged(farm->daemon, line));
}

/* What a database can bear, it bears of all processes together. */
static void
test_limit_of_a_cluster_counts_sessions_of_elders(struct site *site)
{
	static const struct farm_options options = {
		.kind = FAKE_NAMED,
		.cluster_lines = "maxconn = 2",
	};
	struct farm farm;
	int first, second, third;

	farm_open(&farm, site, &options);
	assert_int_equal(farm_greet(&farm, &first, 5000), 0);
	upgrade_alone(&farm);
	assert_int_equal(farm_greet(&farm, &second, 5000), 0);
	upgrade_alone(&farm);
	assert_int_equal(daemon_info(farm.daemon, "elders"), 2);
	third = client_open(farm.port);
	ASSERT_DURING(200, client_is_waiting(third));
	close(first);
	client_expect(third, "a\n", 5000);
	close(second);
	close(third);
}

/* A copy of the program, which can be replaced. */
static void
upgrade_copy_program(struct site *site, char path[SITE_PATH_LEN])
{
	const char *program = daemon_program();
	char command[1024];

	site_path(site, path, "regent-copy");
	snprintf(command, sizeof(command), "cp '%s' '%s'", program, path);
	assert_int_equal(system(command), 0);
	setenv("REGENT", path, 1);
}

static void
upgrade_replace_program(const char *path, const char *script)
{
	char temp[SITE_PATH_LEN + 8];

	snprintf(temp, sizeof(temp), "%s.new", path);
	site_write_file(temp, script);
	assert_int_equal(chmod(temp, 0755), 0);
	assert_int_equal(rename(temp, path), 0);
}

static void
upgrade_expect_failure(struct farm *farm, int fd, const char *why)
{
	pid_t pid = farm->daemon->process.pid;
	size_t from = daemon_log_size(farm->daemon);

	daemon_signal(farm->daemon, SIGUSR2);
	ASSERT_WITHIN(10000,
	    daemon_has_logged_since(farm->daemon, from, "upgrade=failed"));
	if (!daemon_has_logged_since(farm->daemon, from, why))
		fail_msg("the log does not say: %s", why);
	assert_true(client_echoes(fd, "as if nothing had happened", 5000));
	assert_int_equal(farm_ask(farm), 0);
	assert_int_equal(daemon_pid(farm->daemon), pid);
	assert_contains(daemon_ask(farm->daemon, "upgrade"), why);
}

static void
test_new_program_that_fails_changes_nothing(struct site *site)
{
	char path[SITE_PATH_LEN];
	struct farm farm;
	int fd;

	upgrade_copy_program(site, path);
	farm_open(&farm, site, &upgrade_named);
	unsetenv("REGENT");
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	upgrade_replace_program(path, "#!/bin/sh\nexit 3\n");
	upgrade_expect_failure(&farm, fd, "it has ended");
	upgrade_replace_program(path, "#!/bin/sh\nkill -SEGV $$\n");
	upgrade_expect_failure(&farm, fd, "it has ended");
	assert_int_equal(unlink(path), 0);
	upgrade_expect_failure(&farm, fd, "No such file");
	close(fd);
}

static void
test_new_configuration_that_is_wrong_changes_nothing(struct site *site)
{
	struct farm farm;
	int fd;

	farm_open(&farm, site, &upgrade_named);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	farm_configure(&farm, &upgrade_named, "colour = red\n");
	upgrade_expect_failure(&farm, fd, "colour");
	/* What only the old process knows: found when it stands still. */
	daemon_configure(farm.daemon,
	    "[cluster farm]\nprotocol = tcp\n"
	    "[node farm/b]\naddress = 127.0.0.1:%u\n"
	    "[listen farm]\nbind = 127.0.0.1:%u\ncluster = farm\n",
	    (unsigned)fake_node_port(farm.node[1]), (unsigned)farm.port);
	upgrade_expect_failure(&farm, fd, "is the primary");
	/* Now and then it works. */
	farm_configure(&farm, &upgrade_named, "");
	daemon_upgrade(farm.daemon);
	assert_true(client_echoes(fd, "still here", 5000));
	close(fd);
}

/* More workers, fewer, a listener more, one less: all sockets are served. */
static void
test_configuration_may_change_with_the_program(struct site *site)
{
	static const char *const workers[] = { "workers = 4", "workers = 1",
		"workers = 3", "workers = 2" };
	uint16_t more_port = site_port();
	struct endure_result r;
	struct endure *e;
	struct farm farm;
	char more[96];

	farm_open(&farm, site, &upgrade_named);
	e = endure_start(site, farm.port, 4, 4);
	snprintf(more, sizeof(more),
	    "[listen more]\nbind = 127.0.0.1:%u\ncluster = farm\n",
	    (unsigned)more_port);
	for (unsigned i = 0; i < ARRAY_LEN(workers); i++) {
		const struct farm_options options = {
			.kind = FAKE_NAMED,
			.regent_lines = workers[i],
		};

		farm_configure(&farm, &options, i % 2 == 0 ? more : "");
		daemon_upgrade(farm.daemon);
		assert_int_equal(daemon_info(farm.daemon, "workers"),
		    atoi(workers[i] + strlen("workers = ")));
		if (i % 2 == 0)
			assert_false(client_is_refused(more_port));
		else
			ASSERT_WITHIN(5000, client_is_refused(more_port));
	}
	endure_stop(e);
	endure_read(e, &r);
	if (r.failed + r.cut + r.damaged > 0)
		fail_msg("%llu failed, %llu cut, %llu damaged: %s",
		    (unsigned long long)r.failed, (unsigned long long)r.cut,
		    (unsigned long long)r.damaged, r.why);
}

static void
test_upgrade_timeout_ends_sessions_of_elders(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.regent_lines = "upgrade_timeout = 300ms",
	};
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	daemon_upgrade(farm.daemon);
	assert_true(client_echoes(fd, "not yet cut", 5000));
	assert_true(client_is_closed(fd, 5000));
	assert_true(daemon_has_logged(farm.daemon, "upgrade_timeout"));
	close(fd);
}

static void
test_stop_ends_elders_too(struct site *site)
{
	struct farm farm;
	int fd;

	farm_open(&farm, site, &upgrade_named);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	daemon_upgrade(farm.daemon);
	daemon_signal(farm.daemon, SIGTERM);
	assert_true(client_is_closed(fd, 5000));
	daemon_expect_exit(farm.daemon, 0, 10000);
	assert_int_not_equal(access(farm.daemon->control, F_OK), 0);
	close(fd);
}

static pid_t
upgrade_read_pid(const char *path)
{
	char *text = site_read_file(path);
	pid_t pid = (pid_t)atoi(text);

	free(text);
	return pid;
}

static void
test_pid_file_of_a_daemon_names_the_new_one(struct site *site)
{
	char pid_file[SITE_PATH_LEN], log[SITE_PATH_LEN];
	struct daemon *d;

	site_path(site, pid_file, "regent.pid");
	site_path(site, log, "own.log");
	d = daemon_new(site,
	    "pid_file = %s\nlog = %s\n[cluster crm]\n"
	    "[node crm/a]\naddress = 127.0.0.1:1\n"
	    "[listen l]\nbind = 127.0.0.1:%u\ncluster = crm\n",
	    pid_file, log, (unsigned)site_port());
	d->options[0] = "--daemon";
	assert_int_equal(daemon_fails(d), 0);
	d->process.pid = upgrade_read_pid(pid_file);
	for (int i = 0; i < 3; i++) {
		daemon_upgrade(d);
		ASSERT_WITHIN(
		    5000, upgrade_read_pid(pid_file) == d->process.pid);
	}
	ASSERT_WITHIN(5000, daemon_info(d, "elders") == 0);
	assert_int_equal(upgrade_read_pid(pid_file), d->process.pid);
	daemon_signal(d, SIGTERM);
	daemon_expect_exit(d, 0, 10000);
	assert_int_not_equal(access(pid_file, F_OK), 0);
}

/* It had taken over already, and gave up all that there was. */
static void
test_pid_file_that_can_not_be_written_ends_nothing(struct site *site)
{
	struct farm_options options = { .kind = FAKE_NAMED };
	char lines[SITE_PATH_LEN + 32];
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	snprintf(lines, sizeof(lines), "pid_file = %s/no/such/dir", site->dir);
	options.regent_lines = lines;
	farm_configure(&farm, &options, "");
	daemon_upgrade(farm.daemon);
	ASSERT_WITHIN(5000, daemon_has_logged(farm.daemon, "no/such/dir"));
	assert_true(client_echoes(fd, "still here", 5000));
	assert_int_equal(farm_ask(&farm), 0);
	close(fd);
}

static bool
notify_has(int fd, struct text *seen, const char *line)
{
	char bytes[2048];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		text_add_bytes(seen, bytes, (size_t)n);
		text_add(seen, "\n");
	}
	return strstr(text_cstr(seen), line) != NULL;
}

static void
test_systemd_is_told_of_the_new_process(struct site *site)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[SITE_PATH_LEN], line[64];
	struct text seen = TEXT_INIT;
	struct farm farm;
	int fd;

	site_path(site, path, "notify.sock");
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "400000", 1);
	farm_open(&farm, site, &upgrade_named);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	for (int i = 0; i < 2; i++) {
		daemon_upgrade(farm.daemon);
		snprintf(line, sizeof(line), "MAINPID=%ld\nREADY=1",
		    (long)farm.daemon->process.pid);
		ASSERT_WITHIN(5000, notify_has(fd, &seen, line));
		/* And the new one says that it lives. */
		text_clear(&seen);
		ASSERT_WITHIN(5000, notify_has(fd, &seen, "WATCHDOG=1"));
		assert_lacks(text_cstr(&seen), "STOPPING");
	}
	close(fd);
	text_fini(&seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_restart_behind_a_service_manager_refuses_nobody),
		SITE_TEST(test_upgrade_keeps_sessions_and_serves_new_ones),
		SITE_TEST(test_upgrades_in_a_row_fail_nobody_and_cut_nobody),
		SITE_TEST(test_chain_of_elders_follows_the_newest_guard),
		SITE_TEST(test_limit_of_a_cluster_counts_sessions_of_elders),
		SITE_TEST(test_new_program_that_fails_changes_nothing),
		SITE_TEST(test_new_configuration_that_is_wrong_changes_nothing),
		SITE_TEST(test_configuration_may_change_with_the_program),
		SITE_TEST(test_upgrade_timeout_ends_sessions_of_elders),
		SITE_TEST(test_stop_ends_elders_too),
		SITE_TEST(test_pid_file_of_a_daemon_names_the_new_one),
		SITE_TEST(test_pid_file_that_can_not_be_written_ends_nothing),
		SITE_TEST(test_systemd_is_told_of_the_new_process),
	};

	return SITE_MAIN(tests);
}
