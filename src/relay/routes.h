/*
 * routes.h - what the guard published last: an immutable, refcounted snapshot
 * of all views.  Workers hold one reference each.
 */
#ifndef REGENT_RELAY_ROUTES_H
#define REGENT_RELAY_ROUTES_H

#include "conf/conf.h"
#include "core/view.h"
#include "net/addr.h"

#include <stdatomic.h>

#define ROUTES_MAGIC 0x524f5554u

struct routes {
	uint32_t magic;
	atomic_uint refs;
	uint64_t serial;
	atomic_uint unseen; /* workers that do not go by them yet */
	struct cluster_view views[CONF_CLUSTERS_MAX];
	struct addr addrs[CONF_CLUSTERS_MAX][NODES_MAX]; /* of the nodes */
};

/* Copies of both (NULL: no writer, no reader) with one reference, for so many
 * workers. */
struct routes *routes_new(uint64_t serial, const struct cluster_view *views,
    const struct addr (*addrs)[NODES_MAX], unsigned n_workers);
struct routes *routes_ref(struct routes *routes);
void routes_unref(struct routes **routes); /* any thread; nulls it */

#endif
