/*
 * daemonize.h - going into the background, and the file with our pid.
 *
 * The parent leaves only when the child has everything open (or has failed),
 * so that `regent --daemon` in a script means what it says.
 */
#ifndef REGENT_DAEMONIZE_H
#define REGENT_DAEMONIZE_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>

/* All zero is a process that stays in the foreground. */
struct daemonize {
	int ready_fd; /* of the child, 0: none */
	char pid_file[PATH_MAX];
};

/* Before any thread.  Returns in the child only; the parent exits with the
 * child's success or failure. */
int daemonize_fork(struct daemonize *d, struct err *err) MUST_CHECK;

/* A process that takes over from a daemon is one already. */
int daemonize_settle(struct err *err) MUST_CHECK;

/* Writes the pid, in the place of what is there; "" is no file. */
int daemonize_pid_file(struct daemonize *d, const char *path, struct err *err)
    MUST_CHECK;

/* Lets the parent go. */
void daemonize_ready(struct daemonize *d);

/* The pid file is another process' from now on. */
void daemonize_forget(struct daemonize *d);

/* Removes the pid file, if it still names us. */
void daemonize_fini(struct daemonize *d);

#endif
