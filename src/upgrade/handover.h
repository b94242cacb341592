/*
 * handover.h - the old process' side of an upgrade, from the order until a
 * successor has taken over or has failed.
 *
 * The successor is started, gets names and sockets, and says that it is
 * ready: meanwhile this process goes on as ever.  When nothing is under way
 * that can't be handed over, it stands still: it writes down what it knows,
 * gives it away, and waits for the answer without doing anything else, at
 * most HANDOVER_STILL.  So at no moment do two of them judge.  A successor
 * that does not answer is killed before this process goes on.
 */
#ifndef REGENT_UPGRADE_HANDOVER_H
#define REGENT_UPGRADE_HANDOVER_H

#include "base/err.h"
#include "base/text.h"
#include "net/loop.h"
#include "upgrade/seed.h"

#define HANDOVER_START (30 * USEC_SEC) /* until it is ready */
#define HANDOVER_QUIET (30 * USEC_SEC) /* then, until we are */
#define HANDOVER_STILL (5 * USEC_SEC)

struct handover_ops {
	void *arg;
	void (*names)(void *arg, struct text *out);
	unsigned (*sockets)(void *arg, int *fds, unsigned max);
	/* Whether it can be now; else why not (static text). */
	bool (*is_quiet)(void *arg, const char **why);
	/* What a successor needs; the lock stays ours. */
	void (*state)(void *arg, struct text *out, int *lock_fd);
	unsigned (*elders)(void *arg, struct elder_seed seeds[ELDERS_MAX]);

	/* Exactly one of them is called, in a turn of the loop.  Nothing has
	 * changed but, if `was_still`, that time has passed... */
	void (*on_failed)(void *arg, const char *why, bool was_still);
	/* ...or another process is the guard: the channel is the callee's. */
	void (*on_taken)(void *arg, int channel_fd, pid_t pid);
};

struct handover;

/* NULL with the reason when no successor could be started. */
struct handover *handover_start(struct loop *loop,
    const struct handover_ops *ops, struct err *err) MUST_CHECK;

/* Ends a successor that has not taken over.  Not from within a callback,
 * behind which it is freed by itself. */
void handover_free(struct handover **handover);

#endif
