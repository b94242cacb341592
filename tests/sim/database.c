#include "replication.h"
#include "storage.h"
#include "world.h"

#include <stddef.h>
#include <string.h>

#define DATABASE_PING (10 * USEC_SEC)
#define DATABASE_PING_BYTES 14

static struct database *
database_of(struct world *w, int slot)
{
	CHECK(slot >= 0 && slot < NODES_MAX);
	return &w->dbs[slot];
}

bool
database_is_running(const struct database *db)
{
	return db->is_alive && !db->is_frozen;
}

bool
database_is_primary(const struct database *db)
{
	return db->upstream == NODE_NONE;
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

	memset(db, 0, offsetof(struct database, waiting));
	db->is_alive = true;
	db->instance = 1;
	db->upstream = upstream;
	db->saved_upstream = upstream;
	db->link_instance = 1;
	db->data = (struct data){ 1, 1000 };
	db->flushed = db->data.position;
	db->promoter = NO_OPERATION;
	if (upstream >= 0)
		db->link = LINK_UP;
	else
		database_ping_later(w, slot);
}

/* The promotion under way, if there is one, comes to nothing. */
static void
database_stop_promotion(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);

	db->promotion++;
	db->is_promoting = false;
	if (db->promoter != NO_OPERATION)
		guard_finish_operation(w, db->promoter, false);
	db->promoter = NO_OPERATION;
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
	if (!w->setting.has_lasting_fence)
		db->paused_until = 0;
	database_stop_promotion(w, slot);
	storage_crash(w, slot);
	replication_restart(w, slot, w->setting.retry_us);
	replication_drop(w, slot);
	guard_on_death(w, slot);
	crowd_on_death(w, slot);
}

void
database_start(struct world *w, int slot, enum memory_kind memory)
{
	struct database *db = database_of(w, slot);

	if (db->is_alive)
		return;
	db->upstream = db->saved_upstream;
	storage_lose(w, slot, memory);
	db->is_alive = true;
	db->mood = MOOD_WELL;
	db->has_no_place = false;
	db->instance++;
	memset(db->replicated, 0, sizeof(db->replicated));
	if (database_is_primary(db)) {
		if (memory != MEMORY_NONE)
			storage_fork(w, slot);
		database_ping_later(w, slot);
	}
	replication_restart(w, slot, w->setting.retry_us);
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
	replication_flow(w, slot);
}

void
database_on_write(struct world *w, int slot, uint32_t id)
{
	struct database *db = database_of(w, slot);

	if (!db->is_alive || !database_is_primary(db)) {
		crowd_on_refused(w, id);
		return;
	}
	if (db->paused_until <= w->now)
		storage_write(w, slot, id);
	else if (w->setting.has_lasting_fence)
		crowd_on_refused(w, id);
	else if (db->n_postponed < QUEUE_MAX)
		db->postponed[db->n_postponed++] = id;
}

void
database_grow(struct world *w, int slot, uint64_t bytes)
{
	struct database *db = database_of(w, slot);

	if (!database_is_running(db) || !database_is_primary(db) ||
	    db->paused_until > w->now)
		return;
	storage_receive(w, slot, db->data.position + bytes);
}

/* It has applied all that it had received, and takes writes. */
static void
database_be_primary(struct world *w, int slot)
{
	struct database *db = database_of(w, slot);
	uint32_t promoter = db->promoter;

	db->promoter = NO_OPERATION;
	db->is_promoting = false;
	db->upstream = NODE_NONE;
	db->has_no_place = false;
	if (w->setting.has_lasting_fence)
		db->paused_until = 0;
	replication_restart(w, slot, w->setting.retry_us);
	memset(db->replicated, 0, sizeof(db->replicated));
	storage_fork(w, slot);
	replication_drop(w, slot);
	database_ping_later(w, slot);
	if (promoter != NO_OPERATION)
		guard_finish_operation(w, promoter, true);
}

void
database_promote(struct world *w, int slot, uint32_t operation)
{
	struct database *db = database_of(w, slot);
	struct message m = { .kind = MSG_PROMOTED, .to = slot };
	usec_t apply_us = dice_between(&w->dice, 0, w->setting.apply_us);

	if (database_is_primary(db)) {
		if (operation != NO_OPERATION)
			guard_finish_operation(w, operation, true);
		return;
	}
	if (db->promoter != NO_OPERATION)
		guard_finish_operation(w, db->promoter, false);
	db->promoter = operation;
	if (db->is_promoting)
		return; /* and goes on with what it is doing */
	if (apply_us == 0) {
		database_be_primary(w, slot);
		return;
	}
	STORY(w, "%s applies what it has received", world_name(slot));
	db->is_promoting = true;
	replication_restart(w, slot, USEC_SEC);
	m.id = db->promotion;
	world_later(w, &m, apply_us);
}

bool
database_follow(struct world *w, int slot, int upstream)
{
	struct database *db = database_of(w, slot);

	if (db->is_promoting || upstream == slot)
		return false;
	db->saved_upstream = upstream;
	if (db->upstream != upstream) {
		db->upstream = upstream;
		db->n_waiting = 0;
		replication_restart(w, slot, w->setting.join_us);
		replication_drop(w, slot);
	}
	database_unfence(w, slot); /* what waited is refused */
	return true;
}

void
database_fence(struct world *w, int slot, usec_t until)
{
	struct message m = { .kind = MSG_UNPAUSE, .to = slot };

	if (w->setting.has_lasting_fence) {
		w->dbs[slot].paused_until = USEC_NEVER;
		return;
	}
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

static void
database_on_ping(struct world *w, const struct message *m)
{
	if (w->dbs[m->to].instance != m->id ||
	    !database_is_primary(&w->dbs[m->to]))
		return;
	storage_receive(
	    w, m->to, w->dbs[m->to].data.position + DATABASE_PING_BYTES);
	database_ping_later(w, m->to);
}

static void
database_handle(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);

	switch (m->kind) {
	case MSG_FLUSHED:
		storage_on_flushed(w, m);
		break;
	case MSG_PROMOTED:
		if (db->is_promoting && db->promotion == m->id)
			database_be_primary(w, m->to);
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
		replication_on_message(w, m);
	}
}

void
database_on_message(struct world *w, const struct message *m)
{
	struct database *db = database_of(w, m->to);

	if (locate_is_astray(w, m)) {
		locate_refuse(w, m);
		return;
	}
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
