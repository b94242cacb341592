/*
 * tcp.c - nodes of which nothing is known but a port: a connection that
 * succeeds is healthy, and there is nothing to promote.
 *
 * The connection is closed at once: to a server whose protocol we do not
 * speak, an idle client may be a nuisance or count as a failed login.
 */
#include "guard/driver/visit.h"

#include <stdio.h>

static void
tcp_done(
    struct contact *c, enum verdict verdict, const char *detail, usec_t now)
{
	struct contact_result result = { .verdict = verdict };

	snprintf(result.detail, sizeof(result.detail), "%s", detail);
	visit_done(c, &result, now);
}

static void
tcp_on_connected(struct dialog *d, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);

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
	return visit_open(loop, login, ops, arg, &tcp_dialog_ops);
}

const struct driver driver_tcp = {
	.name = "tcp",
	.has_roles = false,
	.open = tcp_open,
	.start = visit_start,
	.close = visit_close,
};
