/*
 * crm.h - the cluster that most tests use: three Redis nodes a, b and c, of
 * which a starts as the primary, behind one regent with a port for writers
 * and a port for readers.
 */
#ifndef REGENT_SYSTEM_CRM_H
#define REGENT_SYSTEM_CRM_H

#include "daemon.h"
#include "lan.h"
#include "load.h"
#include "redis_node.h"

#define CRM_NODES 3

/* How long anything may take to settle; figures are printed, not asserted. */
#define CRM_SETTLE_MS 15000

struct crm_options {
	const char *regent_lines;  /* more of [regent], or NULL */
	const char *cluster_lines; /* more of [cluster crm], or NULL */
	const char *node_lines;    /* more of each redis.conf, or NULL */
	const char *node_options;  /* more of each [node crm/...], or NULL */
	const char *listen_lines;  /* more of both [listen ...], or NULL */
	const char *password;      /* of the nodes, or NULL */
	const char *node_sections; /* more of [node crm/c], then more
				      nodes, or NULL */
	struct lan *lan;           /* where all of them are; NULL: loopback */
};

struct crm {
	struct site *site;
	struct lan *lan; /* or NULL */
	struct redis_node *node[CRM_NODES];
	struct daemon *daemon;
	uint16_t write_port;
	uint16_t read_port;
	unsigned n_settled;
};

/* Starts the nodes and regent, and waits until a is routed. */
void crm_open(
    struct crm *crm, struct site *site, const struct crm_options *options);

/* The parts: nodes alone, then regent, without waiting for a primary. */
void crm_start_nodes(
    struct crm *crm, struct site *site, const struct crm_options *options);
void crm_start_daemon(struct crm *crm, const struct crm_options *options);

/* Writes regent's file, for a reload; crm->daemon need not exist yet. */
void crm_configure(struct crm *crm, const struct crm_options *options);

/* Writers through regent; stopped and freed with the site. */
struct load *crm_load(struct crm *crm, unsigned n_writers, unsigned rate);

/* The same, and acknowledged means that a replica has it, too (WAIT). */
struct load *crm_load_synced(
    struct crm *crm, unsigned n_writers, unsigned rate);

/* The node regent routes writers to; NULL while there is none. */
struct redis_node *crm_primary(struct crm *crm);
struct redis_node *crm_node(struct crm *crm, const char *name);

/* Waits until regent routes to a primary other than `old`; returns it. */
struct redis_node *crm_wait_successor(
    struct crm *crm, const struct redis_node *old);

/*
 * Waits until this node is routed, every running other follows it, and a
 * write has reached them: a replica that has just copied its data is linked,
 * but when its first acknowledgement came too early for the primary, it gets
 * nothing before the next one, a second later.
 */
void crm_wait_settled(struct crm *crm, struct redis_node *primary);

/* Exactly one running node says it is primary, and it is this one. */
void crm_check_one_primary(struct crm *crm, struct redis_node *primary);

/* Waits until the load has written `n` more. */
void crm_wait_acked(struct load *load, uint64_t n);

/*
 * Opens connections that say nothing yet, and checks later that a write goes
 * through each of them.
 */
enum { CRM_QUIET = 8 };
void crm_open_quiet(struct crm *crm, redisContext *conns[CRM_QUIET]);
void crm_check_quiet(redisContext *conns[CRM_QUIET]);

/* Sets k to v and waits until every node has it. */
void crm_seed(struct crm *crm);

/* Acknowledged writes that the node does not have. */
uint64_t crm_count_lost(struct load *load, struct redis_node *node);

#endif
