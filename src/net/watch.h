/*
 * watch.h - tells when a descriptor that a library owns is ready.
 *
 * Embedded in its owner.  The descriptor is only looked at, never closed; the
 * watch must be stopped before the library gets a chance to close it: another
 * one may have its number a moment later.  The loop's thread.
 */
#ifndef REGENT_NET_WATCH_H
#define REGENT_NET_WATCH_H

#include "net/loop.h"

#include <ev.h>

enum { WATCH_READ = EV_READ, WATCH_WRITE = EV_WRITE };

struct watch;

/* `events`: WATCH_READ, WATCH_WRITE or both; an error counts as both. */
typedef void watch_fn(struct watch *watch, int events, usec_t now);

struct watch {
	ev_io io;
	struct loop *loop;
	watch_fn *on_ready;
};

void watch_init(struct watch *w, struct loop *loop, watch_fn *on_ready);

/* Watches for `events` from now on; none of them stops. */
void watch_set(struct watch *w, int fd, int events);
void watch_stop(struct watch *w);

/* Which of its events are ready at this instant; 0 if it is stopped. */
int watch_poll(const struct watch *w);

#endif
