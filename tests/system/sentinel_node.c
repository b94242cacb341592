#include "sentinel_node.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define SENTINEL_NODE_LINES \
	"sentinel monitor " SENTINEL_NODE_NAME " 127.0.0.1 %u 2\n" \
	"sentinel down-after-milliseconds " SENTINEL_NODE_NAME " 1000\n" \
	"sentinel failover-timeout " SENTINEL_NODE_NAME " 6000\n" \
	"sentinel parallel-syncs " SENTINEL_NODE_NAME " 2\n" \
	"%s"

struct redis_node *
sentinel_node_start(
    struct site *site, const struct sentinel_node_options *options)
{
	struct text lines = TEXT_INIT;
	struct redis_node_options node = {
		.name = options->name,
		.is_sentinel = true,
	};
	struct redis_node *sentinel;

	text_addf(&lines, SENTINEL_NODE_LINES, (unsigned)options->primary->port,
	    options->lines != NULL ? options->lines : "");
	node.lines = text_cstr(&lines);
	sentinel = redis_node_start(site, &node);
	text_fini(&lines);
	return sentinel;
}

/* A field of SENTINEL MASTER, a flat list of names and values; -1: none. */
static long long
sentinel_node_field(struct redis_node *sentinel, const char *field)
{
	redisReply *reply =
	    redis_node_command(sentinel, "SENTINEL MASTER " SENTINEL_NODE_NAME);
	long long value = -1;

	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_ARRAY)
		for (size_t i = 0; i + 1 < reply->elements; i += 2)
			if (strcmp(reply->element[i]->str, field) == 0)
				value = strtoll(
				    reply->element[i + 1]->str, NULL, 10);
	freeReplyObject(reply);
	return value;
}

bool
sentinel_node_is_ready(
    struct redis_node *sentinel, unsigned n_replicas, unsigned n_others)
{
	return sentinel_node_field(sentinel, "num-slaves") == n_replicas &&
	    sentinel_node_field(sentinel, "num-other-sentinels") == n_others;
}

unsigned
sentinel_node_names(struct redis_node *sentinel)
{
	redisReply *reply = redis_node_command(
	    sentinel, "SENTINEL GET-MASTER-ADDR-BY-NAME " SENTINEL_NODE_NAME);
	unsigned port = 0;

	if (reply == NULL)
		return 0;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
		port = (unsigned)atoi(reply->element[1]->str);
	freeReplyObject(reply);
	return port;
}
