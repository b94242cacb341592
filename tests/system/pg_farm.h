/*
 * pg_farm.h - three PostgreSQL servers a, b and c, of which a starts as the
 * primary of the others, behind one regent with a port for writers and one
 * for readers: what crm.h is for Redis.
 */
#ifndef REGENT_SYSTEM_PG_FARM_H
#define REGENT_SYSTEM_PG_FARM_H

#include "daemon.h"
#include "pg_node.h"
#include "writers.h"

#define PG_NODES 3

/* How long anything may take to settle; figures are printed, not asserted. */
#define PG_SETTLE_MS 30000

struct pg_options {
	const char *server_lines;  /* more of each postgresql.conf, or NULL */
	const char *regent_lines;  /* more of [regent], or NULL */
	const char *cluster_lines; /* more of [cluster pg], or NULL */
	const char *password;      /* of regent; NULL: the right one */
	bool is_durable;           /* fsync, for figures */
	bool is_rejoining;         /* rejoin_command is pg-rejoin */
	const char *small_disks; /* names of nodes with a small disk, or NULL */
};

struct pg_farm {
	struct site *site;
	struct pg_node *node[PG_NODES];
	struct daemon *daemon;
	uint16_t write_port;
	uint16_t read_port;
	char rejoin[SITE_PATH_LEN]; /* pg-rejoin, and its configuration */
	char rejoin_conf[SITE_PATH_LEN];
};

/* Starts the nodes and regent, and waits until a is routed. */
void pg_farm_open(
    struct pg_farm *farm, struct site *site, const struct pg_options *options);

/* The parts: nodes alone, then regent, without waiting for a primary. */
void pg_farm_start_nodes(
    struct pg_farm *farm, struct site *site, const struct pg_options *options);
void pg_farm_start_daemon(
    struct pg_farm *farm, const struct pg_options *options);

/* Writes regent's file, for a reload; farm->daemon need not exist yet. */
void pg_farm_configure(struct pg_farm *farm, const struct pg_options *options);

/* Writers through regent, into a table that is made for them. */
struct load *pg_farm_load(
    struct pg_farm *farm, unsigned n_writers, unsigned rate);

/* Acknowledged writes that the node does not have. */
uint64_t pg_farm_count_lost(struct load *load, struct pg_node *node);

/* The node regent routes writers to; NULL while there is none. */
struct pg_node *pg_farm_primary(struct pg_farm *farm);

/* Waits until regent routes to a primary other than `old`; returns it. */
struct pg_node *pg_farm_wait_successor(
    struct pg_farm *farm, const struct pg_node *old);

/*
 * Waits until a node that regent has rejoined streams from primary, and takes
 * it for ours again.
 */
void pg_farm_wait_rejoined(struct pg_node *node, struct pg_node *primary);

/*
 * Waits until this node is routed and every other that runs follows it and
 * may be read.
 */
void pg_farm_wait_settled(struct pg_farm *farm, struct pg_node *primary);

#endif
