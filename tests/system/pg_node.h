/*
 * pg_node.h - a real PostgreSQL server with a data directory of its own.
 *
 * The directory is a copy of one that was made once in this program, with the
 * role regent as contrib/sql/postgres.sql makes it, and a user app and a
 * database crm for clients; so all nodes are of one system.  Nodes listen on
 * 127.0.0.1 only; fsync is off unless asked for.  Statements go to the node
 * directly, as a superuser.  A node is a resource of its site; main thread
 * only.
 */
#ifndef REGENT_SYSTEM_PG_NODE_H
#define REGENT_SYSTEM_PG_NODE_H

#include "process.h"

#include <libpq-fe.h>

#define PG_PASSWORD "a secret's \\ name"    /* of regent, by SCRAM */
#define PG_REPLICATOR_PASSWORD "copy = it'" /* of replicator, by SCRAM */
#define PG_REJOIN_PASSWORD "rejoin it"      /* of rejoin, by SCRAM */
#define PG_NODE_MS 30000

struct pg_node_options {
	const char *name;
	const struct pg_node *primary; /* NULL: starts as a primary */
	const char *lines;             /* more of postgresql.conf, or NULL */
	bool is_durable;               /* fsync, for figures */
	unsigned disk_mib;             /* a disk of its own; 0: none */
};

struct pg_node {
	struct resource resource;
	struct process process; /* the postmaster */
	struct site *site;
	char name[16];
	char data[SITE_PATH_LEN];
	uint16_t port;
	struct disk *disk; /* NULL if none; borrowed */
	PGconn *conn;      /* NULL until used, and after an error */
};

/* Whether PostgreSQL is installed. */
bool pg_node_is_there(void);

/* Returns when the node answers; a standby, when it streams. */
struct pg_node *pg_node_start(
    struct site *site, const struct pg_node_options *options);

void pg_node_kill(struct pg_node *node);   /* SIGKILL to the postmaster */
void pg_node_stop(struct pg_node *node);   /* in good order */
void pg_node_freeze(struct pg_node *node); /* SIGSTOP to all of it */
void pg_node_resume(struct pg_node *node);

/* After a kill or a stop: as what its files say; returns when it answers. */
void pg_node_restart(struct pg_node *node);

/* The same without waiting. */
void pg_node_begin_restart(struct pg_node *node);

/*
 * After somebody else has started it: it is ours to signal and to wait for,
 * since this program is the reaper of orphans.
 */
void pg_node_adopt(struct pg_node *node);

/* Its file standby.signal, while it is stopped: follows primary from now on. */
void pg_node_make_standby(struct pg_node *node, const struct pg_node *primary);

/*
 * The first cell of the answer, "" if there is none; NULL when the statement
 * failed or nobody answered.  The caller frees.
 */
char *pg_node_query(struct pg_node *node, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* Fails the test unless the statement is carried out. */
void pg_node_must(struct pg_node *node, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Whether the first cell of the answer is this. */
bool pg_node_says(struct pg_node *node, const char *sql, const char *want);

bool pg_node_is_primary(struct pg_node *node);

/* Whether node streams from primary. */
bool pg_node_follows(struct pg_node *node, const struct pg_node *primary);

/* Connects through any port of 127.0.0.1 as app to crm; NULL on failure. */
PGconn *pg_connect(uint16_t port);

/* The first cell of the answer through a port, as pg_node_query. */
char *pg_query(uint16_t port, const char *sql);

#endif
