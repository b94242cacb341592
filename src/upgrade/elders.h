/*
 * elders.h - the processes that this one has replaced, directly or not, and
 * that still have sessions: more workers of the guard, in other processes.
 *
 * Each gets every publication and acknowledges it when its sessions go by it,
 * so a barrier spans them all.  One that does not acknowledge in time is
 * killed: the kernel closes its sockets, which is as good.  Guard thread.
 */
#ifndef REGENT_UPGRADE_ELDERS_H
#define REGENT_UPGRADE_ELDERS_H

#include "conf/conf.h"
#include "core/view.h"
#include "net/addr.h"
#include "net/loop.h"
#include "upgrade/parcel.h"
#include "upgrade/seed.h"

/* Workers acknowledge within a millisecond: this one hangs. */
#define ELDERS_PATIENCE (2 * USEC_SEC)

struct elders_ops {
	void *arg;
	void (*on_acked)(void *arg); /* elders_acked may have grown */
	void (*on_trouble)(void *arg, const char *cluster, const char *node);
	/* So many sessions more, or fewer, has the node from elders. */
	void (*on_used)(
	    void *arg, const char *cluster, const char *node, int64_t change);
	/* `node` is NULL for a listener. */
	void (*on_count)(void *arg, const char *of, const char *node,
	    const char *counter, uint64_t value);
};

struct elders;

typedef void elders_used_fn(
    void *arg, pid_t pid, const char *cluster, const char *node, uint64_t n);

struct elders *elders_new(struct loop *loop, const struct elders_ops *ops);

/* Their channels end, and so do they, unless others have them too. */
void elders_free(struct elders **elders);

/* Owns its descriptors. */
void elders_add(struct elders *elders, const struct elder_seed *seed);

/* As effects.publish; names come from `conf`. */
void elders_publish(struct elders *elders, uint64_t serial,
    const struct conf *conf, const struct cluster_view *views,
    const struct addr (*addrs)[NODES_MAX]);

/* The least that all have acknowledged; UINT64_MAX when there are none. */
uint64_t elders_acked(const struct elders *elders);

/*
 * How many sessions of an elder a node has: as it is known when the elder is
 * added, and for the process that replaces us.
 */
void elders_set_used(struct elders *elders, pid_t pid, const char *cluster,
    const char *node, uint64_t n);
void elders_tell_used(
    const struct elders *elders, elders_used_fn *fn, void *arg);

/* Tells them that the log was moved away. */
void elders_reopen_log(struct elders *elders);

/* For people, and for the process that replaces us, which gets copies. */
unsigned elders_list(
    const struct elders *elders, struct elder_seed seeds[ELDERS_MAX]);
unsigned elders_count(const struct elders *elders);
uint64_t elders_sessions(const struct elders *elders);

#endif
