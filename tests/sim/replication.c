#include "replication.h"

#include "storage.h"
#include "world.h"

static void
replication_link_after(struct world *w, int slot, usec_t after)
{
	struct database *db = &w->dbs[slot];
	struct message m = { .kind = MSG_HANDSHAKE, .to = slot };

	db->link = LINK_DOWN;
	db->is_flowing = false;
	m.id = ++db->link_id;
	if (!database_is_primary(db) && db->is_alive)
		world_later(w, &m, after);
}

void
replication_restart(struct world *w, int slot, usec_t within)
{
	replication_link_after(
	    w, slot, dice_between(&w->dice, USEC_MS, within));
}

void
replication_redial(struct world *w, int slot)
{
	/* There and back, twice: to connect, and to say where to go on. */
	if (!database_is_primary(&w->dbs[slot]) && w->dbs[slot].link == LINK_UP)
		replication_link_after(w, slot, 4 * net_delay(w));
}

static void
replication_lose(struct world *w, int slot)
{
	replication_restart(w, slot, w->setting.retry_us);
}

/* One message at a time. */
static void
replication_flow_to(struct world *w, int upstream, int replica)
{
	struct database *db = &w->dbs[replica];
	const struct database *up = &w->dbs[upstream];
	struct message m = { .kind = MSG_STREAM, .slot = upstream };

	if (db->is_flowing || db->link != LINK_UP || db->upstream != upstream)
		return;
	/* The end of the link is on its way: nothing more comes by it. */
	if (!database_is_running(up) || up->instance != db->link_instance ||
	    up->data.history != db->data.history)
		return;
	m.value = storage_told(w, upstream);
	if (m.value <= db->data.position && m.value <= db->heard_position)
		return;
	db->is_flowing = true;
	db->heard_position = m.value;
	m.id = db->link_id;
	m.from = upstream;
	m.to = replica;
	m.at = w->now + dice_between(&w->dice, 0, w->setting.lag_us[replica]);
	m.at += net_delay(w);
	world_push(w, &m);
}

void
replication_flow(struct world *w, int slot)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != slot)
			replication_flow_to(w, slot, i);
}

void
replication_drop(struct world *w, int slot)
{
	for (int i = 0; i < w->setting.n_nodes; i++) {
		struct database *db = &w->dbs[i];
		struct message m = { .kind = MSG_UNLINK, .slot = slot };

		if (db->upstream != slot || db->link == LINK_DOWN)
			continue;
		m.id = db->link_id;
		net_send(w, &m, slot, i);
	}
}

/* Whether the upstream can go on where the replica is. */
static bool
replication_may_continue(const struct database *db, const struct database *up)
{
	if (db->has_no_place)
		return false;
	if (db->data.history == up->data.history)
		return db->data.position <= up->data.position;
	return db->data.history == up->history_prev &&
	    db->data.position <= up->forked_at;
}

static void
replication_link_up(struct world *w, int slot)
{
	struct database *db = &w->dbs[slot];
	const struct database *up = &w->dbs[db->upstream];
	struct message m = { .kind = MSG_QUIET, .to = slot, .id = db->link_id };

	if (db->data.history != up->data.history) {
		db->history_prev = db->data.history;
		db->forked_at = db->data.position;
		db->data.history = up->data.history;
	}
	db->link = LINK_UP;
	db->link_instance = up->instance;
	db->has_no_place = false;
	db->heard_at = w->now;
	db->heard_position = 0;
	world_later(w, &m, w->setting.link_timeout_us);
	replication_flow_to(w, db->upstream, slot);
}

/* The replica's data is thrown away only when the copy is complete. */
static void
replication_copy(struct world *w, int slot, const struct data *copy)
{
	struct database *db = &w->dbs[slot];
	struct message m = {
		.kind = MSG_COPIED, .to = slot, .id = db->link_id
	};

	db->link = LINK_COPYING;
	db->has_no_place = true;
	db->copy = *copy;
	world_later(w, &m,
	    dice_between(
		&w->dice, w->setting.copy_us[0], w->setting.copy_us[1]));
}

/* Somebody else's server: a copy of it has nothing of ours. */
static void
replication_copy_foreign(struct world *w, int slot)
{
	struct data none = { 0, 0 };

	if (dice_chance(&w->dice, 500)) {
		replication_lose(w, slot);
		return;
	}
	none.history = world_fork(w, &none);
	none.position = 1 + dice_below(&w->dice, 10000);
	replication_copy(w, slot, &none);
}

static void
replication_on_handshake(struct world *w, int slot, uint32_t id)
{
	struct database *db = &w->dbs[slot];
	const struct database *up;

	if (id != db->link_id || database_is_primary(db) || db->is_promoting ||
	    db->link != LINK_DOWN)
		return;
	if (db->upstream == NODE_FOREIGN) {
		replication_copy_foreign(w, slot);
		return;
	}
	up = &w->dbs[db->upstream];
	if (!database_is_running(up) || !net_is_open(w, slot, db->upstream) ||
	    (!database_is_primary(up) && up->link != LINK_UP)) {
		replication_lose(w, slot);
		return;
	}
	w->dbs[db->upstream].replicated[slot] = 0;
	if (replication_may_continue(db, up))
		replication_link_up(w, slot);
	else
		replication_copy(w, slot,
		    &(struct data){
			up->data.history, storage_told(w, db->upstream) });
}

static void
replication_on_copied(struct world *w, int slot, uint32_t id)
{
	struct database *db = &w->dbs[slot];

	if (id != db->link_id || db->link != LINK_COPYING)
		return;
	if (db->upstream >= 0 &&
	    (!w->dbs[db->upstream].is_alive ||
		!net_is_open(w, slot, db->upstream))) {
		replication_lose(w, slot);
		return;
	}
	storage_replace(w, slot, &db->copy);
	replication_drop(w, slot);
	if (db->upstream >= 0) {
		replication_link_up(w, slot);
	} else {
		db->link = LINK_UP;
		db->has_no_place = false;
	}
}

void
replication_confirm(struct world *w, int slot, uint64_t position)
{
	const struct database *db = &w->dbs[slot];
	struct message m = { .kind = MSG_REPLICATED, .slot = slot };

	if (db->link != LINK_UP || db->upstream < 0 ||
	    w->policy.sync_replicas == 0)
		return;
	m.id = db->link_id;
	m.value = position;
	net_send(w, &m, slot, db->upstream);
}

static void
replication_on_stream(struct world *w, const struct message *m)
{
	struct database *db = &w->dbs[m->to];

	if (m->id != db->link_id || db->link != LINK_UP)
		return;
	db->is_flowing = false;
	db->heard_at = w->now;
	if (m->value > db->data.position)
		storage_receive(w, m->to, m->value);
	else
		replication_confirm(w, m->to, storage_told(w, m->to));
	replication_flow_to(w, db->upstream, m->to);
}

bool
replication_is_done(const struct world *w, int slot, uint64_t position)
{
	unsigned n = 0;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->is_configured[i] &&
		    w->dbs[slot].replicated[i] >= position)
			n++;
	return n >= w->policy.sync_replicas;
}

static void
replication_on_replicated(struct world *w, const struct message *m)
{
	struct database *db = &w->dbs[m->to];

	if (!database_is_primary(db) || w->dbs[m->slot].upstream != m->to ||
	    w->dbs[m->slot].link_id != m->id ||
	    w->dbs[m->slot].link_instance != db->instance)
		return;
	if (m->value > db->replicated[m->slot])
		db->replicated[m->slot] = m->value;
	storage_answer(w, m->to);
}

/* A replica gives up a link that brings nothing for too long. */
static void
replication_on_quiet(struct world *w, const struct message *m)
{
	struct database *db = &w->dbs[m->to];
	struct message again = *m;
	usec_t left = db->heard_at + w->setting.link_timeout_us - w->now;

	if (m->id != db->link_id || db->link != LINK_UP)
		return;
	if (left <= 0)
		replication_lose(w, m->to);
	else
		world_later(w, &again, left);
}

void
replication_on_message(struct world *w, const struct message *m)
{
	switch (m->kind) {
	case MSG_STREAM:
		replication_on_stream(w, m);
		break;
	case MSG_REPLICATED:
		replication_on_replicated(w, m);
		break;
	case MSG_HANDSHAKE:
		replication_on_handshake(w, m->to, m->id);
		break;
	case MSG_COPIED:
		replication_on_copied(w, m->to, m->id);
		break;
	case MSG_UNLINK:
		if (m->id == w->dbs[m->to].link_id &&
		    w->dbs[m->to].link != LINK_DOWN)
			replication_lose(w, m->to);
		break;
	case MSG_QUIET:
		replication_on_quiet(w, m);
		break;
	default:
		CHECK_NEVER("not of replication");
	}
}
