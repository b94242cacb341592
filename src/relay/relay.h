/*
 * relay.h - the data plane: N workers that carry the bytes of clients.
 *
 * All functions belong to the guard thread, which owns the relay.  Workers
 * get snapshots and requests by mailbox and answer the same way.
 */
#ifndef REGENT_RELAY_RELAY_H
#define REGENT_RELAY_RELAY_H

#include "base/err.h"
#include "conf/conf.h"
#include "core/view.h"
#include "net/addr.h"
#include "net/loop.h"
#include "relay/observer.h"
#include "stats/stats.h"

struct inherited;
struct relay;

/*
 * Opens the listeners of `conf` and starts the workers, which accept nothing
 * before relay_accept.  Sockets that are bound where one shall be are taken
 * from `inherited` (or NULL).  NULL with the reason when a port can't be had.
 */
struct relay *relay_new(struct loop *loop, const struct conf *conf,
    const struct observer *observer, struct inherited *inherited,
    struct err *err) MUST_CHECK;
void relay_accept(struct relay *relay);

/* Cuts every session and joins the workers. */
void relay_free(struct relay **relay);

/* As struct effects asks for it (guard/effects.h). */
void relay_publish(struct relay *relay, uint64_t serial,
    const struct cluster_view *views, const struct addr (*addrs)[NODES_MAX]);
uint64_t relay_acked(const struct relay *relay);

/*
 * Reload in two steps, so that it is all or nothing: relay_prepare opens the
 * new listeners or says why not, relay_commit hands everything to the
 * workers, relay_abandon closes what was prepared.
 */
int relay_prepare(struct relay *relay, const struct conf *conf, struct err *err)
    MUST_CHECK;
void relay_commit(struct relay *relay);
void relay_abandon(struct relay *relay);

/* Graceful end: no new clients; sessions may finish, held ones are closed. */
void relay_drain(struct relay *relay);
uint64_t relay_sessions(const struct relay *relay); /* open now */

/*
 * For a process that takes our place: the listening sockets (at most
 * RELAY_SOCKETS_MAX), which stay ours until relay_retire.  From then on nobody
 * is accepted; sessions, also those that wait for a node, go on.
 */
enum { RELAY_SOCKETS_MAX = CONF_LISTENS_MAX * 64 };
unsigned relay_sockets(const struct relay *relay, int *fds, unsigned max);
void relay_retire(struct relay *relay);

/* Whether all workers do so: who was being accepted is a session. */
bool relay_is_retired(const struct relay *relay);

unsigned relay_workers(const struct relay *relay);
uint64_t relay_maxconn(const struct relay *relay); /* in force */

/* "on", or "off: " and why. */
const char *relay_accel(const struct relay *relay);

/* Sums over the workers. */
uint64_t relay_listen_counter(
    const struct relay *relay, unsigned listen_id, enum listen_counter counter);
uint64_t relay_node_counter(const struct relay *relay, unsigned cluster_id,
    unsigned node_id, enum node_counter counter);

/* What a listener, or a node of a cluster, has counted. */
enum { RELAY_COUNTS_MAX = 64 };

struct relay_counts {
	const char *of;   /* the listener or the cluster */
	const char *node; /* NULL: of a listener */
	unsigned n;
	struct {
		const char *name;
		uint64_t value;
	} at[RELAY_COUNTS_MAX];
};

/* False: it could not be told, and is to be told again. */
typedef bool relay_counts_fn(void *arg, const struct relay_counts *counts);

/* Tells what was counted since it was told last; false when not all was.
 * The first time, and after relay_forget_told, that is everything. */
bool relay_tell_counts(struct relay *relay, relay_counts_fn *fn, void *arg);
void relay_forget_told(struct relay *relay);

/* Another process has counted that; `node` is NULL for a listener. */
void relay_take_count(struct relay *relay, const char *of, const char *node,
    const char *counter, uint64_t value);

/*
 * A node's limit holds across processes: sessions that others have with it
 * take room here, and how many ours are is told when that has changed (and
 * after relay_forget_told).
 */
typedef bool relay_used_fn(
    void *arg, const char *cluster, const char *node, uint64_t n);
bool relay_tell_used(struct relay *relay, relay_used_fn *fn, void *arg);
void relay_lend(
    struct relay *relay, const char *cluster, const char *node, int64_t change);
void relay_take_back(struct relay *relay); /* all that was lent */

/* One session as an operator sees it. */
struct session_info {
	uint64_t id;
	unsigned worker;
	unsigned listen_id;
	int node_id;       /* -1: none yet */
	const char *state; /* static text */
	char client[ADDR_TEXT_LEN];
	usec_t age_us;
	usec_t idle_us;
	uint64_t bytes_in;
	uint64_t bytes_out;
};

typedef void relay_list_fn(
    void *arg, const struct session_info *sessions, unsigned n);

enum { RELAY_LIST_MAX = 10000 }; /* sessions a worker lists */

/*
 * Asks every worker for its sessions; calls `done` on the guard loop when all
 * have answered.  A caller that goes away first says relay_list_forget.
 */
void relay_list(struct relay *relay, relay_list_fn *done, void *arg);
void relay_list_forget(struct relay *relay, const void *arg);

#endif
