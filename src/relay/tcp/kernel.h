/*
 * kernel.h - sessions whose bytes the kernel carries (`accel = auto`).
 *
 * A session that has proved to be a conversation is handed over: from then on
 * this process does not wake up for its bytes.  It comes back into play when
 * a side ends, breaks, or takes bytes more slowly than they come; then the
 * pump of that direction carries on where the kernel stopped, and gives the
 * direction back when it is at rest.  Bytes and times are looked up when
 * somebody asks.  See net/sockmap.h and doc/kernel-relay.md.
 *
 * struct kernels belongs to a worker, struct kernel to its session.
 */
#ifndef REGENT_RELAY_TCP_KERNEL_H
#define REGENT_RELAY_TCP_KERNEL_H

#include "base/err.h"
#include "base/usec.h"

#include <stdbool.h>
#include <stdint.h>

struct kernels;
struct loop;
struct session;
struct session_info;

/* NULL with the reason when the kernel refuses. */
struct kernels *kernels_new(
    struct loop *loop, unsigned sessions_max, struct err *err) MUST_CHECK;

/* After its sessions have gone. */
void kernels_free(struct kernels **kernels);

enum {
	/* Turns in a row, of both directions together, that make a session a
	 * conversation.  To hand it over costs what some four of them do;
	 * a session that logs in, asks and leaves should not pay it. */
	KERNEL_TURNS = 32,
	KERNEL_NEVER = 255, /* in s->n_small, in place of how many */
	/* A turn that moves more is bulk, which a pump carries as fast. */
	KERNEL_SMALL = 16 * 1024,
};

/*
 * At the end of a turn of an open session that has had KERNEL_TURNS of them:
 * hands it over if it is wanted and possible.  false: it stays as it is, or
 * (see s->state) had to be closed.
 */
bool kernel_take(struct session *s, usec_t now);

/* The same of one that is handed over: waits for what its pumps need. */
void kernel_settle(struct session *s, usec_t now);

/*
 * For the pumps of one that is handed over (`arg`): bytes that were left for
 * this process may come after the end.
 */
bool kernel_client_is_at_end(void *arg, uint64_t n_moved);
bool kernel_backend_is_at_end(void *arg, uint64_t n_moved);

/* Counts what was carried, and when; does nothing with others. */
void kernel_look(struct session *s, usec_t now);
void kernel_describe(const struct session *s, struct session_info *info);

/* Before its sockets are closed; the counts of the session are final. */
void kernel_end(struct session *s);

#endif
