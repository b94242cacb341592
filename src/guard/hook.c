#include "guard/hook.h"

#include "base/mem.h"
#include "net/child.h"
#include "net/timer.h"

#include <stdio.h>
#include <stdlib.h>

#define HOOK_MAGIC 0x484f4f4bu

/* How often a node is asked whether it is primary now, and for how long. */
#define HOOK_ASK_GAP (20 * USEC_MS)
#define HOOK_ASK_TIME (500 * USEC_MS)

const char *const hook_names[HOOK_COUNT] = {
	[HOOK_PROMOTE] = "promote_command",
	[HOOK_FENCE] = "fence_command",
	[HOOK_REJOIN] = "rejoin_command",
};

struct hook {
	uint32_t magic;
	struct list link;
	struct grave grave;
	struct loop *loop;
	struct hook_plan plan; /* without what was borrowed */
	struct child *child;
	struct contact *contact; /* asks the node, or NULL */
	struct timer timer;      /* the next question, or the end */
	bool is_asking;
	const char *stopped; /* why it is not wanted any more, or NULL */
	char said[160];      /* how the command ended */
};

/* ---- its end ---------------------------------------------------------- */

static void
hook_free(struct grave *grave)
{
	free(container_of(grave, struct hook, grave));
}

static void
hook_end(struct hook *h)
{
	list_remove(&h->link);
	timer_stop(&h->timer);
	child_close(&h->child);
	if (h->contact != NULL)
		h->plan.driver->close(&h->contact);
	loop_bury(h->loop, &h->grave, hook_free);
}

static void
hook_answer(struct hook *h, const struct contact_result *result, usec_t now)
{
	hook_end(h);
	h->plan.on_done(&h->plan.key, h->plan.kind, result, now);
}

static void
hook_fail(struct hook *h, const char *what, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_LOCAL };

	if (h->stopped != NULL)
		snprintf(result.detail, sizeof(result.detail), "ended: %s",
		    h->stopped);
	else
		snprintf(result.detail, sizeof(result.detail), "%s%s", what,
		    h->said);
	hook_answer(h, &result, now);
}

/* ---- the proof -------------------------------------------------------- */

static void
hook_on_timer(struct timer *timer, usec_t now)
{
	struct hook *h = container_of(timer, struct hook, timer);
	struct job job = { .kind = JOB_PROBE, .timeout_us = HOOK_ASK_TIME };
	usec_t left = h->plan.prove_by - now;

	CHECK_OBJ(h, HOOK_MAGIC);
	if (h->stopped != NULL || left <= 0) {
		hook_fail(h, "the node does not report to be primary: ", now);
		return;
	}
	if (job.timeout_us > left)
		job.timeout_us = left;
	CHECK(!h->is_asking);
	h->is_asking = true;
	h->plan.key.asked_at = now;
	h->plan.driver->start(h->contact, &job, now);
}

static void
hook_on_told(void *arg, const struct contact_result *told, usec_t now)
{
	struct hook *h = arg;
	struct contact_result result = *told;

	CHECK_OBJ(h, HOOK_MAGIC);
	h->is_asking = false;
	if (told->verdict != VERDICT_OK || !told->has_report ||
	    told->report.role != ROLE_PRIMARY) {
		timer_set(&h->timer, now + HOOK_ASK_GAP);
		return;
	}
	snprintf(result.detail, sizeof(result.detail), "%s", h->said);
	hook_answer(h, &result, now);
}

/* Between two questions: the next one connects anew. */
static void
hook_on_lost(void *arg, const char *detail, usec_t now)
{
	(void)arg;
	(void)detail;
	(void)now;
}

static const struct contact_ops hook_contact_ops = {
	.on_done = hook_on_told,
	.on_lost = hook_on_lost,
};

/* ---- the command ------------------------------------------------------ */

static void
hook_on_ended(void *arg, const struct child_result *child, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_OK };
	struct hook *h = arg;

	CHECK_OBJ(h, HOOK_MAGIC);
	child_describe(child, h->said, sizeof(h->said));
	if (h->stopped != NULL || child->end != CHILD_EXITED ||
	    child->code != 0) {
		hook_fail(h, "", now);
		return;
	}
	if (h->contact != NULL) {
		timer_set(&h->timer, now);
		return;
	}
	snprintf(result.detail, sizeof(result.detail), "%s", h->said);
	hook_answer(h, &result, now);
}

void
hook_start(struct list *hooks, struct loop *loop, const struct hook_plan *plan)
{
	struct hook *h = mem_new(sizeof(*h));
	struct child_plan child = {
		.loop = loop,
		.command = plan->command,
		.env = plan->env,
		.timeout_us = plan->timeout_us,
		.grace_us = plan->grace_us,
		.on_done = hook_on_ended,
		.arg = h,
	};

	CHECK(plan->command[0] != '\0' && plan->on_done != NULL);
	CHECK((plan->kind == HOOK_PROMOTE) == (plan->driver != NULL));
	h->magic = HOOK_MAGIC;
	h->loop = loop;
	h->plan = *plan;
	timer_init(&h->timer, loop, hook_on_timer);
	list_init(&h->link);
	list_push(hooks, &h->link);
	if (plan->driver != NULL)
		h->contact = plan->driver->open(
		    loop, &plan->login, &hook_contact_ops, h);
	h->plan.login = (struct contact_login){ .user = NULL };
	h->plan.command = NULL;
	h->plan.env = NULL;
	h->child = child_start(&child);
}

/* ---- all of them ------------------------------------------------------ */

bool
hooks_is_running(struct list *hooks, enum hook_kind kind, uint32_t seq)
{
	LIST_FOREACH (link, hooks) {
		struct hook *h = LIST_ENTRY(link, struct hook, link);

		if (h->plan.kind == kind && h->plan.key.seq == seq)
			return true;
	}
	return false;
}

static struct hook *
hooks_find(struct list *hooks, enum hook_kind kind, int slot)
{
	LIST_FOREACH (link, hooks) {
		struct hook *h = LIST_ENTRY(link, struct hook, link);

		if (h->plan.kind == kind && h->plan.key.slot == slot)
			return h;
	}
	return NULL;
}

bool
hooks_is_running_on(struct list *hooks, enum hook_kind kind, int slot)
{
	return hooks_find(hooks, kind, slot) != NULL;
}

bool
hooks_adopt(struct list *hooks, enum hook_kind kind, int slot, uint32_t seq)
{
	struct hook *h = hooks_find(hooks, kind, slot);

	if (h == NULL || h->plan.key.seq != 0)
		return false;
	h->plan.key.seq = seq;
	return true;
}

/* Whoever is being asked answers in a moment, and then it ends. */
static void
hook_stop(struct hook *h, const char *why)
{
	h->stopped = why;
	child_stop(h->child);
	if (timer_is_set(&h->timer))
		timer_set(&h->timer, loop_clock());
}

void
hooks_review(struct list *hooks, hook_review_fn *review, void *arg)
{
	LIST_FOREACH_SAFE (link, hooks) {
		struct hook *h = LIST_ENTRY(link, struct hook, link);
		const char *why;

		if (h->stopped != NULL)
			continue;
		why =
		    review(arg, h->plan.kind, h->plan.key.slot, h->plan.target);
		if (why != NULL)
			hook_stop(h, why);
	}
}

void
hooks_cancel(struct list *hooks)
{
	LIST_FOREACH_SAFE (link, hooks)
		hook_end(LIST_ENTRY(link, struct hook, link));
}
