#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_RUN_MS 20000

void
process_init(struct process *p, struct site *site, const char *name)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	site_path(site, p->log, "%s.log", p->name);
}

/*
 * Sockets of hiredis are not close-on-exec: a node that inherited a client's
 * socket would keep that connection open behind everybody's back.
 */
static void
process_close_inherited(const struct process *p)
{
	unsigned first = 3 + p->n_passed;

	for (unsigned i = 0; i < p->n_passed; i++)
		if (dup2(p->passed[i], (int)(3 + i)) < 0)
			_exit(126);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, ~0U, 0U) == 0)
		return;
#endif
	for (unsigned fd = first; fd < 65536; fd++)
		close((int)fd);
}

/* Other threads exist: only async-signal-safe calls from here to exec. */
static _Noreturn void
process_exec(
    const struct process *p, const char *path, const char *const argv[])
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	host_move(p->host);
	fd = open(p->log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	fd = open("/dev/null", O_RDONLY);
	if (fd < 0 || dup2(fd, 0) < 0)
		_exit(126);
	process_close_inherited(p);
	/* Servers of nobody's can't be where root keeps the build. */
	if (path[0] == '/' && chdir("/") != 0)
		_exit(126);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

void
process_start(struct process *p, const char *path, const char *const argv[])
{
	pid_t pid;

	CHECK(p->pid == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		process_exec(p, path, argv);
	p->pid = pid;
}

static void
process_note_exit(struct process *p, int status)
{
	p->pid = 0;
	p->exit_code =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Started by one that we have started: ours when that has ended. */
static bool
process_is_grandchild(const struct process *p)
{
	return errno == ECHILD && kill(p->pid, 0) == 0;
}

bool
process_is_running(struct process *p)
{
	int status;
	pid_t rc;

	if (p->pid == 0)
		return false;
	rc = waitpid(p->pid, &status, WNOHANG);
	if (rc == 0 || (rc < 0 && process_is_grandchild(p)))
		return true;
	process_note_exit(p, rc > 0 ? status : 0);
	return false;
}

int
process_wait(struct process *p, int ms)
{
	usec_t deadline = clock_deadline(ms);

	while (process_is_running(p))
		if (!clock_step(deadline))
			return -1;
	return p->exit_code;
}

void
process_signal(struct process *p, int sig)
{
	CHECK(p->pid > 0);
	CHECK(kill(p->pid, sig) == 0);
}

void
process_kill(struct process *p)
{
	if (!process_is_running(p))
		return;
	kill(p->pid, SIGKILL);
	while (process_is_running(p))
		(void)clock_step(clock_deadline(1000));
}

int
process_run(struct site *site, const char *path, const char *const argv[],
    char **output)
{
	struct process p;
	int rc;

	process_init(&p, site, "run");
	unlink(p.log);
	process_start(&p, path, argv);
	rc = process_wait(&p, PROCESS_RUN_MS);
	process_kill(&p);
	*output = site_read_file(p.log);
	return rc;
}

bool
process_find(const char *program, char *buf, size_t size)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		size_t len = strcspn(path, ":");

		snprintf(buf, size, "%.*s/%s", (int)len, path, program);
		if (access(buf, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

long
process_rss_kib(pid_t pid)
{
	char path[64];
	const char *at;
	char *status;
	long kib = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = site_read_file(path);
	at = strstr(status, "VmRSS:");
	if (at != NULL)
		kib = strtol(at + 6, NULL, 10);
	free(status);
	return kib;
}

int
process_fd_count(pid_t pid)
{
	char path[64];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

usec_t
process_cpu_us(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char path[64];
	const char *at;
	char *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stat = site_read_file(path);
	/* The name in parentheses may hold anything; fields 14 and 15. */
	at = strrchr(stat, ')');
	if (at != NULL)
		(void)sscanf(at + 1,
		    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		    &user, &system);
	free(stat);
	return (usec_t)(user + system) * USEC_SEC / sysconf(_SC_CLK_TCK);
}
