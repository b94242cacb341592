/*
 * tcp.c - nodes of which nothing is known but a port: a connection that
 * succeeds is healthy, and there is nothing to promote.
 *
 * The connection is closed at once: to a server whose protocol we do not
 * speak, an idle client may be a nuisance or count as a failed login.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"
#include "guard/driver/dialog.h"

#include <stdio.h>
#include <stdlib.h>

struct contact {
	struct dialog dialog;
	struct grave grave;
	struct endpoint address;
	const struct contact_ops *ops;
	void *arg;
};

static void
tcp_done(
    struct contact *c, enum verdict verdict, const char *detail, usec_t now)
{
	struct contact_result result = { .verdict = verdict };

	snprintf(result.detail, sizeof(result.detail), "%s", detail);
	c->ops->on_done(c->arg, &result, now);
}

static void
tcp_on_connected(struct dialog *d, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);

	dialog_close(d);
	tcp_done(c, VERDICT_OK, "connected", now);
}

static void
tcp_on_bytes(struct dialog *d, usec_t now)
{
	(void)now;
	dialog_consume(d, d->in_len); /* closed before a greeting matters */
}

static void
tcp_on_failed(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	tcp_done(container_of(d, struct contact, dialog), verdict, detail, now);
}

static const struct dialog_ops tcp_dialog_ops = {
	.on_connected = tcp_on_connected,
	.on_bytes = tcp_on_bytes,
	.on_failed = tcp_on_failed,
};

static struct contact *
tcp_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	c->address = login->address;
	c->ops = ops;
	c->arg = arg;
	dialog_init(&c->dialog, loop, &tcp_dialog_ops);
	return c;
}

static void
tcp_start(struct contact *c, const struct job *job, usec_t now)
{
	/* The brain never asks a cluster without roles for anything else. */
	CHECK(job->kind == JOB_PROBE);
	dialog_set_timeout(&c->dialog, job->timeout_us);
	dialog_connect(&c->dialog, &c->address, now);
}

static void
tcp_free(struct grave *grave)
{
	free(container_of(grave, struct contact, grave));
}

static void
tcp_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	dialog_close(&c->dialog);
	loop_bury(c->dialog.stream.loop, &c->grave, tcp_free);
	*contact = NULL;
}

const struct driver driver_tcp = {
	.name = "tcp",
	.has_roles = false,
	.open = tcp_open,
	.start = tcp_start,
	.close = tcp_close,
};
