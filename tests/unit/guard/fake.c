#include "fake.h"

#include <stdio.h>
#include <string.h>

struct fake fake;

static struct contact *
fake_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = &fake.contacts[fake.n_contacts++];

	CHECK(loop != NULL && fake.n_contacts <= FAKE_CONTACTS_MAX);
	c->login = *login;
	c->ops = ops;
	c->arg = arg;
	return c;
}

static void
fake_start(struct contact *c, const struct job *job, usec_t now)
{
	CHECK(!c->is_closed);
	c->job = *job;
	c->n_started++;
	if (fake.is_hasty)
		fake_answer(c, VERDICT_LOCAL, now);
}

static void
fake_close(struct contact **contact)
{
	if (*contact == NULL)
		return;
	CHECK(!(*contact)->is_closed);
	(*contact)->is_closed = true;
	*contact = NULL;
}

const struct driver driver_fake = {
	.name = "fake",
	.has_roles = true,
	.open = fake_open,
	.start = fake_start,
	.close = fake_close,
};

void
fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

void
fake_answer(struct contact *c, enum verdict verdict, usec_t now)
{
	struct contact_result result = { .verdict = verdict };

	CHECK(!c->is_closed);
	snprintf(result.detail, sizeof(result.detail), "said %s",
	    verdict_names[verdict]);
	c->ops->on_done(c->arg, &result, now);
}
