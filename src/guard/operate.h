/*
 * operate.h - one operation on one node: promote, fence, demote, repoint.
 *
 * Each has a connection of its own, so it never waits behind a probe.  An
 * operation answers exactly once and is gone; operations_cancel ends those of
 * an owner silently.
 */
#ifndef REGENT_GUARD_OPERATE_H
#define REGENT_GUARD_OPERATE_H

#include "guard/driver/driver.h"

struct operation_key {
	void *owner;
	int slot;     /* of the node */
	uint32_t seq; /* of the action; 0: nobody waits */
	usec_t asked_at;
};

typedef void operation_fn(const struct operation_key *key,
    const struct job *job, const struct contact_result *result, usec_t now);

struct operation_plan {
	const struct driver *driver;
	struct contact_login login; /* borrowed for the call */
	struct job job;
	struct operation_key key;
	operation_fn *on_done; /* maybe before operation_start returns */
};

/* `operations` is the owner's list. */
void operation_start(struct list *operations, struct loop *loop,
    const struct operation_plan *plan, usec_t now);

/*
 * Whether the node is writing its configuration for us, and may be silent
 * meanwhile if its driver says that it stalls.
 */
bool operations_is_writing(struct list *operations, int slot);

/* Whether the operation of an action is under way. */
bool operations_is_running(struct list *operations, uint32_t seq);

void operations_cancel(struct list *operations);

/*
 * Those on the node that have not answered fail, and say so: it is not where
 * they were sent.
 */
void operations_fail(struct list *operations, int slot, usec_t now);

#endif
