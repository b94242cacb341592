/*
 * witness.c - what the brain may know of each node, counted once more from
 * the events that it was given.
 */
#include "world.h"

#include <string.h>

static void
witness_down(struct witness *n)
{
	n->is_down = true;
	n->is_proven = false;
	n->report.role = ROLE_UNKNOWN;
}

static bool
witness_is_proof(const struct world *w, int slot, const struct report *r)
{
	int primary = w->guard.brain.primary;

	return slot != primary && primary >= 0 && r->role == ROLE_REPLICA &&
	    r->upstream == primary && r->is_linked && !r->is_loading;
}

static void
witness_report(struct world *w, const struct event *ev)
{
	struct witness *n = &w->jury.witnesses[ev->node];
	const struct report *r = &ev->report;

	if (r->role == ROLE_REPLICA && n->report.role == ROLE_REPLICA &&
	    r->upstream == n->report.upstream &&
	    r->position > n->report.position)
		n->advanced_at = n->asked_at;
	if (n->report.instance[0] != '\0' &&
	    strcmp(n->report.instance, r->instance) != 0)
		n->is_proven = false;
	if (witness_is_proof(w, ev->node, r)) {
		n->is_proven = true;
		n->proven_at = w->now;
	} else if (r->role != ROLE_REPLICA || r->upstream < 0) {
		n->is_proven = false;
	}
	n->report = *r;
	n->asked_at = ev->asked_at;
	n->heard_at = w->now;
	if (election_is_ours(w, ev->node))
		n->is_strange = false;
	if (ev->node == w->jury.writer && r->role == ROLE_PRIMARY)
		election_writer_reports(w, ev->node);
}

static void
witness_ok(struct world *w, const struct event *ev)
{
	struct witness *n = &w->jury.witnesses[ev->node];

	n->fails = 0;
	n->refused_at = 0;
	if (n->is_down && ++n->oks < w->policy.health.rise)
		return;
	n->oks = 0;
	n->is_down = false;
	n->doubt_at = 0;
	if (ev->has_report && ev->asked_at >= n->heard_at)
		witness_report(w, ev);
}

static void
witness_failure(struct world *w, struct witness *n, enum verdict verdict)
{
	bool is_refused = verdict == VERDICT_REFUSED;
	unsigned fall = w->policy.health.fall;

	/* The first silence may be that of a way, not of a node. */
	if (verdict == VERDICT_SILENT && fall < 2)
		fall = 2;
	n->fails++;
	n->oks = 0;
	if (n->doubt_at == 0)
		n->doubt_at = w->now;
	if (n->fails >= fall ||
	    (is_refused && n->refused_at != 0 &&
		w->now - n->refused_at >= HEALTH_REFUSED_GAP))
		witness_down(n);
	if (!is_refused)
		n->refused_at = 0;
	else if (n->refused_at == 0)
		n->refused_at = w->now;
}

/* Not yet a failure; and who never was well can't get worse by that. */
static void
witness_doubt(const struct world *w, struct witness *n)
{
	if (n->doubt_at == 0 && n->heard_at > 0)
		n->doubt_at = w->now;
}

static void
witness_verdict(struct world *w, const struct event *ev)
{
	struct witness *n = &w->jury.witnesses[ev->node];

	switch (ev->verdict) {
	case VERDICT_LOCAL:
		return;
	case VERDICT_LOST:
		witness_doubt(w, n);
		return;
	case VERDICT_OK:
		witness_ok(w, ev);
		break;
	case VERDICT_ALIVE:
	case VERDICT_LOGIN:
		n->fails = 0;
		n->oks = 0;
		n->refused_at = 0;
		if (!n->is_down)
			n->doubt_at = 0;
		break;
	case VERDICT_REFUSED:
	case VERDICT_CLOSED:
	case VERDICT_UNWELL:
	case VERDICT_SILENT:
	case VERDICT_UNREACHABLE:
	case VERDICT_GARBAGE:
		witness_failure(w, n, ev->verdict);
		break;
	case VERDICT_COUNT:
		CHECK_NEVER("not a verdict");
	}
	n->judged_at = w->now;
}

static void
witness_stall(struct world *w)
{
	w->jury.trusted_from = w->now;
	for (int i = 0; i < w->setting.n_nodes; i++) {
		w->jury.witnesses[i].fails = 0;
		w->jury.witnesses[i].refused_at = 0;
	}
}

static void
witness_remove(struct world *w, int slot)
{
	memset(&w->jury.witnesses[slot], 0, sizeof(w->jury.witnesses[0]));
	if (w->jury.open == slot)
		w->jury.open = NODE_NONE;
}

static void
witness_leave(struct world *w, int slot)
{
	witness_remove(w, slot);
	if (w->jury.told == slot) /* nobody knows the name any more */
		w->jury.told = NODE_NONE;
}

/* Nothing is known of who is there now, but what the primary had had. */
static void
witness_move(struct world *w, int slot)
{
	struct witness *n = &w->jury.witnesses[slot];

	if (slot != w->guard.brain.primary && slot != w->guard.brain.intended)
		witness_remove(w, slot);
	else
		witness_doubt(w, n);
	n->report.role = ROLE_UNKNOWN;
	n->is_proven = false;
	n->is_strange = true;
	if (w->jury.failed_node == slot) /* where it was, it failed */
		w->jury.failed_node = NODE_NONE;
}

/* It was asked later than this answer, and has told the same already. */
static bool
witness_knows_better(const struct world *w, const struct event *ev)
{
	const struct witness *n = &w->jury.witnesses[ev->node];

	return n->asked_at > ev->asked_at && n->report.role == ROLE_PRIMARY &&
	    strcmp(n->report.instance, ev->report.instance) == 0;
}

void
jury_event(struct world *w, const struct event *ev)
{
	switch (ev->kind) {
	case EV_VERDICT:
		witness_verdict(w, ev);
		break;
	case EV_PASSIVE:
		witness_doubt(w, &w->jury.witnesses[ev->node]);
		break;
	case EV_RESULT:
		if (ev->has_report && !w->jury.witnesses[ev->node].is_down &&
		    !witness_knows_better(w, ev))
			witness_report(w, ev);
		break;
	case EV_CLOCK:
		witness_stall(w);
		break;
	case EV_NODE_REMOVE:
		witness_leave(w, ev->node);
		break;
	case EV_NODE_MOVE:
		witness_move(w, ev->node);
		break;
	case EV_REJOIN:
		w->jury.witnesses[ev->node].is_strange = false;
		break;
	case EV_BARRIER:
		if (w->jury.writer == NODE_NONE && w->jury.left_at == 0 &&
		    ev->epoch >= w->jury.epoch)
			w->jury.left_at = w->now;
		break;
	case EV_PAUSE:
		w->jury.is_paused = ev->is_ok;
		break;
	case EV_ORDER:
		w->jury.is_ordered = ev->order.kind >= ORDER_FAILOVER;
		break;
	default:
		break;
	}
}
