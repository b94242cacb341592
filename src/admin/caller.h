/*
 * caller.h - one connection to the control socket.
 *
 * Reads one line, runs its commands in order, writes the answers, each with
 * an empty line behind it, and closes.  A caller that reads slowly holds up
 * nobody: the next command runs when the last answer is written.  It is in
 * the list of its owner, and leaves it and frees itself when it ends.
 */
#ifndef REGENT_ADMIN_CALLER_H
#define REGENT_ADMIN_CALLER_H

#include "admin/call.h"
#include "net/stream.h"
#include "net/timer.h"

enum { CALLER_LINE_MAX = 4096 };

enum caller_state {
	CALLER_READING, /* the line is not complete */
	CALLER_WAITING, /* a command is under way */
	CALLER_WRITING, /* an answer goes out */
	CALLER_COUNT
};

struct caller_home {
	struct loop *loop;
	const struct admin_world *world;
	void (*on_closed)(void *arg);
	void *arg;
};

struct caller {
	uint32_t magic;
	struct grave grave;
	struct list link;
	struct caller_home home;
	enum caller_state state;
	struct stream stream;
	struct timer timer;
	usec_t opened_at;
	char line[CALLER_LINE_MAX + 1];
	size_t line_len;
	char *rest; /* commands of the line that have not run; NULL: none */
	bool has_answered;
	struct call call;
	struct text out;
	size_t n_sent; /* of out */
};

/* Takes over fd. */
struct caller *caller_open(const struct caller_home *home, int fd, usec_t now);

/* Others are waiting for its place. */
void caller_hurry(struct caller *caller);

void caller_close(struct caller *caller);

#endif
