#include "core/candidate.h"

#include <string.h>

const char *const fitness_texts[FITNESS_COUNT] = {
	[FIT] = "fit",
	[UNFIT_UNUSED] = "no such node",
	[UNFIT_DOWN] = "it does not answer",
	[UNFIT_STALE] = "it was not asked since clients left the primary",
	[UNFIT_ADMIN] = "it is set to drain or maint",
	[UNFIT_PRIORITY] = "its priority forbids it",
	[UNFIT_ROLE] = "it is no replica",
	[UNFIT_HISTORY] = "its data is of another history",
	[UNFIT_LOADING] = "it is still loading or copying its data",
	[UNFIT_QUARANTINED] = "it is quarantined",
	[UNFIT_EXCLUDED] = "its promotion failed just now",
	[UNFIT_FLAPPING] = "it fell again and again, see flap_hold",
};

unsigned
candidate_acks(const struct cluster *c)
{
	return c->acks > c->policy.sync_replicas ? c->acks
						 : c->policy.sync_replicas;
}

bool
candidate_is_same(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

bool
candidate_is_ours(const struct cluster *c, const struct report *r)
{
	if (c->history[0] == '\0')
		return true;
	if (candidate_is_same(r->history, c->history))
		return true;
	return candidate_is_same(r->history, c->history_prev) &&
	    r->position <= c->forked_at;
}

/*
 * Up to the barrier a client may be served and acknowledged, so a position
 * from before it need not be the last.
 */
bool
candidate_is_fresh(const struct cluster *c, int node)
{
	usec_t since = c->trusted_from;

	if (c->barrier_at > since)
		since = c->barrier_at;
	if (c->primary >= 0 && c->primary != node) {
		const struct health *h = &c->nodes[c->primary].health;

		if (h->suspect_at > since)
			since = h->suspect_at;
	}
	return c->nodes[node].report_at >= since;
}

/*
 * Loading, or it began to copy another's data and did not finish: then it
 * says 0, whatever it has, and that may be nothing at all.
 */
static bool
candidate_is_whole(const struct cluster *c, const struct report *r)
{
	return !r->is_loading && (r->position > 0 || c->position == 0);
}

bool
candidate_is_kin(const struct cluster *c, const struct report *r)
{
	return candidate_is_same(r->history, c->history) ||
	    candidate_is_same(r->history_prev, c->history);
}

uint64_t
candidate_shared(const struct cluster *c, const struct report *r)
{
	if (candidate_is_same(r->history, c->history))
		return r->position;
	return candidate_is_same(r->history_prev, c->history) ? r->forked_at
							      : 0;
}

/*
 * The incumbent says, or a replica of it has seen, that it has restarted: it
 * went on from our history, or from nothing.
 */
static bool
candidate_is_restarted(const struct cluster *c, int node)
{
	const struct report *r = &c->nodes[node].report;

	if (!c->nodes[node].is_used || r->position <= r->forked_at ||
	    c->history[0] == '\0')
		return false;
	if (node == c->primary)
		return r->role == ROLE_PRIMARY &&
		    (c->nodes[node].was_primary
			    ? !candidate_is_same(r->history, c->history)
			    : candidate_is_same(r->history_prev, c->history));
	return r->role == ROLE_REPLICA && r->upstream == c->primary &&
	    candidate_is_same(r->history_prev, c->history);
}

/* The longest that is known of the incumbent's new history; or NULL. */
static const struct report *
candidate_restarted(const struct cluster *c)
{
	const struct report *longest = NULL;

	for (int i = 0; c->primary >= 0 && i < c->n_slots; i++) {
		const struct report *r = &c->nodes[i].report;

		if (candidate_is_restarted(c, i) &&
		    (longest == NULL || r->position > longest->position))
			longest = r;
	}
	return longest;
}

static bool
candidate_is_branch_acked(const struct cluster *c, const struct report *branch)
{
	unsigned n = 0;

	for (int i = 0; i < c->n_slots; i++) {
		const struct report *r = &c->nodes[i].report;

		if (c->nodes[i].is_used && r->role == ROLE_REPLICA &&
		    candidate_is_same(r->history, branch->history) &&
		    r->position > branch->forked_at)
			n++;
	}
	return candidate_acks(c) > 0 && n >= candidate_acks(c);
}

struct branch
candidate_branch(const struct cluster *c)
{
	const struct report *r = candidate_restarted(c);
	struct branch branch = c->branch;

	if (r == NULL)
		return branch;
	if (branch.bytes < r->position - r->forked_at)
		branch.bytes = r->position - r->forked_at;
	branch.is_acked = branch.is_acked || candidate_is_branch_acked(c, r);
	return branch;
}

uint64_t
candidate_known(const struct cluster *c)
{
	return c->furthest > c->position ? c->furthest : c->position;
}

bool
candidate_is_witness(const struct cluster *c, int node)
{
	const struct node *n = &c->nodes[node];
	const struct report *r = &n->report;

	return n->is_used && n->health.state == HEALTH_UP &&
	    r->role == ROLE_REPLICA && candidate_is_fresh(c, node) &&
	    candidate_is_whole(c, r) &&
	    (candidate_is_ours(c, r) || candidate_is_kin(c, r));
}

/* It answers, or may in a moment, and was not yet asked. */
static bool
candidate_is_awaited(const struct cluster *c, int node)
{
	const struct node *n = &c->nodes[node];

	return n->health.state == HEALTH_SUSPECT ||
	    (n->health.state == HEALTH_UP && n->report.role == ROLE_REPLICA &&
		!candidate_is_fresh(c, node));
}

bool
candidate_is_counted(const struct cluster *c)
{
	unsigned n = 0, witnesses = 0, k = candidate_acks(c);
	bool is_waiting = false;

	for (int i = 0; i < c->n_slots; i++) {
		if (!c->nodes[i].is_used || i == c->primary)
			continue;
		n++;
		if (candidate_is_witness(c, i))
			witnesses++;
		else if (candidate_is_awaited(c, i))
			is_waiting = true;
	}
	return k > 0 && n > 0 ? witnesses + k >= n + 1 : !is_waiting;
}

uint64_t
candidate_furthest(const struct cluster *c)
{
	uint64_t furthest = 0;

	for (int i = 0; i < c->n_slots; i++) {
		const struct report *r = &c->nodes[i].report;
		uint64_t shared = candidate_is_ours(c, r)
		    ? r->position
		    : candidate_shared(c, r);

		if (c->nodes[i].is_used && r->role != ROLE_UNKNOWN &&
		    i != c->primary && shared > furthest)
			furthest = shared;
	}
	return furthest;
}

static enum fitness
candidate_fitness_of_replica(const struct cluster *c, int node)
{
	const struct node *n = &c->nodes[node];

	if (n->report.role != ROLE_REPLICA)
		return UNFIT_ROLE;
	if (!candidate_is_fresh(c, node))
		return UNFIT_STALE;
	if (n->priority == 0 || n->report.is_never_promoted)
		return UNFIT_PRIORITY;
	if (!candidate_is_ours(c, &n->report))
		return UNFIT_HISTORY;
	if (!candidate_is_whole(c, &n->report))
		return UNFIT_LOADING;
	return FIT;
}

enum fitness
candidate_fitness(const struct cluster *c, int node)
{
	const struct node *n;

	CHECK_OBJ(c, CLUSTER_MAGIC);
	CHECK(node >= 0 && node < NODES_MAX);
	n = &c->nodes[node];
	if (!n->is_used)
		return UNFIT_UNUSED;
	if (n->health.state != HEALTH_UP)
		return UNFIT_DOWN;
	if (n->admin != ADMIN_READY)
		return UNFIT_ADMIN;
	if (n->is_quarantined)
		return UNFIT_QUARANTINED;
	if (n->is_excluded)
		return UNFIT_EXCLUDED;
	if (n->is_flapping)
		return UNFIT_FLAPPING;
	if (c->policy.has_roles)
		return candidate_fitness_of_replica(c, node);
	return n->priority == 0 ? UNFIT_PRIORITY : FIT;
}

bool
candidate_is_better(const struct cluster *c, int a, int b)
{
	const struct node *x = &c->nodes[a], *y = &c->nodes[b];

	if (c->policy.has_roles && x->report.position != y->report.position)
		return x->report.position > y->report.position;
	if (!c->policy.has_roles && (a == c->primary || b == c->primary))
		return a == c->primary; /* sticky: no failback */
	if (!c->policy.has_roles && x->is_backup != y->is_backup)
		return y->is_backup;
	if (x->priority != y->priority)
		return x->priority > y->priority;
	return strcmp(x->name, y->name) < 0;
}

/* Whoever forces a node knows why; only what can't work is in his way. */
static int
candidate_named(const struct cluster *c)
{
	const struct node *n = &c->nodes[c->order.node];

	return n->is_used && n->health.state == HEALTH_UP &&
		(!c->policy.has_roles ||
		    (n->report.role == ROLE_REPLICA && !n->report.is_loading))
	    ? c->order.node
	    : NODE_NONE;
}

int
candidate_choose(const struct cluster *c)
{
	int best = NODE_NONE;

	if (c->order.kind == ORDER_FORCE && c->order.node >= 0)
		return candidate_named(c);
	for (int i = 0; i < c->n_slots; i++) {
		if (candidate_fitness(c, i) != FIT)
			continue;
		if (c->order.kind != ORDER_NONE && c->order.node >= 0 &&
		    c->order.node != i)
			continue;
		if (c->order.kind == ORDER_SWITCHOVER && i == c->primary)
			continue;
		if (best == NODE_NONE || candidate_is_better(c, i, best))
			best = i;
	}
	return best;
}
