/*
 * pidfd.h - another process by a descriptor, which means it and no other also
 * after its number was given to somebody else.  Linux 5.3.
 */
#ifndef REGENT_NET_PIDFD_H
#define REGENT_NET_PIDFD_H

#include "base/usec.h"

#include <stdbool.h>
#include <sys/types.h>

/* Close-on-exec, or a negative errno value.  Readable when it has ended. */
int pidfd_open_process(pid_t pid);

/* SIGKILL; nothing when it has ended. */
void pidfd_kill(int pidfd);

/* Whether it has ended, and all of its sockets are closed; waits for that up
 * to `patience`. */
bool pidfd_is_gone(int pidfd, usec_t patience);

#endif
