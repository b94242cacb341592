/*
 * elder.h - this process as an elder: another has taken its place, and it
 * lives for the sessions that it has.
 *
 * It judges nothing.  Whom its clients may be sent to it hears from whoever is
 * the guard now.  When nobody is (the channel has ended), a session might go
 * on with a node that is no longer the primary, and nobody would tell: so all
 * of them are cut at once.
 */
#ifndef REGENT_UPGRADE_ELDER_H
#define REGENT_UPGRADE_ELDER_H

#include "conf/conf.h"
#include "core/view.h"
#include "net/addr.h"
#include "net/loop.h"
#include "upgrade/parcel.h"

struct elder;

struct elder_ops {
	void *arg;
	void (*publish)(void *arg, uint64_t serial,
	    const struct cluster_view *views,
	    const struct addr (*addrs)[NODES_MAX]);
	uint64_t (*acked)(void *arg);
	uint64_t (*sessions)(void *arg);
	bool (*is_final)(void *arg); /* no session is added any more */
	/* Calls elder_tell_counts for all that was counted; false when one
	 * could not be sent. */
	bool (*tell_counts)(void *arg, struct elder *elder);
	/* The same by elder_tell_used, for all nodes where that has changed. */
	bool (*tell_used)(void *arg, struct elder *elder);
	void (*reopen_log)(void *arg);
	/* There is nothing left to live for, or nobody who knows of us. */
	void (*on_end)(void *arg, const char *why);
};

struct elder;

struct elder_plan {
	int channel_fd;  /* owned */
	usec_t limit_us; /* how long sessions may go on; 0: no limit */
	const struct conf *conf;
	uint64_t serial; /* of our last own publication, and its addresses */
	const struct addr (*addrs)[NODES_MAX];
};

struct elder *elder_new(struct loop *loop, const struct elder_plan *plan,
    const struct elder_ops *ops);
void elder_free(struct elder **elder);

/* A worker has acknowledged something. */
void elder_look(struct elder *elder);

/* A node made trouble. */
void elder_tell_trouble(
    struct elder *elder, unsigned cluster_id, unsigned node_id);

/* False: not now. */
bool elder_tell_counts(
    struct elder *elder, bool has_node, const struct parcel_counts *counts);

bool elder_tell_used(
    struct elder *elder, const char *cluster, const char *node, uint64_t n);

#endif
