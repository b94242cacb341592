#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* As FACT_SILENCE in src/core/facts.c. */
#define JURY_SILENCE (11 * USEC_SEC)

const char *const invariant_texts[INV_COUNT] = {
	[INV_ONE_WRITER] = "one writer: at most one an epoch, epochs only "
			   "grow, a new one only behind the barrier",
	[INV_NO_LOSS] = "no acknowledged write is lost",
	[INV_UNKNOWN] = "unknown is not down: no promotion without trusted "
			"evidence",
	[INV_SECOND_OPINION] = "second opinion: no promotion while a replica "
			       "hears the primary",
	[INV_TWO_PRIMARIES] = "two primaries are no primary for the newcomer",
	[INV_UNPROVEN] = "no unproven replica carries anything",
	[INV_JOURNAL] = "journal first",
	[INV_BOUNDED] = "bounded: failover_limit",
	[INV_LIVE] = "live: a writer is routed in time",
	[INV_SANE] = "rules settle",
	[INV_OBEY] = "nothing is promoted but by failover = auto or by order",
};

void
jury_fail(struct world *w, int invariant, const char *fmt, ...)
{
	struct jury *c = &w->jury;
	va_list ap;

	if (c->failed != 0)
		return;
	c->failed = invariant;
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	w->ending = END_FAILED;
	STORY(w, "BROKEN: %s: %s", invariant_texts[invariant], c->text);
}

void
jury_boot(struct world *w)
{
	const struct line *last = &w->guard.journal.last;
	struct jury *c = &w->jury;
	int failed = c->failed;

	memset(c, 0, sizeof(*c));
	c->failed = failed;
	c->writer = NODE_NONE;
	c->epoch_writer = NODE_NONE;
	c->routed = NODE_NONE;
	c->promise.node = NODE_NONE;
	c->failed_node = NODE_NONE;
	c->fenced_node = NODE_NONE;
	c->incumbent = NODE_NONE;
	c->open = NODE_NONE;
	c->told = NODE_NONE;
	c->is_blank = !w->guard.journal.has_memory;
	if (w->guard.journal.has_memory) {
		c->incumbent = w->guard.journal.memory.primary;
		c->open = w->guard.journal.memory.intended;
	}
	/* A name that is no longer in the configuration says nothing. */
	if (c->open >= 0 && !w->is_configured[c->open])
		c->open = NODE_NONE;
	c->told = c->open; /* as far as anybody knows */
	c->ordered = NODE_NONE;
	if (last->is_ordered)
		c->ordered =
		    last->record == RECORD_PRIMARY ? c->incumbent : c->open;
}

void
jury_init(struct world *w)
{
	w->jury.failed = 0;
	jury_boot(w);
}

static bool
jury_is_routed_anywhere(const struct world *w, int but)
{
	for (unsigned i = 0; i < w->crowd.n_workers; i++) {
		int writer = w->crowd.workers[i].view.writer;

		if (writer != NODE_NONE && writer != but)
			return true;
	}
	return false;
}

/* Every node that matters was judged since regent last could not judge. */
static bool
jury_is_trusted(const struct world *w)
{
	for (int i = 0; i < w->setting.n_nodes; i++) {
		const struct witness *n = &w->jury.witnesses[i];

		if (w->is_configured[i] &&
		    w->guard.brain.nodes[i].admin != ADMIN_MAINT &&
		    (n->judged_at == 0 || n->judged_at < w->jury.trusted_from))
			return false;
	}
	return true;
}

static bool
jury_is_heard(const struct world *w, int primary)
{
	const struct witness *p = &w->jury.witnesses[primary];

	for (int i = 0; i < w->setting.n_nodes; i++) {
		const struct witness *n = &w->jury.witnesses[i];

		if (n->is_down || n->doubt_at != 0 ||
		    n->report.role != ROLE_REPLICA ||
		    n->report.upstream != primary || !n->report.is_linked)
			continue;
		if (p->doubt_at > 0 && n->advanced_at >= p->doubt_at &&
		    w->now - n->advanced_at < JURY_SILENCE)
			return true;
	}
	return false;
}

/* An automatic failover has been decided. */
static void
jury_decision(struct world *w)
{
	const struct cluster *b = &w->guard.brain;
	const struct witness *p = &w->jury.witnesses[b->primary];
	const struct policy *policy = &w->policy;
	unsigned n = 0;

	if (policy->mode != MODE_AUTO)
		jury_fail(w, INV_OBEY, "decided without an order");
	if (w->jury.is_paused)
		jury_fail(w, INV_OBEY, "decided while failover is paused");
	if (!jury_is_trusted(w))
		jury_fail(w, INV_UNKNOWN,
		    "decided while not every node was "
		    "judged since the last stall");
	if (!p->is_down && p->report.role == ROLE_UNKNOWN)
		jury_fail(w, INV_UNKNOWN,
		    "%s was neither seen dead nor "
		    "as something else",
		    world_name(b->primary));
	if (p->is_down && jury_is_heard(w, b->primary))
		jury_fail(w, INV_SECOND_OPINION, "a replica hears %s",
		    world_name(b->primary));
	for (unsigned i = 0; i < w->jury.n_crowned; i++)
		if (w->now - w->jury.crowned_at[i] <=
		    policy->failover_window_us)
			n++;
	if (policy->failover_limit > 0 && n >= policy->failover_limit)
		jury_fail(w, INV_BOUNDED, "%u promotions already", n);
}

static void
jury_intent(struct world *w, const struct action *a)
{
	const struct cluster *b = &w->guard.brain;

	w->jury.promise = (struct promise){
		.node = a->node,
		.is_forced = b->order.kind == ORDER_FORCE,
		.is_switchover = b->order.kind == ORDER_SWITCHOVER,
		.sync_replicas = w->policy.sync_replicas,
		.max_loss_bytes = w->policy.max_loss_bytes,
	};
	if (b->order.kind == ORDER_NONE ||
	    (b->order.kind == ORDER_FAILOVER && b->order.node == NODE_NONE))
		election_decided(w, a->node);
	if (b->order.kind == ORDER_NONE)
		jury_decision(w);
	else if (b->order.kind == ORDER_FAILOVER && b->primary >= 0 &&
	    jury_is_heard(w, b->primary))
		jury_fail(w, INV_SECOND_OPINION,
		    "ordered, not forced, and a replica hears %s",
		    world_name(b->primary));
}

static void
jury_promotion(struct world *w, const struct action *a)
{
	struct promise *p = &w->jury.promise;
	const struct journal *j = &w->guard.journal;

	p->is_asked = true;
	w->jury.told = a->node;
	if (!j->has_memory || j->last.record != RECORD_INTENT ||
	    j->last.node != a->node || p->node != a->node)
		jury_fail(w, INV_JOURNAL, "no intent to promote %s is on disk",
		    world_name(a->node));
	if (jury_is_routed_anywhere(w, NODE_NONE))
		jury_fail(w, INV_ONE_WRITER,
		    "%s is promoted while a worker still routes another",
		    world_name(a->node));
	if (!p->is_forced && !p->is_switchover && !jury_is_trusted(w))
		jury_fail(w, INV_UNKNOWN,
		    "%s is promoted while judgement is suspended",
		    world_name(a->node));
}

static void
jury_follow(struct world *w, const struct action *a)
{
	if (w->policy.mode == MODE_FOLLOW)
		jury_fail(w, INV_OBEY, "%s is told whom to follow",
		    world_name(a->node));
	if (w->jury.witnesses[a->node].is_down)
		jury_fail(w, INV_UNKNOWN,
		    "%s is told whom to follow, and nobody knows what it is",
		    world_name(a->node));
	if (w->jury.witnesses[a->node].is_strange)
		jury_fail(w, INV_NO_LOSS,
		    "%s is told whom to follow: it has moved, and is the "
		    "primary of who knows what",
		    world_name(a->node));
	if (a->target != w->guard.brain.published.writer ||
	    a->node == a->target)
		jury_fail(w, INV_TWO_PRIMARIES,
		    "%s is told to follow %s, which is not routed",
		    world_name(a->node), world_name(a->target));
}

void
jury_action(struct world *w, const struct action *a)
{
	election_fenced(w, a);
	if (a->kind == ACT_JOURNAL && a->record == RECORD_INTENT)
		jury_intent(w, a);
	else if (a->kind == ACT_PROMOTE)
		jury_promotion(w, a);
	else if (a->kind == ACT_NOTE && a->record == RECORD_PRIMARY &&
	    !w->jury.promise.is_asked) /* of what was given up */
		w->jury.promise.node = NODE_NONE;
	else if (a->kind == ACT_DEMOTE || a->kind == ACT_REPOINT)
		jury_follow(w, a);
}

/*
 * After a restart a node that an intent names is believed when it claims to
 * be primary: it must not name another than the one that takes writes.
 */
static void
jury_told(struct world *w, int writer)
{
	const struct line *last = &w->guard.journal.last;
	int told = w->jury.told;

	if (told >= 0 && told != writer && w->guard.journal.has_memory &&
	    last->record == RECORD_INTENT && last->node == told)
		jury_fail(w, INV_JOURNAL,
		    "%s is routed, and the journal says that %s may have been "
		    "promoted",
		    world_name(writer), world_name(told));
	w->jury.told = NODE_NONE;
}

void
jury_written(struct world *w)
{
	w->jury.told = NODE_NONE;
}

static void
jury_new_writer(struct world *w, int writer)
{
	struct jury *c = &w->jury;

	if (jury_is_routed_anywhere(w, writer))
		jury_fail(w, INV_ONE_WRITER,
		    "%s is routed while a worker still routes another",
		    world_name(writer));
	jury_losses(w, writer);
	jury_told(w, writer);
	if (c->promise.node != writer)
		election_adopted(w, writer);
	if (c->promise.node == writer && c->promise.is_asked &&
	    c->promise.is_switchover)
		w->n_switchovers++;
	if (c->promise.node == writer && c->promise.is_asked &&
	    !c->promise.is_switchover) {
		w->n_failovers++;
		if (!c->promise.is_forced && c->n_crowned < 64)
			c->crowned_at[c->n_crowned++] = w->now;
	}
	c->promise = (struct promise){ .node = NODE_NONE };
	c->is_ordered = false;
	election_routed(w, writer);
	c->routed = writer;
	c->routed_at = w->now;
	c->known = (struct data){ 0, 0 };
}

static void
jury_writer(struct world *w, const struct cluster_view *view)
{
	struct jury *c = &w->jury;

	if (view->epoch < c->epoch)
		jury_fail(w, INV_ONE_WRITER, "epoch %llu after %llu",
		    (unsigned long long)view->epoch,
		    (unsigned long long)c->epoch);
	if (view->writer != NODE_NONE) {
		if (view->epoch == c->writer_epoch &&
		    view->writer != c->epoch_writer)
			jury_fail(w, INV_ONE_WRITER,
			    "two writers in epoch %llu",
			    (unsigned long long)view->epoch);
		c->writer_epoch = view->epoch;
		c->epoch_writer = view->writer;
	}
	if (view->writer != c->writer) {
		if (view->epoch == c->epoch && c->writer != NODE_NONE)
			jury_fail(w, INV_ONE_WRITER,
			    "the writer changes within epoch %llu",
			    (unsigned long long)view->epoch);
		c->writer = view->writer;
		c->is_robbed = false;
		if (view->writer != NODE_NONE)
			jury_new_writer(w, view->writer);
	}
	if (view->epoch != c->epoch)
		c->left_at = 0;
	c->epoch = view->epoch;
}

/* Nothing is seen of a replica between two probes. */
static usec_t
jury_grace(const struct world *w)
{
	usec_t probes = 3 * w->policy.health.interval_us;

	return probes > VIEW_READER_GRACE ? probes : VIEW_READER_GRACE;
}

static void
jury_reader(struct world *w, int slot)
{
	const struct jury *c = &w->jury;
	const struct witness *n = &c->witnesses[slot];

	if (n->report.role == ROLE_PRIMARY)
		jury_fail(w, INV_TWO_PRIMARIES,
		    "%s reads, and claims to be "
		    "primary",
		    world_name(slot));
	if (!n->is_proven || n->report.is_loading)
		jury_fail(w, INV_UNPROVEN,
		    "%s reads, but never was a replica of the primary since "
		    "it was down or restarted",
		    world_name(slot));
	if (c->writer != NODE_NONE && w->now - n->proven_at > jury_grace(w) &&
	    w->now - c->routed_at > jury_grace(w))
		jury_fail(w, INV_UNPROVEN,
		    "%s reads, but was no replica of %s for too long",
		    world_name(slot), world_name(c->writer));
	if (c->writer != NODE_NONE && election_lag(w, slot) > 0)
		jury_fail(w, INV_UNPROVEN, "%s reads, and lags beyond max_lag",
		    world_name(slot));
}

void
jury_step(struct world *w, const struct rule *rule)
{
	const struct cluster_view *view = &w->guard.brain.published;

	if (rule != NULL && strcmp(rule->name, "promote-failed") == 0) {
		w->jury.failed_node = w->jury.promise.node;
		w->jury.failed_at = w->now;
	}
	jury_writer(w, view);
	/* Readers are brought up to date by a rule of their own. */
	if (rule != NULL)
		return;
	election_settled(w);
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (view->nodes[i].is_reader && i != view->writer)
			jury_reader(w, i);
}

void
jury_routes(struct world *w)
{
	int routed = NODE_NONE;

	for (unsigned i = 0; i < w->crowd.n_workers; i++) {
		int writer = w->crowd.workers[i].view.writer;

		if (writer == NODE_NONE)
			continue;
		if (routed != NODE_NONE && writer != routed)
			jury_fail(w, INV_ONE_WRITER,
			    "workers route %s and %s at the same time",
			    world_name(routed), world_name(writer));
		routed = writer;
	}
}

/* Too few live replicas are left to acknowledge anything. */
static bool
jury_is_short(const struct world *w, int writer)
{
	unsigned n = 0;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != writer && w->is_configured[i] &&
		    database_is_running(&w->dbs[i]))
			n++;
	return n < w->policy.sync_replicas;
}

static bool
jury_is_settled(const struct world *w, const struct write *write)
{
	const struct cluster *b = &w->guard.brain;

	return w->is_healed && w->now > w->healed_at + 500 * USEC_MS &&
	    b->phase == PHASE_STEADY && b->published.writer == write->node &&
	    database_is_primary(&w->dbs[write->node]) &&
	    w->crowd.workers[0].view.writer == write->node;
}

/* The first write that is answered once all is well ends the schedule. */
static void
jury_settle(struct world *w, const struct write *write)
{
	if (w->is_healed && w->recover_us == 0)
		w->recover_us = w->now - w->healed_at;
	if (jury_is_settled(w, write) && w->ending == END_NONE)
		w->ending = END_SETTLED;
}

void
jury_ack(struct world *w, const struct write *write, int worker)
{
	int writer = w->guard.brain.published.writer;

	if (w->crowd.workers[worker].view.writer != write->node)
		jury_fail(w, INV_ONE_WRITER,
		    "a write was acknowledged by %s, which is not routed",
		    world_name(write->node));
	if (w->guard.is_running && writer != NODE_NONE && writer != write->node)
		jury_fail(w, INV_ONE_WRITER,
		    "%s acknowledged a write after %s was routed",
		    world_name(write->node), world_name(writer));
	jury_settle(w, write);
}

void
jury_made(struct world *w, const struct write *write)
{
	if (jury_is_short(w, write->node))
		jury_settle(w, write);
}
