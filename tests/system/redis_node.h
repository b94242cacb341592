/*
 * redis_node.h - a real redis-server with a configuration file of its own.
 *
 * Nodes listen on loopback (and on the address of their host), keep nothing on
 * disk unless told to (SAVE works), and can be killed, frozen, resumed and
 * started again with the file as CONFIG REWRITE left it.  Commands go to the
 * node directly, never through regent.  A node is a resource of its site; main
 * thread only.
 */
#ifndef REGENT_SYSTEM_REDIS_NODE_H
#define REGENT_SYSTEM_REDIS_NODE_H

#include "process.h"

#include <hiredis/hiredis.h>

struct redis_node_options {
	const char *name;
	const struct redis_node *primary; /* NULL: starts as a primary */
	const char *password;             /* NULL: none */
	const char *lines;                /* more configuration, or NULL */
	const struct host *host;          /* NULL: on loopback */
	const char *loopback;             /* NULL: 127.0.0.1 */
	uint16_t port;                    /* 0: one that is free */
	bool is_sentinel;                 /* all of it is in lines */
};

struct redis_node {
	struct resource resource;
	struct process process;
	char name[16];
	char program[SITE_PATH_LEN];
	char conf[SITE_PATH_LEN];
	const char *password;
	const char *loopback;
	bool is_sentinel;
	uint16_t port;
	redisContext *conn; /* NULL until used, and after an error */
};

enum redis_role { REDIS_SILENT, REDIS_PRIMARY, REDIS_REPLICA };

/* Returns when the node answers; a replica, when its link is up. */
struct redis_node *redis_node_start(
    struct site *site, const struct redis_node_options *options);

void redis_node_kill(struct redis_node *node);   /* SIGKILL */
void redis_node_freeze(struct redis_node *node); /* SIGSTOP */
void redis_node_resume(struct redis_node *node);

/* Where others reach the node. */
const char *redis_node_address(const struct redis_node *node);

/* After a kill; returns when the node answers (or is loading). */
void redis_node_restart(struct redis_node *node);

/* NULL when the node did not answer; the caller frees the reply. */
redisReply *redis_node_command(struct redis_node *node, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* Like the command, but fails the test unless the answer is +OK. */
void redis_node_must(struct redis_node *node, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* Writes all data to the file that a restarted node loads. */
void redis_node_save(struct redis_node *node);

enum redis_role redis_node_role(struct redis_node *node);
bool redis_node_is_primary(struct redis_node *node);

/* Whether node is a replica of primary and its link is up. */
bool redis_node_follows(
    struct redis_node *node, const struct redis_node *primary);

/* Whether node is told to replicate from primary; the link may be down. */
bool redis_node_points_at(
    struct redis_node *node, const struct redis_node *primary);

long long redis_node_key_count(struct redis_node *node); /* -1: silent */
bool redis_node_has_key(struct redis_node *node, const char *key);

/* A field of INFO as a number; -1 when it is not there. */
long long redis_node_info(
    struct redis_node *node, const char *section, const char *field);

/* How often the node has executed a command; -1: silent. */
long long redis_node_calls(struct redis_node *node, const char *command);

/* Connects with timeouts and AUTH; NULL on failure. */
redisContext *redis_node_connect(
    uint16_t port, const char *password, int timeout_ms);

/* The same to a node, on its own host: no cut wire hinders it. */
redisContext *redis_node_open(const struct redis_node *node, int timeout_ms);

/* The same over the network. */
redisContext *redis_node_open_from(
    const struct redis_node *node, const struct host *from, int timeout_ms);

/* GET through any port, for clients of regent; false unless it is `want`. */
bool redis_node_port_has(uint16_t port, const char *key, const char *want);

#endif
