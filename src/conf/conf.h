/*
 * conf.h - an immutable, refcounted snapshot of the configuration.
 *
 * Made by conf_load() (load.h), shared by all threads, never changed after.
 * Every holder has a reference; the last conf_unref frees.  Members come from
 * the rows of options.def: units end their names.
 *
 * Ids are stable across reloads: a cluster, node or listener of the same
 * name keeps its id, so counters and sessions of other snapshots still fit.
 */
#ifndef REGENT_CONF_CONF_H
#define REGENT_CONF_CONF_H

#include "base/endpoint.h"
#include "base/log.h"
#include "base/usec.h"
#include "conf/enums.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	CONF_CLUSTERS_MAX = 64,
	CONF_NODES_MAX = 16, /* of one cluster */
	CONF_LISTENS_MAX = 128,
};

/* The C type of an option's member. */
#define CONF_TYPE_BOOL(table) bool
#define CONF_TYPE_COUNT(table) int64_t
#define CONF_TYPE_AUTO(table) int64_t
#define CONF_TYPE_DURATION(table) usec_t
#define CONF_TYPE_SIZE(table) int64_t
#define CONF_TYPE_MODE(table) int64_t
#define CONF_TYPE_ENUM(table) CONF_ENUM_##table
#define CONF_TYPE_STRING(table) char *
#define CONF_TYPE_PATH(table) char *
#define CONF_TYPE_SECRET(table) char *
#define CONF_TYPE_ENDPOINT(table) struct endpoint
#define CONF_TYPE_NAMED(table) struct endpoint
#define CONF_TYPE_ENDPOINTS(table) struct endpoint_list
#define CONF_ENUM_protocol enum conf_protocol
#define CONF_ENUM_sslmode enum conf_sslmode
#define CONF_ENUM_failover enum conf_failover
#define CONF_ENUM_check enum conf_check
#define CONF_ENUM_mode enum conf_mode
#define CONF_ENUM_route enum conf_route
#define CONF_ENUM_balance enum conf_balance
#define CONF_ENUM_accel enum conf_accel
#define CONF_ENUM_log_level enum log_level

#define CONF_MEMBER(type, table, name, member, ...) \
	CONF_TYPE_##type(table) member;

/*
 * `line` is where the section starts, for messages; 0 if there is none.
 * Strings are never NULL: "" is not set.
 */
struct conf_node {
	char *name;
	unsigned id; /* slot in its cluster, < CONF_NODES_MAX */
	int line;
#define OPTION_NODE CONF_MEMBER
#include "conf/options.def"
};

struct conf_cluster {
	char *name;
	unsigned id; /* < CONF_CLUSTERS_MAX */
	int line;
	unsigned n_nodes;
	struct conf_node *nodes; /* in the order of the file */
#define OPTION_CLUSTER CONF_MEMBER
#include "conf/options.def"
};

struct conf_listen {
	char *name;
	unsigned id; /* < CONF_LISTENS_MAX */
	int line;
	unsigned cluster_id;
#define OPTION_LISTEN CONF_MEMBER
#include "conf/options.def"
};

struct conf {
	uint32_t magic;
	atomic_uint refs; /* the only member that changes */
	bool is_outline;  /* only names and ids are set: outline.h */
	char *path;
	int line;
	unsigned n_clusters;
	struct conf_cluster *clusters;
	unsigned n_listens;
	struct conf_listen *listens;
#define OPTION_REGENT CONF_MEMBER
#include "conf/options.def"
};

#define CONF_MAGIC 0x434f4e46u

/*
 * Returns its argument.  A reference may be taken and given back in any
 * thread; the one that is given back last frees, and wipes the secrets.
 */
const struct conf *conf_ref(const struct conf *conf);
void conf_unref(const struct conf **conf);

/* NULL when there is none. */
const struct conf_cluster *conf_find_cluster(
    const struct conf *conf, const char *name);
const struct conf_cluster *conf_cluster_by_id(
    const struct conf *conf, unsigned id);
const struct conf_node *conf_find_node(
    const struct conf_cluster *cluster, const char *name);
const struct conf_node *conf_node_by_id(
    const struct conf_cluster *cluster, unsigned id);
const struct conf_listen *conf_find_listen(
    const struct conf *conf, const char *name);
const struct conf_listen *conf_listen_by_id(
    const struct conf *conf, unsigned id);

#endif
