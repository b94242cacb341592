/*
 * The life of the process: signals, reload, the background, systemd, and what
 * it does when the system has run out of something.
 */
#include "crm.h"
#include "farm.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct farm_options daemon_named = { .kind = FAKE_NAMED };

static void
test_reload_adds_a_listener_and_keeps_sessions(struct site *site)
{
	uint16_t more_port = site_port();
	struct farm farm;
	char more[96];
	int fd, added;

	farm_open(&farm, site, &daemon_named);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	snprintf(more, sizeof(more),
	    "[listen more]\nbind = 127.0.0.1:%u\ncluster = farm\n",
	    (unsigned)more_port);
	farm_configure(&farm, &daemon_named, more);
	daemon_signal(farm.daemon, SIGHUP);
	ASSERT_WITHIN(10000, !client_is_refused(more_port));
	added = client_open(more_port);
	client_expect(added, "a\n", 5000);
	assert_true(client_echoes(fd, "still here", 5000));
	assert_int_equal(farm_ask(&farm), 0);
	close(added);
	/* And takes it away again; its port is free then. */
	farm_configure(&farm, &daemon_named, "");
	daemon_signal(farm.daemon, SIGHUP);
	ASSERT_WITHIN(10000, client_is_refused(more_port));
	assert_true(client_echoes(fd, "still here", 5000));
	close(fd);
}

static void
test_bad_reload_leaves_everything_as_it_was(struct site *site)
{
	struct farm farm;
	int fd;

	farm_open(&farm, site, &daemon_named);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	farm_configure(&farm, &daemon_named, "colour = red\n");
	daemon_signal(farm.daemon, SIGHUP);
	ASSERT_WITHIN(10000, daemon_has_logged(farm.daemon, "colour"));
	assert_true(daemon_has_logged(farm.daemon, "regent.ini:"));
	assert_true(client_echoes(fd, "still here", 5000));
	assert_int_equal(farm_ask(&farm), 0);
	close(fd);
}

/* One listener of the new file can't be opened: nothing of it is used. */
static void
test_reload_that_can_not_listen_is_undone(struct site *site)
{
	struct fake_node *taken;
	uint16_t free_port = site_port();
	struct farm farm;
	char more[200];

	farm_open(&farm, site, &daemon_named);
	taken = fake_node_start(site, "taken", FAKE_SILENT);
	snprintf(more, sizeof(more),
	    "[listen m]\nbind = 127.0.0.1:%u\ncluster = farm\n"
	    "[listen n]\nbind = 127.0.0.1:%u\ncluster = farm\n",
	    (unsigned)free_port, (unsigned)fake_node_port(taken));
	farm_configure(&farm, &daemon_named, more);
	daemon_signal(farm.daemon, SIGHUP);
	snprintf(more, sizeof(more), ":%u", (unsigned)fake_node_port(taken));
	ASSERT_WITHIN(10000, daemon_has_logged(farm.daemon, more));
	ASSERT_DURING(200, client_is_refused(free_port));
	assert_int_equal(farm_ask(&farm), 0);
}

static void
test_quit_lets_sessions_finish(struct site *site)
{
	struct farm farm;
	int fd;

	farm_open(&farm, site, &daemon_named);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	daemon_signal(farm.daemon, SIGQUIT);
	ASSERT_WITHIN(10000, client_is_refused(farm.port));
	assert_true(client_echoes(fd, "one more thing", 5000));
	assert_true(process_is_running(&farm.daemon->process));
	close(fd);
	daemon_expect_exit(farm.daemon, 0, 10000);
}

static void
test_quit_cuts_sessions_after_drain_timeout(struct site *site)
{
	const struct farm_options options = {
		.kind = FAKE_NAMED,
		.regent_lines = "drain_timeout = 300ms",
	};
	struct farm farm;
	int fd;

	farm_open(&farm, site, &options);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	daemon_signal(farm.daemon, SIGQUIT);
	assert_true(client_is_closed(fd, 10000));
	daemon_expect_exit(farm.daemon, 0, 10000);
	close(fd);
}

static void
test_term_stops_at_once(struct site *site)
{
	struct farm farm;
	usec_t start;
	int fd;

	farm_open(&farm, site, &daemon_named);
	assert_int_equal(farm_greet(&farm, &fd, 5000), 0);
	start = clock_now();
	daemon_signal(farm.daemon, SIGTERM);
	daemon_expect_exit(farm.daemon, 0, 5000);
	assert_true(clock_now() - start < 2 * USEC_SEC * clock_slowdown());
	assert_true(client_is_closed(fd, 1000));
	assert_int_not_equal(access(farm.daemon->control, F_OK), 0);
	close(fd);
}

static bool
daemon_file_has(const char *path, const char *part)
{
	char *text = site_read_file(path);
	bool has = strstr(text, part) != NULL;

	free(text);
	return has;
}

static void
test_usr1_opens_the_log_again(struct site *site)
{
	char log[SITE_PATH_LEN], old[SITE_PATH_LEN];
	char lines[SITE_PATH_LEN + 16];
	struct farm_options options = {
		.kind = FAKE_NAMED,
		.regent_lines = lines,
	};
	struct farm farm;

	site_path(site, log, "own.log");
	site_path(site, old, "own.log.1");
	snprintf(lines, sizeof(lines), "log = %s", log);
	farm_open(&farm, site, &options);
	ASSERT_WITHIN(5000, daemon_file_has(log, "farm"));
	assert_int_equal(rename(log, old), 0);
	daemon_signal(farm.daemon, SIGUSR1);
	ASSERT_WITHIN(5000, access(log, F_OK) == 0);
	fake_node_down(farm.node[0]);
	ASSERT_WITHIN(5000, daemon_file_has(log, "node=farm/a"));
}

static void
test_daemon_goes_into_the_background(struct site *site)
{
	char pid_file[SITE_PATH_LEN], lines[2 * SITE_PATH_LEN + 32];
	char log[SITE_PATH_LEN];
	struct daemon *d;
	char *text;

	site_path(site, pid_file, "regent.pid");
	site_path(site, log, "own.log");
	snprintf(
	    lines, sizeof(lines), "pid_file = %s\nlog = %s\n", pid_file, log);
	d = daemon_new(site,
	    "%s[cluster crm]\n"
	    "[node crm/a]\naddress = 127.0.0.1:1\n"
	    "[listen l]\nbind = 127.0.0.1:%u\ncluster = crm\n",
	    lines, (unsigned)site_port());
	d->options[0] = "--daemon";
	/* The parent leaves when all is open. */
	assert_int_equal(daemon_fails(d), 0);
	text = site_read_file(pid_file);
	d->process.pid = (pid_t)atoi(text);
	free(text);
	assert_true(d->process.pid > 1);
	assert_true(daemon_answers(d));
	daemon_signal(d, SIGTERM);
	daemon_expect_exit(d, 0, 10000);
	assert_int_not_equal(access(pid_file, F_OK), 0);
}

struct daemon_notify {
	int fd;
	struct text seen;
};

static void
daemon_notify_open(struct daemon_notify *n, struct site *site)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[SITE_PATH_LEN];

	site_path(site, path, "notify.sock");
	CHECK(strlen(path) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path));
	n->seen = (struct text)TEXT_INIT;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(n->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "400000", 1);
}

/* Whether a message with that line has come since the last call. */
static bool
daemon_notify_has(struct daemon_notify *n, const char *line)
{
	char bytes[2048];
	ssize_t len;

	while ((len = recv(n->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		text_add_bytes(&n->seen, bytes, (size_t)len);
		text_add(&n->seen, "\n");
	}
	if (strstr(text_cstr(&n->seen), line) == NULL)
		return false;
	text_clear(&n->seen);
	return true;
}

static void
test_systemd_is_told(struct site *site)
{
	struct daemon_notify n;
	struct farm farm;

	daemon_notify_open(&n, site);
	farm_open(&farm, site, &daemon_named);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	ASSERT_WITHIN(5000, daemon_notify_has(&n, "READY=1"));
	ASSERT_WITHIN(5000, daemon_notify_has(&n, "WATCHDOG=1"));
	ASSERT_WITHIN(5000, daemon_notify_has(&n, "WATCHDOG=1"));
	daemon_signal(farm.daemon, SIGHUP);
	ASSERT_WITHIN(5000, daemon_notify_has(&n, "RELOADING=1"));
	fake_node_down(farm.node[0]);
	ASSERT_WITHIN(10000, daemon_notify_has(&n, "STATUS="));
	daemon_signal(farm.daemon, SIGTERM);
	ASSERT_WITHIN(5000, daemon_notify_has(&n, "STOPPING=1"));
	daemon_expect_exit(farm.daemon, 0, 5000);
	close(n.fd);
	text_fini(&n.seen);
}

static void
daemon_limit(struct daemon *d, enum __rlimit_resource what, rlim_t limit)
{
	struct rlimit rl;

	assert_int_equal(prlimit(d->process.pid, what, NULL, &rl), 0);
	rl.rlim_cur = limit < rl.rlim_max ? limit : rl.rlim_max;
	assert_int_equal(prlimit(d->process.pid, what, &rl, NULL), 0);
}

static void
test_accepting_pauses_without_file_descriptors(struct site *site)
{
	int fds[40], served = 0;
	struct farm farm;
	usec_t cpu_us;
	pid_t pid;

	farm_open(&farm, site, &daemon_named);
	pid = farm.daemon->process.pid;
	daemon_limit(
	    farm.daemon, RLIMIT_NOFILE, (rlim_t)process_fd_count(pid) + 12);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = client_open(farm.port);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		served += client_gets(fds[i], "a\n", i == 0 ? 5000 : 20);
	assert_in_range(served, 1, 11);
	cpu_us = process_cpu_us(pid);
	ASSERT_DURING(500, process_is_running(&farm.daemon->process));
	assert_true(process_cpu_us(pid) - cpu_us < 300 * USEC_MS);
	for (unsigned i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	ASSERT_WITHIN(10000, farm_ask(&farm) == 0);
	ASSERT_WITHIN(10000, daemon_stat(farm.daemon, "farm", "starved") > 0);
	daemon_limit(farm.daemon, RLIMIT_NOFILE, RLIM_INFINITY);
	assert_int_equal(farm_ask(&farm), 0);
}

/* A log that is no regular file: RLIMIT_FSIZE is for the journal alone. */
struct daemon_pipe {
	char path[SITE_PATH_LEN];
	int fd;
	struct text seen;
};

static void
daemon_pipe_open(struct daemon_pipe *log, struct site *site)
{
	site_path(site, log->path, "log.fifo");
	assert_int_equal(mkfifo(log->path, 0600), 0);
	log->fd = open(log->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(log->fd >= 0);
	log->seen = (struct text)TEXT_INIT;
}

static bool
daemon_pipe_has(struct daemon_pipe *log, const char *part)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(log->fd, bytes, sizeof(bytes))) > 0)
		text_add_bytes(&log->seen, bytes, (size_t)n);
	return strstr(text_cstr(&log->seen), part) != NULL;
}

/*
 * A full disk, made by a limit on the size of files.  Nothing is promoted
 * before its line is in the journal.
 */
static void
test_full_disk_stops_a_promotion(struct site *site)
{
	char lines[SITE_PATH_LEN + 16];
	struct crm_options options = { .regent_lines = lines };
	struct daemon_pipe log;
	struct crm crm;

	daemon_pipe_open(&log, site);
	snprintf(lines, sizeof(lines), "log = %s", log.path);
	/* Inherited: as on a full disk, the write fails and nobody dies. */
	signal(SIGXFSZ, SIG_IGN);
	crm_open(&crm, site, &options);
	signal(SIGXFSZ, SIG_DFL);
	daemon_limit(crm.daemon, RLIMIT_FSIZE, 0);
	redis_node_kill(crm.node[0]);
	ASSERT_WITHIN(CRM_SETTLE_MS, daemon_pipe_has(&log, "journal"));
	ASSERT_DURING(1000,
	    !redis_node_is_primary(crm.node[1]) &&
		!redis_node_is_primary(crm.node[2]));
	assert_null(crm_primary(&crm));
	daemon_limit(crm.daemon, RLIMIT_FSIZE, RLIM_INFINITY);
	crm_wait_settled(&crm, crm_wait_successor(&crm, crm.node[0]));
	close(log.fd);
	text_fini(&log.seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_reload_adds_a_listener_and_keeps_sessions),
		SITE_TEST(test_bad_reload_leaves_everything_as_it_was),
		SITE_TEST(test_reload_that_can_not_listen_is_undone),
		SITE_TEST(test_quit_lets_sessions_finish),
		SITE_TEST(test_quit_cuts_sessions_after_drain_timeout),
		SITE_TEST(test_term_stops_at_once),
		SITE_TEST(test_usr1_opens_the_log_again),
		SITE_TEST(test_daemon_goes_into_the_background),
		SITE_TEST(test_systemd_is_told),
		SITE_TEST(test_accepting_pauses_without_file_descriptors),
		SITE_TEST(test_full_disk_stops_a_promotion),
	};

	return SITE_MAIN(tests);
}
