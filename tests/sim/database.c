#include "world.h"

#include <stdio.h>
#include <string.h>

#define DATABASE_PING (10 * USEC_SEC)
#define DATABASE_PING_BYTES 14

static struct database *
database_of(struct world *w, int slot)
{
	CHECK(slot >= 0 && slot < NODES_MAX);
	return &w->dbs[slot];
}

static bool
database_is_running(const struct database *db)
{
	return db->is_alive && !db->is_frozen;
}

static void
database_fork(struct world *w, struct database *db)
{
	uint32_t history = annals_fork(&w->annals, &db->data);

	if (history == 0) {
		w->ending = END_FULL;
		return;
	}
	db->history_prev = db->data.history;
	db->forked_at = db->data.position;
	db->data.history = history;
}

static void
database_ping_later(struct world *w, int slot)
{
	struct message m = {
		.kind = MSG_PING, .to = slot, .id = w->dbs[slot].instance
	};

	world_later(w, &m, DATABASE_PING);
}

void
database_init(struct world *w, int slot, int upstream)
{
	struct database *db = database_of(w, slot);

	memset(db, 0, sizeof(*db));
	db->is_alive = true;
	db->instance = 1;
	db->upstream = upstream;
	db->saved_upstream = upstream;
	db->link_instance = 1;
	db->data = (struct data){ 1, 1000 };
	if (upstream >= 0)
		db->link = LINK_UP;
	else
		database_ping_later(w, slot);
}

static void
database_unlink_for(struct world *w, int slot, usec_t after)
{
	struct database *db = database_of(w, slot);
	struct message m = { .kind = MSG_HANDSHAKE, .to = slot };

	db->link = LINK_DOWN;
	db->is_flowing = false;
	m.id = ++db->link_id;
	if (db->upstream >= 0 && db->is_alive)
		world_later(w, &m, after);
}

static void
database_unlink(struct world *w, int slot)
{
	database_unlink_for(
	    w, slot, dice_between(&w->dice, USEC_MS, w->setting.retry_us));
}

void
database_redial(struct world *w, int slot)
{
	const struct database *db = database_of(w, slot);

	/* There and back, twice: to connect, and to say where to go on. */
	if (db->upstream >= 0 && db->link == LINK_UP)
		database_unlink_for(w, slot, 4 * net_delay(w));
}

/* Sends what is new to a replica, one message at a time. */
static void
database_flow(struct world *w, int upstream, int replica)
{
	struct database *db = database_of(w, replica);
	const struct database *up = &w->dbs[upstream];
	struct message m = { .kind = MSG_STREAM, .slot = upstream };

	if (db->is_flowing || db->link != LINK_UP || db->upstream != upstream)
		return;
	/* The end of the link is on its way: nothing more comes by it. */
	if (!database_is_running(up) || up->instance != db->link_instance ||
	    up->data.history != db->data.history)
		return;
	db->is_flowing = true;
	m.id = db->link_id;
	m.value = up->data.position;
	m.from = upstream;
	m.to = replica;
	m.at = w->now + net_delay(w) +
	    dice_between(&w->dice, 0, w->setting.lag_us[replica]);
	world_push(w, &m);
}

static void
database_flow_all(struct world *w, int slot)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != slot)
			database_flow(w, slot, i);
}

/* A new history, or none: replicas have to ask where to go on. */
static void
database_drop_replicas(struct world *w, int slot)
{
	for (int i = 0; i < w->setting.n_nodes; i++) {
		struct database *db = database_of(w, i);
		struct message m = { .kind = MSG_UNLINK, .slot = slot };

		if (db->upstream != slot || db->link == LINK_DOWN)
			continue;
		m.id = db->link_id;
		net_send(w, &m, slot, i);
	}
}

/* Acknowledged writes that the node had and has no more by its own fault. */
static void
database_forget(struct world *w, const struct data *had, const struct data *has)
{
	for (uint32_t i = 0; i < w->annals.n_writes; i++) {
		struct write *write = &w->annals.writes[i];

		if (write->is_executed &&
		    annals_has(&w->annals, had, &write->data) &&
		    !annals_has(&w->annals, has, &write->data))
			write->is_weak = true;
	}
}

void
database_kill(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);

	if (!db->is_alive)
		return;
	db->is_alive = false;
	db->is_frozen = false;
	db->n_waiting = 0;
	db->n_postponed = 0;
	db->n_inbox = 0;
	db->paused_until = 0;
	database_unlink(w, slot);
	database_drop_replicas(w, slot);
	guard_on_death(w, slot);
	crowd_on_death(w, slot);
}

static void
database_lose_memory(struct world *w, int slot, enum memory_kind memory)
{
	struct database *db = database_of(w, slot);
	struct data had = db->data;
	uint64_t forked_at = w->annals.histories[had.history].forked_at;

	if (memory == MEMORY_ALL)
		return;
	if (memory == MEMORY_NONE) {
		struct data none = { 0, 0 };

		db->data = none;
		db->history_prev = 0;
		db->forked_at = 0;
		db->data.history = annals_fork(&w->annals, &none);
		if (db->data.history == 0)
			w->ending = END_FULL;
	} else {
		uint64_t less = dice_below(&w->dice, 400);

		if (had.position < forked_at + less)
			less = had.position - forked_at;
		db->data.position -= less;
	}
	/* What an emptied primary forgot its replicas still have. */
	if (memory == MEMORY_OLDER || db->upstream >= 0)
		database_forget(w, &had, &db->data);
}

void
database_start(struct world *w, int slot, enum memory_kind memory)
{
	struct database *db = database_of(w, slot);

	if (db->is_alive)
		return;
	db->upstream = db->saved_upstream;
	database_lose_memory(w, slot, memory);
	db->is_alive = true;
	db->mood = MOOD_WELL;
	db->has_no_place = false;
	db->instance++;
	memset(db->replicated, 0, sizeof(db->replicated));
	if (db->upstream < 0) {
		if (memory != MEMORY_NONE)
			database_fork(w, db);
		database_ping_later(w, slot);
	}
	database_unlink(w, slot);
}

void
database_freeze(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);

	if (db->is_alive)
		db->is_frozen = true;
}

void
database_resume(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);
	unsigned n = db->n_inbox;

	if (!db->is_frozen)
		return;
	db->is_frozen = false;
	db->n_inbox = 0;
	for (unsigned i = 0; i < n; i++) {
		struct message m = db->inbox[i];

		m.at = w->now;
		m.from = PLACE_NONE; /* it has arrived already */
		world_push(w, &m);
	}
	database_flow_all(w, slot);
}

static void
database_execute(struct world *w, int slot, uint32_t id)
{
	struct database *db = database_of(w, slot);
	struct write *write = &w->annals.writes[id];

	db->data.position += 20 + dice_below(&w->dice, 60);
	write->is_executed = true;
	write->data = db->data;
	if (w->setting.policy.sync_replicas == 0)
		crowd_answer(w, slot, id);
	else if (db->n_waiting < QUEUE_MAX)
		db->waiting[db->n_waiting++] = id;
	jury_made(w, write);
	database_flow_all(w, slot);
}

void
database_on_write(struct world *w, int slot, uint32_t id)
{
	struct database *db = database_of(w, slot);

	if (!db->is_alive || db->upstream >= 0) {
		crowd_on_refused(w, id);
		return;
	}
	if (db->paused_until <= w->now)
		database_execute(w, slot, id);
	else if (db->n_postponed < QUEUE_MAX)
		db->postponed[db->n_postponed++] = id;
}

void
database_grow(struct world *w, int slot, uint64_t bytes)
{
	struct database *db = database_of(w, slot);

	if (!database_is_running(db) || db->upstream >= 0 ||
	    db->paused_until > w->now)
		return;
	db->data.position += bytes;
	database_flow_all(w, slot);
}

void
database_promote(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);

	if (db->upstream < 0)
		return;
	db->upstream = NODE_NONE;
	db->has_no_place = false;
	database_unlink(w, slot);
	memset(db->replicated, 0, sizeof(db->replicated));
	database_fork(w, db);
	database_drop_replicas(w, slot);
	database_ping_later(w, slot);
}

void
database_follow(struct world *w, int slot, int upstream)
{
	struct database *db = database_of(w, slot);

	db->saved_upstream = upstream;
	if (db->upstream != upstream) {
		db->upstream = upstream;
		db->n_waiting = 0;
		database_unlink_for(w, slot,
		    dice_between(&w->dice, USEC_MS, w->setting.join_us));
		database_drop_replicas(w, slot);
	}
	database_unfence(w, slot); /* what waited is refused */
}

void
database_fence(struct world *w, int slot, usec_t until)
{
	struct message m = { .kind = MSG_UNPAUSE, .to = slot };

	if (w->dbs[slot].paused_until < until)
		w->dbs[slot].paused_until = until;
	world_later(w, &m, until - w->now);
}

void
database_unfence(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);
	unsigned n = db->n_postponed;

	db->paused_until = 0;
	db->n_postponed = 0;
	for (unsigned i = 0; i < n; i++)
		database_on_write(w, slot, db->postponed[i]);
}

/* Whether the upstream can go on where the replica is. */
static bool
database_may_continue(const struct database *db, const struct database *up)
{
	if (db->has_no_place)
		return false;
	if (db->data.history == up->data.history)
		return db->data.position <= up->data.position;
	return db->data.history == up->history_prev &&
	    db->data.position <= up->forked_at;
}

static void
database_link_up(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);
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
	world_later(w, &m, w->setting.link_timeout_us);
	database_flow(w, db->upstream, slot);
}

/* The replica's data is thrown away only when the copy is complete. */
static void
database_copy(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);
	struct message m = {
		.kind = MSG_COPIED, .to = slot, .id = db->link_id
	};

	db->link = LINK_COPYING;
	db->has_no_place = true;
	db->copy = w->dbs[db->upstream].data;
	world_later(
	    w, &m, dice_between(&w->dice, 10 * USEC_MS, w->setting.copy_us));
}

static void
database_on_handshake(struct world *w, int slot, uint32_t id)
{
	struct database *db = database_of(w, slot);
	const struct database *up;

	if (id != db->link_id || db->upstream < 0 || db->link != LINK_DOWN)
		return;
	up = &w->dbs[db->upstream];
	if (!database_is_running(up) || !net_is_open(w, slot, db->upstream) ||
	    (up->upstream >= 0 && up->link != LINK_UP)) {
		database_unlink(w, slot);
		return;
	}
	w->dbs[db->upstream].replicated[slot] = 0;
	if (database_may_continue(db, up))
		database_link_up(w, slot);
	else
		database_copy(w, slot);
}

static void
database_on_copied(struct world *w, int slot, uint32_t id)
{
	struct database *db = database_of(w, slot);
	struct data had = db->data;

	if (id != db->link_id || db->link != LINK_COPYING)
		return;
	if (!w->dbs[db->upstream].is_alive ||
	    !net_is_open(w, slot, db->upstream)) {
		database_unlink(w, slot);
		return;
	}
	database_forget(w, &had, &db->copy);
	db->data = db->copy;
	db->history_prev = 0;
	db->forked_at = 0;
	database_drop_replicas(w, slot);
	database_link_up(w, slot);
}

static void
database_on_stream(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);
	struct message reply = { .kind = MSG_REPLICATED, .slot = m->to };

	if (m->id != db->link_id || db->link != LINK_UP)
		return;
	db->is_flowing = false;
	db->heard_at = w->now;
	if (m->value > db->data.position)
		db->data.position = m->value;
	reply.id = db->link_id;
	reply.value = db->data.position;
	if (w->setting.policy.sync_replicas > 0)
		net_send(w, &reply, m->to, db->upstream);
	if (w->dbs[db->upstream].data.position > db->data.position)
		database_flow(w, db->upstream, m->to);
	database_flow_all(w, m->to);
}

static bool
database_is_replicated(const struct world *w, int slot, uint64_t position)
{
	unsigned n = 0;

	for (int i = 0; i < w->setting.n_nodes; i++)
		if (w->dbs[slot].replicated[i] >= position)
			n++;
	return n >= w->setting.policy.sync_replicas;
}

static void
database_on_replicated(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);
	unsigned n = 0;

	if (db->upstream >= 0 || w->dbs[m->slot].upstream != m->to ||
	    w->dbs[m->slot].link_id != m->id)
		return;
	if (m->value > db->replicated[m->slot])
		db->replicated[m->slot] = m->value;
	for (unsigned i = 0; i < db->n_waiting; i++) {
		uint32_t id = db->waiting[i];

		if (database_is_replicated(
			w, m->to, w->annals.writes[id].data.position))
			crowd_answer(w, m->to, id);
		else
			db->waiting[n++] = id;
	}
	db->n_waiting = n;
}

static void
database_on_ping(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);

	if (!db->is_alive || db->instance != m->id || db->upstream >= 0)
		return;
	db->data.position += DATABASE_PING_BYTES;
	database_flow_all(w, m->to);
	database_ping_later(w, m->to);
}

/* A replica gives up a link that brings nothing for too long. */
static void
database_on_quiet(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);
	struct message again = *m;
	usec_t left = db->heard_at + w->setting.link_timeout_us - w->now;

	if (m->id != db->link_id || db->link != LINK_UP)
		return;
	if (left <= 0)
		database_unlink(w, m->to);
	else
		world_later(w, &again, left);
}

static void
database_handle(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);

	switch (m->kind) {
	case MSG_STREAM:
		database_on_stream(w, m);
		break;
	case MSG_REPLICATED:
		database_on_replicated(w, m);
		break;
	case MSG_HANDSHAKE:
		database_on_handshake(w, m->to, m->id);
		break;
	case MSG_COPIED:
		database_on_copied(w, m->to, m->id);
		break;
	case MSG_UNLINK:
		if (m->id == db->link_id && db->link != LINK_DOWN)
			database_unlink(w, m->to);
		break;
	case MSG_QUIET:
		database_on_quiet(w, m);
		break;
	case MSG_PING:
		database_on_ping(w, m);
		break;
	case MSG_UNPAUSE:
		if (w->now >= db->paused_until)
			database_unfence(w, m->to);
		break;
	case MSG_WRITE:
		database_on_write(w, m->to, (uint32_t)m->value);
		break;
	case MSG_ASK:
		guard_on_ask(w, m);
		break;
	case MSG_OPERATION:
		guard_on_operation(w, m);
		break;
	default:
		CHECK_NEVER("not for a database");
	}
}

void
database_on_message(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);

	if (db->is_frozen) {
		/* Its kernel takes what comes; what is too much is lost. */
		if (db->n_inbox < INBOX_MAX)
			db->inbox[db->n_inbox++] = *m;
		if (m->kind == MSG_ASK && m->life == w->guard.life) {
			guard_on_accept(w, m->to);
			guard_expect_silence(w, m->to, m->id);
		}
		return;
	}
	if (db->is_alive || m->kind == MSG_WRITE || m->kind == MSG_ASK ||
	    m->kind == MSG_OPERATION)
		database_handle(w, m);
}
