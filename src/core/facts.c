#include "core/facts.h"

#include "core/candidate.h"

#include <string.h>

/*
 * A primary that can't be reached at all may still feed its replicas.  They
 * are believed to hear it until they heard nothing for longer than a primary
 * is ever quiet: Redis pings its replicas every 10 s by default.
 */
#define FACT_SILENCE (11 * USEC_SEC)

/* Everything a fact function may look at. */
struct scene {
	const struct cluster *c;
	const struct facts *f; /* claimant, candidate, inferred are set */
	const struct node *node;
	int slot;
	usec_t now;
};

static const struct node *
scene_primary(const struct scene *s)
{
	return s->c->primary >= 0 ? &s->c->nodes[s->c->primary] : NULL;
}

static const struct node *
scene_candidate(const struct scene *s)
{
	return s->c->candidate >= 0 ? &s->c->nodes[s->c->candidate] : NULL;
}

static bool
fact_trusted(const struct scene *s)
{
	bool has_nodes = false;

	for (int i = 0; i < NODES_MAX; i++) {
		const struct node *n = &s->c->nodes[i];

		if (!n->is_used || n->admin == ADMIN_MAINT)
			continue;
		if (n->health.judged_at == 0 ||
		    n->health.judged_at < s->c->trusted_from)
			return false;
		/* In its first doubt: not yet seen, not yet given up. */
		if (n->health.state == HEALTH_UNCHECKED && n->health.fails > 0)
			return false;
		has_nodes = true;
	}
	return has_nodes;
}

static bool
fact_auto(const struct scene *s)
{
	return s->c->policy.mode == MODE_AUTO;
}

static bool
fact_follow(const struct scene *s)
{
	return s->c->policy.mode == MODE_FOLLOW;
}

static bool
fact_roles(const struct scene *s)
{
	return s->c->policy.has_roles;
}

static bool
fact_paused(const struct scene *s)
{
	return s->c->is_paused;
}

static bool
fact_known(const struct scene *s)
{
	return s->c->primary >= 0;
}

static bool
fact_primary_down(const struct scene *s)
{
	const struct node *p = scene_primary(s);

	return p != NULL && p->health.state == HEALTH_DOWN;
}

static bool
fact_primary_demoted(const struct scene *s)
{
	const struct node *p = scene_primary(s);

	return p != NULL && p->report.role == ROLE_REPLICA;
}

static bool
fact_primary_foreign(const struct scene *s)
{
	const struct node *p = scene_primary(s);

	return p != NULL && s->c->policy.has_roles &&
	    s->c->policy.mode != MODE_FOLLOW &&
	    p->report.role == ROLE_PRIMARY &&
	    !candidate_is_heir(s->c, s->c->primary, &p->report);
}

static bool
fact_primary_gone(const struct scene *s)
{
	return fact_primary_down(s) || fact_primary_demoted(s) ||
	    fact_primary_foreign(s);
}

static bool
fact_primary_ok(const struct scene *s)
{
	const struct node *p = scene_primary(s);

	return p != NULL && p->health.state == HEALTH_UP &&
	    !fact_primary_gone(s);
}

/* As long as the incumbent may still be primary, nobody else is. */
static bool
fact_claimant(const struct scene *s)
{
	const struct cluster *c = s->c;
	int node = s->f->claimant;

	return node >= 0 &&
	    (c->primary < 0 || node == c->primary || node == c->intended ||
		fact_primary_gone(s) || c->order.kind == ORDER_FAILOVER);
}

static bool
fact_inferred(const struct scene *s)
{
	return s->f->inferred >= 0;
}

/* Evidence that a replica received something after the doubt began. */
static bool
fact_node_hears(const struct scene *s, const struct node *n)
{
	const struct health *h = &scene_primary(s)->health;

	if (!n->is_used || n->health.state != HEALTH_UP ||
	    n->report.role != ROLE_REPLICA ||
	    n->report.upstream != s->c->primary || !n->report.is_linked)
		return false;
	if (h->suspect_at > 0 && n->heard_at >= h->suspect_at &&
	    s->now - n->heard_at < FACT_SILENCE)
		return true;
	return h->last == VERDICT_UNREACHABLE &&
	    n->report.link_idle_us < FACT_SILENCE;
}

static bool
fact_heard(const struct scene *s)
{
	if (!fact_primary_down(s))
		return false;
	for (int i = 0; i < NODES_MAX; i++)
		if (fact_node_hears(s, &s->c->nodes[i]))
			return true;
	return false;
}

/*
 * With acknowledgements from k of n replicas, any n-k+1 of them contain one
 * that has every acknowledged write.  Without, every replica that answers at
 * all must have been asked since clients left the primary.
 */
static bool
fact_positions(const struct scene *s)
{
	unsigned n = 0, witnesses = 0, k = s->c->policy.sync_replicas;
	bool is_waiting = false;

	if (!s->c->policy.has_roles)
		return true;
	for (int i = 0; i < NODES_MAX; i++) {
		const struct node *node = &s->c->nodes[i];

		if (!node->is_used || i == s->c->primary)
			continue;
		n++;
		if (candidate_is_witness(s->c, i))
			witnesses++;
		else if (node->health.state == HEALTH_SUSPECT ||
		    (node->health.state == HEALTH_UP &&
			node->report.role == ROLE_REPLICA &&
			!candidate_is_fresh(s->c, i)))
			is_waiting = true;
	}
	if (k > 0 && n > 0)
		return witnesses + k >= n + 1;
	return !is_waiting;
}

static bool
fact_candidate(const struct scene *s)
{
	return s->f->candidate >= 0;
}

static bool
fact_loss_ok(const struct scene *s)
{
	const struct cluster *c = s->c;
	int node = s->f->candidate;

	if (node < 0 || !c->policy.has_roles)
		return true;
	/* What any replica has may be acknowledged, also if it is unfit. */
	if (c->policy.sync_replicas > 0 &&
	    c->nodes[node].report.position < candidate_furthest(c))
		return false;
	return view_lag_bytes(c, node) <= (uint64_t)c->policy.max_loss_bytes;
}

static bool
fact_limit_ok(const struct scene *s)
{
	const struct cluster *c = s->c;
	unsigned limit = c->policy.failover_limit;
	usec_t oldest;

	CHECK(limit <= PROMOTIONS_MAX);
	if (limit == 0 || c->n_promotions < limit)
		return true;
	oldest = c->promotions[(c->n_promotions - limit) % PROMOTIONS_MAX];
	return s->now - oldest > c->policy.failover_window_us;
}

static bool
fact_order_switch(const struct scene *s)
{
	return s->c->order.kind == ORDER_SWITCHOVER;
}

static bool
fact_order_force(const struct scene *s)
{
	return s->c->order.kind == ORDER_FAILOVER;
}

static bool
fact_journal_ready(const struct scene *s)
{
	return s->now >= s->c->journal_retry_at;
}

static bool
fact_journal_done(const struct scene *s)
{
	return s->c->journal.outcome == OUTCOME_OK;
}

static bool
fact_journal_failed(const struct scene *s)
{
	return s->c->journal.outcome == OUTCOME_FAILED;
}

static bool
fact_barrier(const struct scene *s)
{
	return s->c->is_barrier_reached;
}

static usec_t
fact_phase_limit(const struct policy *policy, enum phase phase)
{
	switch (phase) {
	case PHASE_FENCE:
		return policy->fence_timeout_us;
	case PHASE_PROMOTE:
	case PHASE_SWITCH:
	case PHASE_CATCHUP:
	case PHASE_PLAN:
	case PHASE_INTENT:
		return policy->promote_timeout_us;
	case PHASE_LEARN:
	case PHASE_STEADY:
	case PHASE_HOLD:
	case PHASE_LOST:
	case PHASE_COUNT:
		break;
	}
	return USEC_NEVER;
}

static bool
fact_late(const struct scene *s)
{
	return s->now - s->c->phase_at >=
	    fact_phase_limit(&s->c->policy, s->c->phase);
}

static bool
fact_fence_done(const struct scene *s)
{
	return !s->c->policy.has_roles || s->c->fence.outcome == OUTCOME_OK;
}

static bool
fact_fence_failed(const struct scene *s)
{
	return s->c->policy.has_roles && s->c->fence.outcome == OUTCOME_FAILED;
}

static bool
fact_fence_over(const struct scene *s)
{
	return s->c->fence.outcome != OUTCOME_WAITING || fact_late(s);
}

/*
 * The candidate, asked after the primary had answered, has what the primary
 * had then.  A replica may be linked and yet get nothing for a second: Redis
 * streams to it only after its first acknowledgement.
 */
static bool
fact_keeps_up(const struct scene *s)
{
	const struct node *p = scene_primary(s), *n = scene_candidate(s);

	if (!s->c->policy.has_roles)
		return true;
	return p != NULL && n != NULL && p->report_at >= s->c->phase_at &&
	    n->report_at >= p->reported_at &&
	    n->report.position >= p->report.position;
}

/* Both positions must be newer than the fence, or they prove nothing. */
static bool
fact_caught_up(const struct scene *s)
{
	const struct node *p = scene_primary(s), *n = scene_candidate(s);

	if (!s->c->policy.has_roles)
		return true;
	return p != NULL && n != NULL && s->c->is_fenced &&
	    p->report_at >= s->c->fenced_at &&
	    n->report_at >= s->c->fenced_at &&
	    strcmp(n->report.history, p->report.history) == 0 &&
	    n->report.position >= p->report.position;
}

static bool
fact_candidate_ok(const struct scene *s)
{
	return s->c->candidate >= 0 && s->c->nodes[s->c->candidate].is_used &&
	    candidate_fitness(s->c, s->c->candidate) == FIT;
}

static bool
fact_promoted(const struct scene *s)
{
	const struct node *n = scene_candidate(s);

	if (n == NULL || !n->is_used)
		return false;
	if (!s->c->policy.has_roles)
		return true;
	return n->report.role == ROLE_PRIMARY && n->report_at >= s->c->phase_at;
}

static bool
fact_promote_failed(const struct scene *s)
{
	return s->c->promote.outcome == OUTCOME_FAILED || s->c->candidate < 0 ||
	    !s->c->nodes[s->c->candidate].is_used;
}

static bool
fact_view_stale(const struct scene *s)
{
	struct cluster_view view;

	view_build(&view, s->c, s->now);
	return !view_is_equal(&view, &s->c->published);
}

static bool
fact_node_rival(const struct scene *s)
{
	return s->slot != s->c->primary && s->c->policy.has_roles &&
	    s->node->report.role == ROLE_PRIMARY &&
	    s->node->admin != ADMIN_MAINT;
}

static bool
fact_node_returning(const struct scene *s)
{
	return fact_node_rival(s) &&
	    (s->node->was_primary || s->node->is_rejoin_ordered);
}

static bool
fact_node_stray(const struct scene *s)
{
	return s->slot != s->c->primary && s->c->policy.has_roles &&
	    s->node->admin != ADMIN_MAINT &&
	    s->node->health.state == HEALTH_UP &&
	    s->node->report.role == ROLE_REPLICA &&
	    s->node->report.upstream != s->c->primary;
}

static bool
fact_node_ready(const struct scene *s)
{
	return s->node->task.outcome != OUTCOME_WAITING &&
	    s->now >= s->node->task_retry_at;
}

static bool
fact_node_quarantined(const struct scene *s)
{
	return s->node->is_quarantined;
}

/* A replica takes its primary's history only when it has taken its data. */
static bool
fact_node_joined(const struct scene *s)
{
	const struct report *r = &s->node->report;

	return r->role == ROLE_REPLICA && !r->is_loading &&
	    s->c->history[0] != '\0' && strcmp(r->history, s->c->history) == 0;
}

typedef bool fact_fn(const struct scene *s);

static fact_fn *const fact_fns[FACT_COUNT] = {
#define FACT(NAME, name, text) [FACT_##NAME] = fact_##name,
#include "core/facts.def"
#undef FACT
};

const char *const fact_names[FACT_COUNT] = {
#define FACT(NAME, name, text) [FACT_##NAME] = #name,
#include "core/facts.def"
#undef FACT
};

const char *const fact_texts[FACT_COUNT] = {
#define FACT(NAME, name, text) [FACT_##NAME] = text,
#include "core/facts.def"
#undef FACT
};

bool
fact_is_of_node(enum fact fact)
{
	return fact >= FACT_NODE_RIVAL;
}

void
facts_derive(struct facts *f, const struct cluster *c, int node, usec_t now)
{
	struct scene s = { .c = c, .f = f, .slot = node, .now = now };

	CHECK_OBJ(c, CLUSTER_MAGIC);
	CHECK(node == NODE_NONE || (node >= 0 && node < NODES_MAX));
	f->bits = 0;
	f->claimant = c->policy.has_roles ? candidate_claimant(c) : NODE_NONE;
	f->candidate = candidate_choose(c);
	f->inferred = candidate_inferred(c);
	s.node = node >= 0 ? &c->nodes[node] : NULL;
	for (int i = 0; i < FACT_COUNT; i++) {
		if (fact_is_of_node((enum fact)i) && s.node == NULL)
			continue;
		if (fact_fns[i](&s))
			f->bits |= UINT64_C(1) << i;
	}
}
