/*
 * launch.h - how this program was started, and starting it once more.
 *
 * The same path (not the same file: that is the point), arguments,
 * environment and directory as at the start, whatever became of them since.
 */
#ifndef REGENT_UPGRADE_LAUNCH_H
#define REGENT_UPGRADE_LAUNCH_H

#include "base/err.h"

#include <sys/types.h>

/* First thing in main: remembers it. */
void launch_init(char **argv, char **envp);

/* For people. */
const char *launch_path(void);

/* The descriptor that a successor was given, or -1: this process is none.
 * Taken out of the environment at launch_init. */
int launch_channel_fd(void);

/*
 * Starts a successor, which gets `fd` and nothing else of our descriptors
 * but the standard ones.  Its pid, or a negative errno value.
 */
pid_t launch_successor(int fd, struct err *err) MUST_CHECK;

#endif
