/*
 * nowhere.c - nodes without an address: the name has none yet.
 *
 * A name that was looked up and has no address is a host that is gone: nobody
 * is reached there.  One that could not be looked up says nothing of the node.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* How soon it is said again that there is nothing to ask. */
#define NOWHERE_GAP (100 * USEC_MS)

struct contact {
	struct grave grave;
	struct loop *loop;
	const struct contact_ops *ops;
	void *arg;
};

static struct contact *
nowhere_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	CHECK(!endpoint_is_set(&login->address));
	c->loop = loop;
	c->ops = ops;
	c->arg = arg;
	return c;
}

static void
nowhere_start_absent(struct contact *c, const struct job *job, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_UNREACHABLE };

	(void)job;
	snprintf(
	    result.detail, sizeof(result.detail), "its name has no address");
	c->ops->on_done(c->arg, &result, now);
}

static void
nowhere_start_unknown(struct contact *c, const struct job *job, usec_t now)
{
	struct contact_result result = { .verdict = VERDICT_LOCAL };

	(void)job;
	snprintf(result.detail, sizeof(result.detail),
	    "its name could not be looked up yet");
	c->ops->on_done(c->arg, &result, now);
}

static void
nowhere_free(struct grave *grave)
{
	free(container_of(grave, struct contact, grave));
}

static void
nowhere_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	loop_bury(c->loop, &c->grave, nowhere_free);
	*contact = NULL;
}

const struct driver driver_absent = {
	.name = "absent",
	.probe_gap_us = NOWHERE_GAP,
	.open = nowhere_open,
	.start = nowhere_start_absent,
	.close = nowhere_close,
};

const struct driver driver_unknown = {
	.name = "unknown",
	.probe_gap_us = NOWHERE_GAP,
	.open = nowhere_open,
	.start = nowhere_start_unknown,
	.close = nowhere_close,
};
