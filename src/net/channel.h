/*
 * channel.h - packets and descriptors between two processes of ours, over a
 * pair of unix sockets that keeps the borders of packets.
 *
 * A packet arrives whole or not at all.  Nothing is queued here: when the
 * other side does not read, a packet is refused, and its sender decides what
 * that means.
 */
#ifndef REGENT_NET_CHANNEL_H
#define REGENT_NET_CHANNEL_H

#include "base/err.h"
#include "base/usec.h"
#include "net/loop.h"

#include <stddef.h>
#include <stdint.h>

enum {
	CHANNEL_BYTES_MAX = 128 * 1024,
	CHANNEL_FDS_MAX = 200, /* below the kernel's 253 */
};

struct channel_packet {
	size_t len;
	unsigned n_fds;
	int fds[CHANNEL_FDS_MAX];
	uint8_t bytes[CHANNEL_BYTES_MAX];
};

/* Two ends, both close-on-exec and not blocking. */
int channel_pair(int fds[2], struct err *err) MUST_CHECK;

/* 0, or a negative errno value: -EAGAIN when there is no room.  The
 * descriptors stay with the caller. */
int channel_send(int fd, const void *bytes, size_t len, const int *fds,
    unsigned n_fds) MUST_CHECK;

/*
 * The next packet, with descriptors for the caller to own: 1, 0 when there is
 * none yet; -EPIPE at the end, or another negative errno value.
 */
int channel_receive(int fd, struct channel_packet *packet) MUST_CHECK;

/* The same, waiting up to then; -ETIMEDOUT. */
int channel_await(int fd, struct channel_packet *packet, usec_t deadline)
    MUST_CHECK;

/* Closes those descriptors of a packet that nobody took (by setting -1). */
void channel_drop(struct channel_packet *packet);

/*
 * A text too long for a packet travels as a file in memory: a descriptor, or
 * a negative errno value.
 */
int channel_put_text(const char *text, size_t len);

struct text;

/* The opposite: 0, or a negative errno value (-EFBIG above `max`). */
int channel_get_text(int fd, struct text *text, size_t max) MUST_CHECK;

#endif
