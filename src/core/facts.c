#include "core/facts.h"

#include "core/candidate.h"
#include "core/claimant.h"
#include "core/hearing.h"

#include <string.h>

enum { NODE_UNSOUGHT = -3 }; /* nobody has looked for it yet */

#define NODE_FACTS (~UINT64_C(0) << FACT_NODE_RIVAL)
#define FACTS_ALL ((UINT64_C(1) << FACT_COUNT) - 1)

static int
facts_candidate(struct facts *f)
{
	if (f->candidate == NODE_UNSOUGHT)
		f->candidate = candidate_choose(f->c);
	return f->candidate;
}

static const struct node *
facts_primary(const struct facts *f)
{
	return f->c->primary >= 0 ? &f->c->nodes[f->c->primary] : NULL;
}

static const struct node *
facts_promoted(const struct facts *f)
{
	return f->c->candidate >= 0 ? &f->c->nodes[f->c->candidate] : NULL;
}

static const struct node *
facts_node(const struct facts *f)
{
	CHECK(f->slot >= 0);
	return &f->c->nodes[f->slot];
}

static bool
fact_trusted(struct facts *f)
{
	bool has_nodes = false;

	for (int i = 0; i < f->c->n_slots; i++) {
		const struct node *n = &f->c->nodes[i];

		if (!n->is_used || n->admin == ADMIN_MAINT)
			continue;
		if (n->health.judged_at == 0 ||
		    n->health.judged_at < f->c->trusted_from)
			return false;
		/* In its first doubt: not yet seen, not yet given up. */
		if (n->health.state == HEALTH_UNCHECKED && n->health.fails > 0)
			return false;
		has_nodes = true;
	}
	return has_nodes;
}

static bool
fact_auto(struct facts *f)
{
	return f->c->policy.mode == MODE_AUTO;
}

static bool
fact_follow(struct facts *f)
{
	return f->c->policy.mode == MODE_FOLLOW;
}

static bool
fact_roles(struct facts *f)
{
	return f->c->policy.has_roles;
}

static bool
fact_paused(struct facts *f)
{
	return f->c->is_paused;
}

static bool
fact_known(struct facts *f)
{
	return f->c->primary >= 0;
}

static bool
fact_primary_down(struct facts *f)
{
	const struct node *p = facts_primary(f);

	return p != NULL && p->health.state == HEALTH_DOWN;
}

static bool
fact_primary_demoted(struct facts *f)
{
	const struct node *p = facts_primary(f);

	return p != NULL &&
	    (p->report.role == ROLE_REPLICA ||
		(f->c->policy.has_authority && f->c->appointed != NODE_NONE &&
		    f->c->appointed != f->c->primary));
}

static bool
fact_primary_foreign(struct facts *f)
{
	const struct node *p = facts_primary(f);

	return p != NULL && f->c->policy.has_roles &&
	    f->c->policy.mode != MODE_FOLLOW &&
	    p->report.role == ROLE_PRIMARY &&
	    !claimant_is_heir(f->c, f->c->primary, &p->report);
}

static bool
fact_primary_gone(struct facts *f)
{
	return fact_primary_down(f) || fact_primary_demoted(f) ||
	    fact_primary_foreign(f);
}

static bool
fact_primary_ok(struct facts *f)
{
	const struct node *p = facts_primary(f);

	return p != NULL && p->health.state == HEALTH_UP &&
	    !fact_primary_gone(f);
}

/* As long as the incumbent may still be primary, nobody else is. */
static bool
fact_claimant(struct facts *f)
{
	const struct cluster *c = f->c;
	int node = c->policy.has_roles ? claimant_find(c) : NODE_NONE;

	f->claimant = node;
	return node >= 0 &&
	    (c->primary < 0 || node == c->primary || node == c->intended ||
		fact_primary_gone(f) || c->order.kind >= ORDER_FAILOVER);
}

/* After a restart it would be believed, whoever else was routed. */
static bool
fact_open(struct facts *f)
{
	return f->c->told >= 0 && f->c->told != f->claimant;
}

static bool
fact_inferred(struct facts *f)
{
	f->inferred = claimant_infer(f->c);
	return f->inferred >= 0;
}

static bool
fact_heard(struct facts *f)
{
	return hearing_find(f->c, HEARS, f->now) >= 0;
}

static bool
fact_unsure(struct facts *f)
{
	return hearing_is_open(f->c, f->now);
}

static bool
fact_node_unsure(struct facts *f)
{
	return hearing_wants_proof(f->c, f->slot, f->now);
}

static bool
fact_positions(struct facts *f)
{
	return !f->c->policy.has_roles || candidate_is_counted(f->c);
}

static bool
fact_candidate(struct facts *f)
{
	return facts_candidate(f) >= 0;
}

static bool
fact_loss_ok(struct facts *f)
{
	const struct cluster *c = f->c;
	int node = facts_candidate(f);

	if (node < 0 || !c->policy.has_roles)
		return true;
	/*
	 * What any replica has may be acknowledged, also if it is unfit; and
	 * what the primary had when it was promoted, before it had replicas.
	 */
	if (candidate_acks(c) > 0 &&
	    (c->nodes[node].report.position < candidate_furthest(c) ||
		c->nodes[node].report.position < c->forked_at ||
		c->branch.is_acked))
		return false;
	return view_lag_bytes(c, node) + c->branch.bytes <=
	    (uint64_t)c->policy.max_loss_bytes;
}

static bool
fact_limit_ok(struct facts *f)
{
	const struct cluster *c = f->c;
	unsigned limit = c->policy.failover_limit;
	usec_t oldest;

	CHECK(limit <= PROMOTIONS_MAX);
	if (limit == 0 || c->n_promotions < limit)
		return true;
	oldest = c->promotions[(c->n_promotions - limit) % PROMOTIONS_MAX];
	return f->now - oldest > c->policy.failover_window_us;
}

static bool
fact_order_switch(struct facts *f)
{
	return f->c->order.kind == ORDER_SWITCHOVER;
}

static bool
fact_order_failover(struct facts *f)
{
	return f->c->order.kind == ORDER_FAILOVER;
}

static bool
fact_order_force(struct facts *f)
{
	return f->c->order.kind == ORDER_FORCE;
}

static bool
fact_journal_ready(struct facts *f)
{
	return f->now >= f->c->journal_retry_at;
}

static bool
fact_journal_done(struct facts *f)
{
	return f->c->journal.outcome == OUTCOME_OK;
}

static bool
fact_barrier(struct facts *f)
{
	return f->c->is_barrier_reached;
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
	case PHASE_HOLD:
		return policy->promote_timeout_us;
	case PHASE_LEARN:
	case PHASE_STEADY:
	case PHASE_LOST:
		return USEC_NEVER;
	case PHASE_COUNT:
		break;
	}
	CHECK_NEVER("unknown phase");
}

static bool
fact_late(struct facts *f)
{
	return f->now - f->c->phase_at >=
	    fact_phase_limit(&f->c->policy, f->c->phase);
}

/* An order waits out a doubt, and answers that are due, but not for ever. */
static bool
fact_order_vain(struct facts *f)
{
	const struct cluster *c = f->c;
	const struct node *p = facts_primary(f);

	if (c->order.kind == ORDER_NONE)
		return false;
	if (f->now - c->order_at >= c->policy.promote_timeout_us)
		return true;
	if (!fact_trusted(f) ||
	    (p != NULL && p->health.state == HEALTH_SUSPECT))
		return false;
	if (c->order.kind == ORDER_SWITCHOVER)
		return !fact_candidate(f);
	return (fact_positions(f) && !fact_candidate(f) && !fact_claimant(f)) ||
	    (c->order.kind == ORDER_FAILOVER && fact_heard(f));
}

static bool
fact_journal_failed(struct facts *f)
{
	return f->c->journal.outcome == OUTCOME_FAILED ||
	    (f->c->journal.outcome == OUTCOME_WAITING && fact_late(f));
}

static bool
fact_plan_vain(struct facts *f)
{
	return fact_journal_failed(f) || fact_late(f);
}

static bool
fact_fence_done(struct facts *f)
{
	return !f->c->policy.has_roles || f->c->fence.outcome == OUTCOME_OK;
}

static bool
fact_switch_vain(struct facts *f)
{
	return f->c->fence.outcome == OUTCOME_FAILED || fact_late(f);
}

static bool
fact_fence_over(struct facts *f)
{
	return f->c->fence.outcome != OUTCOME_WAITING || fact_late(f);
}

/*
 * The candidate, asked after the primary had answered, has what the primary
 * had then.  A replica may be linked and yet get nothing for a second: Redis
 * streams to it only after its first acknowledgement.
 */
static bool
fact_keeps_up(struct facts *f)
{
	const struct node *p = facts_primary(f), *n = facts_promoted(f);

	if (!f->c->policy.has_roles)
		return true;
	return p != NULL && n != NULL && f->c->mark_at >= f->c->phase_at &&
	    n->report_at >= f->c->mark_at && n->report.position >= f->c->mark;
}

/* Both positions must be newer than the fence, or they prove nothing. */
static bool
fact_caught_up(struct facts *f)
{
	const struct node *p = facts_primary(f), *n = facts_promoted(f);

	if (!f->c->policy.has_roles)
		return true;
	return p != NULL && n != NULL && f->c->is_fenced &&
	    p->report_at >= f->c->fenced_at &&
	    n->report_at >= f->c->fenced_at &&
	    strcmp(n->report.history, p->report.history) == 0 &&
	    n->report.position >= p->report.position;
}

static bool
fact_candidate_ok(struct facts *f)
{
	return f->c->candidate >= 0 &&
	    candidate_fitness(f->c, f->c->candidate) == FIT;
}

/* Until it was promoted it may have thrown away what it was chosen for. */
static bool
facts_keeps_promise(const struct facts *f, const struct node *n)
{
	return candidate_shared(f->c, &n->report) >= n->promised;
}

/* Until the candidate is told: then it may be primary, whatever we see. */
static bool
fact_standing(struct facts *f)
{
	const struct node *n = facts_promoted(f);

	if (n == NULL || n->health.state == HEALTH_DOWN)
		return false;
	if (fact_order_force(f))
		return true;
	if (n->health.state == HEALTH_UP &&
	    (candidate_fitness(f->c, f->c->candidate) != FIT ||
		!facts_keeps_promise(f, n)))
		return false;
	return fact_trusted(f) &&
	    (fact_order_failover(f) || (fact_auto(f) && !fact_paused(f)));
}

static bool
facts_is_primary_now(const struct facts *f, const struct node *n)
{
	return n->report.role == ROLE_PRIMARY && !n->report.is_read_only &&
	    n->report_at >= f->c->phase_at;
}

static bool
fact_promoted(struct facts *f)
{
	const struct node *n = facts_promoted(f);

	if (n == NULL)
		return false;
	if (!f->c->policy.has_roles)
		return true;
	return facts_is_primary_now(f, n) &&
	    (fact_order_force(f) || facts_keeps_promise(f, n));
}

static bool
fact_promote_failed(struct facts *f)
{
	const struct node *n = facts_promoted(f);

	if (n != NULL && facts_is_primary_now(f, n))
		return true; /* and yet not `promoted` */
	return f->c->promote.outcome == OUTCOME_FAILED || f->c->candidate < 0 ||
	    fact_late(f);
}

static bool
fact_view_stale(struct facts *f)
{
	struct cluster_view view;

	view_build(&view, f->c, f->now);
	return !view_is_equal(&view, &f->c->published);
}

static bool
fact_node_rival(struct facts *f)
{
	return f->slot != f->c->primary && f->c->policy.has_roles &&
	    facts_node(f)->report.role == ROLE_PRIMARY &&
	    facts_node(f)->admin != ADMIN_MAINT;
}

static bool
fact_node_returning(struct facts *f)
{
	return fact_node_rival(f) &&
	    (facts_node(f)->was_primary || facts_node(f)->is_rejoin_ordered);
}

static bool
fact_node_stray(struct facts *f)
{
	return f->slot != f->c->primary && f->c->policy.has_roles &&
	    facts_node(f)->admin != ADMIN_MAINT &&
	    facts_node(f)->health.state == HEALTH_UP &&
	    facts_node(f)->report.role == ROLE_REPLICA &&
	    facts_node(f)->report.upstream != f->c->primary;
}

/* A fence that outlived us, or a server that starts read-only. */
static bool
fact_node_shut(struct facts *f)
{
	return f->slot == f->c->primary && f->c->policy.has_roles &&
	    facts_node(f)->health.state == HEALTH_UP &&
	    facts_node(f)->report.role == ROLE_PRIMARY &&
	    facts_node(f)->report.is_read_only;
}

static bool
fact_node_ready(struct facts *f)
{
	return facts_node(f)->task.outcome != OUTCOME_WAITING &&
	    f->now >= facts_node(f)->task_retry_at;
}

static bool
fact_node_quarantined(struct facts *f)
{
	return facts_node(f)->is_quarantined;
}

/* A replica takes its primary's history only when it has taken its data. */
static bool
fact_node_joined(struct facts *f)
{
	const struct report *r = &facts_node(f)->report;

	return r->role == ROLE_REPLICA && !r->is_loading &&
	    f->c->history[0] != '\0' && strcmp(r->history, f->c->history) == 0;
}

typedef bool fact_fn(struct facts *f);

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
facts_begin(struct facts *f, const struct cluster *c, usec_t now)
{
	CHECK_OBJ(c, CLUSTER_MAGIC);
	*f = (struct facts){
		.c = c,
		.now = now,
		.slot = NODE_NONE,
		.known = NODE_FACTS, /* false, until one is spoken of */
		.claimant = NODE_NONE,
		.candidate = NODE_UNSOUGHT,
		.inferred = NODE_NONE,
	};
}

void
facts_speak_of(struct facts *f, int node)
{
	CHECK(node >= 0 && node < NODES_MAX);
	f->slot = node;
	f->known &= ~NODE_FACTS;
	f->bits &= ~NODE_FACTS;
}

static void
facts_look_at(struct facts *f, uint64_t wanted)
{
	while (wanted != 0) {
		int i = __builtin_ctzll(wanted);

		if (fact_fns[i](f))
			f->bits |= UINT64_C(1) << i;
		f->known |= UINT64_C(1) << i;
		wanted &= wanted - 1;
	}
}

static bool
facts_agree(const struct facts *f, uint64_t when, uint64_t unless)
{
	return (f->known & ((when & ~f->bits) | (unless & f->bits))) == 0;
}

bool
facts_hold(struct facts *f, uint64_t when, uint64_t unless)
{
	uint64_t unknown = (when | unless) & ~f->known;

	while (facts_agree(f, when, unless)) {
		if (unknown == 0)
			return true;
		facts_look_at(f, unknown & -unknown);
		unknown &= unknown - 1;
	}
	return false;
}

void
facts_derive(struct facts *f, const struct cluster *c, int node, usec_t now)
{
	facts_begin(f, c, now);
	if (node != NODE_NONE)
		facts_speak_of(f, node);
	facts_look_at(f, FACTS_ALL & ~f->known);
}
