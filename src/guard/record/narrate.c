#include "guard/record/narrate.h"

#include "core/candidate.h"

#include <string.h>

/* "redis-a ..." */
static const char *const narrate_verdicts[VERDICT_COUNT] = {
	[VERDICT_OK] = "answers",
	[VERDICT_ALIVE] = "answers, but is busy or loading",
	[VERDICT_LOGIN] = "refuses the configured login",
	[VERDICT_LOST] = "has ended the connection of its probe",
	[VERDICT_REFUSED] = "refuses connections: nobody listens there",
	[VERDICT_CLOSED] =
	    "accepts a connection and closes it without an answer",
	[VERDICT_UNWELL] = "says that it does not serve",
	[VERDICT_SILENT] = "does not answer in time, though it is connected",
	[VERDICT_UNREACHABLE] = "can't be reached",
	[VERDICT_GARBAGE] = "answers what no such server says",
	[VERDICT_LOCAL] = "could not be asked, by a fault of regent itself",
};

const char *
narrate_node(const struct step *s, int slot)
{
	if (slot == NODE_FOREIGN)
		return "a node of another cluster";
	if (slot < 0)
		return "no node";
	if (s->after->nodes[slot].is_used)
		return s->after->nodes[slot].name;
	return s->before->nodes[slot].is_used ? s->before->nodes[slot].name
					      : "a node that was removed";
}

/* ---- a probe has ended ------------------------------------------------- */

static bool
narrate_is_failure(enum verdict verdict)
{
	return verdict != VERDICT_OK && verdict != VERDICT_ALIVE &&
	    verdict != VERDICT_LOGIN && verdict != VERDICT_LOCAL;
}

/* A node that is down and goes on to be is no news. */
static void
narrate_verdict(const struct step *s, struct text *out)
{
	const struct event *ev = s->event;
	const struct health *was = &s->before->nodes[ev->node].health;
	const struct health *is = &s->after->nodes[ev->node].health;
	bool is_more = is->state != HEALTH_DOWN && is->fails > was->fails;

	if (is->state == was->state && is->last == was->last && !is_more)
		return;
	text_addf(out, "%s %s", narrate_node(s, ev->node),
	    narrate_verdicts[ev->verdict]);
	if (narrate_is_failure(ev->verdict) && is->fails > 0)
		text_addf(out, " (failure %u)", is->fails);
	if (is->state != was->state)
		text_addf(out, ": it was %s and is %s",
		    health_names[was->state], health_names[is->state]);
	text_add(out, "\n");
}

/* ---- what a node says of itself ---------------------------------------- */

static void
narrate_role(const struct step *s, struct text *out)
{
	const struct report *was = &s->before->nodes[s->event->node].report;
	const struct report *is = &s->after->nodes[s->event->node].report;

	if (is->role == was->role &&
	    (is->role != ROLE_REPLICA || is->upstream == was->upstream))
		return;
	text_addf(out, "%s says that it is ", narrate_node(s, s->event->node));
	switch (is->role) {
	case ROLE_PRIMARY:
		text_add(out, "a primary");
		break;
	case ROLE_REPLICA:
		text_addf(
		    out, "a replica of %s", narrate_node(s, is->upstream));
		break;
	case ROLE_UNKNOWN:
	case ROLE_COUNT:
		text_add(out, "there, but not its role");
		break;
	}
	text_addf(
	    out, ", at position %llu\n", (unsigned long long)is->position);
}

static void
narrate_link(const struct step *s, struct text *out)
{
	const struct report *was = &s->before->nodes[s->event->node].report;
	const struct report *is = &s->after->nodes[s->event->node].report;
	const char *node = narrate_node(s, s->event->node);

	if (is->role != ROLE_REPLICA)
		return;
	if (is->is_linked != was->is_linked || is->upstream != was->upstream)
		text_addf(out, "%s %s %s\n", node,
		    is->is_linked ? "has its link to" : "has no link to",
		    narrate_node(s, is->upstream));
	if (is->is_loading != was->is_loading)
		text_addf(out, "%s %s\n", node,
		    is->is_loading ? "is loading or copying its data"
				   : "has all of its data");
}

static void
narrate_data(const struct step *s, struct text *out)
{
	const struct report *was = &s->before->nodes[s->event->node].report;
	const struct report *is = &s->after->nodes[s->event->node].report;
	const char *node = narrate_node(s, s->event->node);

	if (was->instance[0] != '\0' && strcmp(was->instance, is->instance))
		text_addf(out, "%s was restarted\n", node);
	if (was->history[0] != '\0' && strcmp(was->history, is->history))
		text_addf(out,
		    "the data of %s is of history %.8s, and was of "
		    "%.8s\n",
		    node, is->history[0] != '\0' ? is->history : "(none)",
		    was->history);
}

/* Whether a decision is open that positions matter for. */
static bool
narrate_is_deciding(const struct cluster *c)
{
	return c->phase != PHASE_STEADY && c->phase != PHASE_LEARN;
}

/* The first position that counts as evidence. */
static void
narrate_position(const struct step *s, struct text *out)
{
	int slot = s->event->node;
	const struct report *is = &s->after->nodes[slot].report;

	if (!narrate_is_deciding(s->before) || is->role != ROLE_REPLICA ||
	    candidate_is_fresh(s->before, slot) ||
	    !candidate_is_fresh(s->after, slot))
		return;
	text_addf(out, "%s has everything up to position %llu",
	    narrate_node(s, slot), (unsigned long long)is->position);
	if (s->after->position > is->position)
		text_addf(out,
		    ", %llu %s less than the primary was last seen at",
		    (unsigned long long)(s->after->position - is->position),
		    policy_unit(&s->after->policy));
	text_add(out, "\n");
}

static void
narrate_report(const struct step *s, struct text *out)
{
	const struct node *was = &s->before->nodes[s->event->node];
	const struct node *is = &s->after->nodes[s->event->node];

	/* Not one that a later answer has overtaken. */
	if (!s->event->has_report || is->reported_at != s->now)
		return;
	narrate_role(s, out);
	narrate_link(s, out);
	narrate_data(s, out);
	narrate_position(s, out);
	if (is->is_proven && !was->is_proven)
		text_addf(out, "%s is seen to replicate the primary\n",
		    narrate_node(s, s->event->node));
}

/* ---- an operation has ended -------------------------------------------- */

static bool
narrate_was_waited_for(const struct task *task, const struct event *ev)
{
	return task->outcome == OUTCOME_WAITING && task->seq == ev->seq;
}

static void
narrate_result(const struct step *s, struct text *out)
{
	const struct cluster *c = s->before;
	const struct event *ev = s->event;
	const char *node = narrate_node(s, ev->node);

	if (narrate_was_waited_for(&c->journal, ev))
		text_add(out,
		    ev->is_ok
			? "the line of the journal is on disk\n"
			: "the line of the journal could not be written\n");
	else if (narrate_was_waited_for(&c->fence, ev))
		text_addf(out, "%s %s\n", node,
		    ev->is_ok ? "is fenced: it refuses writes"
			      : "could not be fenced");
	else if (narrate_was_waited_for(&c->promote, ev))
		text_addf(out, "%s %s\n", node,
		    ev->is_ok ? "was promoted" : "could not be promoted");
	else if (ev->node >= 0 &&
	    (narrate_was_waited_for(&c->nodes[ev->node].task, ev) ||
		narrate_was_waited_for(&c->nodes[ev->node].redial, ev)))
		text_addf(out, "%s %s what it was told\n", node,
		    ev->is_ok ? "has done" : "could not do");
	else
		text_add(
		    out, "an answer came that nothing waits for any more\n");
}

/* ---- the other events -------------------------------------------------- */

static void
narrate_order(const struct step *s, struct text *out)
{
	const struct order *order = &s->event->order;

	text_addf(out, "the operator orders a %s, to %s\n",
	    order_names[order->kind],
	    order->node >= 0 ? narrate_node(s, order->node) : "the best node");
}

static void
narrate_memory(const struct step *s, struct text *out)
{
	const struct memory *m = &s->event->memory;

	text_addf(out, "the journal remembers %s as primary, at epoch %llu",
	    narrate_node(s, m->primary), (unsigned long long)m->epoch);
	if (m->intended >= 0)
		text_addf(out,
		    ", and a promotion of %s that nobody has seen "
		    "the end of",
		    narrate_node(s, m->intended));
	text_add(out, "\n");
}

static void
narrate_barrier(const struct step *s, struct text *out)
{
	if (!s->before->is_barrier_reached && s->after->is_barrier_reached)
		text_addf(out,
		    "every worker has left the old primary (the "
		    "barrier of epoch %llu)\n",
		    (unsigned long long)s->event->epoch);
	else if (s->event->epoch >= s->after->epoch)
		text_addf(out, "every worker routes by epoch %llu\n",
		    (unsigned long long)s->event->epoch);
}

static void
narrate_configuration(const struct step *s, struct text *out)
{
	const struct event *ev = s->event;
	const char *node = narrate_node(s, ev->node);

	if (ev->kind == EV_NODE_REMOVE)
		text_addf(out, "%s was removed from the configuration\n", node);
	else if (ev->kind == EV_NODE_MOVE)
		text_addf(out,
		    "the name of %s has another address: it is as new\n", node);
	else if (s->before->nodes[ev->node].is_used)
		text_addf(
		    out, "the configuration of %s was read again\n", node);
	else
		text_addf(out, "%s was added, with priority %u\n", node,
		    ev->priority);
}

void
narrate_event(const struct step *s, struct text *out)
{
	const struct event *ev = s->event;

	switch (ev->kind) {
	case EV_TICK:
		break;
	case EV_VERDICT:
		narrate_verdict(s, out);
		narrate_report(s, out);
		break;
	case EV_PASSIVE:
		text_addf(out, "a worker met trouble with %s\n",
		    narrate_node(s, ev->node));
		break;
	case EV_RESULT:
		narrate_result(s, out);
		if (ev->node >= 0)
			narrate_report(s, out);
		break;
	case EV_BARRIER:
		narrate_barrier(s, out);
		break;
	case EV_CLOCK:
		text_add(out,
		    "regent itself slept: nothing is judged until every node "
		    "was asked afresh\n");
		break;
	case EV_ORDER:
		narrate_order(s, out);
		break;
	case EV_ADMIN:
		text_addf(out, "the operator sets %s to %s\n",
		    narrate_node(s, ev->node), admin_names[ev->admin]);
		break;
	case EV_REJOIN:
		text_addf(out,
		    "the operator lets %s give up its data and follow\n",
		    narrate_node(s, ev->node));
		break;
	case EV_PAUSE:
		text_addf(out, "the operator %s failover\n",
		    ev->is_ok ? "pauses" : "resumes");
		break;
	case EV_POLICY:
		text_add(out, "the configuration of the cluster was read\n");
		break;
	case EV_NODE_ADD:
	case EV_NODE_REMOVE:
	case EV_NODE_MOVE:
		narrate_configuration(s, out);
		break;
	case EV_REPLAY:
		narrate_memory(s, out);
		break;
	case EV_APPOINT:
		text_addf(out, "the authority says that %s is primary\n",
		    narrate_node(s, ev->node));
		break;
	case EV_COUNT:
		CHECK_NEVER("unknown event");
	}
}

void
narrate_step(const struct step *s, struct text *out)
{
	narrate_event(s, out);
	narrate_decision(s, out);
}
