/*
 * pipe.h - bytes on their way from one stream to another inside the kernel:
 * splice(2) moves pages, and nobody copies them.
 *
 * A worker has one `struct pipes` and lends pipes to directions that carry
 * much; a pipe that comes back empty is lent again.  One thread.
 */
#ifndef REGENT_NET_PIPE_H
#define REGENT_NET_PIPE_H

#include "base/list.h"
#include "net/stream.h"

struct pipe {
	struct list link; /* pipes.idle */
	int fds[2];
	size_t len; /* bytes in it */
};

struct pipes {
	struct list idle;
	unsigned n_idle;
	unsigned n_lent;
	unsigned max; /* lent and idle ones: each has two descriptors */
};

void pipes_init(struct pipes *pipes, unsigned max);

/* Closes the idle ones; none may be lent. */
void pipes_fini(struct pipes *pipes);

/* An empty pipe; NULL without descriptors, or when too many are lent. */
struct pipe *pipe_take(struct pipes *pipes);

/* Gives it back; what is in it is thrown away. */
void pipe_give(struct pipes *pipes, struct pipe **pipe);

/*
 * Moves what the stream has into an empty pipe, as much as fits.  As
 * stream_read: bytes, 0 at the end of the stream, or a negative errno value.
 */
ssize_t pipe_fill(struct pipe *pipe, struct stream *source);

/*
 * Moves what is in the pipe to the stream; bytes, or as stream_write.  The
 * process ignores SIGPIPE: splice(2) knows no MSG_NOSIGNAL.
 */
ssize_t pipe_drain(struct pipe *pipe, struct stream *sink);

#endif
