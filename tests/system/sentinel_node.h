/*
 * sentinel_node.h - a real Redis Sentinel: the same binary as redis-server,
 * watching one set of nodes under the name "themaster".
 *
 * A primary is down after a second without an answer: with less, sentinels on
 * a busy machine fail over once more because of their own lateness.  A
 * resource of its site; main thread only.
 */
#ifndef REGENT_SYSTEM_SENTINEL_NODE_H
#define REGENT_SYSTEM_SENTINEL_NODE_H

#include "redis_node.h"

#define SENTINEL_NODE_NAME "themaster"
#define SENTINEL_NODES 3

struct sentinel_node_options {
	const char *name;
	const struct redis_node *primary;
	const char *lines; /* more configuration, or NULL */
};

/* Returns when it answers.  It is a redis_node for all that this can do. */
struct redis_node *sentinel_node_start(
    struct site *site, const struct sentinel_node_options *options);

/* Knows so many replicas and other sentinels, and could act with them. */
bool sentinel_node_is_ready(
    struct redis_node *sentinel, unsigned n_replicas, unsigned n_others);

/* The port of the node that it names; 0: it does not answer. */
unsigned sentinel_node_names(struct redis_node *sentinel);

#endif
