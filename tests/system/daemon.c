#include "daemon.h"

#include "answer.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAEMON_START_MS 10000
#define DAEMON_STOP_MS 10000
#define DAEMON_ANSWER_MS 10000
#define DAEMON_TAIL 6000

const char *
daemon_program(void)
{
	const char *set = getenv("REGENT");

	return set != NULL ? set : "./regent";
}

const char *
daemon_ctl_program(void)
{
	const char *set = getenv("REGENTCTL");

	return set != NULL ? set : "./regentctl";
}

void
daemon_check_log(struct daemon *d)
{
	static const char *const complaints[] = {
		"ERROR: AddressSanitizer",
		"ERROR: LeakSanitizer",
		"WARNING: ThreadSanitizer",
		"runtime error:",
	};
	char *log = site_read_file(d->process.log);
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(complaints) && found == NULL; i++)
		if (strstr(log, complaints[i]) != NULL)
			found = complaints[i];
	free(log);
	if (found != NULL)
		fail_msg("regent reported: %s", found);
}

static void
daemon_finish(struct resource *res)
{
	struct daemon *d = container_of(res, struct daemon, resource);

	if (process_is_running(&d->process)) {
		daemon_signal(d, SIGTERM);
		daemon_expect_exit(d, 0, DAEMON_STOP_MS);
	}
	daemon_check_log(d);
}

static void
daemon_dump(struct resource *res)
{
	struct daemon *d = container_of(res, struct daemon, resource);

	site_print_tail("regent", d->process.log, DAEMON_TAIL);
	if (process_is_running(&d->process))
		fprintf(stderr, "---- show cluster ----\n%s\n",
		    daemon_ask(d, "show cluster"));
}

/* Those that have ended already are reaped. */
static void
daemon_end_elders(struct daemon *d)
{
	int status;

	for (unsigned i = 0; i < d->n_elders; i++) {
		if (waitpid(d->elders[i], &status, WNOHANG) > 0)
			continue;
		if (kill(d->elders[i], SIGKILL) == 0)
			(void)waitpid(d->elders[i], &status, 0);
	}
	d->n_elders = 0;
}

static void
daemon_close(struct resource *res)
{
	struct daemon *d = container_of(res, struct daemon, resource);

	process_kill(&d->process);
	daemon_end_elders(d);
	text_fini(&d->answer);
	free(d);
}

void
daemon_write_ini(struct daemon *d, const char *text)
{
	site_write_file(d->ini, text);
}

static void daemon_vconfigure(struct daemon *d, const char *fmt, va_list ap)
    PRINTF_LIKE(2, 0);
static struct daemon *daemon_vnew(
    struct site *site, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

static void
daemon_vconfigure(struct daemon *d, const char *fmt, va_list ap)
{
	struct text ini = TEXT_INIT;
	char *rest;

	CHECK(vasprintf(&rest, fmt, ap) >= 0);
	text_addf(&ini,
	    "[regent]\n"
	    "control_socket = %s\n"
	    "state_dir = %s\n"
	    "%s",
	    d->control, d->state_dir, rest);
	daemon_write_ini(d, text_cstr(&ini));
	text_fini(&ini);
	free(rest);
}

void
daemon_configure(struct daemon *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	daemon_vconfigure(d, fmt, ap);
	va_end(ap);
}

static struct daemon *
daemon_vnew(struct site *site, const char *fmt, va_list ap)
{
	struct daemon *d = mem_new(sizeof(*d));

	process_init(&d->process, site, "regent");
	site_path(site, d->ini, "regent.ini");
	site_path(site, d->control, "control.sock");
	site_path(site, d->state_dir, "state");
	CHECK(mkdir(d->state_dir, 0755) == 0 || errno == EEXIST);
	d->resource.finish = daemon_finish;
	d->resource.dump = daemon_dump;
	d->resource.close = daemon_close;
	site_add(site, &d->resource);
	daemon_vconfigure(d, fmt, ap);
	return d;
}

struct daemon *
daemon_new(struct site *site, const char *fmt, ...)
{
	struct daemon *d;
	va_list ap;

	va_start(ap, fmt);
	d = daemon_vnew(site, fmt, ap);
	va_end(ap);
	return d;
}

static void
daemon_spawn(struct daemon *d)
{
	const char *argv[4 + ARRAY_LEN(d->options)] = { "regent", "-c",
		d->ini };

	for (size_t i = 0; i + 1 < ARRAY_LEN(d->options); i++)
		argv[3 + i] = d->options[i];
	process_start(&d->process, daemon_program(), argv);
}

void
daemon_launch(struct daemon *d)
{
	daemon_spawn(d);
	ASSERT_WITHIN(DAEMON_START_MS,
	    daemon_answers(d) || !process_is_running(&d->process));
	if (!process_is_running(&d->process))
		fail_msg(
		    "regent did not start: exit code %d", d->process.exit_code);
}

int
daemon_probe(struct daemon *d, struct site *site, char **output)
{
	const char *argv[] = { "regent", "-t", "--probe", "-c", d->ini, NULL };

	return process_run(site, daemon_program(), argv, output);
}

void
daemon_expect_probe(
    struct daemon *d, struct site *site, int code, const char *part)
{
	char *output;
	int got = daemon_probe(d, site, &output);

	if (got != code || strstr(output, part) == NULL)
		fail_msg("exit code %d, no \"%s\" in: %s", got, part, output);
	free(output);
}

int
daemon_fails(struct daemon *d)
{
	daemon_spawn(d);
	return process_wait(&d->process, DAEMON_START_MS);
}

struct daemon *
daemon_start(struct site *site, const char *fmt, ...)
{
	struct daemon *d;
	va_list ap;

	va_start(ap, fmt);
	d = daemon_vnew(site, fmt, ap);
	va_end(ap);
	daemon_launch(d);
	return d;
}

void
daemon_signal(struct daemon *d, int sig)
{
	process_signal(&d->process, sig);
}

pid_t
daemon_pid(struct daemon *d)
{
	return (pid_t)daemon_info(d, "pid");
}

/* Whom it starts is adopted by us when it has ended. */
void
daemon_upgrade(struct daemon *d)
{
	pid_t old = d->process.pid, now = 0;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHECK(d->n_elders < ARRAY_LEN(d->elders));
	d->elders[d->n_elders++] = old;
	daemon_signal(d, SIGUSR2);
	ASSERT_WITHIN(DAEMON_START_MS, (now = daemon_pid(d)) > 0 && now != old);
	d->process.pid = now;
}

void
daemon_expect_exit(struct daemon *d, int code, int ms)
{
	int got = process_wait(&d->process, ms);

	if (got == -1)
		fail_msg("regent did not stop within %d ms", ms);
	if (got != code)
		fail_msg("regent: exit code %d instead of %d", got, code);
}

void
daemon_restart(struct daemon *d)
{
	daemon_signal(d, SIGTERM);
	daemon_expect_exit(d, 0, DAEMON_STOP_MS);
	daemon_launch(d);
}

static int
daemon_connect(struct daemon *d)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval timeout = {
		.tv_sec = DAEMON_ANSWER_MS / 1000 * clock_slowdown(),
	};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(strlen(d->control) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, d->control, strlen(d->control));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
daemon_exchange(struct daemon *d, const char *line)
{
	int fd = daemon_connect(d);
	char bytes[4096];
	ssize_t n;

	text_clear(&d->answer);
	if (fd < 0)
		return;
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) > 0) {
		shutdown(fd, SHUT_WR);
		while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
			text_add_bytes(&d->answer, bytes, (size_t)n);
	}
	close(fd);
	while (d->answer.len > 0 && d->answer.at[d->answer.len - 1] == '\n')
		d->answer.at[--d->answer.len] = '\0';
}

const char *
daemon_ask(struct daemon *d, const char *fmt, ...)
{
	struct text line = TEXT_INIT;
	char *command;
	va_list ap;

	va_start(ap, fmt);
	CHECK(vasprintf(&command, fmt, ap) >= 0);
	va_end(ap);
	text_addf(&line, "%s\n", command);
	daemon_exchange(d, text_cstr(&line));
	text_fini(&line);
	free(command);
	return text_cstr(&d->answer);
}

bool
daemon_answers(struct daemon *d)
{
	return daemon_ask(d, "show info")[0] != '\0';
}

size_t
daemon_log_size(struct daemon *d)
{
	struct stat st;

	return stat(d->process.log, &st) == 0 ? (size_t)st.st_size : 0;
}

bool
daemon_has_logged_since(struct daemon *d, size_t from, const char *part)
{
	char *log = site_read_file(d->process.log);
	bool has = strlen(log) > from && strstr(log + from, part) != NULL;

	free(log);
	return has;
}

bool
daemon_has_logged(struct daemon *d, const char *part)
{
	return daemon_has_logged_since(d, 0, part);
}

const char *
daemon_cluster_field(struct daemon *d, const char *cluster, const char *field)
{
	answer_pair(daemon_ask(d, "show cluster %s", cluster), field, d->field,
	    sizeof(d->field));
	return d->field;
}

const char *
daemon_node_field(
    struct daemon *d, const char *cluster, const char *node, const char *field)
{
	answer_cell(daemon_ask(d, "show cluster %s", cluster), node, field,
	    d->field, sizeof(d->field));
	return d->field;
}

bool
daemon_node_tells(
    struct daemon *d, const char *cluster, const char *node, const char *text)
{
	const char *answer = daemon_ask(d, "show cluster %s", cluster);
	const char *row, *end, *found;
	char start[64];

	snprintf(start, sizeof(start), "\n  %s ", node);
	row = strstr(answer, start);
	if (row == NULL)
		return false;
	end = strchrnul(row + 1, '\n');
	found = strstr(row, text);
	return found != NULL && found < end;
}

const char *
daemon_primary(struct daemon *d, const char *cluster)
{
	return daemon_cluster_field(d, cluster, "primary");
}

bool
daemon_cluster_is(
    struct daemon *d, const char *cluster, const char *field, const char *want)
{
	return strcmp(daemon_cluster_field(d, cluster, field), want) == 0;
}

bool
daemon_node_is(
    struct daemon *d, const char *node, const char *field, const char *want)
{
	return strcmp(daemon_node_field(d, "crm", node, field), want) == 0;
}

/* What a node's health is called in `show cluster`. */
static bool
daemon_node_health_is(struct daemon *d, const char *node, const char *want)
{
	return daemon_node_is(d, node, "health", want);
}

bool
daemon_node_is_up(struct daemon *d, const char *node)
{
	return daemon_node_health_is(d, node, "UP");
}

bool
daemon_node_is_down(struct daemon *d, const char *node)
{
	return daemon_node_health_is(d, node, "DOWN");
}

bool
daemon_node_is_quarantined(struct daemon *d, const char *node)
{
	return daemon_node_is(d, node, "standing", "QUARANTINED");
}

static long long
daemon_number(struct daemon *d, const char *answer, const char *name)
{
	if (!answer_pair(answer, name, d->field, sizeof(d->field)))
		return -1;
	return strtoll(d->field, NULL, 10);
}

long long
daemon_info(struct daemon *d, const char *name)
{
	return daemon_number(d, daemon_ask(d, "show info"), name);
}

long long
daemon_stat(struct daemon *d, const char *row, const char *column)
{
	if (!answer_cell(daemon_ask(d, "show stat"), row, column, d->field,
		sizeof(d->field)))
		return -1;
	return strtoll(d->field, NULL, 10);
}
