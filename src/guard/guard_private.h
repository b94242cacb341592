/*
 * guard_private.h - the guard as its own folder sees it.
 */
#ifndef REGENT_GUARD_GUARD_PRIVATE_H
#define REGENT_GUARD_GUARD_PRIVATE_H

#include "guard/journal.h"
#include "guard/ward.h"
#include "net/mailbox.h"
#include "net/resolve.h"

#define GUARD_MAGIC 0x47554152u

struct guard {
	uint32_t magic;
	struct loop *loop;
	const struct conf *conf;
	const struct effects *effects;
	struct journal *journal;
	struct resolver *resolver; /* NULL: built without */
	struct mailbox *inbox;
	struct timer heartbeat;
	usec_t beat_at;      /* of the last heartbeat */
	usec_t boot_beat_at; /* the same on the clock that counts suspension */
	uint64_t stalls;
	bool is_started;
	uint64_t serial;
	struct ward *wards[CONF_CLUSTERS_MAX]; /* by cluster id */
};

/* By name; NULL or -ENOENT, and the reason in `err`. */
struct ward *guard_ward(
    const struct guard *g, const char *cluster, struct err *err);
int guard_slot(const struct ward *w, const char *node, struct err *err);

/*
 * Suspends judgement in all wards if the loop has slept: before anything is
 * made of what happened meanwhile.
 */
void guard_look_at_clock(struct guard *g, usec_t now);

#endif
