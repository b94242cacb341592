#include "daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One byte: the child is ready.  The end of the pipe: it has failed, and has
 * said why on the standard error that it still shares with us. */
static _Noreturn void
daemonize_wait(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int
daemonize_fork(struct daemonize *d, struct err *err)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_errno(err, "pipe");
	pid = fork();
	if (pid < 0)
		return err_errno(err, "fork");
	if (pid > 0) {
		close(fds[1]);
		daemonize_wait(fds[0]);
	}
	close(fds[0]);
	if (setsid() < 0 || chdir("/") != 0)
		return err_errno(err, "daemon");
	d->ready_fd = fds[1];
	return 0;
}

int
daemonize_settle(struct err *err)
{
	return chdir("/") == 0 ? 0 : err_errno(err, "daemon");
}

/* Whoever reads the file finds one pid or the other, and never nothing. */
int
daemonize_pid_file(struct daemonize *d, const char *path, struct err *err)
{
	char temp[PATH_MAX];
	FILE *file;
	bool is_written;

	if (path[0] == '\0')
		return 0;
	if (snprintf(temp, sizeof(temp), "%s.new", path) >= (int)sizeof(temp))
		return err_set(err, -ENAMETOOLONG, "pid_file %s", path);
	file = fopen(temp, "we");
	if (file == NULL)
		return err_errno(err, "pid_file %s", temp);
	is_written = fprintf(file, "%ld\n", (long)getpid()) > 0;
	if (fclose(file) != 0 || !is_written || rename(temp, path) != 0)
		return err_errno(err, "pid_file %s", path);
	snprintf(d->pid_file, sizeof(d->pid_file), "%s", path);
	return 0;
}

void
daemonize_ready(struct daemonize *d)
{
	int null;

	if (d->ready_fd == 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		close(null);
	}
	/* A parent that is gone already needs no answer. */
	(void)!write(d->ready_fd, "", 1);
	close(d->ready_fd);
	d->ready_fd = 0;
}

void
daemonize_forget(struct daemonize *d)
{
	d->pid_file[0] = '\0';
}

static bool
daemonize_is_named(const char *path)
{
	FILE *file = fopen(path, "re");
	long pid = 0;

	if (file == NULL)
		return false;
	if (fscanf(file, "%ld", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid == (long)getpid();
}

void
daemonize_fini(struct daemonize *d)
{
	if (d->pid_file[0] != '\0' && daemonize_is_named(d->pid_file))
		(void)unlink(d->pid_file);
	if (d->ready_fd != 0)
		close(d->ready_fd);
}
