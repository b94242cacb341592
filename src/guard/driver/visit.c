#include "guard/driver/visit.h"

#include "base/mem.h"

#include <stdlib.h>

struct contact *
visit_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg,
    const struct dialog_ops *dialog_ops)
{
	struct contact *c = mem_new(sizeof(*c));

	c->address = login->address;
	c->ops = ops;
	c->arg = arg;
	dialog_init(&c->dialog, loop, dialog_ops);
	return c;
}

void
visit_start(struct contact *c, const struct job *job, usec_t now)
{
	/* The brain has nothing else to ask for where nothing is promoted. */
	CHECK(job->kind == JOB_PROBE);
	dialog_set_timeout(&c->dialog, job->timeout_us);
	dialog_connect(&c->dialog, &c->address, now);
}

static void
visit_free(struct grave *grave)
{
	free(container_of(grave, struct contact, grave));
}

void
visit_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	dialog_close(&c->dialog);
	loop_bury(stream_loop(&c->dialog.stream), &c->grave, visit_free);
	*contact = NULL;
}

void
visit_done(struct contact *c, const struct contact_result *result, usec_t now)
{
	dialog_close(&c->dialog);
	c->ops->on_done(c->arg, result, now);
}
