/*
 * maria_farm.h - three MariaDB servers a, b and c, of which a starts as the
 * primary of the others, behind one regent with a port for writers and one
 * for readers: what crm.h is for Redis.
 */
#ifndef REGENT_SYSTEM_MARIA_FARM_H
#define REGENT_SYSTEM_MARIA_FARM_H

#include "daemon.h"
#include "load.h"
#include "maria_node.h"

#define MARIA_NODES 3

/* How long anything may take to settle; figures are printed, not asserted. */
#define MARIA_SETTLE_MS 30000

struct maria_options {
	const char *const *server_options; /* more of mariadbd, or NULL */
	const char *regent_lines;          /* more of [regent], or NULL */
	const char *cluster_lines; /* more of [cluster maria], or NULL */
	const char *password;      /* of regent; NULL: the right one */
	bool is_tls;    /* regent verifies the servers' certificates */
	bool is_empty;  /* no transaction, no replication: users alone */
	bool is_synced; /* sync_replicas = 1, and a waits from the start */
	const char *small_disks; /* names of nodes with a small disk, or NULL */
};

struct maria_farm {
	struct site *site;
	struct maria_node *node[MARIA_NODES];
	struct disk *disk[MARIA_NODES]; /* NULL: the same as all */
	struct daemon *daemon;
	uint16_t write_port;
	uint16_t read_port;
	bool is_synced; /* semi-synchronous, by sync_replicas = 1 */
};

/* Starts the nodes and regent, and waits until a is routed. */
void maria_farm_open(struct maria_farm *farm, struct site *site,
    const struct maria_options *options);

/* The parts: nodes alone, then regent, without waiting for a primary. */
void maria_farm_start_nodes(struct maria_farm *farm, struct site *site,
    const struct maria_options *options);
void maria_farm_start_daemon(
    struct maria_farm *farm, const struct maria_options *options);

/* Writes regent's file, for a reload; farm->daemon need not exist yet. */
void maria_farm_configure(
    struct maria_farm *farm, const struct maria_options *options);

/* The node regent routes writers to; NULL while there is none. */
struct maria_node *maria_farm_primary(struct maria_farm *farm);

/* Waits until regent routes to a primary other than `old`; returns it. */
struct maria_node *maria_farm_wait_successor(
    struct maria_farm *farm, const struct maria_node *old);

/*
 * Waits until this node is routed and every other that runs follows it and
 * may be read; and semi-synchronous writes wait at this one only.
 */
void maria_farm_wait_settled(
    struct maria_farm *farm, struct maria_node *primary);

/* By the application's account, over regent; NULL if it failed. */
char *maria_farm_write(struct maria_farm *farm, const char *sql);
char *maria_farm_read(struct maria_farm *farm, const char *sql);

/*
 * What regent says of a node: the cell of its row in `show cluster`, and
 * whether its line has that text (a detail has blanks).
 */
const char *maria_farm_field(
    struct maria_farm *farm, const struct maria_node *node, const char *field);

/* Whether its row of `show cluster` has that text: a detail has blanks. */
bool maria_farm_tells(
    struct maria_farm *farm, const struct maria_node *node, const char *text);

/* Writers through regent; stopped and freed with the site. */
struct load *maria_farm_load(
    struct maria_farm *farm, unsigned n_writers, unsigned rate);

/* Acknowledged writes that the node does not have; *acked of all. */
uint64_t maria_farm_count_lost(
    struct load *load, struct maria_node *node, uint64_t *acked);

/*
 * Starts a node that was primary, and waits until it follows.  One that has
 * diverged is built anew from another replica; then true is returned.
 */
bool maria_farm_bring_back(struct maria_farm *farm, struct maria_node *old);

#endif
