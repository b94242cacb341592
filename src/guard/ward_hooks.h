/*
 * ward_hooks.h - the operator's commands of one cluster: when each is run,
 * what it is told, and what its end means to the brain.
 *
 * doc/hooks.md describes them for operators.  Private to guard/.
 */
#ifndef REGENT_GUARD_WARD_HOOKS_H
#define REGENT_GUARD_WARD_HOOKS_H

#include "guard/ward.h"

void ward_hooks_init(struct ward *w);

/* Kills what runs. */
void ward_hooks_close(struct ward *w);

/*
 * Starts the command of an action, if there is one; true when it stands in
 * for what the driver would do, false when that is to be done (too).
 */
bool ward_hooks_take(struct ward *w, const struct action *a, usec_t now);

/*
 * Starts rejoin_command for a node that is not the primary, while there is
 * one; `seq` is of the action that waits for it, or 0.  false: there is no
 * command, or it runs for that node already.
 */
bool ward_hooks_rejoin(
    struct ward *w, int slot, uint32_t seq, const char *why, usec_t now);

/* Whether rejoin_command runs for the node. */
bool ward_hooks_is_rejoining(struct ward *w, int slot);

/* Ends commands for which the reason is gone. */
void ward_hooks_review(struct ward *w);

/* Ends those that make a primary of a node that is elsewhere now. */
void ward_hooks_move(struct ward *w, int slot);

/* Whether the outcome of the fence `seq` hangs on a command as well. */
bool ward_hooks_is_fencing(struct ward *w, uint32_t seq);

/* How long a failover waits for the old primary to be fenced. */
usec_t ward_hooks_fence_timeout(const struct ward *w);

/* What check_command is told; the caller frees. */
void ward_hooks_describe_check(
    const struct ward *w, int slot, struct hookenv *env);

/* For notify_command; `why` may be NULL. */
void ward_hooks_notify(struct ward *w, enum log_level level, int slot,
    enum phase before, const char *why);

#endif
