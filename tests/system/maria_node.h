/*
 * maria_node.h - one real MariaDB server, and SQL to ask it.
 *
 * The data directory is a copy of one that is made once for a test program.
 * A node is killed with its site; its port stays the same over restarts.
 */
#ifndef REGENT_SYSTEM_MARIA_NODE_H
#define REGENT_SYSTEM_MARIA_NODE_H

#include "process.h"

struct maria_node {
	struct resource resource;
	struct site *site;
	struct process process;
	char name[8];
	char data[SITE_PATH_LEN];
	char socket[SITE_PATH_LEN];
	uint16_t port;
	unsigned server_id;
	const char *options[8]; /* more of mariadbd, ends with NULL */
	bool is_frozen;
};

/* How long a server may take to start or to stop. */
#define MARIA_START_MS 30000

/* Whether the programs are there; else the tests are skipped. */
bool maria_is_there(void);

/* A server that runs, read-only and without replication. */
struct maria_node *maria_node_start(struct site *site, const char *name,
    unsigned server_id, const char *const *options);

/* kill -9, and waits until it is gone. */
void maria_node_crash(struct maria_node *n);

/* In good order. */
void maria_node_stop(struct maria_node *n);

/* Again, with the data it has; waits until it answers. */
void maria_node_restart(struct maria_node *n);

void maria_node_freeze(struct maria_node *n);
void maria_node_thaw(struct maria_node *n);

/*
 * Builds a node that does not run anew from another's data, and starts it:
 * the other one is stopped meanwhile.
 */
void maria_node_rebuild(struct maria_node *n, struct maria_node *from);

/*
 * As root, over the node's own socket.  The rows, with tabs and newlines
 * between, freed by the caller; NULL if it failed.
 */
char *maria_ask(struct maria_node *n, const char *sql);

/* Fails the test if it fails. */
void maria_do(struct maria_node *n, const char *sql);
bool maria_says(struct maria_node *n, const char *sql, const char *want);

/* The same over a port, by whoever that leads to. */
char *maria_ask_at(
    uint16_t port, const char *user, const char *password, const char *sql);

/* The error code of the last of these questions; 0: none. */
unsigned maria_error(void);

/* Whether it runs both threads, from this port. */
bool maria_follows(struct maria_node *n, uint16_t port);

#endif
