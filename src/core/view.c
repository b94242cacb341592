#include "core/view.h"

#include "core/model.h"

#include <string.h>

bool
view_is_following(const struct cluster *c, int node)
{
	const struct node *n = &c->nodes[node];

	return n->is_proven && n->report.upstream == c->primary;
}

uint64_t
view_lag_bytes(const struct cluster *c, int node)
{
	const struct report *r = &c->nodes[node].report;

	CHECK(node >= 0 && node < NODES_MAX);
	if (node == c->primary && r->role != ROLE_REPLICA)
		return 0;
	if (r->position >= c->position)
		return 0;
	return c->position - r->position;
}

/* What readers miss: what it has not received, and not applied. */
static bool
view_is_within_lag(const struct cluster *c, int node)
{
	return c->policy.max_lag_bytes == 0 ||
	    view_lag_bytes(c, node) + c->nodes[node].report.unapplied <=
	    (uint64_t)c->policy.max_lag_bytes;
}

/* Long enough for a failover, and for two probes that find nothing. */
static usec_t
view_reader_grace(const struct policy *policy)
{
	usec_t probes = 3 * policy->health.interval_us;

	return probes > VIEW_READER_GRACE ? probes : VIEW_READER_GRACE;
}

static bool
view_is_reader(const struct cluster *c, int slot, int writer, usec_t now)
{
	const struct node *n = &c->nodes[slot];

	if (!health_is_serving(&n->health) || n->admin != ADMIN_READY ||
	    n->weight == 0)
		return false;
	if (slot == writer)
		return true;
	if (n->is_flapping)
		return false;
	if (!c->policy.has_roles) /* any but the one that is to be written */
		return c->primary >= 0 && slot != c->primary;
	if (!n->is_proven || n->report.is_loading)
		return false;
	if (writer == NODE_NONE)
		return true; /* nobody writes, so nothing newer is missed */
	return now - n->proven_at <= view_reader_grace(&c->policy) &&
	    view_is_within_lag(c, slot);
}

static enum cut
view_cut(const struct cluster *c, int slot, int writer)
{
	const struct node *n = &c->nodes[slot];

	if (!n->is_used)
		return CUT_DRAIN;
	if (slot == writer)
		return CUT_NONE;
	if (n->health.state == HEALTH_DOWN)
		return CUT_NOW;
	if (c->policy.has_roles && !n->is_proven)
		return CUT_NOW;
	return n->admin == ADMIN_MAINT ? CUT_DRAIN : CUT_NONE;
}

/*
 * A node that was down is cold until it is used again, which may be long after
 * it is up; one that only lagged, or was promoted, has never been away.  So has
 * none that was not yet asked: a start of regent cools nobody.
 */
static void
view_warm(struct node_view *nv, const struct node_view *before,
    const struct node *n, bool is_used, usec_t now)
{
	bool is_away =
	    n->health.state == HEALTH_DOWN || n->admin == ADMIN_MAINT;

	nv->is_cold = is_away || (before->is_cold && !is_used);
	if (is_away)
		return;
	nv->returned_at =
	    is_used && before->is_cold ? now : before->returned_at;
}

void
view_build(struct cluster_view *view, const struct cluster *c, usec_t now)
{
	struct cluster_view old = c->published; /* it may be `view` */
	int writer = NODE_NONE;

	CHECK_OBJ(c, CLUSTER_MAGIC);
	if (c->phase == PHASE_STEADY || c->phase == PHASE_PLAN)
		writer = c->primary;
	memset(view, 0, sizeof(*view));
	view->epoch = c->epoch;
	view->writer = (int16_t)writer;
	for (int i = 0; i < NODES_MAX; i++) {
		struct node_view *nv = &view->nodes[i];

		nv->cut = (uint8_t)view_cut(c, i, writer);
		if (!c->nodes[i].is_used)
			continue;
		nv->is_reader = view_is_reader(c, i, writer, now);
		nv->is_backup = c->nodes[i].is_backup;
		nv->weight = c->nodes[i].weight;
		view_warm(nv, &old.nodes[i], &c->nodes[i],
		    nv->is_reader || i == writer, now);
	}
}

/* Looked at in every step: nodes are compared as bytes, and have no gaps. */
_Static_assert(sizeof(struct node_view) ==
	sizeof(usec_t) + sizeof(uint32_t) + sizeof(uint8_t) + 3 * sizeof(bool),
    "no padding");

bool
view_is_equal(const struct cluster_view *a, const struct cluster_view *b)
{
	return a->epoch == b->epoch && a->writer == b->writer &&
	    memcmp(a->nodes, b->nodes, sizeof(a->nodes)) == 0;
}
