/*
 * journal.c - the journal of the simulated guard: lines are written one at a
 * time, and what is on disk survives a crash.
 */
#include "world.h"

#include "core/candidate.h"

#include <string.h>

static void
journal_write_next(struct world *w)
{
	struct journal *j = &w->guard.journal;
	struct message m = { .kind = MSG_WRITTEN, .life = w->guard.life };

	if (j->is_writing || j->n == 0 || fault_is_on(w, FAULT_HANG))
		return;
	j->is_writing = true;
	world_later(w, &m,
	    dice_between(
		&w->dice, w->setting.disk_us[0], w->setting.disk_us[1]));
}

void
journal_append(struct world *w, const struct action *a)
{
	struct journal *j = &w->guard.journal;
	const struct cluster *c = &w->guard.brain;
	struct line *line;

	if (j->n == LINES_MAX)
		return; /* the disk does not keep up: told in the log only */
	line = &j->queue[j->n++];
	line->record = a->record;
	line->seq = a->seq;
	line->epoch = a->epoch;
	line->position = candidate_known(c);
	line->promised =
	    a->record == RECORD_INTENT ? c->nodes[a->node].promised : 0;
	line->sync_replicas = w->policy.sync_replicas;
	line->max_loss_bytes = w->policy.max_loss_bytes;
	/* That it is done is written before anybody is routed to it. */
	line->is_ordered = c->order.kind >= ORDER_FAILOVER ||
	    (a->record == RECORD_PRIMARY && w->jury.is_ordered);
	line->node = a->node;
	line->from = a->target;
	memcpy(line->history, c->history, HISTORY_LEN);
	journal_write_next(w);
}

/* As guard_on_replay in src/guard/guard.c reads the lines. */
static void
journal_keep(struct journal *j, const struct line *line)
{
	struct memory *m = &j->memory;

	j->has_memory = true;
	j->last = *line;
	m->epoch = line->epoch;
	m->position = line->position;
	m->promised = line->promised;
	memcpy(m->history, line->history, HISTORY_LEN);
	m->primary = line->record == RECORD_PRIMARY ? line->node : line->from;
	m->intended = line->record == RECORD_PRIMARY ? NODE_NONE : line->node;
}

void
journal_on_written(struct world *w)
{
	struct journal *j = &w->guard.journal;
	struct line line = j->queue[0];
	struct event ev = { .kind = EV_RESULT, .node = NODE_NONE };

	CHECK(j->n > 0);
	j->is_writing = false;
	j->n--;
	memmove(j->queue, j->queue + 1, j->n * sizeof(j->queue[0]));
	ev.seq = line.seq;
	ev.is_ok = !fault_is_on(w, FAULT_DISK);
	if (ev.is_ok)
		journal_keep(j, &line);
	if (ev.is_ok && line.record == RECORD_PRIMARY)
		jury_written(w);
	STORY(w, "journal: %s %s %s", record_names[line.record],
	    world_name(line.node), ev.is_ok ? "is on disk" : "FAILED");
	if (ev.is_ok && w->hooks != NULL && w->hooks->on_line(w, line.record)) {
		guard_crash(w, USEC_NEVER);
		return;
	}
	journal_write_next(w);
	if (ev.seq != 0)
		guard_feed(w, &ev);
}

/* The line that is being written may or may not have made it. */
void
journal_crash(struct world *w)
{
	struct journal *j = &w->guard.journal;

	if (j->is_writing && !fault_is_on(w, FAULT_DISK) &&
	    dice_chance(&w->dice, 500))
		journal_keep(j, &j->queue[0]);
	j->n = 0;
	j->is_writing = false;
}

void
journal_go_on(struct world *w)
{
	journal_write_next(w);
}
