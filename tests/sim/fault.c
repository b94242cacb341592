#include "harm.h"
#include "operator.h"
#include "world.h"

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
	if ((w->trial.faults & UINT64_C(1) << kind) == 0)
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
fault_draw_duration(struct fault *f)
{
	static const usec_t most[] = { 5, 5, 50, 50, 300, 300, 300, 1000, 1000,
		4000 };

	return dice_between(
	    &f->dice, 1, most[dice_below(&f->dice, ARRAY_LEN(most))] * USEC_MS);
}

static enum phase
fault_draw_phase(struct fault *f)
{
	static const enum phase phases[] = { PHASE_HOLD, PHASE_INTENT,
		PHASE_FENCE, PHASE_PROMOTE, PHASE_STEADY, PHASE_PLAN,
		PHASE_SWITCH, PHASE_CATCHUP };

	if (dice_chance(&f->dice, 500))
		return PHASE_COUNT;
	return phases[dice_below(&f->dice, ARRAY_LEN(phases))];
}

static bool
fault_is_dropped(const struct world *w, unsigned index)
{
	return (w->trial.drop & UINT32_C(1) << index) != 0;
}

static struct fault *
fault_add(struct world *w, enum fault_kind kind)
{
	struct fault *f = &w->plan[w->n_faults++];

	CHECK(w->n_faults <= FAULTS_MAX);
	f->kind = kind;
	f->phase = PHASE_COUNT;
	dice_seed(&f->dice, dice_draw(&w->dice));
	return f;
}

static void
fault_add_drawn(struct world *w)
{
	enum fault_kind kind = fault_draw_kind(w);
	struct message m = { .kind = MSG_FAULT, .slot = (int)w->n_faults };
	struct fault *f;

	if (kind == FAULT_COUNT)
		return;
	f = fault_add(w, kind);
	if (fault_is_dropped(w, (unsigned)m.slot))
		return;
	f->phase = fault_draw_phase(f);
	f->at = dice_between(&f->dice, 0, w->setting.faults_until);
	m.id = ++f->turn;
	world_later(w, &m, f->at);
}

void
fault_plan(struct world *w)
{
	unsigned n = 1 + dice_below(&w->dice, 6);

	for (unsigned i = 0; i < n; i++)
		fault_add_drawn(w);
	if (w->setting.keeps_one_dead && fault_is_allowed(w, FAULT_DEAD))
		(void)fault_add(w, FAULT_DEAD); /* begun by fault_heal() */
	w->heal_at = w->setting.faults_until;
}

bool
fault_is_on(const struct world *w, enum fault_kind kind)
{
	return w->trouble.n_on[kind] > 0;
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
		world_later(w, &m,
		    dice_between(&w->plan[i].dice, 0, 2 * w->net.delay_us[1]));
	}
}

/* The primary mostly: that is where it hurts. */
static int
fault_draw_node(struct world *w, struct fault *f)
{
	int primary = w->guard.brain.primary;

	if (w->guard.is_running && primary >= 0 && dice_chance(&f->dice, 600))
		return primary;
	return (int)dice_below(&f->dice, (unsigned)w->setting.n_nodes);
}

static void
fault_begin(struct world *w, struct fault *f)
{
	f->node = fault_draw_node(w, f);
	f->other = (int)dice_below(&f->dice, (unsigned)w->setting.n_nodes);
	f->is_on = harm_lasts(f->kind);
	f->began_at = w->now;
	f->duration_us = fault_draw_duration(f);
	STORY(w, "FAULT: %s: %s %s", fault_names[f->kind], world_name(f->node),
	    fault_texts[f->kind]);
	harm_begin(w, f);
}

static void
fault_on_begin(struct world *w, int index, uint32_t turn)
{
	struct fault *f = &w->plan[index];
	struct message m = { .kind = MSG_CURE, .slot = index };

	if (w->is_healed || f->is_on || f->turn != turn)
		return;
	fault_begin(w, f);
	if (f->is_on)
		world_later(w, &m, f->duration_us);
}

static void
fault_on_cure(struct world *w, int index)
{
	struct fault *f = &w->plan[index];

	if (!f->is_on)
		return;
	f->is_on = false;
	STORY(w, "CURE: %s of %s", fault_names[f->kind], world_name(f->node));
	harm_end(w, f);
}

static void
fault_heal(struct world *w)
{
	STORY(w, "HEAL: all faults end");
	for (unsigned i = 0; i < w->n_faults; i++)
		if (w->plan[i].is_on)
			fault_on_cure(w, (int)i);
	w->is_healed = true;
	w->healed_at = w->now;
	for (unsigned i = 0; i < w->n_faults; i++)
		if (w->plan[i].kind == FAULT_DEAD && !fault_is_dropped(w, i))
			fault_begin(w, &w->plan[i]);
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
		world_later(w, &judge, WORLD_GLANCE);
		break;
	case MSG_JUDGE:
		operator_judge(w);
		break;
	default:
		CHECK_NEVER("not a fault");
	}
}
