#include "authority.h"

#include "world.h"

#define AUTHORITY_INTERVAL (100 * USEC_MS)

static void
authority_look_later(struct world *w)
{
	struct message m = { .kind = MSG_AUTHORITY };

	world_later(w, &m, AUTHORITY_INTERVAL);
}

void
authority_init(struct world *w)
{
	w->authority = (struct authority){ .primary = 0 };
	if (w->policy.mode == MODE_FOLLOW)
		authority_look_later(w);
}

static bool
authority_sees(const struct world *w, int slot)
{
	return database_is_running(&w->dbs[slot]) &&
	    net_is_open(w, slot, PLACE_AUTHORITY);
}

static bool
authority_is_better(const struct world *w, int a, int b)
{
	const struct database *x = &w->dbs[a], *y = &w->dbs[b];

	if (x->has_no_place != y->has_no_place)
		return y->has_no_place;
	return x->data.position > y->data.position;
}

static void
authority_promote(struct world *w)
{
	int best = NODE_NONE;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (authority_sees(w, i) &&
		    (best < 0 || authority_is_better(w, i, best)))
			best = i;
	if (best < 0)
		return;
	STORY(w, "the authority makes %s primary", world_name(best));
	w->authority = (struct authority){ .primary = best };
	database_promote(w, best, NO_OPERATION);
	w->dbs[best].saved_upstream = NODE_NONE;
}

static void
authority_align(struct world *w)
{
	int primary = w->authority.primary;

	for (int i = 0; i < w->setting.n_nodes; i++) {
		if (i == primary || !authority_sees(w, i) ||
		    w->dbs[i].upstream == primary)
			continue;
		STORY(w, "the authority tells %s to follow %s", world_name(i),
		    world_name(primary));
		(void)database_follow(w, i, primary); /* or at its next look */
	}
}

/* Regent is told each time: it may have been away. */
static void
authority_appoint(struct world *w)
{
	struct message m = { .kind = MSG_APPOINT,
		.slot = w->authority.primary,
		.life = w->guard.life };

	if (w->policy.has_authority)
		net_send(w, &m, PLACE_AUTHORITY, PLACE_HOST);
}

void
authority_on_look(struct world *w)
{
	struct authority *a = &w->authority;
	const struct database *db = &w->dbs[a->primary];

	authority_look_later(w);
	authority_appoint(w);
	if (authority_sees(w, a->primary) &&
	    (database_is_primary(db) || db->is_promoting)) {
		a->gone_at = 0;
		if (database_is_primary(db))
			authority_align(w);
		return;
	}
	if (a->gone_at == 0)
		a->gone_at = w->now;
	else if (w->now - a->gone_at >= w->setting.authority_us)
		authority_promote(w);
}
