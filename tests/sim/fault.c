#include "operator.h"
#include "world.h"

#include <string.h>

const char *const fault_names[FAULT_COUNT] = {
#define FAULT(NAME, name, weight, text) [FAULT_##NAME] = #name,
#include "fault.def"
#undef FAULT
};

const char *const fault_texts[FAULT_COUNT] = {
#define FAULT(NAME, name, weight, text) [FAULT_##NAME] = text,
#include "fault.def"
#undef FAULT
};

static const unsigned fault_weights[FAULT_COUNT] = {
#define FAULT(NAME, name, weight, text) [FAULT_##NAME] = weight,
#include "fault.def"
#undef FAULT
};

static bool
fault_is_allowed(const struct world *w, enum fault_kind kind)
{
	if ((w->faults & UINT32_C(1) << kind) == 0)
		return false;
	return w->setting.may_forget ||
	    (kind != FAULT_OLDER && kind != FAULT_EMPTY && kind != FAULT_ROGUE);
}

static enum fault_kind
fault_draw_kind(struct world *w)
{
	unsigned total = 0, at;

	for (int i = 0; i < FAULT_COUNT; i++)
		if (fault_is_allowed(w, (enum fault_kind)i))
			total += fault_weights[i];
	if (total == 0)
		return FAULT_COUNT;
	at = dice_below(&w->dice, total);
	for (int i = 0; i < FAULT_COUNT; i++) {
		if (!fault_is_allowed(w, (enum fault_kind)i))
			continue;
		if (at < fault_weights[i])
			return (enum fault_kind)i;
		at -= fault_weights[i];
	}
	CHECK_NEVER("a weight too much");
}

/* Short ones matter as much as long ones. */
static usec_t
fault_draw_duration(struct world *w)
{
	static const usec_t most[] = { 5, 5, 50, 50, 300, 300, 300, 1000, 1000,
		4000 };

	return dice_between(
	    &w->dice, 1, most[dice_below(&w->dice, ARRAY_LEN(most))] * USEC_MS);
}

static enum phase
fault_draw_phase(struct world *w)
{
	static const enum phase phases[] = { PHASE_HOLD, PHASE_INTENT,
		PHASE_FENCE, PHASE_PROMOTE, PHASE_STEADY, PHASE_PLAN,
		PHASE_SWITCH, PHASE_CATCHUP };

	if (dice_chance(&w->dice, 500))
		return PHASE_COUNT;
	return phases[dice_below(&w->dice, ARRAY_LEN(phases))];
}

void
fault_plan(struct world *w)
{
	unsigned n = 1 + dice_below(&w->dice, 6);

	for (unsigned i = 0; i < n; i++) {
		enum fault_kind kind = fault_draw_kind(w);
		struct message m = { .kind = MSG_FAULT, .slot = (int)i };

		if (kind == FAULT_COUNT)
			return;
		w->plan[w->n_faults++] = (struct fault){ .kind = kind,
			.phase = fault_draw_phase(w),
			.at = dice_between(
			    &w->dice, 0, w->setting.faults_until) };
		m.id = ++w->plan[i].turn;
		world_later(w, &m, w->plan[i].at);
	}
	w->heal_at = w->setting.faults_until;
}

static struct fault *
fault_next(struct world *w)
{
	struct fault *next = NULL;

	for (unsigned i = 0; i < w->n_faults; i++)
		if (w->plan[i].at > w->now &&
		    (next == NULL || w->plan[i].at < next->at))
			next = &w->plan[i];
	return next;
}

void
fault_hasten(struct world *w)
{
	struct fault *f = fault_next(w);
	struct message m = { .kind = f != NULL ? MSG_FAULT : MSG_HEAL };
	usec_t at = w->now + dice_between(&w->dice, 1, 50 * USEC_MS);

	if (f == NULL && at < w->heal_at) {
		w->heal_at = at;
	} else if (f != NULL && at < f->at) {
		f->at = at;
		m.slot = (int)(f - w->plan);
		m.id = ++f->turn;
	} else {
		return;
	}
	STORY(w, "nothing is under way: the next fault is brought forward");
	world_later(w, &m, at - w->now);
}

/* The worst moments are those in which something is under way. */
void
fault_on_phase(struct world *w, enum phase phase)
{
	for (unsigned i = 0; i < w->n_faults; i++) {
		struct message m = { .kind = MSG_FAULT, .slot = (int)i };

		if (w->plan[i].phase != phase)
			continue;
		w->plan[i].phase = PHASE_COUNT;
		m.id = w->plan[i].turn;
		world_later(
		    w, &m, dice_between(&w->dice, 0, 2 * w->net.delay_us[1]));
	}
}

/* The primary mostly: that is where it hurts. */
static int
fault_draw_node(struct world *w)
{
	int primary = w->guard.brain.primary;

	if (w->guard.is_running && primary >= 0 && dice_chance(&w->dice, 600))
		return primary;
	return (int)dice_below(&w->dice, (unsigned)w->setting.n_nodes);
}

static void
fault_cut(struct world *w, int a, int b, unsigned how)
{
	if (a == b)
		return;
	if (how != 1)
		net_block(w, a, b);
	if (how != 2)
		net_block(w, b, a);
}

static void
fault_mend(struct world *w, int a, int b)
{
	net_unblock(w, a, b);
	net_unblock(w, b, a);
}

static void
fault_stall(struct world *w)
{
	usec_t until = w->now + fault_draw_duration(w);

	if (until > w->guard.asleep_until)
		w->guard.asleep_until = until;
}

static void
fault_crash(struct world *w)
{
	struct message m = { .kind = MSG_START };

	if (!w->guard.is_running)
		return;
	guard_crash(w);
	world_later(w, &m, dice_between(&w->dice, USEC_MS, USEC_SEC));
}

static void
fault_stranger(struct world *w)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != w->guard.brain.published.writer)
			database_grow(w, i, 1 + dice_below(&w->dice, 5000));
}

/* Faults that concern one node or the way to it. */
static void
fault_begin_at(struct world *w, struct fault *f)
{
	switch (f->kind) {
	case FAULT_KILL:
	case FAULT_OLDER:
	case FAULT_EMPTY:
	case FAULT_ROGUE:
		database_kill(w, f->node);
		break;
	case FAULT_FREEZE:
		database_freeze(w, f->node);
		break;
	case FAULT_CUT:
		fault_cut(w, f->node, PLACE_HOST, dice_below(&w->dice, 4));
		break;
	case FAULT_SPLIT:
		fault_cut(w, f->node, f->other, dice_below(&w->dice, 4));
		break;
	case FAULT_ALONE:
		fault_cut(w, f->node, PLACE_HOST, 0);
		for (int i = 0; i < w->setting.n_nodes; i++)
			fault_cut(w, f->node, i, 0);
		break;
	case FAULT_MOOD:
		w->dbs[f->node].mood =
		    (enum mood)(MOOD_BUSY + dice_below(&w->dice, 4));
		break;
	default:
		CHECK_NEVER("not of a node");
	}
}

static void
fault_begin(struct world *w, struct fault *f)
{
	switch (f->kind) {
	case FAULT_SLOW:
		w->net.extra_us =
		    dice_between(&w->dice, USEC_MS, 200 * USEC_MS);
		break;
	case FAULT_LOCAL:
		w->trouble.are_probes_local = true;
		break;
	case FAULT_STALL:
		fault_stall(w);
		break;
	case FAULT_CRASH:
		fault_crash(w);
		break;
	case FAULT_DISK:
		w->trouble.is_disk_full = true;
		break;
	case FAULT_HANG:
		w->trouble.is_disk_hanging = true;
		break;
	case FAULT_OPS:
		w->trouble.are_operations_bad = true;
		break;
	case FAULT_WORKER:
		w->trouble.is_worker_slow = true;
		break;
	case FAULT_STRANGER:
		fault_stranger(w);
		break;
	case FAULT_SWITCH:
	case FAULT_FORCE:
	case FAULT_PAUSE:
	case FAULT_ADMIN:
	case FAULT_REJOIN:
		operator_begin(w, f);
		break;
	default:
		fault_begin_at(w, f);
	}
}

static void
fault_restart(struct world *w, const struct fault *f)
{
	enum memory_kind memory = MEMORY_ALL;

	if (f->kind == FAULT_OLDER)
		memory = MEMORY_OLDER;
	if (f->kind == FAULT_EMPTY)
		memory = MEMORY_NONE;
	if (f->kind == FAULT_ROGUE && !w->dbs[f->node].is_alive)
		w->dbs[f->node].saved_upstream = NODE_NONE;
	database_start(w, f->node, memory);
}

static void
fault_mend_all(struct world *w, int node)
{
	fault_mend(w, node, PLACE_HOST);
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != node)
			fault_mend(w, node, i);
}

static void
fault_end(struct world *w, struct fault *f)
{
	switch (f->kind) {
	case FAULT_KILL:
	case FAULT_OLDER:
	case FAULT_EMPTY:
	case FAULT_ROGUE:
		fault_restart(w, f);
		break;
	case FAULT_FREEZE:
		database_resume(w, f->node);
		break;
	case FAULT_CUT:
	case FAULT_SPLIT:
	case FAULT_ALONE:
		fault_mend_all(w, f->node);
		break;
	case FAULT_SLOW:
		w->net.extra_us = 0;
		break;
	case FAULT_MOOD:
		w->dbs[f->node].mood = MOOD_WELL;
		break;
	case FAULT_LOCAL:
		w->trouble.are_probes_local = false;
		break;
	case FAULT_DISK:
		w->trouble.is_disk_full = false;
		break;
	case FAULT_HANG:
		w->trouble.is_disk_hanging = false;
		journal_go_on(w);
		break;
	case FAULT_OPS:
		w->trouble.are_operations_bad = false;
		break;
	case FAULT_WORKER:
		w->trouble.is_worker_slow = false;
		break;
	case FAULT_PAUSE:
	case FAULT_ADMIN:
		operator_end(w, f);
		break;
	case FAULT_STALL:
	case FAULT_CRASH:
	case FAULT_STRANGER:
	case FAULT_SWITCH:
	case FAULT_FORCE:
	case FAULT_REJOIN:
	case FAULT_COUNT:
		break;
	}
}

static void
fault_on_begin(struct world *w, int index, uint32_t turn)
{
	struct fault *f = &w->plan[index];
	struct message m = { .kind = MSG_CURE, .slot = index };

	if (w->is_healed || f->is_on || f->turn != turn)
		return;
	f->node = fault_draw_node(w);
	f->other = (int)dice_below(&w->dice, (unsigned)w->setting.n_nodes);
	f->is_on = true;
	STORY(w, "FAULT: %s: %s %s", fault_names[f->kind], world_name(f->node),
	    fault_texts[f->kind]);
	fault_begin(w, f);
	world_later(w, &m, fault_draw_duration(w));
}

static void
fault_on_cure(struct world *w, int index)
{
	struct fault *f = &w->plan[index];

	if (!f->is_on)
		return;
	f->is_on = false;
	STORY(w, "CURE: %s of %s", fault_names[f->kind], world_name(f->node));
	fault_end(w, f);
}

static void
fault_keep_one_dead(struct world *w)
{
	if (!w->setting.keeps_one_dead)
		return;
	w->dead = fault_draw_node(w);
	if (dice_chance(&w->dice, 500)) {
		STORY(w, "%s dies for good", world_name(w->dead));
		database_kill(w, w->dead);
	} else {
		STORY(w, "%s freezes for good", world_name(w->dead));
		database_freeze(w, w->dead);
	}
}

void
fault_heal(struct world *w)
{
	STORY(w, "HEAL: all faults end");
	for (unsigned i = 0; i < w->n_faults; i++)
		if (w->plan[i].is_on)
			fault_on_cure(w, (int)i);
	for (int i = 0; i < w->setting.n_nodes; i++) {
		fault_mend_all(w, i);
		database_resume(w, i);
		database_start(w, i, MEMORY_ALL);
		w->dbs[i].mood = MOOD_WELL;
	}
	w->is_healed = true;
	w->healed_at = w->now;
	fault_keep_one_dead(w);
}

void
fault_on_message(struct world *w, const struct message *m)
{
	struct message judge = { .kind = MSG_JUDGE };

	switch (m->kind) {
	case MSG_FAULT:
		fault_on_begin(w, m->slot, m->id);
		break;
	case MSG_CURE:
		fault_on_cure(w, m->slot);
		break;
	case MSG_HEAL:
		if (w->is_healed)
			return;
		fault_heal(w);
		world_later(w, &judge, WORLD_PATIENCE);
		break;
	case MSG_JUDGE:
		operator_judge(w);
		break;
	default:
		CHECK_NEVER("not a fault");
	}
}
