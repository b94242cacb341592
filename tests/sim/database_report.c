/*
 * database_report.c - what a database says of itself when it is asked.
 */
#include "world.h"

#include <string.h>

/* A letter and a number: one for each probe is too often for snprintf. */
static void
database_name(char *name, char letter, uint32_t number)
{
	char digits[16];
	int n = 0;

	for (; number > 0; number /= 10)
		digits[n++] = (char)('0' + number % 10);
	*name++ = letter;
	while (n > 0)
		*name++ = digits[--n];
	*name = '\0';
}

static void
database_name_history(char *name, uint32_t history)
{
	if (history != 0)
		database_name(name, 'h', history);
}

static void
database_report_link(
    const struct world *w, const struct database *db, struct report *r)
{
	r->is_linked = db->link == LINK_UP;
	r->is_loading = db->link == LINK_COPYING;
	r->link_idle_us =
	    (w->now - db->heard_at) / USEC_SEC * USEC_SEC; /* whole seconds */
	if (db->has_no_place)
		r->position = 0;
}

/* It says the opposite of what it is, and all else that belongs to it. */
static void
database_lie(const struct world *w, int slot, struct report *r)
{
	if (database_is_primary(&w->dbs[slot])) {
		r->role = ROLE_REPLICA;
		r->upstream = (slot + 1) % w->setting.n_nodes;
		r->is_linked = true;
	} else {
		r->role = ROLE_PRIMARY;
		r->upstream = NODE_NONE;
		r->is_linked = false;
		r->is_loading = false;
	}
}

void
database_report(const struct world *w, int slot, struct report *r)
{
	const struct database *db = &w->dbs[slot];

	memset(r, 0, sizeof(*r));
	r->role = database_is_primary(db) ? ROLE_PRIMARY : ROLE_REPLICA;
	r->upstream = db->upstream;
	r->position = db->data.position;
	r->forked_at = db->forked_at;
	database_name_history(r->history, db->data.history);
	database_name_history(r->history_prev, db->history_prev);
	database_name(r->instance, 'i', db->instance);
	if (!database_is_primary(db))
		database_report_link(w, db, r);
	else
		r->is_read_only =
		    w->setting.has_lasting_fence && db->paused_until > w->now;
}

void
database_claim(const struct world *w, int slot, struct report *r)
{
	database_report(w, slot, r);
	if (w->dbs[slot].is_lying)
		database_lie(w, slot, r);
	if (w->hooks != NULL)
		w->hooks->on_report(w, slot, r);
}
