#include "guard/driver/redis_reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verdict
redis_verdict_of_error(const struct resp *reply)
{
	static const char *const login[] = { "NOAUTH", "WRONGPASS", "NOPERM" };
	static const char *const alive[] = { "LOADING", "BUSY", "MASTERDOWN",
		"MISCONF", "ERR max number of clients" };

	for (size_t i = 0; i < ARRAY_LEN(login); i++)
		if (resp_has_prefix(reply, login[i]))
			return VERDICT_LOGIN;
	for (size_t i = 0; i < ARRAY_LEN(alive); i++)
		if (resp_has_prefix(reply, alive[i]))
			return VERDICT_ALIVE;
	return VERDICT_GARBAGE;
}

static bool
redis_read_role_of_replica(
    struct contact_result *result, const struct resp *reply)
{
	struct resp host, port, link, offset;
	char text[ENDPOINT_HOST_LEN];

	if (!resp_item(reply, 1, &host) || !resp_item(reply, 2, &port) ||
	    !resp_item(reply, 3, &link) || !resp_item(reply, 4, &offset))
		return false;
	if (port.type != RESP_INTEGER || offset.type != RESP_INTEGER ||
	    port.integer < 0 || port.integer > 65535)
		return false;
	result->report.role = ROLE_REPLICA;
	result->report.is_linked = resp_has_prefix(&link, "connected");
	/* A replica that has never synchronised says -1. */
	result->report.position =
	    offset.integer > 0 ? (uint64_t)offset.integer : 0;
	resp_copy(&host, text, sizeof(text));
	/* Neither a name nor an address can be nobody's: left unset. */
	if (!endpoint_from_named(
		&result->upstream, text, (uint16_t)port.integer))
		memset(&result->upstream, 0, sizeof(result->upstream));
	return true;
}

bool
redis_read_role(struct contact_result *result, const struct resp *reply)
{
	struct resp role, offset;

	if (!resp_item(reply, 0, &role))
		return false;
	if (resp_has_prefix(&role, "slave"))
		return redis_read_role_of_replica(result, reply);
	if (!resp_has_prefix(&role, "master") ||
	    !resp_item(reply, 1, &offset) || offset.type != RESP_INTEGER ||
	    offset.integer < 0)
		return false;
	result->report.role = ROLE_PRIMARY;
	result->report.position = (uint64_t)offset.integer;
	return true;
}

/* Copies the value of "name:value\r\n"; false when there is none. */
static bool
redis_info_text(
    const struct resp *info, const char *name, char *value, size_t size)
{
	const char *at = info->text, *end = info->text + info->text_len;
	size_t name_len = strlen(name);

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl != NULL ? nl : end) - at);

		if (len > name_len && at[name_len] == ':' &&
		    memcmp(at, name, name_len) == 0) {
			len -= name_len + 1;
			if (len > 0 && at[name_len + len] == '\r')
				len--;
			snprintf(
			    value, size, "%.*s", (int)len, at + name_len + 1);
			return true;
		}
		if (nl == NULL)
			break;
		at = nl + 1;
	}
	return false;
}

static bool
redis_info_number(const struct resp *info, const char *name, int64_t *value)
{
	char text[32], *end;

	if (!redis_info_text(info, name, text, sizeof(text)))
		return false;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

/* "0000..." is how Redis says that there is none. */
static void
redis_read_history(struct report *r, const struct resp *info)
{
	int64_t second;

	(void)redis_info_text(
	    info, "master_replid2", r->history_prev, sizeof(r->history_prev));
	if (strspn(r->history_prev, "0") == strlen(r->history_prev))
		r->history_prev[0] = '\0';
	if (redis_info_number(info, "second_repl_offset", &second) &&
	    second > 0)
		r->forked_at = (uint64_t)second - 1;
}

static void
redis_read_replica(struct report *r, const struct resp *info)
{
	int64_t number;
	char text[16];

	/* Received, not applied; servers before 7.0 know only one of them. */
	if ((redis_info_number(info, "slave_read_repl_offset", &number) ||
		redis_info_number(info, "slave_repl_offset", &number)) &&
	    number >= 0)
		r->position = (uint64_t)number;
	if (redis_info_text(info, "master_link_status", text, sizeof(text)))
		r->is_linked = strcmp(text, "up") == 0;
	if (redis_info_number(info, "master_last_io_seconds_ago", &number))
		r->link_idle_us = number >= 0 && number < USEC_NEVER / USEC_SEC
		    ? number * USEC_SEC
		    : USEC_NEVER;
	if (redis_info_number(info, "master_sync_in_progress", &number))
		r->is_loading = number != 0;
	if (redis_info_number(info, "slave_priority", &number))
		r->is_never_promoted = number == 0;
}

bool
redis_read_replication(struct contact_result *result, const struct resp *info)
{
	struct report *r = &result->report;
	int64_t offset;

	if (info->type != RESP_BULK ||
	    !redis_info_text(
		info, "master_replid", r->history, sizeof(r->history)) ||
	    !redis_info_number(info, "master_repl_offset", &offset))
		return false;
	redis_read_history(r, info);
	if (r->role == ROLE_REPLICA)
		redis_read_replica(r, info);
	else if (offset >= 0)
		r->position = (uint64_t)offset;
	return true;
}

bool
redis_read_server(struct contact_result *result, const struct resp *info)
{
	char version[32];

	if (info->type != RESP_BULK)
		return false;
	if (redis_info_text(info, "redis_version", version, sizeof(version)))
		snprintf(result->server, sizeof(result->server), "Redis %s",
		    version);
	return redis_info_text(info, "run_id", result->report.instance,
	    sizeof(result->report.instance));
}
