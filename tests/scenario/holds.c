#include "holds.h"

#include "stage.h"

#include "core/candidate.h"

#include <string.h>

static bool
holds_text(const struct deed *deed, const char *text)
{
	return deed->why != NULL && strstr(deed->why, text) != NULL;
}

/* Whether it is what the condition speaks of. */
static bool
holds_of_deed(const struct item *item, const struct deed *d)
{
	const struct args *a = &item->args;

	switch (item->condition) {
	case CONDITION_TOLD:
		return d->kind == ACT_TELL && holds_text(d, a->text);
	case CONDITION_TOLD_OF:
		return d->kind == ACT_TELL && d->node == a->node[0] &&
		    holds_text(d, a->text);
	case CONDITION_DONE:
		return d->kind == ACT_ANSWER && d->is_ok;
	case CONDITION_REFUSED:
		return d->kind == ACT_ANSWER && !d->is_ok &&
		    holds_text(d, a->text);
	case CONDITION_PROMOTION:
		return d->kind == ACT_PROMOTE;
	case CONDITION_PROMOTION_OF:
		return d->kind == ACT_PROMOTE && d->node == a->node[0];
	default:
		return d->kind == a->operation && d->node == a->node[0];
	}
}

static bool
holds_deed(
    const struct stage *st, const struct item *item, const struct since *since)
{
	for (unsigned i = since->n_deeds; i < st->n_deeds; i++)
		if (holds_of_deed(item, &st->deeds[i]))
			return true;
	return false;
}

static bool
holds_cut(const struct stage *st, const struct since *since)
{
	const struct crowd *crowd = &st->world->crowd;
	uint64_t n = 0;

	for (unsigned i = 0; i < crowd->n_clients; i++)
		n += crowd->clients[i].session;
	return n > since->n_cuts;
}

unsigned
holds_lost(const struct stage *st)
{
	const struct world *w = st->world;
	int writer = w->jury.writer >= 0 ? w->jury.writer : w->jury.routed;
	unsigned n = 0;

	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		const struct write *write = &w->annals.writes[i];

		if (write->is_acked && writer >= 0 &&
		    !annals_has(&w->annals, &w->dbs[writer].data, &write->data))
			n++;
	}
	return n;
}

static bool
holds_follows(const struct world *w, int node, int upstream)
{
	const struct database *db = &w->dbs[node];

	return db->is_alive && db->upstream == upstream && db->link == LINK_UP;
}

static bool
holds_unfit(const struct cluster *c, const struct args *a)
{
	enum fitness fitness = candidate_fitness(c, a->node[0]);

	return fitness != FIT && strstr(fitness_texts[fitness], a->text);
}

/* What regent thinks and routes: nothing while it is dead. */
static bool
holds_of_brain(const struct world *w, const struct item *item)
{
	const struct cluster *c = &w->guard.brain;
	const struct args *a = &item->args;
	int node = a->node[0];

	if (!w->guard.is_running)
		return false;
	switch (item->condition) {
	case CONDITION_PHASE:
		return c->phase == a->phase;
	case CONDITION_PRIMARY:
	case CONDITION_NO_PRIMARY:
		return c->primary == node;
	case CONDITION_WRITER:
	case CONDITION_NO_WRITER:
		return c->published.writer == node;
	case CONDITION_READER:
		return c->published.nodes[node].is_reader;
	case CONDITION_QUARANTINED:
		return c->nodes[node].is_quarantined;
	case CONDITION_UP:
		return c->nodes[node].health.state == HEALTH_UP;
	case CONDITION_SUSPECT:
		return c->nodes[node].health.state == HEALTH_SUSPECT;
	case CONDITION_DOWN:
		return c->nodes[node].health.state == HEALTH_DOWN;
	case CONDITION_FIT:
		return candidate_fitness(c, node) == FIT;
	case CONDITION_UNFIT:
		return holds_unfit(c, a);
	case CONDITION_GIVEN_UP:
		return c->loss_bytes > 0;
	default:
		CHECK_NEVER("not of the brain");
	}
}

bool
holds(
    const struct stage *st, const struct item *item, const struct since *since)
{
	const struct world *w = st->world;
	const struct args *a = &item->args;

	switch (item->condition) {
	case CONDITION_TOLD:
	case CONDITION_TOLD_OF:
	case CONDITION_DONE:
	case CONDITION_REFUSED:
	case CONDITION_PROMOTION:
	case CONDITION_PROMOTION_OF:
	case CONDITION_OPERATED:
		return holds_deed(st, item, since);
	case CONDITION_FOLLOWS:
		return holds_follows(w, a->node[0], a->node[1]);
	case CONDITION_MASTER:
		return w->dbs[a->node[0]].is_alive &&
		    w->dbs[a->node[0]].upstream < 0;
	case CONDITION_WRITE:
		return w->n_acked > since->n_acked;
	case CONDITION_CUT:
		return holds_cut(st, since);
	case CONDITION_FAILOVERS:
		return w->n_failovers == a->number;
	case CONDITION_SWITCHOVERS:
		return w->n_switchovers == a->number;
	case CONDITION_LOST:
		return holds_lost(st) == a->number;
	case CONDITION_LOST_MOST:
		return holds_lost(st) <= a->number;
	case CONDITION_OUTAGE:
		return st->outage_us <= a->time;
	default:
		return holds_of_brain(w, item);
	}
}
