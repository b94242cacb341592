/*
 * stream.h - one connected (or connecting) socket on a loop.
 *
 * Embedded in its owner.  After stream_close no callback comes any more and
 * the stream may be buried.  Reads and writes never block and never raise
 * SIGPIPE.
 */
#ifndef REGENT_NET_STREAM_H
#define REGENT_NET_STREAM_H

#include "net/addr.h"
#include "net/loop.h"

#include <ev.h>
#include <stddef.h>
#include <sys/types.h>

enum { STREAM_READ = EV_READ, STREAM_WRITE = EV_WRITE };

struct stream;
typedef void stream_fn(struct stream *stream, usec_t now);

/* A connecting stream calls on_writable once, when it is known how it went. */
struct stream_ops {
	stream_fn *on_readable;
	stream_fn *on_writable;
};

struct stream {
	ev_io io; /* its data is the loop */
	const struct stream_ops *ops;
};

/* A stream that is not open yet. */
void stream_init(
    struct stream *s, struct loop *loop, const struct stream_ops *ops);

/* Takes over a connected, non-blocking descriptor. */
void stream_adopt(struct stream *s, int fd);

/* Starts connecting; 0, or a negative errno value and not open. */
int stream_connect(struct stream *s, const struct addr *addr) MUST_CHECK;

/* As sock_connect_look; 0: on_writable is not called for it any more. */
int stream_connect_look(struct stream *s, const struct addr *addr) MUST_CHECK;

/* After on_writable of a connecting stream: 0 or a negative errno value. */
int stream_connect_result(const struct stream *s);

bool stream_is_open(const struct stream *s);
int stream_fd(const struct stream *s);
struct loop *stream_loop(const struct stream *s);

/* Which of STREAM_READ and STREAM_WRITE to be told of. */
void stream_want(struct stream *s, int events);
int stream_wants(const struct stream *s);

/*
 * Watches for nothing any more, also not for what is of no interest: libev
 * leaves a descriptor where it is, and its thread is woken to find out that
 * nobody cares.  For a stream that others watch; stream_want takes it back.
 */
void stream_leave(struct stream *s);

/* Bytes, 0 at the end of the stream, or a negative errno value (-EAGAIN). */
ssize_t stream_read(struct stream *s, void *buf, size_t len);
ssize_t stream_write(struct stream *s, const void *buf, size_t len);

/* Whether the peer has closed, without taking bytes: 1, 0 or -errno. */
int stream_peek_end(const struct stream *s);

/* Whether the peer is gone for good: it will neither send nor receive. */
bool stream_is_hung_up(const struct stream *s);

void stream_shutdown_write(struct stream *s);
void stream_close(struct stream *s);

/*
 * Closes with a reset: bytes the kernel has not sent yet are thrown away.
 * The barrier needs it: a plain close would still deliver them.
 */
void stream_close_reset(struct stream *s);

#endif
