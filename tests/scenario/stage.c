#include "stage.h"

#include "act.h"
#include "holds.h"

#include "core/candidate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct stage *
stage_of(const struct world *w)
{
	return w->hooks_arg;
}

static void stage_fail(struct stage *st, const struct item *item,
    const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
stage_describe_node(struct stage *st, int slot)
{
	const struct world *w = st->world;
	const struct node *n = &w->guard.brain.nodes[slot];
	const struct database *db = &w->dbs[slot];

	text_addf(&st->failure, "    %s: %s", world_name(slot),
	    !db->is_alive       ? "dead"
		: db->is_frozen ? "frozen"
				: "alive");
	if (db->upstream < 0)
		text_addf(&st->failure, " primary");
	else
		text_addf(&st->failure, " replica of %s%s",
		    world_name(db->upstream),
		    db->link == LINK_UP ? "" : ", not linked");
	text_addf(&st->failure, " at h%u:%llu; seen as %s %s%s%s: %s\n",
	    db->data.history, (unsigned long long)db->data.position,
	    health_names[n->health.state], role_names[n->report.role],
	    w->guard.brain.published.nodes[slot].is_reader ? ", reader" : "",
	    n->is_quarantined ? ", quarantined" : "",
	    fitness_texts[candidate_fitness(&w->guard.brain, slot)]);
}

/* Where things stand. */
static void
stage_describe(struct stage *st)
{
	const struct world *w = st->world;
	const struct cluster *c = &w->guard.brain;

	text_addf(&st->failure,
	    "  at %.4fs: regent %s, phase %s since %.4fs (%s), primary %s, "
	    "writer %s, epoch %llu\n",
	    (double)w->now / (double)USEC_SEC,
	    w->guard.is_running ? "runs" : "is dead", phase_names[c->phase],
	    (double)c->phase_at / (double)USEC_SEC, c->why,
	    world_name(c->primary), world_name(c->published.writer),
	    (unsigned long long)c->epoch);
	text_addf(&st->failure,
	    "    failovers %u, switchovers %u, acknowledged %u, lost %u, "
	    "longest outage %lld ms\n",
	    w->n_failovers, w->n_switchovers, w->n_acked, holds_lost(st),
	    (long long)(st->outage_us / USEC_MS));
	for (int i = 0; i < w->setting.n_nodes; i++)
		stage_describe_node(st, i);
}

/* Only the first failure counts: the others may follow from it. */
static void
stage_fail(struct stage *st, const struct item *item, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	if (st->is_failed)
		return;
	st->is_failed = true;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	text_addf(&st->failure, "%s:%u: %s\n", st->script->name,
	    item != NULL ? item->line : 0, why);
	if (item != NULL)
		text_addf(&st->failure, "  expected: %s\n",
		    item->text + strspn(item->text, " \t"));
	stage_describe(st);
}

static struct since
stage_since(const struct stage *st)
{
	const struct crowd *crowd = &st->world->crowd;
	struct since s = { .n_deeds = st->n_deeds,
		.n_acked = st->world->n_acked };

	for (unsigned i = 0; i < crowd->n_clients; i++)
		s.n_cuts += crowd->clients[i].session;
	return s;
}

static bool
stage_is_met(const struct stage *st, unsigned i)
{
	const struct item *item = &st->script->items[i];

	return holds(st, item, &st->watches[i].since) != item->is_negated;
}

/* What lasts begins when all `by` above it are met, and counts from then. */
static void
stage_look_until(struct stage *st, unsigned i, bool was_waiting)
{
	struct watch *watch = &st->watches[i];

	if (!watch->is_begun && was_waiting)
		watch->since = stage_since(st);
	watch->is_begun = true;
	if (!stage_is_met(st, i))
		stage_fail(st, &st->script->items[i], "did not stay so");
}

/* One after the other, in the order of the file. */
static void
stage_look(struct stage *st)
{
	bool was_waiting = false;

	for (unsigned i = 0; i < st->script->n_items; i++) {
		const struct item *item = &st->script->items[i];
		struct watch *watch = &st->watches[i];

		if (item->kind == ITEM_BLOCK)
			was_waiting = false;
		if (item->kind != ITEM_EXPECT)
			continue;
		was_waiting = was_waiting || item->when == WHEN_BY;
		if (!watch->is_active)
			continue;
		if (item->when == WHEN_UNTIL)
			stage_look_until(st, i, was_waiting);
		if (item->when != WHEN_BY)
			continue;
		if (!stage_is_met(st, i))
			return;
		watch->is_active = false;
	}
}

/* The time of an expectation is over. */
static void
stage_on_deadline(struct stage *st, unsigned i)
{
	const struct item *item = &st->script->items[i];
	struct watch *watch = &st->watches[i];

	switch (item->when) {
	case WHEN_AT:
	case WHEN_END:
		if (!stage_is_met(st, i))
			stage_fail(st, item, "was not so");
		break;
	case WHEN_BY:
		stage_look(st);
		if (watch->is_active)
			stage_fail(st, item, "did not happen in time");
		break;
	case WHEN_UNTIL:
		if (!watch->is_begun)
			stage_fail(st, item,
			    "is over before what stands above it was met");
		watch->is_active = false;
		break;
	}
}

static bool
stage_is_in_block(const struct stage *st, unsigned i)
{
	return i < st->script->n_items &&
	    st->script->items[i].kind != ITEM_BLOCK;
}

/*
 * A block begins.  Its expectations count from before its command, and are
 * looked at after it; what waits for a phase may meet it in the command.
 */
static void
stage_begin(struct stage *st, unsigned block)
{
	const struct item *items = st->script->items;
	struct since since = stage_since(st);

	for (unsigned i = block; stage_is_in_block(st, i); i++)
		st->watches[i].is_active = items[i].kind == ITEM_TRIGGER;
	if (block > 0 && items[block - 1].has_command)
		act(st, &items[block - 1]);
	for (unsigned i = block; stage_is_in_block(st, i); i++) {
		if (items[i].kind != ITEM_EXPECT)
			continue;
		st->watches[i].is_active = true;
		st->watches[i].since = since;
	}
}

/* What is on the world's heap for a script: an item, and what of it. */
enum due { DUE_BLOCK, DUE_TRIGGER, DUE_DEADLINE, DUE_END, DUE_COUNT };

static void
stage_later(struct stage *st, enum due due, unsigned i, usec_t at)
{
	world_script_later(st->world, (int)(i * DUE_COUNT + due), at);
}

static void
stage_on_end(struct stage *st)
{
	for (unsigned i = 0; i < st->script->n_items; i++)
		if (st->script->items[i].kind == ITEM_EXPECT &&
		    st->script->items[i].when == WHEN_END)
			stage_on_deadline(st, i);
	st->is_over = true;
}

static void
stage_on_due(struct world *w, int item)
{
	struct stage *st = stage_of(w);
	unsigned i = (unsigned)item / DUE_COUNT;

	switch ((enum due)(item % DUE_COUNT)) {
	case DUE_BLOCK:
		stage_begin(st, i + 1);
		break;
	case DUE_TRIGGER:
		act(st, &st->script->items[i]);
		break;
	case DUE_DEADLINE:
		stage_on_deadline(st, i);
		break;
	case DUE_END:
		stage_on_end(st);
		break;
	case DUE_COUNT:
		CHECK_NEVER("nothing of an item");
	}
}

static void
stage_on_phase(struct world *w)
{
	struct stage *st = stage_of(w);

	for (unsigned i = 0; i < st->script->n_items; i++) {
		const struct item *item = &st->script->items[i];

		if (item->kind != ITEM_TRIGGER || !st->watches[i].is_active ||
		    item->phase != w->guard.brain.phase)
			continue;
		st->watches[i].is_active = false;
		stage_later(st, DUE_TRIGGER, i, w->now + item->delay);
	}
	stage_look(st);
}

void
stage_note(struct stage *st, const struct deed *deed)
{
	if (st->n_deeds == DEEDS_MAX)
		stage_fail(st, NULL, "regent does too much");
	else
		st->deeds[st->n_deeds++] = *deed;
}

static void
stage_on_action(struct world *w, const struct action *a)
{
	struct deed deed = { a->kind, a->node, a->is_ok, a->why };

	if (a->kind != ACT_PUBLISH && a->kind != ACT_NOTE &&
	    a->kind != ACT_JOURNAL)
		stage_note(stage_of(w), &deed);
}

static bool
stage_on_line(struct world *w, enum record record)
{
	struct stage *st = stage_of(w);
	bool is_crashing = st->is_crashing[record];

	st->is_crashing[record] = false;
	return is_crashing;
}

static enum luck
stage_on_operation(struct world *w, const struct action *a)
{
	return stage_of(w)->luck[a->node][a->kind];
}

static void
stage_on_report(const struct world *w, int slot, struct report *r)
{
	const struct stage *st = stage_of(w);

	switch (st->lies[slot]) {
	case COMMAND_LIE_PRIMARY:
		r->role = ROLE_PRIMARY;
		r->upstream = NODE_NONE;
		break;
	case COMMAND_LIE_REPLICA:
		r->role = ROLE_REPLICA;
		r->upstream = NODE_FOREIGN;
		break;
	default:
		break;
	}
}

static void
stage_measure(struct stage *st)
{
	const struct world *w = st->world;
	usec_t gap = w->now - st->acked_at;

	if (st->acked_at > 0 && gap > st->outage_us)
		st->outage_us = gap;
	if (w->n_acked != st->n_acked)
		st->acked_at = w->now;
	st->n_acked = w->n_acked;
}

/* Also links that are there from the start are given up when quiet. */
static void
stage_watch_links(struct world *w)
{
	for (int i = 1; i < w->setting.n_nodes; i++) {
		struct message quiet = { .kind = MSG_QUIET, .to = i };

		world_later(w, &quiet, w->setting.link_timeout_us);
	}
}

static void
stage_open(struct stage *st, struct world *w, const struct script *script)
{
	static const struct hooks hooks = {
		.on_due = stage_on_due,
		.on_phase = stage_on_phase,
		.on_action = stage_on_action,
		.on_line = stage_on_line,
		.on_operation = stage_on_operation,
		.on_report = stage_on_report,
	};

	memset(st, 0, sizeof(*st));
	st->world = w;
	st->script = script;
	for (int i = 0; i < NODES_MAX; i++) {
		st->lies[i] = COMMAND_TRUTH;
		for (int k = 0; k < ACT_COUNT; k++)
			st->luck[i][k] = LUCK_GOOD;
	}
	world_init_scripted(w, &script->setting, &hooks, st);
	stage_watch_links(w);
}

/* In the order of the file: what is due at one time happens in it. */
static void
stage_plan(struct stage *st)
{
	const struct script *s = st->script;

	stage_begin(st, 0);
	for (unsigned i = 0; i < s->n_items; i++) {
		const struct item *item = &s->items[i];

		if (item->kind == ITEM_BLOCK)
			stage_later(st, DUE_BLOCK, i, item->from);
		else if (item->kind == ITEM_EXPECT && item->when != WHEN_END &&
		    item->until < USEC_NEVER)
			stage_later(st, DUE_DEADLINE, i, item->until);
	}
	stage_later(st, DUE_END, 0, s->end);
}

bool
stage_run(struct stage *st, struct world *w, const struct script *script,
    enum story_mode mode)
{
	stage_open(st, w, script);
	w->story.mode = mode;
	stage_plan(st);
	while (!st->is_over && !st->is_failed && world_step(w)) {
		stage_measure(st);
		stage_look(st);
	}
	if (w->ending == END_FAILED)
		stage_fail(st, NULL, "invariant %d is broken (%s): %s",
		    w->jury.failed, invariant_texts[w->jury.failed],
		    w->jury.text);
	else if (w->ending != END_NONE)
		stage_fail(st, NULL, "%s", ending_texts[w->ending]);
	return !st->is_failed;
}

void
stage_fini(struct stage *st)
{
	text_fini(&st->failure);
}
