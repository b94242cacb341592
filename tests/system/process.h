/*
 * process.h - a child process of a test, its log, and what /proc tells.
 *
 * A process can be started again after it has ended, under the same name and
 * with the same log.  It is killed with its site, and by the kernel when the
 * test program dies.
 */
#ifndef REGENT_SYSTEM_PROCESS_H
#define REGENT_SYSTEM_PROCESS_H

#include "host.h"
#include "site.h"

#include <sys/types.h>

struct process {
	char name[32];
	char log[SITE_PATH_LEN]; /* stdout and stderr, appended */
	pid_t pid;               /* 0 when not running */
	int exit_code;           /* of the last run; 128 + a signal */
	const struct host *host; /* where it runs; NULL: where we are */
	unsigned n_passed;       /* descriptors it gets, from 3 on */
	int passed[4];           /* above those numbers */
};

void process_init(struct process *p, struct site *site, const char *name);

/* argv ends with NULL.  `path` is what is executed, whatever argv[0] says. */
void process_start(
    struct process *p, const char *path, const char *const argv[]);

bool process_is_running(struct process *p);

/* Exit code, 128 + signal when killed by one, -1 when still running. */
int process_wait(struct process *p, int ms);

void process_signal(struct process *p, int sig);

/* SIGKILL, and waits until it is gone. */
void process_kill(struct process *p);

/*
 * Runs a program to its end; *output, freed by the caller, is all it printed.
 * Returns the exit code as process_wait does.
 */
int process_run(struct site *site, const char *path, const char *const argv[],
    char **output);

/* The path of a program in $PATH into buf; false if there is none. */
bool process_find(const char *program, char *buf, size_t size);

long process_rss_kib(pid_t pid);
int process_fd_count(pid_t pid);
usec_t process_cpu_us(pid_t pid);

#endif
