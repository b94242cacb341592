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
#include "net/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* An answer takes Patroni a thread and a query, also in a hurry. */
#define PATRONI_GAP (20 * USEC_MS)

struct contact {
	struct grave grave;
	struct loop *loop;
	struct fetch *fetch;
	const struct contact_ops *ops;
	void *arg;
};

static enum verdict
patroni_verdict_of_code(int code)
{
	switch (-code) {
	case ETIME:
		return VERDICT_SILENT;
	case EMSGSIZE:
	case EBADMSG:
	case EPROTO:
		return VERDICT_GARBAGE;
	default:
		return driver_verdict_of_errno(code);
	}
}

static void
patroni_on_answer(void *arg, const struct fetch_answer *answer, usec_t now)
{
	struct contact *c = arg;
	struct contact_result result = { .verdict = VERDICT_OK };

	if (answer->code != 0) {
		result.verdict = patroni_verdict_of_code(answer->code);
		snprintf(result.detail, sizeof(result.detail), "patroni: %s",
		    answer->detail);
	} else {
		result.verdict = patroni_read(
		    &result, answer->status, answer->body, answer->body_len);
	}
	c->ops->on_done(c->arg, &result, now);
}

static struct contact *
patroni_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));
	const struct fetch_plan plan = {
		.loop = loop,
		.address = login->address,
		.ca_path = login->ca_path,
		.on_done = patroni_on_answer,
		.arg = c,
	};

	c->loop = loop;
	c->ops = ops;
	c->arg = arg;
	c->fetch = fetch_open(&plan);
	return c;
}

static void
patroni_start(struct contact *c, const struct job *job, usec_t now)
{
	(void)now; /* the deadline is counted from when it is sent */
	/* The brain of a cluster that follows asks for nothing else. */
	CHECK(job->kind == JOB_PROBE);
	fetch_get(c->fetch, "/primary", job->timeout_us);
}

static void
patroni_free(struct grave *grave)
{
	free(container_of(grave, struct contact, grave));
}

static void
patroni_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	fetch_close(&c->fetch);
	loop_bury(c->loop, &c->grave, patroni_free);
	*contact = NULL;
}

const struct driver driver_patroni = {
	.name = "patroni",
	.has_roles = true,
	.silence_us = USEC_NEVER, /* Patroni does not tell of links */
	.probe_gap_us = PATRONI_GAP,
	.open = patroni_open,
	.start = patroni_start,
	.close = patroni_close,
};
