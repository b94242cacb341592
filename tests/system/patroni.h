/*
 * patroni.h - two real PostgreSQL servers, n1 and n2, each with its Patroni,
 * and one etcd that they agree by.
 *
 * Resources of their site; main thread only.
 */
#ifndef REGENT_SYSTEM_PATRONI_H
#define REGENT_SYSTEM_PATRONI_H

#include "process.h"

#include <pthread.h>
#include <stdatomic.h>

#define PATRONI_NODES 2

/* How long anything may take: the first start copies a whole database. */
#define PATRONI_SETTLE_MS 60000

struct patroni_node {
	struct process process;
	_Atomic pid_t postmaster; /* last seen; see patroni.c */
	char name[8];
	char conf[SITE_PATH_LEN];
	char data[SITE_PATH_LEN];
	uint16_t port;      /* of PostgreSQL */
	uint16_t rest_port; /* of Patroni */
};

struct patroni {
	struct resource resource;
	struct site *site;
	struct process etcd;
	pthread_t reaper;
	atomic_bool is_stopping;
	uint16_t etcd_port;
	struct patroni_node node[PATRONI_NODES];
};

/* Whether what it takes is installed. */
bool patroni_is_there(void);

/*
 * Begins to start all of it: wait for what you need.  Its REST API has the
 * certificate of certificate_make_server.
 */
struct patroni *patroni_start(struct site *site);

/* Moves the leader's lock to that node; false when Patroni refuses to. */
bool patroni_switchover(struct patroni *p, const struct patroni_node *to);

/* Kills PostgreSQL of a node, not its Patroni. */
void patroni_crash(struct patroni_node *node);

/*
 * Runs one statement through any port and returns what it prints, without
 * the last newline; NULL when it failed.  The caller frees.
 */
char *patroni_query(struct patroni *p, uint16_t port, const char *sql);

#endif
