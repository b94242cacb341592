#include "guard/ward_hooks.h"

#include <string.h>

/* Between SIGTERM and SIGKILL, where nothing else limits it. */
#define HOOKS_GRACE USEC_SEC

/* ---- what a command is told ------------------------------------------- */

static const char *
hooks_name(const struct ward *w, int slot)
{
	return slot >= 0 ? w->brain.nodes[slot].name : "";
}

static void
hooks_add_node(
    const struct ward *w, struct hookenv *env, const char *name, int slot)
{
	const struct place *p = slot >= 0 ? &w->nodes[slot].place : NULL;

	if (p != NULL)
		hookenv_add_node(env, name, hooks_name(w, slot),
		    endpoint_is_set(&p->address) ? &p->address : &p->named);
	else
		hookenv_add_node(env, name, "", NULL);
}

/* As another node of the cluster reaches it. */
static void
hooks_add_target(const struct ward *w, struct hookenv *env, int slot)
{
	hookenv_add_node(env, "REGENT_TARGET", hooks_name(w, slot),
	    slot >= 0 ? &w->nodes[slot].replication.named : NULL);
}

static void
hooks_describe(const struct ward *w, struct hookenv *env, const char *event,
    int slot, const char *why)
{
	hookenv_init(env, w->section);
	hookenv_add(env, "REGENT_EVENT", "%s", event);
	hookenv_add(env, "REGENT_REASON", "%s", why != NULL ? why : "");
	hookenv_add(
	    env, "REGENT_EPOCH", "%llu", (unsigned long long)w->brain.epoch);
	hookenv_add(env, "REGENT_PHASE", "%s", phase_names[w->brain.phase]);
	hooks_add_node(w, env, "REGENT_NODE", slot);
	hooks_add_node(w, env, "REGENT_PRIMARY", w->brain.primary);
}

void
ward_hooks_describe_check(const struct ward *w, int slot, struct hookenv *env)
{
	hookenv_init_check(env, w->section,
	    conf_node_by_id(w->section, (unsigned)slot)->name,
	    &w->nodes[slot].place.address);
}

/* ---- how it ended ----------------------------------------------------- */

static void
hooks_on_done(const struct operation_key *key, enum hook_kind kind,
    const struct contact_result *result, usec_t now)
{
	struct ward *w = key->owner;
	bool is_ok = result->verdict == VERDICT_OK;

	CHECK_OBJ(w, WARD_MAGIC);
	ward_tell(w, is_ok ? LEVEL_NOTICE : LEVEL_WARN,
	    w->brain.nodes[key->slot].is_used ? key->slot : NODE_NONE,
	    "hook=%s result=%s detail=\"%s\"", hook_names[kind],
	    is_ok ? "ok" : "failed", result->detail);
	/* The driver may yet succeed: one of the two is enough. */
	if (kind == HOOK_FENCE && !is_ok &&
	    operations_is_running(&w->operations, key->seq))
		return;
	ward_answer(w, key, result, now);
}

/* ---- when it is run --------------------------------------------------- */

static const char *
hooks_command(struct ward *w, const struct action *a, enum hook_kind *kind)
{
	switch (a->kind) {
	case ACT_PROMOTE:
		*kind = HOOK_PROMOTE;
		return w->section->promote_command;
	case ACT_FENCE:
		*kind = HOOK_FENCE;
		/* A switchover needs the old primary alive: what it has and
		 * others have not would be lost with it. */
		return w->brain.is_switching ? "" : w->section->fence_command;
	case ACT_DEMOTE:
		*kind = HOOK_REJOIN;
		/* Else it is run when the driver has said needs_rejoin. */
		return !ward_driver(w, a->node)->has_rejoin ||
			ward_hooks_is_rejoining(w, a->node)
		    ? w->section->rejoin_command
		    : "";
	case ACT_PUBLISH:
	case ACT_JOURNAL:
	case ACT_NOTE:
	case ACT_UNFENCE:
	case ACT_REPOINT:
	case ACT_REDIAL:
	case ACT_PERSIST:
	case ACT_TELL:
	case ACT_ANSWER:
	case ACT_COUNT:
		break;
	}
	return "";
}

/*
 * The brain tries another candidate after promote_timeout: a command that
 * promotes must be dead by then.
 */
static void
hooks_set_times(struct hook_plan *plan, const struct ward *w,
    const struct action *a, usec_t now)
{
	plan->grace_us = HOOKS_GRACE;
	switch (plan->kind) {
	case HOOK_PROMOTE:
		plan->grace_us = a->timeout_us / 20;
		plan->timeout_us = a->timeout_us - 2 * plan->grace_us;
		plan->prove_by = now + a->timeout_us - plan->grace_us;
		break;
	case HOOK_FENCE:
		plan->timeout_us = w->section->hook_timeout_us;
		break;
	case HOOK_REJOIN:
		plan->timeout_us = w->section->rejoin_timeout_us;
		break;
	case HOOK_COUNT:
		CHECK_NEVER("unknown hook");
	}
}

/* Who shall be primary while, or when, the command does its work. */
static int
hooks_target(const struct ward *w, const struct action *a)
{
	return a->kind == ACT_DEMOTE ? a->target : w->brain.candidate;
}

static void
hooks_run(struct ward *w, struct hook_plan *plan, const char *why)
{
	static const char *const events[HOOK_COUNT] = {
		[HOOK_PROMOTE] = "promote",
		[HOOK_FENCE] = "fence",
		[HOOK_REJOIN] = "rejoin",
	};
	struct hookenv env;

	CHECK(w->brain.policy.mode != MODE_FOLLOW);
	hooks_describe(w, &env, events[plan->kind], plan->key.slot, why);
	hooks_add_target(w, &env, plan->target);
	plan->env = hookenv_list(&env);
	hook_start(&w->hooks, w->loop, plan);
	hookenv_fini(&env);
}

bool
ward_hooks_rejoin(
    struct ward *w, int slot, uint32_t seq, const char *why, usec_t now)
{
	struct hook_plan plan = {
		.kind = HOOK_REJOIN,
		.command = w->section->rejoin_command,
		.key = { .owner = w,
		    .slot = slot,
		    .seq = seq,
		    .asked_at = now },
		.target = w->brain.primary,
		.timeout_us = w->section->rejoin_timeout_us,
		.grace_us = HOOKS_GRACE,
		.on_done = hooks_on_done,
	};

	CHECK(w->brain.primary >= 0 && w->brain.primary != slot);
	if (plan.command[0] == '\0' || ward_hooks_is_rejoining(w, slot))
		return false;
	hooks_run(w, &plan, why);
	return true;
}

bool
ward_hooks_is_rejoining(struct ward *w, int slot)
{
	return hooks_is_running_on(&w->hooks, HOOK_REJOIN, slot);
}

bool
ward_hooks_take(struct ward *w, const struct action *a, usec_t now)
{
	struct hook_plan plan = {
		.key = { .owner = w,
		    .slot = a->node,
		    .seq = a->seq,
		    .asked_at = now },
		.target = hooks_target(w, a),
		.on_done = hooks_on_done,
	};

	plan.command = hooks_command(w, a, &plan.kind);
	if (plan.command[0] == '\0')
		return false;
	/* The operator's order has begun it: two would destroy each other. */
	if (plan.kind == HOOK_REJOIN &&
	    hooks_adopt(&w->hooks, HOOK_REJOIN, a->node, a->seq))
		return true;
	hooks_set_times(&plan, w, a, now);
	if (plan.kind == HOOK_PROMOTE) {
		plan.driver = ward_driver(w, a->node);
		plan.login = ward_login(w, a->node);
	}
	hooks_run(w, &plan, a->why != NULL ? a->why : w->brain.why);
	return plan.kind != HOOK_FENCE;
}

/* ---- when it is not wanted any more ----------------------------------- */

static const char *
hooks_judge(void *arg, enum hook_kind kind, int slot, int target)
{
	const struct ward *w = arg;
	const struct cluster *c = &w->brain;

	if (c->policy.mode == MODE_FOLLOW)
		return "failover = follow: something else promotes now";
	if (!c->nodes[slot].is_used)
		return "the node was removed";
	if (kind == HOOK_REJOIN && target != c->primary)
		return "another node is primary now";
	return NULL;
}

void
ward_hooks_review(struct ward *w)
{
	hooks_review(&w->hooks, hooks_judge, w);
}

/*
 * Nobody waits for that promotion any more, and it must not become true later.
 * A command that fences means the server that was there, and one that lets a
 * node rejoin would be harmed.
 */
static const char *
hooks_judge_moved(void *arg, enum hook_kind kind, int slot, int target)
{
	(void)target;
	return kind == HOOK_PROMOTE && slot == *(const int *)arg
	    ? "the name of the node has another address now"
	    : NULL;
}

void
ward_hooks_move(struct ward *w, int slot)
{
	hooks_review(&w->hooks, hooks_judge_moved, &slot);
}

bool
ward_hooks_is_fencing(struct ward *w, uint32_t seq)
{
	return hooks_is_running(&w->hooks, HOOK_FENCE, seq);
}

usec_t
ward_hooks_fence_timeout(const struct ward *w)
{
	usec_t driver = w->section->fence_timeout_us;
	usec_t command = w->section->hook_timeout_us + 2 * HOOKS_GRACE;

	return w->section->fence_command[0] != '\0' && command > driver
	    ? command
	    : driver;
}

/* ---- notify_command --------------------------------------------------- */

static void
hooks_on_trouble(struct herald *herald, const char *text)
{
	struct ward *w = container_of(herald, struct ward, herald);

	CHECK_OBJ(w, WARD_MAGIC);
	ward_tell(w, LEVEL_WARN, NODE_NONE, "hook=notify_command %s", text);
}

void
ward_hooks_notify(struct ward *w, enum log_level level, int slot,
    enum phase before, const char *why)
{
	struct hookenv env;

	if (w->section->notify_command[0] == '\0')
		return;
	hooks_describe(w, &env, why != NULL ? "decision" : "phase", slot, why);
	hookenv_add(&env, "REGENT_PHASE_BEFORE", "%s", phase_names[before]);
	hookenv_add(&env, "REGENT_LEVEL", "%s", log_level_names[level]);
	herald_tell(&w->herald, w->section->notify_command,
	    w->section->hook_timeout_us, &env);
}

void
ward_hooks_init(struct ward *w)
{
	list_init(&w->hooks);
	herald_init(&w->herald, w->loop, hooks_on_trouble);
}

void
ward_hooks_close(struct ward *w)
{
	hooks_cancel(&w->hooks);
	herald_close(&w->herald);
}
