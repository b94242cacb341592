/*
 * retire.c - a guard that another process takes the place of (guard.h).
 */
#include "guard/guard_private.h"
#include "guard/legacy.h"

static bool
guard_is_waiting(const struct cluster *c)
{
	bool is_waiting = c->journal.outcome == OUTCOME_WAITING ||
	    c->recall.outcome == OUTCOME_WAITING ||
	    c->fence.outcome == OUTCOME_WAITING ||
	    c->promote.outcome == OUTCOME_WAITING;

	for (int i = 0; i < c->n_slots; i++)
		is_waiting = is_waiting ||
		    c->nodes[i].task.outcome == OUTCOME_WAITING ||
		    c->nodes[i].redial.outcome == OUTCOME_WAITING;
	return is_waiting;
}

/* What keeps a ward from being handed over, or NULL. */
static const char *
guard_noise_of(const struct ward *w)
{
	switch (w->brain.phase) {
	case PHASE_LEARN:
	case PHASE_STEADY:
	case PHASE_HOLD:
	case PHASE_LOST:
		break;
	case PHASE_INTENT:
	case PHASE_FENCE:
	case PHASE_PROMOTE:
	case PHASE_PLAN:
	case PHASE_SWITCH:
	case PHASE_CATCHUP:
		return "a failover or switchover is under way";
	case PHASE_COUNT:
		CHECK_NEVER("unknown phase");
	}
	if (w->answer != NULL)
		return "an operator waits for an answer";
	if (!list_is_empty(&w->operations) || guard_is_waiting(&w->brain))
		return "a node is being told something";
	if (!list_is_empty(&w->hooks) || w->herald.child != NULL)
		return "a command of the operator runs";
	return NULL;
}

bool
guard_is_quiet(const struct guard *g, const char **why)
{
	CHECK_OBJ(g, GUARD_MAGIC);
	*why = NULL;
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX && *why == NULL; i++)
		if (g->wards[i] != NULL)
			*why = guard_noise_of(g->wards[i]);
	if (*why == NULL && !journal_is_quiet(g->journal))
		*why = "the journal is being written";
	if (*why == NULL && g->effects->acked(g->effects->arg) < g->serial)
		*why = "workers have not acknowledged a change of routes";
	return *why == NULL;
}

void
guard_save(const struct guard *g, struct text *out)
{
	CHECK_OBJ(g, GUARD_MAGIC);
	legacy_write(g, out);
}

int
guard_lock_fd(const struct guard *g)
{
	CHECK_OBJ(g, GUARD_MAGIC);
	return journal_lock_fd(g->journal);
}

void
guard_resume(struct guard *g)
{
	CHECK_OBJ(g, GUARD_MAGIC);
	journal_look_again(g->journal);
}

void
guard_retire(struct guard *g)
{
	CHECK_OBJ(g, GUARD_MAGIC);
	timer_stop(&g->heartbeat);
	g->is_started = false;
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		ward_free(&g->wards[i]);
	journal_close(&g->journal);
}
