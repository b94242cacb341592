/*
 * spawn.h - starts a program that gets nothing of ours but what it is given:
 * no ignored signals, no mask, no descriptors beyond the standard ones.
 */
#ifndef REGENT_NET_SPAWN_H
#define REGENT_NET_SPAWN_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

struct spawn_plan {
	const char *path;
	char *const *argv;
	char *const *env;
	bool is_session; /* it leads a session of its own */
	/* Its descriptors, if not ours of the same number; 0 or errno value. */
	int (*set_files)(posix_spawn_file_actions_t *files, const void *arg);
	const void *arg;
};

/* 0, or an errno value, and then there is no process. */
int spawn_run(pid_t *pid, const struct spawn_plan *plan);

#endif
