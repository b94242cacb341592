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

/* What commands work on; the caller keeps it until admin_close. */
struct admin_world {
	struct guard *guard;
	struct relay *relay;

	/* As SIGHUP does; 0, or negative with one line an error. */
	int (*reload)(void *arg, struct text *errors);
	/* As SIGTERM, or gracefully as SIGQUIT; returns at once. */
	void (*stop)(void *arg, bool is_graceful);
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

#endif
