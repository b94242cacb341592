#include "draw.h"

#include <stdio.h>
#include <string.h>

static unsigned
draw_below(struct draw *d, unsigned n)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % n);
}

static void
draw_report(struct draw *d, struct report *r)
{
	*r = (struct report){
		.role = (enum role)draw_below(d, ROLE_COUNT),
		.upstream = (int)draw_below(d, 5) - 2,
		.is_linked = draw_below(d, 4) > 0,
		.is_loading = draw_below(d, 8) == 0,
		.is_never_promoted = draw_below(d, 16) == 0,
		.is_read_only = draw_below(d, 8) == 0,
		.link_idle_us = draw_below(d, 20) * USEC_SEC,
		.position = 1000 + draw_below(d, 4),
		.forked_at = 1000 + draw_below(d, 4),
	};
	snprintf(r->history, HISTORY_LEN, "h%u", draw_below(d, 2));
	if (draw_below(d, 2) == 0)
		snprintf(r->history_prev, HISTORY_LEN, "h%u", draw_below(d, 2));
	if (r->role != ROLE_REPLICA)
		r->upstream = NODE_NONE;
}

static void
draw_node(struct draw *d, struct brain *b, int slot)
{
	struct node *n = &b->c.nodes[slot];
	usec_t ago = draw_below(d, 3) * USEC_SEC;

	draw_report(d, &n->report);
	n->health.state = (enum health_state)draw_below(d, HEALTH_COUNT);
	n->health.last = (enum verdict)draw_below(d, VERDICT_COUNT);
	n->health.judged_at = b->now - ago;
	n->health.fails = draw_below(d, 3);
	if (n->health.state == HEALTH_SUSPECT || n->health.state == HEALTH_DOWN)
		n->health.suspect_at = b->now - USEC_SEC;
	if (n->health.state == HEALTH_DOWN)
		n->report.role = ROLE_UNKNOWN;
	n->admin = draw_below(d, 8) == 0 ? ADMIN_DRAIN : ADMIN_READY;
	n->report_at = b->now - ago;
	n->reported_at = b->now - ago;
	n->heard_at = b->now - ago;
	n->was_primary = draw_below(d, 2) == 0;
	n->is_proven = n->report.role == ROLE_REPLICA && draw_below(d, 2) == 0;
	n->proven_at = b->now - 4 * ago;
	n->is_quarantined = draw_below(d, 8) == 0;
	n->is_excluded = draw_below(d, 8) == 0;
	n->is_told = draw_below(d, 4) == 0;
	n->redialed_at = b->now - draw_below(d, 3) * USEC_SEC;
	n->is_flapping = draw_below(d, 8) == 0;
}

static struct order
draw_order(struct draw *d)
{
	return (struct order){
		.kind = (enum order_kind)draw_below(d, ORDER_COUNT),
		.node = (int)draw_below(d, 4) - 1,
	};
}

/* Each task has a number of its own, so that a result finds one. */
static void
draw_tasks(struct draw *d, struct cluster *c)
{
	c->journal.outcome = (enum outcome)draw_below(d, 4);
	c->journal.seq = ++c->seq;
	c->fence.outcome = (enum outcome)draw_below(d, 4);
	c->fence.seq = ++c->seq;
	c->promote.outcome = (enum outcome)draw_below(d, 4);
	c->promote.seq = ++c->seq;
	for (int i = 0; i < 3; i++) {
		c->nodes[i].task.outcome = (enum outcome)draw_below(d, 4);
		c->nodes[i].task.seq = ++c->seq;
		if (draw_below(d, 4) == 0)
			c->nodes[i].redial.outcome =
			    (enum outcome)draw_below(d, 4);
		c->nodes[i].redial.seq = ++c->seq;
	}
}

/* Never a state that the asserts of the brain exclude. */
static void
draw_phase(struct draw *d, struct cluster *c)
{
	c->phase = (enum phase)draw_below(d, PHASE_COUNT);
	c->primary = (int)draw_below(d, 3) - 1;
	c->is_barrier_reached = draw_below(d, 2) == 0;
	switch (c->phase) {
	case PHASE_INTENT:
	case PHASE_FENCE:
	case PHASE_PROMOTE:
		c->candidate = 1 + (int)draw_below(d, 2);
		break;
	case PHASE_PLAN:
	case PHASE_SWITCH:
	case PHASE_CATCHUP:
	case PHASE_STEADY:
		c->primary = A;
		c->candidate = B;
		break;
	case PHASE_LEARN:
	case PHASE_HOLD:
	case PHASE_LOST:
	case PHASE_COUNT:
		break;
	}
	if (c->phase == PHASE_FENCE || c->phase == PHASE_PROMOTE ||
	    c->phase == PHASE_SWITCH || c->phase == PHASE_CATCHUP)
		c->journal.outcome = OUTCOME_OK;
	else if (c->phase == PHASE_INTENT || c->phase == PHASE_PLAN)
		c->journal.outcome = (enum outcome)(1 + draw_below(d, 3));
	if (c->phase == PHASE_PROMOTE || c->phase == PHASE_CATCHUP ||
	    c->phase == PHASE_PLAN || c->phase == PHASE_STEADY)
		c->is_barrier_reached = true;
}

void
draw_cluster(struct draw *d, struct brain *b)
{
	struct cluster *c = &b->c;

	brain_init(b, 3);
	b->policy.mode = (enum mode)(draw_below(d, 4) % 3);
	b->policy.has_roles = draw_below(d, 6) > 0;
	b->policy.has_authority =
	    b->policy.mode == MODE_FOLLOW && draw_below(d, 2) == 0;
	b->policy.sync_replicas = draw_below(d, 2);
	b->policy.max_loss_bytes = draw_below(d, 3);
	b->policy.failover_limit = draw_below(d, 3);
	c->policy = b->policy;
	for (int i = 0; i < 3; i++)
		draw_node(d, b, i);
	c->epoch = 7;
	c->phase_at = b->now - draw_below(d, 7) * USEC_SEC;
	c->is_paused = draw_below(d, 8) == 0;
	draw_tasks(d, c);
	c->is_fenced = c->fence.outcome == OUTCOME_OK;
	c->fenced_at = b->now - USEC_SEC;
	c->journal_retry_at = b->now - USEC_SEC + draw_below(d, 3) * USEC_SEC;
	c->intended = draw_below(d, 4) == 0 ? B : NODE_NONE;
	c->told = draw_below(d, 3) == 0 ? B : NODE_NONE;
	c->appointed = (int)draw_below(d, 5) - 2;
	c->trusted_from = b->now - draw_below(d, 3) * USEC_SEC;
	c->barrier_at = b->now - draw_below(d, 3) * USEC_SEC;
	c->n_promotions = draw_below(d, 3);
	for (unsigned i = 0; i < c->n_promotions; i++)
		c->promotions[i] = b->now - USEC_SEC;
	if (draw_below(d, 4) > 0)
		snprintf(c->history, HISTORY_LEN, "h1");
	snprintf(c->history_prev, HISTORY_LEN, "h0");
	c->forked_at = 1001;
	c->position = 1000 + draw_below(d, 6);
	draw_phase(d, c);
	c->order = draw_order(d);
	c->order_at = b->now - draw_below(d, 7) * USEC_SEC;
	view_build(&c->published, c, b->now);
}

/* Of the tasks of draw_tasks, or of none of them. */
static uint32_t
draw_seq(struct draw *d, const struct cluster *c)
{
	return draw_below(d, c->seq + 1);
}

static void
draw_configuration(struct draw *d, struct brain *b, struct event *ev)
{
	ev->policy = b->policy;
	ev->policy.mode = (enum mode)draw_below(d, 3);
	ev->memory = (struct memory){
		.epoch = 9,
		.position = 1001,
		.primary = (int)draw_below(d, 4) - 1,
		.intended = (int)draw_below(d, 4) - 1,
		.history = "h1",
	};
	if (ev->kind == EV_NODE_ADD)
		ev->node = D;
	if (ev->kind == EV_NODE_REMOVE && ev->node == b->c.primary)
		ev->node = C; /* the guard keeps the primary */
	if (ev->kind == EV_APPOINT && draw_below(d, 4) == 0)
		ev->node = NODE_FOREIGN;
}

void
draw_event(
    struct draw *d, struct brain *b, enum event_kind kind, struct event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->node = (int)draw_below(d, 3);
	ev->is_ok = draw_below(d, 2) == 0;
	ev->epoch = b->c.epoch - draw_below(d, 2);
	ev->verdict = (enum verdict)draw_below(d, VERDICT_COUNT);
	ev->has_report = ev->verdict == VERDICT_OK;
	ev->asked_at = b->now - draw_below(d, 3) * USEC_MS;
	ev->seq = draw_seq(d, &b->c);
	ev->order = draw_order(d);
	ev->admin = (enum admin_state)draw_below(d, ADMIN_COUNT);
	draw_report(d, &ev->report);
	draw_configuration(d, b, ev);
}
