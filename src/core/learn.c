#include "core/learn.h"

#include "core/candidate.h"
#include "core/claimant.h"

#include <string.h>

/*
 * While a decision waits for fresh reports, healthy nodes are asked again
 * after this time instead of the configured interval.
 */
#define LEARN_HURRY_GAP (2 * USEC_MS)
#define LEARN_HURRY_MAX (2 * USEC_SEC)

void
learn_hurry(struct cluster *c, usec_t now)
{
	for (int i = 0; i < c->n_slots; i++)
		if (c->nodes[i].is_used)
			c->nodes[i].health.probe_at = now;
}

void
learn_promotion(struct cluster *c, usec_t now)
{
	if (!c->is_switching)
		c->promotions[c->n_promotions++ % PROMOTIONS_MAX] = now;
}

static bool
learn_is_hurried(const struct cluster *c, usec_t now)
{
	switch (c->phase) {
	case PHASE_STEADY:
		return c->nodes[c->primary].health.state == HEALTH_SUSPECT;
	case PHASE_LOST:
	case PHASE_LEARN:
	case PHASE_PLAN:
	case PHASE_HOLD:
	case PHASE_INTENT:
	case PHASE_FENCE:
	case PHASE_PROMOTE:
	case PHASE_SWITCH:
	case PHASE_CATCHUP:
		return now - c->phase_at < LEARN_HURRY_MAX;
	case PHASE_COUNT:
		break;
	}
	CHECK_NEVER("unknown phase");
}

/* It was told to follow and is not yet proven to: don't wait to see it. */
static bool
learn_is_joining(const struct cluster *c, int slot, usec_t now)
{
	const struct node *n = &c->nodes[slot];

	return slot != c->primary && n->task.outcome == OUTCOME_OK &&
	    !n->is_proven && now - n->task_retry_at < LEARN_HURRY_MAX;
}

/* A role learnt before a failure is not believed after it. */
static void
learn_node_gone(struct node *n)
{
	n->report.role = ROLE_UNKNOWN;
	n->is_proven = false;
}

static bool
learn_is_proof(const struct cluster *c, int slot, const struct report *r)
{
	return slot != c->primary && c->primary >= 0 &&
	    r->role == ROLE_REPLICA && r->upstream == c->primary &&
	    r->is_linked && !r->is_loading;
}

static bool
learn_is_routed(const struct cluster *c)
{
	return c->phase == PHASE_STEADY || c->phase == PHASE_PLAN ||
	    c->phase == PHASE_SWITCH || c->phase == PHASE_CATCHUP;
}

/*
 * A point that a candidate shows that it keeps up by, when it answers a
 * question that came after.  Not moved before it has: both are asked in step.
 */
static void
learn_mark(struct cluster *c, int slot, const struct report *r, usec_t now)
{
	if (c->phase != PHASE_PLAN || slot != c->primary || c->candidate < 0 ||
	    (c->mark_at >= c->phase_at &&
		c->nodes[c->candidate].report_at < c->mark_at))
		return;
	c->mark = r->position;
	c->mark_at = now;
}

/* How far the data has come: the incumbent itself tells, and anybody. */
static void
learn_position(struct cluster *c, int slot, const struct report *r, usec_t now)
{
	uint64_t shared = candidate_shared(c, r);

	if (shared > c->furthest)
		c->furthest = shared;
	learn_mark(c, slot, r, now);
	if (slot != c->primary || r->role != ROLE_PRIMARY)
		return;
	if (learn_is_routed(c))
		c->acks = r->sync_replicas;
	if (learn_is_routed(c) && claimant_is_heir(c, slot, r)) {
		c->position = r->position;
		c->nodes[slot].was_primary = true; /* again, if it moved */
	} else if (shared > c->position) {
		c->position = shared;
	}
}

static void
learn_report(struct cluster *c, const struct event *ev, usec_t now)
{
	int slot = ev->node;
	struct node *n = &c->nodes[slot];
	const struct report *r = &ev->report, *old = &n->report;

	if (r->role == ROLE_REPLICA && old->role == ROLE_REPLICA &&
	    r->upstream == old->upstream && r->position > old->position)
		n->heard_at = n->report_at;
	if (old->instance[0] != '\0' && strcmp(old->instance, r->instance) != 0)
		n->is_proven = false; /* restarted: to be proven anew */
	n->report = *r;
	n->report_at = ev->asked_at;
	n->reported_at = now;
	if (learn_is_proof(c, slot, r)) {
		n->is_proven = true;
		n->proven_at = now;
		n->is_rejoin_ordered = false;
	} else if (r->role != ROLE_REPLICA || r->upstream == NODE_FOREIGN) {
		n->is_proven = false;
	}
	learn_position(c, slot, r, now);
	c->branch = candidate_branch(c);
}

/* Doubt about the primary: ask everybody what they know, now. */
static void
learn_doubt(struct cluster *c, int slot, usec_t now)
{
	const struct health *h = &c->nodes[slot].health;

	if (slot == c->primary && h->state == HEALTH_SUSPECT)
		for (int i = 0; i < c->n_slots; i++)
			if (c->nodes[i].is_used && i != slot &&
			    c->nodes[i].report_at < h->suspect_at)
				c->nodes[i].health.probe_at = now;
}

/* What was in its way may have been in the primary's. */
static void
learn_rise(struct cluster *c, const struct node *n, usec_t now)
{
	if (n->health.up_at == now && c->primary >= 0 &&
	    n != &c->nodes[c->primary])
		c->nodes[c->primary].health.probe_at = now;
}

static void
learn_verdict(struct cluster *c, const struct event *ev, usec_t now)
{
	struct node *n = &c->nodes[ev->node];
	bool is_changed;

	is_changed =
	    health_learn(&n->health, &c->policy.health, ev->verdict, now);
	n->asked_at = ev->asked_at;
	if (n->health.state == HEALTH_DOWN)
		learn_node_gone(n);
	else if (ev->verdict == VERDICT_OK && ev->has_report &&
	    ev->asked_at >= n->reported_at)
		learn_report(c, ev, now);
	/* else another answer, of a promotion say, has overtaken this one */
	n->is_flapping = health_is_flapping(&n->health, &c->policy.health, now);
	if (n->is_excluded &&
	    now - n->excluded_at >= c->policy.promote_timeout_us)
		n->is_excluded = false;
	if (is_changed) {
		learn_doubt(c, ev->node, now);
		learn_rise(c, n, now);
	}
	if (n->health.state == HEALTH_UP &&
	    (learn_is_hurried(c, now) || learn_is_joining(c, ev->node, now)) &&
	    n->health.probe_at > now + LEARN_HURRY_GAP)
		n->health.probe_at = now + LEARN_HURRY_GAP;
}

static void
learn_task(struct task *task, const struct event *ev)
{
	if (task->outcome == OUTCOME_WAITING && task->seq == ev->seq)
		task->outcome = ev->is_ok ? OUTCOME_OK : OUTCOME_FAILED;
}

static void
learn_node_task(struct node *n, const struct event *ev, usec_t now)
{
	const usec_t backoff_max = 10 * USEC_SEC;
	usec_t backoff = 100 * USEC_MS;

	if (n->task.outcome != OUTCOME_WAITING || n->task.seq != ev->seq)
		return;
	learn_task(&n->task, ev);
	n->health.probe_at = now; /* see what came of it */
	n->task_fails = ev->is_ok ? 0 : n->task_fails + 1;
	for (unsigned i = 0; i < n->task_fails && backoff < backoff_max; i++)
		backoff *= 2;
	n->task_retry_at = now + backoff;
}

static void
learn_redial(struct node *n, const struct event *ev, usec_t now)
{
	if (n->redial.outcome != OUTCOME_WAITING || n->redial.seq != ev->seq)
		return;
	learn_task(&n->redial, ev);
	n->redialed_at = now;
	n->health.probe_at = now;
}

/*
 * A probe that was asked after the promotion has told already that it is
 * done, and from a later moment: it would seem to have gone back.
 */
static bool
learn_is_overtaken(const struct node *n, const struct event *ev)
{
	return n->report_at > ev->asked_at && n->report.role == ROLE_PRIMARY &&
	    strcmp(n->report.instance, ev->report.instance) == 0;
}

/* The journal names who is primary, and nobody else. */
static void
learn_recall(struct cluster *c, const struct event *ev)
{
	bool is_it =
	    c->recall.outcome == OUTCOME_WAITING && c->recall.seq == ev->seq;

	learn_task(&c->recall, ev);
	if (!is_it || !ev->is_ok)
		return;
	c->told = NODE_NONE;
	c->journal_retry_at = 0;
}

static void
learn_result(struct cluster *c, const struct event *ev, usec_t now)
{
	bool is_fence =
	    c->fence.outcome == OUTCOME_WAITING && c->fence.seq == ev->seq;

	learn_task(&c->journal, ev);
	learn_recall(c, ev);
	learn_task(&c->fence, ev);
	learn_task(&c->promote, ev);
	if (is_fence && ev->is_ok) {
		c->is_fenced = true;
		c->fenced_at = now;
		learn_hurry(c, now);
	}
	if (ev->node < 0)
		return;
	/* Whoever is down is believed when it has risen. */
	if (ev->has_report && ev->is_ok &&
	    c->nodes[ev->node].health.state != HEALTH_DOWN &&
	    !learn_is_overtaken(&c->nodes[ev->node], ev))
		learn_report(c, ev, now);
	learn_node_task(&c->nodes[ev->node], ev, now);
	learn_redial(&c->nodes[ev->node], ev, now);
}

static void
learn_clock(struct cluster *c, usec_t now)
{
	c->trusted_from = now;
	for (int i = 0; i < c->n_slots; i++)
		if (c->nodes[i].is_used)
			health_distrust(&c->nodes[i].health, now);
}

static void
learn_barrier(struct cluster *c, usec_t now)
{
	if (c->is_barrier_reached)
		return;
	c->is_barrier_reached = true;
	c->barrier_at = now;
	learn_hurry(c, now);
}

static void
learn_node_add(struct cluster *c, const struct event *ev, usec_t now)
{
	struct node *n = &c->nodes[ev->node];

	if (!n->is_used) {
		memset(n, 0, sizeof(*n));
		n->is_used = true;
		n->report.upstream = NODE_NONE;
		n->health.probe_at = now;
	}
	if (c->n_slots <= ev->node)
		c->n_slots = (uint8_t)(ev->node + 1);
	memcpy(n->name, ev->name, sizeof(n->name));
	n->priority = ev->priority;
	n->weight = ev->weight;
	n->is_backup = ev->is_backup;
}

/* Whatever speaks of its slot must not speak of the next node there. */
static void
learn_node_remove(struct cluster *c, int node)
{
	CHECK(node != c->primary);
	memset(&c->nodes[node], 0, sizeof(c->nodes[0]));
	if (c->candidate == node)
		c->candidate = NODE_NONE;
	if (c->intended == node)
		c->intended = NODE_NONE;
	if (c->told == node)
		c->told = NODE_NONE;
	if (c->appointed == node)
		c->appointed = NODE_FOREIGN;
}

/*
 * Another server, for all we know.  What the cluster knows of its primary, or
 * of one that may have been promoted before we started, must not be forgotten:
 * it is in doubt, and shows at its new address what it has.  But it is no
 * longer one that we had made primary, which a later demotion may overwrite.
 */
static void
learn_node_move(struct cluster *c, int node, usec_t now)
{
	struct node *n = &c->nodes[node];
	struct event as_new = {
		.kind = EV_NODE_ADD,
		.node = node,
		.priority = n->priority,
		.weight = n->weight,
		.is_backup = n->is_backup,
	};
	enum admin_state admin = n->admin;
	int appointed = c->appointed; /* the authority says when it is not */
	int told = c->told;           /* the journal knows its name only */

	if (n->is_told)
		learn_promotion(c, now);
	if (c->candidate == node)
		c->candidate = NODE_NONE;
	if (node == c->primary || node == c->intended) {
		n->was_primary = false;
		n->is_told = false;
		n->is_rejoin_ordered = false;
		learn_node_gone(n); /* what it said, it said elsewhere */
		health_doubt(&n->health, now);
		learn_doubt(c, node, now);
		return;
	}
	memcpy(as_new.name, n->name, sizeof(as_new.name));
	learn_node_remove(c, node);
	learn_node_add(c, &as_new, now);
	n->admin = admin;
	c->appointed = appointed;
	c->told = told;
}

static void
learn_memory(struct cluster *c, const struct memory *m)
{
	c->epoch = m->epoch;
	c->primary = m->primary;
	c->intended = m->intended;
	c->told = m->intended;
	c->position = m->position;
	c->furthest = m->position;
	memcpy(c->history, m->history, HISTORY_LEN);
	if (m->primary >= 0)
		c->nodes[m->primary].was_primary = true;
	if (m->intended < 0)
		return;
	c->nodes[m->intended].was_primary = true;
	c->nodes[m->intended].promised = m->promised;
}

static void
learn_policy(struct cluster *c, const struct policy *policy)
{
	CHECK(policy->health.fall >= 1 && policy->health.rise >= 1);
	CHECK(policy->failover_limit <= PROMOTIONS_MAX);
	c->policy = *policy;
}

void
learn_event(struct cluster *c, const struct event *ev, usec_t now)
{
	CHECK(ev->kind < EV_COUNT);
	CHECK(ev->node >= NODE_FOREIGN && ev->node < NODES_MAX);
	CHECK(ev->node != NODE_FOREIGN || ev->kind == EV_APPOINT);
	switch (ev->kind) {
	case EV_TICK:
		break;
	case EV_VERDICT:
		learn_verdict(c, ev, now);
		break;
	case EV_PASSIVE:
		health_doubt(&c->nodes[ev->node].health, now);
		learn_doubt(c, ev->node, now);
		break;
	case EV_RESULT:
		learn_result(c, ev, now);
		break;
	case EV_BARRIER:
		if (ev->epoch >= c->epoch)
			learn_barrier(c, now);
		break;
	case EV_CLOCK:
		learn_clock(c, now);
		break;
	case EV_ORDER:
		c->order = ev->order;
		c->order_at = now;
		break;
	case EV_ADMIN:
		c->nodes[ev->node].admin = ev->admin;
		break;
	case EV_REJOIN:
		c->nodes[ev->node].is_rejoin_ordered = true;
		c->nodes[ev->node].task_retry_at = now;
		break;
	case EV_PAUSE:
		c->is_paused = ev->is_ok;
		break;
	case EV_POLICY:
		learn_policy(c, &ev->policy);
		break;
	case EV_NODE_ADD:
		learn_node_add(c, ev, now);
		break;
	case EV_NODE_REMOVE:
		learn_node_remove(c, ev->node);
		break;
	case EV_NODE_MOVE:
		learn_node_move(c, ev->node, now);
		break;
	case EV_REPLAY:
		learn_memory(c, &ev->memory);
		break;
	case EV_APPOINT:
		c->appointed = ev->node;
		learn_hurry(c, now);
		break;
	case EV_COUNT:
		CHECK_NEVER("unknown event");
	}
}
