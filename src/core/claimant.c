#include "core/claimant.h"

#include "core/candidate.h"

#include <string.h>

static bool
claimant_claims(const struct cluster *c, int node)
{
	const struct node *n = &c->nodes[node];

	return n->is_used && n->health.state == HEALTH_UP &&
	    n->report.role == ROLE_PRIMARY && n->admin == ADMIN_READY &&
	    n->report_at >= c->trusted_from &&
	    (!c->policy.has_authority || c->appointed == node);
}

/*
 * Every other node has told what it has of our history, or has thrown it away
 * and copied this data: then nobody is left who could know of more.
 */
static bool
claimant_has_heard_all(const struct cluster *c, const char *history)
{
	for (int i = 0; i < c->n_slots; i++) {
		const struct node *n = &c->nodes[i];

		if (n->is_used && i != c->primary &&
		    !candidate_is_witness(c, i) &&
		    (n->health.state != HEALTH_UP ||
			!candidate_is_fresh(c, i) ||
			!candidate_is_same(n->report.history, history)))
			return false;
	}
	return true;
}

/* No client is routed to it, and whoever can has told what he has. */
static bool
claimant_may_be_renamed(const struct cluster *c, const char *history)
{
	bool is_held = c->phase == PHASE_LEARN || c->phase == PHASE_HOLD ||
	    c->phase == PHASE_LOST;

	return is_held && c->is_barrier_reached &&
	    (candidate_is_counted(c) || claimant_has_heard_all(c, history));
}

/* Nobody has more, and it lacks no more than a promotion may give up. */
static bool
claimant_is_best_left(const struct cluster *c, uint64_t shared)
{
	return candidate_acks(c) == 0 && shared >= candidate_furthest(c) &&
	    candidate_known(c) - shared <= (uint64_t)c->policy.max_loss_bytes;
}

/*
 * The incumbent must come back with all it had; an empty or older restart is
 * another node with the same address, however much it has written since.
 * Under another history it must have all that anybody ever told of ours.
 */
static bool
claimant_is_old_self(const struct cluster *c, const struct report *r)
{
	uint64_t shared = candidate_shared(c, r);

	if (candidate_is_same(r->history, c->history))
		return shared >= c->position;
	return claimant_may_be_renamed(c, r->history) &&
	    (shared >= candidate_known(c) || claimant_is_best_left(c, shared));
}

bool
claimant_is_heir(const struct cluster *c, int node, const struct report *r)
{
	if (c->history[0] == '\0')
		return true;
	if (node == c->intended &&
	    candidate_shared(c, r) < c->nodes[node].promised &&
	    candidate_shared(c, r) < candidate_known(c))
		return false;
	return candidate_is_kin(c, r) &&
	    (node != c->primary || claimant_is_old_self(c, r));
}

/*
 * Every node answers and none of them has the history any more: there is
 * nothing left to protect, and waiting would only add an outage.
 */
static bool
claimant_is_all_lost(const struct cluster *c)
{
	for (int i = 0; i < c->n_slots; i++) {
		const struct node *n = &c->nodes[i];

		if (!n->is_used)
			continue;
		if (n->health.state != HEALTH_UP ||
		    n->report_at < c->trusted_from)
			return false;
		if (candidate_is_ours(c, &n->report) ||
		    claimant_is_heir(c, i, &n->report))
			return false;
	}
	return true;
}

/* Then one is taken whose data all the others have copied already. */
static bool
claimant_is_copied(const struct cluster *c, int node)
{
	const char *history = c->nodes[node].report.history;

	for (int i = 0; i < c->n_slots; i++)
		if (i != node && c->nodes[i].is_used &&
		    !candidate_is_same(c->nodes[i].report.history, history))
			return false;
	return true;
}

static unsigned
claimant_followers(const struct cluster *c, int node)
{
	unsigned n = 0;

	for (int i = 0; i < c->n_slots; i++)
		if (c->nodes[i].is_used &&
		    c->nodes[i].report.role == ROLE_REPLICA &&
		    c->nodes[i].report.upstream == node)
			n++;
	return n;
}

static int
claimant_most_followed(const struct cluster *c, const bool *claims)
{
	int best = NODE_NONE;
	unsigned most = 0;
	bool is_tie = false;

	for (int i = 0; i < c->n_slots; i++) {
		unsigned n = claimant_followers(c, i);

		if (!claims[i])
			continue;
		if (best == NODE_NONE || n > most) {
			best = i;
			most = n;
			is_tie = false;
		} else if (n == most) {
			is_tie = true;
		}
	}
	return is_tie ? NODE_NONE : best;
}

/* The incumbent itself follows it: whoever moved the primary meant it. */
static bool
claimant_is_obeyed(const struct cluster *c, int node)
{
	const struct report *r;

	if (c->primary < 0)
		return false;
	r = &c->nodes[c->primary].report;
	return r->role == ROLE_REPLICA && r->upstream == node;
}

/*
 * Somebody else made it primary: believed when a promotion of ours might have
 * lost as much, or when it was ours and only the answer was lost.
 */
static bool
claimant_is_safe(const struct cluster *c, int node)
{
	const struct node *n = &c->nodes[node];
	uint64_t shared = candidate_shared(c, &n->report), lost;
	uint64_t known = c->primary < 0 ? candidate_known(c) : c->position;

	if (n->is_quarantined && !claimant_is_obeyed(c, node))
		return false;
	if (c->primary < 0 && shared >= known)
		return true;
	/*
	 * Unless it has thrown away what it was chosen for, or more was
	 * acknowledged behind our back.
	 */
	if (n->is_told && shared >= n->promised && !c->branch.is_acked)
		return true;
	lost = shared < known ? known - shared : 0;
	return candidate_acks(c) == 0 &&
	    lost + c->branch.bytes <= (uint64_t)c->policy.max_loss_bytes;
}

/* Intended before a restart: nobody can say whether it has taken writes. */
static bool
claimant_is_open(const struct cluster *c)
{
	const struct node *n;

	if (c->intended < 0)
		return false;
	n = &c->nodes[c->intended];
	return n->is_used &&
	    (n->health.state != HEALTH_UP || n->report.role != ROLE_REPLICA ||
		n->report_at < c->trusted_from);
}

/*
 * The incumbent has restarted; whether with all its data, its replicas have
 * yet to say.  Until then nobody else is taken for it.
 */
static bool
claimant_is_unproven(const struct cluster *c)
{
	const struct report *r;

	if (c->primary < 0 || c->history[0] == '\0' ||
	    c->policy.mode == MODE_FOLLOW || !claimant_claims(c, c->primary))
		return false;
	r = &c->nodes[c->primary].report;
	return candidate_is_kin(c, r) &&
	    !candidate_is_same(r->history, c->history) &&
	    !claimant_may_be_renamed(c, r->history);
}

/*
 * The incumbent says the same of itself, has no less, and is as popular.  A
 * promotion would have begun a history of its own, or brought followers.
 */
static bool
claimant_is_echo(const struct cluster *c, int node)
{
	const struct report *r = &c->nodes[node].report, *p;

	if (c->primary < 0 || !claimant_claims(c, c->primary))
		return false;
	p = &c->nodes[c->primary].report;
	return candidate_is_same(p->history, r->history) &&
	    p->position >= r->position &&
	    claimant_followers(c, c->primary) >= claimant_followers(c, node);
}

int
claimant_find(const struct cluster *c)
{
	bool claims[NODES_MAX] = { false }, is_last[NODES_MAX];
	bool is_obeying = c->policy.mode == MODE_FOLLOW;
	bool is_all_lost = claimant_is_all_lost(c);

	for (int i = 0; i < c->n_slots; i++) {
		claims[i] = claimant_claims(c, i);
		if (claims[i] && c->order.kind >= ORDER_FAILOVER &&
		    c->order.node == i)
			return i;
		is_last[i] = is_all_lost && claimant_is_copied(c, i);
		claims[i] = claims[i] &&
		    (is_obeying || is_last[i] ||
			claimant_is_heir(c, i, &c->nodes[i].report));
	}
	if (c->intended >= 0 && claims[c->intended])
		return c->intended;
	if (claimant_is_open(c) || claimant_is_unproven(c))
		return NODE_NONE;
	if (c->primary >= 0 && claims[c->primary])
		return c->primary;
	for (int i = 0; i < c->n_slots; i++)
		claims[i] = claims[i] &&
		    (is_obeying || is_last[i] ||
			(claimant_is_safe(c, i) && !claimant_is_echo(c, i)));
	return claimant_most_followed(c, claims);
}

int
claimant_infer(const struct cluster *c)
{
	int found = NODE_NONE;

	for (int i = 0; i < c->n_slots; i++) {
		const struct node *n = &c->nodes[i];
		int up = n->report.upstream;

		if (!n->is_used || n->report.role != ROLE_REPLICA)
			continue;
		if (up < 0 || (found != NODE_NONE && found != up))
			return NODE_NONE;
		found = up;
	}
	return found;
}
