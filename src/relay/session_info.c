/*
 * session_info.c - what an operator sees of a session: in a list, and in the
 * line that the log has of its end.
 */
#include "relay/session.h"

#include "base/log.h"
#include "net/sock.h"

#include <string.h>

static const char *const session_state_names[SESSION_STATE_COUNT] = {
	[SESSION_HELLO] = "hello",
	[SESSION_HELD] = "held",
	[SESSION_CONNECTING] = "connecting",
	[SESSION_OPEN] = "open",
	[SESSION_CANCEL] = "cancel",
	[SESSION_FAREWELL] = "farewell",
	[SESSION_CLOSED] = "closed",
};

void
session_describe(const struct session *s, struct session_info *info, usec_t now)
{
	struct addr peer;

	memset(info, 0, sizeof(*info));
	info->id = s->id;
	info->worker = s->front->worker->id;
	info->listen_id = s->front->id;
	info->node_id = s->slot;
	info->state = session_state_names[s->state];
	info->age_us = now - s->opened_at;
	info->idle_us = now - s->active_at;
	info->bytes_in = s->bytes_in;
	info->bytes_out = s->bytes_out;
	kernel_describe(s, info);
	if (sock_peer(stream_fd(&s->client), &peer))
		addr_format(&peer, info->client);
	else
		memcpy(info->client, "gone", sizeof("gone"));
}

void
session_log(const struct session *s, const char *why)
{
	struct session_info info;
	const struct conf_node *node = s->slot >= 0
	    ? conf_node_by_id(s->front->cluster, (unsigned)s->slot)
	    : NULL;

	session_describe(s, &info, loop_now(s->front->worker->loop));
	log_info("listen=%s session=%llu worker=%u client=%s node=%s "
		 "state=%s bytes_in=%llu bytes_out=%llu age_ms=%lld "
		 "why=\"%s\"",
	    s->front->listen->name, (unsigned long long)s->id, info.worker,
	    info.client, node != NULL ? node->name : "-", info.state,
	    (unsigned long long)s->bytes_in, (unsigned long long)s->bytes_out,
	    (long long)(info.age_us / USEC_MS), why);
}
