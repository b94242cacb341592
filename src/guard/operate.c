#include "guard/operate.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION_MAGIC 0x4f504552u

struct operation {
	uint32_t magic;
	struct list link;
	struct grave grave;
	struct loop *loop;
	struct contact *contact;
	struct operation_plan plan; /* without the borrowed login */
};

static void
operation_free(struct grave *grave)
{
	free(container_of(grave, struct operation, grave));
}

static void
operation_end(struct operation *o)
{
	list_remove(&o->link);
	o->plan.driver->close(&o->contact);
	loop_bury(o->loop, &o->grave, operation_free);
}

static void
operation_on_done(void *arg, const struct contact_result *result, usec_t now)
{
	struct operation *o = arg;

	CHECK_OBJ(o, OPERATION_MAGIC);
	operation_end(o);
	o->plan.on_done(&o->plan.key, &o->plan.job, result, now);
}

/* A contact with a job under way answers by on_done only. */
static void
operation_on_lost(void *arg, const char *detail, usec_t now)
{
	(void)arg;
	(void)detail;
	(void)now;
	CHECK_NEVER("an operation without a job");
}

static const struct contact_ops operation_contact_ops = {
	.on_done = operation_on_done,
	.on_lost = operation_on_lost,
};

void
operation_start(struct list *operations, struct loop *loop,
    const struct operation_plan *plan, usec_t now)
{
	struct operation *o = mem_new(sizeof(*o));

	o->magic = OPERATION_MAGIC;
	o->loop = loop;
	o->plan = *plan;
	memset(&o->plan.login, 0, sizeof(o->plan.login));
	list_init(&o->link);
	list_push(operations, &o->link);
	o->contact =
	    plan->driver->open(loop, &plan->login, &operation_contact_ops, o);
	plan->driver->start(o->contact, &plan->job, now);
}

static bool
operation_writes(const struct operation *o)
{
	switch (o->plan.job.kind) {
	case JOB_PERSIST:
	case JOB_DEMOTE:
	case JOB_REPOINT:
		return true;
	case JOB_PROBE:
	case JOB_FENCE:
	case JOB_UNFENCE:
	case JOB_PROMOTE:
	case JOB_REDIAL:
	case JOB_EXAMINE:
	case JOB_COUNT:
		break;
	}
	return false;
}

bool
operations_is_writing(struct list *operations, int slot)
{
	LIST_FOREACH_SAFE (link, operations) {
		struct operation *o = LIST_ENTRY(link, struct operation, link);

		if (o->plan.key.slot == slot && operation_writes(o))
			return true;
	}
	return false;
}

bool
operations_is_running(struct list *operations, uint32_t seq)
{
	LIST_FOREACH (link, operations) {
		struct operation *o = LIST_ENTRY(link, struct operation, link);

		if (o->plan.key.seq == seq)
			return true;
	}
	return false;
}

/* Those that an answer starts are none of them. */
void
operations_fail(struct list *operations, int slot, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_LOCAL };
	struct list failed;

	list_init(&failed);
	snprintf(result.detail, sizeof(result.detail),
	    "its name has another address now");
	LIST_FOREACH_SAFE (link, operations) {
		struct operation *o = LIST_ENTRY(link, struct operation, link);

		if (o->plan.key.slot == slot) {
			list_remove(&o->link);
			list_push(&failed, &o->link);
		}
	}
	while (!list_is_empty(&failed))
		operation_on_done(
		    LIST_ENTRY(failed.next, struct operation, link), &result,
		    now);
}

void
operations_cancel(struct list *operations)
{
	LIST_FOREACH_SAFE (link, operations)
		operation_end(LIST_ENTRY(link, struct operation, link));
}
