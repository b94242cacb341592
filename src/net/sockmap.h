/*
 * sockmap.h - pairs of TCP sockets whose bytes the kernel carries from one to
 * the other, by BPF: no thread of this process wakes up for them.
 *
 * A pair has two sides, and lane 0 carries from side 0 to side 1, lane 1 the
 * other way.  A lane gives its bytes to the other socket as long as that has
 * room; what comes beyond is left for the caller to read, and its owner is
 * told.  The kernel carries on when the caller has given back all that was
 * left for it.  doc/kernel-relay.md says what this rests on.
 *
 * Belongs to the thread of its loop; decides nothing.
 */
#ifndef REGENT_NET_SOCKMAP_H
#define REGENT_NET_SOCKMAP_H

#include "base/err.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct sockmap;

/* What happened at a side: bits. */
enum sockmap_event {
	SOCKMAP_READ = 1,  /* asked for, and bytes or the end are there */
	SOCKMAP_WRITE = 2, /* asked for, and there is room */
	SOCKMAP_END = 4,   /* its peer has sent all it will */
	SOCKMAP_FAIL = 8,  /* it is broken: sock_connect_result says how */
	SOCKMAP_LEFT = 16, /* bytes of its lane were left for the caller */
};

typedef void sockmap_fn(void *owner, int side, int events, usec_t now);

/* Built in, or left out by configure. */
bool sockmap_is_built(void);

/*
 * Tries on sockets of its own whether this kernel carries exactly: order,
 * bytes queued before, both ends, backpressure.  Some ten milliseconds; once,
 * before there are clients.  Negative with the reason: don't use it.
 */
int sockmap_examine(struct err *err) MUST_CHECK;

/* Room for `pairs_max`; NULL with the reason when the kernel refuses. */
struct sockmap *sockmap_new(struct loop *loop, unsigned pairs_max,
    sockmap_fn *fn, struct err *err) MUST_CHECK;
void sockmap_free(struct sockmap **map);

/*
 * Hands both sockets over, each the other's peer: established, not ended
 * either way, with nothing unwritten; bytes that wait to be read are carried
 * first.  Nobody may read or write them from here on but as said above.
 * Returns the pair, or a negative errno value: with -ECANCELED both are to be
 * closed, with others nothing has changed.
 */
int sockmap_join(struct sockmap *map, const int fds[2], void *owner) MUST_CHECK;

/*
 * Stops carrying, for good; what is under way stays under way.  The counts
 * are final.  Then sockmap_forget, before the sockets are closed.
 */
void sockmap_stop(struct sockmap *map, int pair);
void sockmap_forget(struct sockmap *map, int pair);

/*
 * Which of READ, WRITE and END to be told of at a side; FAIL always, unless
 * it is none of them.  false: the kernel has no room, so it stays as it was;
 * none always works.
 */
bool sockmap_watch(struct sockmap *map, int pair, int side, int events);

/* Bytes that a lane was given by its source, and that were left. */
uint64_t sockmap_carried(const struct sockmap *map, int pair, int lane);
uint64_t sockmap_left(const struct sockmap *map, int pair, int lane);

/* So many of those left have been read and written by the caller. */
void sockmap_give_back(
    struct sockmap *map, int pair, int lane, uint64_t returned);

/* What has come to a socket has gone through its lane when this returns. */
void sockmap_sync(int fd);

/* Bytes that have ever entered the send queue of a TCP socket, plus a
 * constant. */
uint64_t sockmap_entered(int fd);

/* How long ago a byte came from its peer, in steps of the kernel's clock. */
usec_t sockmap_idle_us(int fd);

#endif
