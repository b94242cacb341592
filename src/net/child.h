/*
 * child.h - runs one external command, without blocking and without zombies.
 *
 * The command is a line for /bin/sh -c, in a session and process group of its
 * own, with the given environment and nothing else: no descriptor, no
 * variable, no ignored signal of ours.  It reads /dev/null; of what it prints
 * the first and the last line are kept.  It is answered exactly once by the
 * callback, in a later turn, unless it is closed first.  A command has ended
 * when its shell has, also if something that it started goes on.  The main
 * loop only: that is where libev learns of dead children.
 */
#ifndef REGENT_NET_CHILD_H
#define REGENT_NET_CHILD_H

#include "net/loop.h"

#include <stddef.h>

enum child_end {
	CHILD_EXITED,    /* code: its exit code */
	CHILD_SIGNALLED, /* code: the signal that ended it */
	CHILD_TIMED_OUT, /* and was ended, with all of its group */
	CHILD_UNSTARTED, /* code: errno */
	CHILD_END_COUNT
};

/* A line longer than this is cut. */
enum { CHILD_LINE_MAX = 159 };

struct child_result {
	enum child_end end;
	int code;
	usec_t timeout_us; /* what it was given */
	/* Lines that are not empty, printable; "" if there was none.  Borrowed
	 * for the call. */
	const char *first;
	const char *last;
};

typedef void child_fn(void *arg, const struct child_result *result, usec_t now);

struct child_plan {
	struct loop *loop;
	const char *command;
	const char *const *env; /* "NAME=value", ends with NULL; not kept */
	/* SIGTERM after timeout_us, and SIGKILL grace_us after that. */
	usec_t timeout_us;
	usec_t grace_us;
	child_fn *on_done;
	void *arg;
};

struct child;

struct child *child_start(const struct child_plan *plan);

/* As if its time were over: SIGTERM now.  Nothing when it is over already. */
void child_stop(struct child *child);

/* Kills what still runs, with its whole group.  Also after the answer, and in
 * the callback; sets the pointer to NULL. */
void child_close(struct child **child);

/* "exit code 3", "killed by signal 9"... and the last line, for people. */
void child_describe(const struct child_result *result, char *buf, size_t size);

#endif
