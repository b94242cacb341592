/*
 * agent.c - nodes with an agent beside them that says in one line of text
 * how they are, as HAProxy's agent checks do: it is connected to, and talks.
 */
#include "guard/driver/agent_reply.h"
#include "guard/driver/visit.h"

#include <stdio.h>
#include <string.h>

/* Each answer is a connection, and often a process. */
#define AGENT_GAP (20 * USEC_MS)

enum { AGENT_LINE_MAX = 1024 };

static void
agent_done(struct contact *c, size_t len, usec_t now)
{
	struct contact_result result;

	(void)agent_read(&result, c->dialog.in, len);
	visit_done(c, &result, now);
}

static void
agent_fail(
    struct contact *c, enum verdict verdict, const char *detail, usec_t now)
{
	struct contact_result result = { .verdict = verdict };

	snprintf(result.detail, sizeof(result.detail), "agent: %s", detail);
	visit_done(c, &result, now);
}

/* It speaks first. */
static void
agent_on_connected(struct dialog *d, usec_t now)
{
	(void)d;
	(void)now;
}

static void
agent_on_bytes(struct dialog *d, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);
	const char *end = memchr(d->in, '\n', d->in_len);

	if (end != NULL)
		agent_done(c, (size_t)(end - d->in), now);
	else if (d->in_len > AGENT_LINE_MAX)
		agent_fail(c, VERDICT_GARBAGE, "the answer is too long", now);
}

/* The end of the connection is as good as the end of the line. */
static void
agent_on_failed(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);

	if (verdict == VERDICT_CLOSED && d->in_len > 0)
		agent_done(c, d->in_len, now);
	else
		agent_fail(c, verdict, detail, now);
}

static const struct dialog_ops agent_dialog_ops = {
	.on_connected = agent_on_connected,
	.on_bytes = agent_on_bytes,
	.on_failed = agent_on_failed,
};

static struct contact *
agent_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	return visit_open(loop, login, ops, arg, &agent_dialog_ops);
}

const struct driver driver_agent = {
	.name = "agent",
	.has_roles = false,
	.probe_gap_us = AGENT_GAP,
	.open = agent_open,
	.start = visit_start,
	.close = visit_close,
};
