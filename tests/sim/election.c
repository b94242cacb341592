/*
 * election.c - whether the right node was chosen, counted once more from what
 * was told of each: by the jury's own head, not with the brain's functions.
 */
#include "world.h"

#include <string.h>

static bool
election_is_up(const struct world *w, int node)
{
	const struct witness *n = &w->jury.witnesses[node];

	return w->is_configured[node] && !n->is_down && n->doubt_at == 0;
}

/* Asked since no client of regent could be acknowledged by the primary. */
static bool
election_is_fresh(const struct world *w, int node)
{
	const struct jury *c = &w->jury;
	usec_t asked_at = c->witnesses[node].asked_at;

	return c->left_at > 0 && asked_at >= c->left_at &&
	    asked_at >= c->trusted_from;
}

/* Where the node said it was. */
static struct data
election_data(const struct witness *n)
{
	struct data data = { 0, n->report.position };
	const char *name = n->report.history;

	/* As database_name() wrote it. */
	if (*name == 'h')
		while (*++name != '\0')
			data.history =
			    data.history * 10 + (uint32_t)(*name - '0');
	return data;
}

/* One of the two has all that the other has. */
static bool
election_is_one_line(
    const struct world *w, const struct data *a, const struct data *b)
{
	return annals_has(&w->annals, a, b) || annals_has(&w->annals, b, a);
}

/* It could have been chosen as well. */
static bool
election_is_rival(const struct world *w, int node)
{
	const struct node *n = &w->guard.brain.nodes[node];
	const struct report *r = &w->jury.witnesses[node].report;
	struct data data = election_data(&w->jury.witnesses[node]);
	int primary = w->guard.brain.primary;

	/* It has what nobody may keep: it went on after a fork. */
	if (w->jury.line.history != 0 &&
	    !election_is_one_line(w, &data, &w->jury.line))
		return false;
	/* Asked anew since the last doubt; others count without it. */
	if (primary >= 0 &&
	    w->jury.witnesses[node].asked_at <
		w->jury.witnesses[primary].doubt_at)
		return false;
	return node != primary && election_is_up(w, node) &&
	    election_is_fresh(w, node) && r->role == ROLE_REPLICA &&
	    !r->is_loading && !r->is_never_promoted && n->priority > 0 &&
	    n->admin == ADMIN_READY && !n->is_quarantined && !n->is_excluded &&
	    !n->is_flapping;
}

/* Further, or else preferred by the operator, or else by its name. */
static bool
election_is_better(const struct world *w, int a, int b)
{
	const struct report *x = &w->jury.witnesses[a].report;
	const struct report *y = &w->jury.witnesses[b].report;
	const struct node *m = &w->guard.brain.nodes[a];
	const struct node *n = &w->guard.brain.nodes[b];

	if (x->position != y->position)
		return x->position > y->position;
	if (m->priority != n->priority)
		return m->priority > n->priority;
	return strcmp(m->name, n->name) < 0;
}

static void
election_compare(struct world *w, int node)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != node && election_is_rival(w, i) &&
		    strcmp(w->jury.witnesses[i].report.history,
			w->jury.witnesses[node].report.history) == 0 &&
		    election_is_better(w, i, node))
			jury_fail(w, INV_NO_LOSS, "%s is chosen, %s is better",
			    world_name(node), world_name(i));
}

void
election_decided(struct world *w, int node)
{
	const struct jury *c = &w->jury;
	const struct witness *n = &c->witnesses[node];
	struct data data = election_data(n);

	if (!election_is_up(w, node) || n->report.role != ROLE_REPLICA)
		jury_fail(w, INV_UNKNOWN,
		    "%s is chosen, and not known to be "
		    "a replica that is well",
		    world_name(node));
	if (!election_is_fresh(w, node))
		jury_fail(w, INV_NO_LOSS,
		    "%s is chosen by a position from before the barrier",
		    world_name(node));
	if (w->guard.brain.nodes[node].is_quarantined)
		jury_fail(w, INV_UNPROVEN, "%s is chosen, and quarantined",
		    world_name(node));
	if (c->line.history != 0 && data.history != 0 &&
	    !election_is_one_line(w, &data, &c->line))
		jury_fail(w, INV_NO_LOSS,
		    "%s is chosen, and its data is of another history",
		    world_name(node));
	if (node == c->failed_node &&
	    w->now - c->failed_at < w->policy.promote_timeout_us)
		jury_fail(w, INV_LIVE,
		    "%s is chosen, and its promotion failed just now",
		    world_name(node));
	election_compare(w, node);
}

void
election_routed(struct world *w, int node)
{
	w->jury.line = election_data(&w->jury.witnesses[node]);
	w->jury.incumbent = node;
	w->jury.open = NODE_NONE;
	w->jury.ordered = NODE_NONE;
	w->jury.is_blank = false;
	w->jury.failed_node = NODE_NONE;
	w->jury.witnesses[node].is_strange = false;
}

bool
election_is_ours(const struct world *w, int node)
{
	const struct witness *n = &w->jury.witnesses[node];
	struct data data = election_data(n);

	if (n->report.role != ROLE_PRIMARY)
		return true; /* whoever follows has given up what it had */
	return node == w->jury.incumbent &&
	    (w->jury.line.history == 0 ||
		annals_has(&w->annals, &data, &w->jury.line));
}

static unsigned
election_followers(const struct world *w, int node)
{
	unsigned n = 0;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i] &&
		    w->jury.witnesses[i].report.role == ROLE_REPLICA &&
		    w->jury.witnesses[i].report.upstream == node)
			n++;
	return n;
}

/* Another says the same of itself, has no less data, and is as popular. */
static bool
election_is_tied(const struct world *w, int node, int other)
{
	const struct witness *n = &w->jury.witnesses[other];

	return other != node && election_is_up(w, other) &&
	    n->report.role == ROLE_PRIMARY &&
	    n->asked_at >= w->jury.trusted_from &&
	    w->guard.brain.nodes[other].admin == ADMIN_READY &&
	    !w->guard.brain.nodes[other].is_quarantined &&
	    strcmp(n->report.history, w->jury.witnesses[node].report.history) ==
	    0 &&
	    n->report.position >= w->jury.witnesses[node].report.position &&
	    election_followers(w, other) >= election_followers(w, node);
}

/* What became of a promotion that was begun before regent's restart. */
static bool
election_is_open(const struct world *w)
{
	int open = w->jury.open;

	return open >= 0 && w->is_configured[open] &&
	    (!election_is_up(w, open) ||
		w->jury.witnesses[open].report.role != ROLE_REPLICA);
}

void
election_adopted(struct world *w, int node)
{
	const struct jury *c = &w->jury;

	if (w->policy.mode == MODE_FOLLOW || c->is_ordered || w->is_by_hand ||
	    node == c->open)
		return;
	if (election_is_open(w))
		jury_fail(w, INV_JOURNAL,
		    "%s is routed while nobody knows whether %s was promoted",
		    world_name(node), world_name(c->open));
	if (node == c->incumbent || node == c->failed_node)
		return;
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (!w->dbs[i].is_lying && election_is_tied(w, node, i))
			jury_fail(w, INV_TWO_PRIMARIES,
			    "%s is routed, and %s claims the same",
			    world_name(node), world_name(i));
}

/* It, or a replica, told of data in the old history that it lacks now. */
static bool
election_has_less(const struct world *w, const struct data *data)
{
	uint32_t history = w->jury.line.history;

	if (history == 0 || history == data->history)
		return history != 0 &&
		    !annals_has(&w->annals, data, &w->jury.line);
	for (int i = 0; i < w->setting.n_nodes; i++) {
		const struct witness *n = &w->jury.witnesses[i];
		struct data told = election_data(n);

		if (w->is_configured[i] && n->report.role == ROLE_REPLICA &&
		    told.history == history &&
		    !annals_has(&w->annals, data, &told))
			return true;
	}
	return !annals_has(&w->annals, data, &w->jury.line);
}

void
election_writer_reports(struct world *w, int node)
{
	struct data data = election_data(&w->jury.witnesses[node]);

	w->jury.known = data;
	/* What was known stands until it is routed under another history. */
	if (election_has_less(w, &data))
		w->jury.is_robbed = true;
	else if (data.history == w->jury.line.history)
		w->jury.line = data;
}

void
election_fenced(struct world *w, const struct action *a)
{
	struct jury *c = &w->jury;

	/* A new role is another matter. */
	if (a->node == c->fenced_node &&
	    (a->kind == ACT_UNFENCE || a->kind == ACT_DEMOTE ||
		a->kind == ACT_PROMOTE))
		c->fenced_node = NODE_NONE;
	if (a->kind != ACT_FENCE)
		return;
	c->fenced_node = a->node;
	c->fenced_until = w->now + a->timeout_us;
}

uint64_t
election_lag(const struct world *w, int node)
{
	struct data data = election_data(&w->jury.witnesses[node]);
	uint64_t most = (uint64_t)w->policy.max_lag_bytes;
	const struct data *line = &w->jury.line;

	if (most == 0 || line->history != data.history ||
	    line->position <= data.position + most)
		return 0;
	return line->position - data.position - most;
}

/* After the last rule has fired: what still stands is meant. */
void
election_settled(struct world *w)
{
	const struct jury *c = &w->jury;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i] && !c->witnesses[i].is_down &&
		    w->guard.brain.nodes[i].health.state == HEALTH_DOWN)
			jury_fail(w, INV_UNKNOWN,
			    "%s is taken for dead without enough failures",
			    world_name(i));
	if (c->writer == NODE_NONE)
		return;
	if (c->witnesses[c->writer].report.role == ROLE_REPLICA)
		jury_fail(w, INV_TWO_PRIMARIES,
		    "%s is routed, and says that it is a replica",
		    world_name(c->writer));
	/* A restart ends a fence too. */
	if (c->writer == c->fenced_node && w->now < c->fenced_until &&
	    w->now < w->dbs[c->writer].paused_until)
		jury_fail(w, INV_LIVE,
		    "%s is routed, and was told to refuse writes",
		    world_name(c->writer));
	if (c->is_robbed && w->policy.mode != MODE_FOLLOW)
		jury_fail(w, INV_NO_LOSS,
		    "%s stays routed, and has not the data it had",
		    world_name(c->writer));
}
