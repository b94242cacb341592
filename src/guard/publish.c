#include "guard/publish.h"

#include "guard/guard_private.h"

#include <string.h>

static void
publish_note_epoch(struct guard *g, struct ward *w)
{
	if (w->epoch_published == w->brain.published.epoch &&
	    w->epoch_serial != 0)
		return;
	w->epoch_published = w->brain.published.epoch;
	w->epoch_serial = g->serial;
	w->is_epoch_acked = false;
}

/* Of a cluster that there is not: nobody is routed. */
static void
publish_fill_none(struct cluster_view *view)
{
	memset(view, 0, sizeof(*view));
	view->writer = NODE_NONE;
	for (int slot = 0; slot < NODES_MAX; slot++)
		view->nodes[slot].cut = CUT_DRAIN;
}

/* The brain's node is not where clients were sent so far. */
static void
publish_withhold(struct cluster_view *view, int slot)
{
	if (view->writer == slot)
		view->writer = NODE_NONE;
	view->nodes[slot].is_reader = false;
	view->nodes[slot].cut = CUT_NOW;
}

static void
publish_fill(
    const struct ward *w, struct cluster_view *view, struct addr *addrs)
{
	*view = w->brain.published;
	for (int slot = 0; slot < NODES_MAX; slot++) {
		if (!w->brain.nodes[slot].is_used)
			continue;
		if (locate_is_open(&w->nodes[slot]))
			addr_from_endpoint(
			    &addrs[slot], &w->nodes[slot].place.address);
		else
			publish_withhold(view, slot);
	}
}

void
publish_views(struct guard *g)
{
	struct addr addrs[CONF_CLUSTERS_MAX][NODES_MAX];
	struct cluster_view views[CONF_CLUSTERS_MAX];

	if (!g->is_started)
		return;
	g->serial++;
	memset(addrs, 0, sizeof(addrs));
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++) {
		struct ward *w = g->wards[i];

		if (w == NULL) {
			publish_fill_none(&views[i]);
			continue;
		}
		publish_fill(w, &views[i], addrs[i]);
		publish_note_epoch(g, w);
	}
	g->effects->publish(g->effects->arg, g->serial, views,
	    (const struct addr(*)[NODES_MAX])addrs);
}

void
publish_look_at_acked(struct guard *g, usec_t now)
{
	uint64_t acked = g->effects->acked(g->effects->arg);

	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++) {
		struct ward *w = g->wards[i];
		struct event ev = { .kind = EV_BARRIER, .node = NODE_NONE };

		if (w == NULL)
			continue;
		locate_acked(w, acked);
		if (w->is_epoch_acked || w->epoch_serial == 0 ||
		    acked < w->epoch_serial)
			continue;
		w->is_epoch_acked = true;
		ev.epoch = w->epoch_published;
		ward_step(w, &ev, now);
	}
}
