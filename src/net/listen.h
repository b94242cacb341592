/*
 * listen.h - a listening socket on a loop: accepts in batches, pauses and
 * resumes.  While paused, clients wait in the kernel's backlog.
 */
#ifndef REGENT_NET_LISTEN_H
#define REGENT_NET_LISTEN_H

#include "net/addr.h"
#include "net/loop.h"

#include <ev.h>

struct listener;

struct listener_ops {
	/* Before each accept: reserves room for one more, or pauses the
	 * listener and returns false.  NULL: there is always room. */
	bool (*may_accept)(struct listener *l, usec_t now);
	/* Nobody came after all: the room is given back. */
	void (*on_nobody)(struct listener *l);
	/* Takes over fd. */
	void (*on_accept)(
	    struct listener *l, int fd, const struct addr *peer, usec_t now);
	/* accept failed with errno value `error` (no descriptors, no memory):
	 * the listener has been paused, the room is to be given back. */
	void (*on_starved)(struct listener *l, int error, usec_t now);
};

struct listener {
	ev_io io;
	struct loop *loop;
	const struct listener_ops *ops;
	bool is_paused;
};

/* Takes over a listening, non-blocking descriptor; starts accepting. */
void listener_open(struct listener *l, struct loop *loop, int fd,
    const struct listener_ops *ops);
void listener_pause(struct listener *l);
void listener_resume(struct listener *l);
void listener_close(struct listener *l);

/* Accepts at once all who wait, as long as there is room. */
void listener_drain(struct listener *l);

/* Closes it while another process goes on with the same socket. */
void listener_abandon(struct listener *l);

/* Stops accepting; returns the descriptor, which is the caller's now. */
int listener_release(struct listener *l);

bool listener_is_open(const struct listener *l);
int listener_fd(const struct listener *l);

#endif
