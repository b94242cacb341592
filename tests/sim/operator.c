#include "operator.h"
#include "world.h"

#include "core/candidate.h"

/* Until he looks again. */
#define OPERATOR_PATIENCE (10 * USEC_SEC)

static bool
operator_may_order(const struct world *w, enum order_kind kind, int node)
{
	const struct cluster *c = &w->guard.brain;

	if (!w->guard.is_running || w->guard.is_order_open ||
	    c->policy.mode == MODE_FOLLOW ||
	    (node >= 0 && !c->nodes[node].is_used))
		return false;
	if (kind == ORDER_SWITCHOVER)
		return c->phase == PHASE_STEADY && node != c->primary;
	return c->phase == PHASE_HOLD || c->phase == PHASE_LOST;
}

static void
operator_order(struct world *w, enum order_kind kind, int node)
{
	struct event ev = { .kind = EV_ORDER, .node = NODE_NONE };

	if (!operator_may_order(w, kind, node))
		return;
	STORY(w, "the operator orders a %s to %s", order_names[kind],
	    world_name(node));
	w->guard.is_order_open = true;
	ev.order = (struct order){ kind, node };
	guard_feed(w, &ev);
}

static void
operator_set_pause(struct world *w, bool is_paused)
{
	struct event ev = {
		.kind = EV_PAUSE, .node = NODE_NONE, .is_ok = is_paused
	};

	if (w->guard.is_running)
		guard_feed(w, &ev);
}

static void
operator_set_admin(struct world *w, int node, enum admin_state admin)
{
	struct event ev = { .kind = EV_ADMIN, .node = node, .admin = admin };

	if (!w->guard.is_running || !w->guard.brain.nodes[node].is_used ||
	    (node == w->guard.brain.primary && admin != ADMIN_READY))
		return;
	STORY(w, "the operator sets %s to %s", world_name(node),
	    admin_names[admin]);
	guard_feed(w, &ev);
}

static void
operator_order_rejoin(struct world *w, int node)
{
	struct event ev = { .kind = EV_REJOIN, .node = node };

	if (w->guard.is_running && w->guard.brain.phase == PHASE_STEADY &&
	    w->guard.brain.nodes[node].is_used &&
	    node != w->guard.brain.primary)
		guard_feed(w, &ev);
}

/* He names a node, or leaves the choice to regent. */
static int
operator_name(struct fault *f)
{
	return dice_chance(&f->dice, 500) ? NODE_NONE : f->other;
}

void
operator_switch(struct world *w, struct fault *f)
{
	operator_order(w, ORDER_SWITCHOVER, operator_name(f));
}

void
operator_force(struct world *w, struct fault *f)
{
	bool is_forced = dice_chance(&f->dice, 500);

	operator_order(
	    w, is_forced ? ORDER_FORCE : ORDER_FAILOVER, operator_name(f));
}

void
operator_pause(struct world *w, struct fault *f)
{
	(void)f; /* it is of the whole cluster */
	operator_set_pause(w, true);
}

void
operator_unpause(struct world *w, struct fault *f)
{
	(void)f; /* as above */
	operator_set_pause(w, false);
}

void
operator_admin(struct world *w, struct fault *f)
{
	operator_set_admin(
	    w, f->node, dice_chance(&f->dice, 500) ? ADMIN_DRAIN : ADMIN_MAINT);
}

void
operator_admin_end(struct world *w, struct fault *f)
{
	operator_set_admin(w, f->node, ADMIN_READY);
}

void
operator_rejoin(struct world *w, struct fault *f)
{
	operator_order_rejoin(w, f->other);
}

static bool
operator_sees_rival(const struct world *w)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->guard.brain.nodes[i].is_quarantined &&
		    database_is_primary(&w->dbs[i]))
			return true;
	return false;
}

/* Why regent waits for him, or END_FAILED when it should not. */
static enum ending
operator_reason(const struct world *w)
{
	const struct cluster *c = &w->guard.brain;
	uint64_t missing, hindering;
	struct facts facts;

	if (c->phase == PHASE_STEADY && operator_sees_rival(w))
		return END_RIVAL;
	facts_derive(&facts, c, NODE_NONE, w->now);
	rules_waiting(&facts, &missing, &hindering);
	if (c->phase != PHASE_LOST && c->phase != PHASE_HOLD)
		return END_FAILED;
	if (c->policy.mode == MODE_MANUAL)
		return END_MANUAL;
	if (hindering != 0)
		return END_FAILED;
	if ((missing & (F(CLAIMANT) | F(PRIMARY_GONE))) != 0)
		return END_UNKNOWN;
	if ((missing & F(LIMIT_OK)) != 0)
		return END_LIMIT;
	if ((missing & F(POSITIONS)) != 0 && w->policy.sync_replicas > 0)
		return END_POSITIONS;
	if ((missing & F(CANDIDATE)) != 0)
		return END_NOBODY;
	if ((missing & F(LOSS_OK)) != 0)
		return END_LOSS;
	return END_FAILED;
}

static unsigned
operator_worth(const struct world *w, int node)
{
	unsigned n = 1;

	if (!w->dbs[node].is_alive || w->dbs[node].is_frozen)
		return 0;
	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		const struct write *write = &w->annals.writes[i];

		if (write->is_acked &&
		    annals_has(&w->annals, &w->dbs[node].data, &write->data))
			n++;
	}
	return n;
}

/* The node with the most of what was acknowledged. */
static int
operator_choose(const struct world *w)
{
	int best = NODE_NONE;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (operator_worth(w, i) > 0 &&
		    (best < 0 ||
			operator_worth(w, i) > operator_worth(w, best)))
			best = i;
	return best;
}

/* First by order; if that is refused, by hand at the node. */
static void
operator_help(struct world *w)
{
	struct message judge = { .kind = MSG_JUDGE };
	int node = operator_choose(w);

	world_later(w, &judge, OPERATOR_PATIENCE);
	w->n_helped++;
	if (w->guard.brain.phase == PHASE_STEADY) {
		for (int i = 0; i < w->setting.n_nodes; i++)
			if (w->guard.brain.nodes[i].is_quarantined)
				operator_order_rejoin(w, i);
		return;
	}
	if (node < 0)
		return;
	if (w->n_helped > 1) {
		STORY(w, "the operator makes %s primary by hand",
		    world_name(node));
		w->is_by_hand = true;
		database_promote(w, node, NO_OPERATION);
	}
	operator_order(w, ORDER_FORCE, node);
}

/* How long it may still come right by itself. */
static usec_t
operator_patience(enum ending why)
{
	switch (why) {
	case END_MANUAL:
	case END_LIMIT:
		return 0;
	case END_FAILED:
		return WORLD_PATIENCE;
	default:
		return WORLD_HELP;
	}
}

void
operator_judge(struct world *w)
{
	const struct cluster *c = &w->guard.brain;
	struct message judge = { .kind = MSG_JUDGE };
	enum ending why = operator_reason(w);

	if (w->now < w->healed_at + operator_patience(why)) {
		world_later(w, &judge, WORLD_GLANCE);
		return;
	}
	/* A writer was routed just now: its clients get their time. */
	if (c->phase == PHASE_STEADY && w->now - c->phase_at < USEC_SEC * 3 &&
	    w->n_grants++ == 0) {
		world_later(w, &judge, OPERATOR_PATIENCE);
		return;
	}
	if (why == END_FAILED || w->n_helped > 3) {
		jury_fail(w, INV_LIVE, "phase %s since %lld ms: %s%s",
		    phase_names[w->guard.brain.phase],
		    (long long)(w->now - w->guard.brain.phase_at) / USEC_MS,
		    w->guard.brain.why,
		    w->n_helped > 0 ? "; even the operator can't help" : "");
		return;
	}
	if (w->held == END_NONE)
		w->held = why;
	STORY(w, "the operator is called: %s", ending_texts[why]);
	for (int i = 0; i < w->setting.n_nodes; i++)
		STORY(w, "  %s is h%u:%llu: %s", world_name(i),
		    w->dbs[i].data.history,
		    (unsigned long long)w->dbs[i].data.position,
		    fitness_texts[candidate_fitness(&w->guard.brain, i)]);
	operator_help(w);
}
