#include "guard/authority/sentinel_reply.h"

#include "base/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
sentinel_is_text(const struct resp *item, const char *text)
{
	return item->text != NULL && item->text_len == strlen(text) &&
	    memcmp(item->text, text, item->text_len) == 0;
}

static bool
sentinel_read_number(const struct resp *item, uint64_t max, uint64_t *number)
{
	char text[24], *end;

	if (item->text == NULL || item->text_len >= sizeof(text))
		return false;
	resp_copy(item, text, sizeof(text));
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *number <= max;
}

/* A flat list of names and values. */
bool
sentinel_read_epoch(const struct resp *reply, uint64_t *epoch)
{
	const char *at = reply->items;
	struct resp name, value;

	if (reply->type != RESP_ARRAY && reply->type != RESP_MAP)
		return false;
	for (size_t i = 0; i + 1 < reply->n_items; i += 2) {
		resp_read(&name, at, reply->end);
		resp_read(&value, name.end, reply->end);
		at = value.end;
		if (sentinel_is_text(&name, "config-epoch"))
			return sentinel_read_number(&value, INT64_MAX, epoch);
	}
	return false;
}

bool
sentinel_read_primary(const struct resp *reply, char *text, size_t size)
{
	char host[64], buf[ENDPOINT_TEXT_LEN];
	struct resp item, port_item;
	struct endpoint ep;
	uint64_t port;

	if (reply->type != RESP_ARRAY || reply->n_items != 2 ||
	    !resp_item(reply, 0, &item) || !resp_item(reply, 1, &port_item) ||
	    item.text == NULL || item.text_len == 0 ||
	    item.text_len >= sizeof(host) ||
	    !sentinel_read_number(&port_item, 65535, &port))
		return false;
	resp_copy(&item, host, sizeof(host));
	if (endpoint_from(&ep, host, (uint16_t)port))
		snprintf(text, size, "%s", endpoint_format(&ep, buf));
	else
		snprintf(text, size, "%s:%u", host, (unsigned)port);
	return true;
}

bool
sentinel_is_message(const struct resp *reply)
{
	struct resp kind;

	return reply->type == RESP_ARRAY && resp_item(reply, 0, &kind) &&
	    sentinel_is_text(&kind, "message");
}
