/*
 * hook.h - a command of the operator that stands in for what a driver does
 * on a node, or is run beside it.
 *
 * Answers exactly once and is gone, as an operation does (operate.h); a list
 * of the owner's holds those that run, and hooks_cancel ends them silently.
 * A command that promotes is not believed: its node is asked until it reports
 * to be primary, or the time is over.
 */
#ifndef REGENT_GUARD_HOOK_H
#define REGENT_GUARD_HOOK_H

#include "guard/operate.h"

enum hook_kind { HOOK_PROMOTE, HOOK_FENCE, HOOK_REJOIN, HOOK_COUNT };

/* As the options are called. */
extern const char *const hook_names[HOOK_COUNT];

/* The verdict is VERDICT_OK or says nothing more than that it is not. */
typedef void hook_fn(const struct operation_key *key, enum hook_kind kind,
    const struct contact_result *result, usec_t now);

/* Texts, environment and login are borrowed for the call. */
struct hook_plan {
	enum hook_kind kind;
	const char *command;
	const char *const *env;
	usec_t timeout_us; /* of the command; SIGKILL comes after grace_us */
	usec_t grace_us;
	usec_t prove_by; /* HOOK_PROMOTE: the instant when all is over */
	const struct driver *driver; /* HOOK_PROMOTE: how the node is asked */
	struct contact_login login;
	struct operation_key key;
	int target; /* slot */
	hook_fn *on_done;
};

void hook_start(
    struct list *hooks, struct loop *loop, const struct hook_plan *plan);

bool hooks_is_running(struct list *hooks, enum hook_kind kind, uint32_t seq);

/* The same of a node, whoever waits for it. */
bool hooks_is_running_on(struct list *hooks, enum hook_kind kind, int slot);

/* One that nobody waits for is now of the action `seq`; false: there is none.
 */
bool hooks_adopt(
    struct list *hooks, enum hook_kind kind, int slot, uint32_t seq);

/*
 * NULL when it shall go on, else why not (static text): it is then ended as
 * if it were late, and answers that it failed.
 */
typedef const char *hook_review_fn(
    void *arg, enum hook_kind kind, int slot, int target);

void hooks_review(struct list *hooks, hook_review_fn *review, void *arg);

/* SIGKILL for all of them; nobody is answered. */
void hooks_cancel(struct list *hooks);

#endif
