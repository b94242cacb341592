/*
 * patroni.c - nodes that Patroni manages: it is asked, beside each node, who
 * they are, and it alone promotes.
 *
 * Patroni speaks HTTP/1.0 and closes after each answer, so nothing is seen
 * between two probes; a worker's passive report makes up for it.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"
#include "guard/driver/patroni_reply.h"
#include "guard/driver/web.h"

#include <stdlib.h>

/* An answer takes Patroni a thread and a query, also in a hurry. */
#define PATRONI_GAP (20 * USEC_MS)

struct contact {
	struct web web;
};

static void
patroni_on_answer(
    struct web *web, const struct fetch_answer *answer, usec_t now)
{
	struct contact_result result;

	result.verdict = patroni_read(
	    &result, answer->status, answer->body, answer->body_len);
	web_done(web, &result, now);
}

static struct contact *
patroni_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	c->web.ops = ops;
	c->web.arg = arg;
	web_open(&c->web, loop, login, "patroni", patroni_on_answer);
	return c;
}

static void
patroni_start(struct contact *c, const struct job *job, usec_t now)
{
	(void)now;
	web_start(&c->web, "/primary", job);
}

static void
patroni_free(struct grave *grave)
{
	free(container_of(grave, struct contact, web.grave));
}

static void
patroni_close(struct contact **contact)
{
	if (*contact == NULL)
		return;
	web_close(&(*contact)->web, patroni_free);
	*contact = NULL;
}

const struct driver driver_patroni = {
	.name = "patroni",
	.has_roles = true,
	.probe_gap_us = PATRONI_GAP,
	.silence_us = USEC_NEVER, /* Patroni does not tell of links */
	.open = patroni_open,
	.start = patroni_start,
	.close = patroni_close,
};
