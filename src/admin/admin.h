/*
 * admin.h - the control socket: orders of the operator go in, what there is
 * to see comes out.
 *
 * Runs on the guard's loop and keeps no state but open connections: each
 * answer is made from what guard and relay know at that moment.  Decides
 * nothing.  Closed before guard and relay are freed, which it may still ask.
 */
#ifndef REGENT_ADMIN_ADMIN_H
#define REGENT_ADMIN_ADMIN_H

#include "base/err.h"
#include "base/text.h"
#include "guard/guard.h"
#include "relay/relay.h"

enum { ADMIN_ELDERS_MAX = 64 };

struct admin_elder {
	uint64_t pid;
	uint64_t sessions;
	usec_t retired_at; /* monotonic */
};

/* What commands work on; the caller keeps it until admin_close. */
struct admin_world {
	struct guard *guard;
	struct relay *relay;

	/* As SIGHUP does; 0, or negative with one line an error. */
	int (*reload)(void *arg, struct text *errors);
	/* As SIGTERM, or gracefully as SIGQUIT; returns at once. */
	void (*stop)(void *arg, bool is_graceful);
	/* As SIGUSR2 does: answers once, or returns negative with the reason;
	 * upgrade_forget: whoever asked is gone. */
	int (*upgrade)(void *arg, guard_answer_fn *answer, void *answer_arg,
	    struct err *err);
	void (*upgrade_forget)(void *arg, const void *answer_arg);
	/* Processes that were replaced and have sessions; NULL: none. */
	unsigned (*elders)(
	    void *arg, struct admin_elder list[ADMIN_ELDERS_MAX]);
	void *arg;

	const char *version;
	const char *features; /* what was built in, or NULL */
	usec_t started_at;    /* monotonic */
};

struct admin;

/* Where operators come in. */
struct admin_door {
	const char *path; /* copied */
	unsigned mode;
	int fd;       /* listening there already, and given away; or -1 */
	bool is_kept; /* the path is somebody else's, and stays */
};

/* NULL with the reason when the socket can't be had. */
struct admin *admin_open(struct loop *loop, const struct admin_world *world,
    const struct admin_door *door, struct err *err) MUST_CHECK;

/* Sends what fits of answers under way, and removes the socket. */
void admin_close(struct admin **admin);

/* The listening socket, for a process that takes our place; it stays ours.
 * Whether its path is somebody else's. */
int admin_fd(const struct admin *admin);
bool admin_is_kept(const struct admin *admin);

/* As admin_close, but the socket is removed only if nobody listens there. */
void admin_retire(struct admin **admin);

#endif
