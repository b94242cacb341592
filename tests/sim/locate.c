#include "locate.h"

#include "world.h"

static const char *const server_texts[] = {
	[SERVER_SAME] = "the same server by another address",
	[SERVER_RESTART] = "a server that was started with the same data",
	[SERVER_OLDER] = "a server with an older copy of its data",
	[SERVER_EMPTY] = "an empty server",
	[SERVER_FOREIGN] = "a primary with somebody else's data",
};

/* ---- the world ------------------------------------------------------- */

/* The server that was there is gone; nothing that was sent to it arrives. */
static void
locate_replace(struct world *w, int slot, enum server server)
{
	static const enum memory_kind memories[] = {
		[SERVER_RESTART] = MEMORY_ALL,
		[SERVER_OLDER] = MEMORY_OLDER,
		[SERVER_EMPTY] = MEMORY_NONE,
		[SERVER_FOREIGN] = MEMORY_NONE,
	};
	struct database *db = &w->dbs[slot];

	database_kill(w, slot);
	db->place_from = db->place;
	if (memories[server] == MEMORY_NONE) {
		db->saved_upstream = NODE_NONE;
		db->paused_until = 0;
	}
	database_start(w, slot, memories[server]);
	if (server == SERVER_FOREIGN)
		database_grow(w, slot, 1 + dice_below(&w->dice, 10000));
}

void
locate_move(struct world *w, int slot, enum server server)
{
	STORY(w, "the name of %s leads to %s", world_name(slot),
	    server_texts[server]);
	w->dbs[slot].place++;
	if (server != SERVER_SAME)
		locate_replace(w, slot, server);
}

static uint32_t
locate_place_of(const struct world *w, const struct message *m)
{
	switch (m->kind) {
	case MSG_ASK:
	case MSG_OPERATION:
		return (uint32_t)m->value;
	case MSG_WRITE:
		return w->annals.writes[m->value].place;
	default:
		return w->dbs[m->to].place; /* nodes find each other by name */
	}
}

bool
locate_is_astray(const struct world *w, const struct message *m)
{
	return locate_place_of(w, m) < w->dbs[m->to].place_from;
}

void
locate_refuse(struct world *w, const struct message *m)
{
	switch (m->kind) {
	case MSG_ASK:
		guard_on_ask(w, m);
		break;
	case MSG_OPERATION:
		guard_finish_operation(w, m->id, false);
		break;
	default:
		CHECK(m->kind == MSG_WRITE);
		crowd_on_refused(w, (uint32_t)m->value);
	}
}

/* ---- regent ---------------------------------------------------------- */

void
locate_find(struct world *w, int slot)
{
	w->guard.located[slot] =
	    (struct located){ .place = w->dbs[slot].place };
}

void
locate_tell(struct world *w, int slot)
{
	struct message m = { .kind = MSG_MOVED, .slot = slot };

	m.life = w->guard.life;
	world_later(w, &m, 0);
}

/* What was asked of it where it was has failed. */
static void
locate_fail_operations(struct world *w, int slot)
{
	for (uint32_t i = 0; i < OPERATIONS_MAX && w->guard.is_running; i++) {
		struct operation *o = &w->guard.operations[i];

		if (i < w->guard.n_operations && !o->is_over &&
		    o->life == w->guard.life && o->action.node == slot)
			guard_give_up_operation(w, o);
	}
}

/* As there: the routes lose the node before it is looked for. */
void
locate_on_moved(struct world *w, int slot)
{
	const struct event ev = { .kind = EV_NODE_MOVE, .node = slot };
	struct located *l = &w->guard.located[slot];

	if (!w->guard.brain.nodes[slot].is_used ||
	    l->place == w->dbs[slot].place)
		return;
	STORY(w, "regent: %s has another address", world_name(slot));
	*l = (struct located){ w->dbs[slot].place, true, false, UINT64_MAX };
	guard_open_probe(w, slot);
	locate_fail_operations(w, slot);
	if (w->guard.is_running)
		guard_feed(w, &ev);
	if (!w->guard.is_running)
		return;
	guard_publish(w);
	l->left_serial = w->guard.serial;
}

static void
locate_open(struct world *w, struct located *l)
{
	if (!l->is_withheld || !l->is_answered ||
	    crowd_acked(w) < l->left_serial)
		return;
	l->is_withheld = false;
	guard_publish(w);
}

void
locate_found(struct world *w, int slot)
{
	w->guard.located[slot].is_answered = true;
	locate_open(w, &w->guard.located[slot]);
}

void
locate_acked(struct world *w)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		locate_open(w, &w->guard.located[i]);
}

void
locate_withhold(const struct world *w, struct cluster_view *view)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->guard.located[i].is_withheld && view->writer == i)
			view->writer = NODE_NONE;
}
