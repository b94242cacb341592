/*
 * rig.h - a relay of two workers, three nodes that greet with their name and
 * echo, and clients.
 *
 * Nodes and clients run on the guard's loop, which is the test's; the workers
 * are threads.  Nothing routes before rig_publish.
 */
#ifndef REGENT_TESTS_RELAY_RIG_H
#define REGENT_TESTS_RELAY_RIG_H

#include "host.h"
#include "relay/relay.h"

enum { RIG_NODES = 3, RIG_CLIENTS = 40 };

/* Listener ids, in the order of the sections. */
enum rig_listen { RIG_WRITE, RIG_READ, RIG_LISTENS };

/* How a worker is kept from its loop: the next one that acknowledges. */
enum rig_stall { RIG_NO_STALL, RIG_STALL_NEXT, RIG_STALLED };

struct rig {
	struct trial trial;
	struct host nodes[RIG_NODES]; /* slots a, b, c */
	struct endpoint listens[RIG_LISTENS];
	struct inherited *inherited; /* by the first relay, or NULL */
	const struct conf *conf;
	enum conf_protocol protocol; /* of the cluster */
	const char *cluster_lines;   /* more of its section, or NULL */
	const char *node_lines;      /* more of each node's, or NULL */
	struct observer observer;
	struct relay *relay;
	struct cluster_view views[CONF_CLUSTERS_MAX];
	struct addr addrs[CONF_CLUSTERS_MAX][NODES_MAX];
	uint64_t serial;
	atomic_uint n_acked;
	atomic_uint n_troubles[RIG_NODES];
	atomic_int stall; /* enum rig_stall */
	unsigned n_clients;
	struct peer clients[RIG_CLIENTS];
};

/* The one that tests share, opened without options and closed. */
extern struct rig rig;
int rig_set_up(void **state);
int rig_tear_down(void **state);

#define RIG_BIT(slot) (1u << (slot))
#define RIG_ALL 7u /* every slot */

/*
 * The options are lines for [listen write] and [listen read], and for
 * [regent].  Accepts, and routes nowhere.
 */
void rig_open(struct rig *r, const char *regent, const char *listen);

/* The same with a cluster of that kind, whose nodes say nothing. */
void rig_open_as(
    struct rig *r, enum conf_protocol protocol, const char *listen);

/* The same with lines for [cluster crm] and for each [node]. */
void rig_open_limited(struct rig *r, enum conf_protocol protocol,
    const char *cluster, const char *node, const char *listen);

/* The same without options, on so many sockets a listener that were open
 * before; `is_shared`: others of the group are let in. */
void rig_open_inherited(struct rig *r, unsigned n_sockets, bool is_shared);

void rig_close(struct rig *r);

/* The configuration as a text; `more` goes behind it. */
const struct conf *rig_conf(
    struct rig *r, const char *regent, const char *listen, const char *more);

/* Takes the configuration over; all workers have it in a moment. */
void rig_reload(struct rig *r, const struct conf *conf);

/* A view with that writer (or -1) and those readers (bits), all else CUT_NOW
 * as a guard would say of nodes that are down. */
void rig_publish(struct rig *r, int writer, unsigned readers);

/* Publishes r->views[0] and the addresses as they are. */
void rig_publish_view(struct rig *r);

/* Waits until every worker has acknowledged the last publication. */
void rig_await(struct rig *r);

/* The first half of it. */
int rig_prepare(struct rig *r, const struct conf *conf, struct err *err);

/* The section of one more listener, in a static buffer. */
const char *rig_section(const struct endpoint *ep);

/* A client of it that is connected, or refused. */
struct peer *rig_client_of(struct rig *r, const struct endpoint *ep);

/* Each has done what it was told before. */
void rig_await_workers(struct rig *r);

/* Nobody listens there, once all have done so. */
void rig_expect_refused(struct rig *r, const struct endpoint *ep);

/* A client that has begun to connect. */
struct peer *rig_client(struct rig *r, enum rig_listen listen);

/* One that was connected to the node of that slot. */
struct peer *rig_client_at(struct rig *r, enum rig_listen listen, int slot);

/* Says bytes that may be NUL, all at once. */
#define RIG_SAY(peer, bytes) \
	assert_int_equal( \
	    stream_write(&(peer)->stream, bytes, sizeof(bytes) - 1), \
	    (int)(sizeof(bytes) - 1))

/* Whether it has heard just these. */
#define RIG_HEARD(peer, bytes) \
	((peer)->in_len == sizeof(bytes) - 1 && \
	    memcmp((peer)->in, bytes, sizeof(bytes) - 1) == 0)

/* The slot whose greeting the client has heard, or -1. */
int rig_slot_of(const struct peer *client);

/* The client says it, and it comes back. */
void rig_converse(struct rig *r, struct peer *client, const char *text);

uint64_t rig_count(
    struct rig *r, enum rig_listen listen, enum listen_counter counter);
uint64_t rig_count_node(struct rig *r, int slot, enum node_counter counter);

#define RIG_UNTIL(r, cond) TRIAL_UNTIL(&(r)->trial, cond)

#endif
