/*
 * effects.h - what the guard asks of the data plane.  Wired in app.c; the
 * guard knows nothing else of relay/.
 */
#ifndef REGENT_GUARD_EFFECTS_H
#define REGENT_GUARD_EFFECTS_H

#include "core/view.h"
#include "net/addr.h"

struct effects {
	void *arg;

	/*
	 * From now on route like this: one view a cluster id, as many as
	 * CONF_CLUSTERS_MAX, and where each cluster's nodes are; copied.  Once
	 * all workers go by them, each cuts what they take away and then
	 * acknowledges `serial`, which only grows.  A node that is routed has
	 * an address.
	 */
	void (*publish)(void *arg, uint64_t serial,
	    const struct cluster_view *views,
	    const struct addr (*addrs)[NODES_MAX]);

	/* The greatest serial that every worker has acknowledged. */
	uint64_t (*acked)(void *arg);
};

#endif
