#include "storage.h"

#include "replication.h"
#include "world.h"

static void
storage_flush_later(struct world *w, int slot)
{
	struct database *db = &w->dbs[slot];
	struct message m = { .kind = MSG_FLUSHED, .to = slot };
	usec_t most = w->setting.flush_us;

	if (w->setting.disk == DISK_KEEPS) {
		db->flushed = db->data.position;
		return;
	}
	if (db->is_flushing || db->flushed >= db->data.position)
		return;
	if (db->is_disk_slow)
		most += USEC_SEC;
	db->is_flushing = true;
	m.id = db->flush_id;
	m.value = db->data.position;
	world_later(w, &m, dice_between(&w->dice, 50, most));
}

/* All there is is on disk: files were written anew. */
static void
storage_is_flushed(struct database *db)
{
	db->flushed = db->data.position;
	db->is_flushing = false;
	db->flush_id++;
}

uint64_t
storage_told(const struct world *w, int slot)
{
	const struct database *db = &w->dbs[slot];

	return w->setting.disk == DISK_SYNCED ? db->flushed : db->data.position;
}

/* Replicas and, where that is what counts, upstream hear of it. */
static void
storage_spread(struct world *w, int slot)
{
	replication_confirm(w, slot, storage_told(w, slot));
	replication_flow(w, slot);
	storage_answer(w, slot);
}

void
storage_on_flushed(struct world *w, const struct message *m)
{
	struct database *db = &w->dbs[m->to];

	if (m->id != db->flush_id)
		return;
	db->is_flushing = false;
	if (m->value > db->flushed)
		db->flushed = m->value;
	storage_flush_later(w, m->to);
	if (w->setting.disk == DISK_SYNCED)
		storage_spread(w, m->to);
}

void
storage_receive(struct world *w, int slot, uint64_t position)
{
	struct database *db = &w->dbs[slot];

	CHECK(position >= db->data.position);
	db->data.position = position;
	storage_flush_later(w, slot);
	if (w->setting.disk != DISK_SYNCED)
		storage_spread(w, slot);
}

void
storage_write(struct world *w, int slot, uint32_t id)
{
	struct database *db = &w->dbs[slot];
	struct write *write = &w->annals.writes[id];
	struct data data = db->data;

	data.position += 20 + dice_below(&w->dice, 60);
	write->is_executed = true;
	write->data = data;
	if (db->n_waiting < QUEUE_MAX)
		db->waiting[db->n_waiting++] = id;
	jury_made(w, write);
	storage_receive(w, slot, data.position);
}

void
storage_answer(struct world *w, int slot)
{
	struct database *db = &w->dbs[slot];
	unsigned n = 0;

	for (unsigned i = 0; i < db->n_waiting; i++) {
		uint32_t id = db->waiting[i];
		uint64_t position = w->annals.writes[id].data.position;

		if (position <= storage_told(w, slot) &&
		    replication_is_done(w, slot, position))
			crowd_answer(w, slot, id);
		else
			db->waiting[n++] = id;
	}
	db->n_waiting = n;
}

void
storage_replace(struct world *w, int slot, const struct data *data)
{
	struct database *db = &w->dbs[slot];
	struct data had = db->data;

	db->data = *data;
	db->history_prev = 0;
	db->forked_at = 0;
	storage_is_flushed(db);
	jury_forgotten(w, slot, &had);
}

void
storage_fork(struct world *w, int slot)
{
	struct database *db = &w->dbs[slot];
	uint32_t history = world_fork(w, &db->data);

	db->history_prev = db->data.history;
	db->forked_at = db->data.position;
	db->data.history = history;
	storage_is_flushed(db);
}

void
storage_crash(struct world *w, int slot)
{
	struct database *db = &w->dbs[slot];
	struct data had = db->data;

	db->data.position = db->flushed;
	storage_is_flushed(db);
	if (had.position > db->data.position)
		jury_forgotten(w, slot, &had);
}

void
storage_lose(struct world *w, int slot, enum memory_kind memory)
{
	struct database *db = &w->dbs[slot];
	struct data had = db->data;
	uint64_t forked_at = w->annals.histories[had.history].forked_at;

	if (memory == MEMORY_NONE) {
		struct data none = { 0, 0 };

		none.history = world_fork(w, &none);
		storage_replace(w, slot, &none);
	} else if (memory == MEMORY_OLDER) {
		uint64_t less = dice_below(&w->dice, 400);

		if (had.position < forked_at + less)
			less = had.position - forked_at;
		db->data.position -= less;
		storage_is_flushed(db);
		jury_forgotten(w, slot, &had);
	}
}
