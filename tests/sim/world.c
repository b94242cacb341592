#include "world.h"

#include <stddef.h>
#include <string.h>

const char *const ending_texts[END_COUNT] = {
	[END_NONE] = "still going on",
	[END_SETTLED] = "settled",
	[END_NOBODY] = "no node was fit to be promoted",
	[END_LOSS] = "more than max_loss would have been given up",
	[END_POSITIONS] = "too few positions to be sure of no loss",
	[END_MANUAL] = "failover = manual",
	[END_LIMIT] = "failover_limit was reached",
	[END_UNKNOWN] = "it could not be told which node was primary",
	[END_RIVAL] = "a second primary was kept out: a replica less",
	[END_FULL] = "the model was full",
	[END_FAILED] = "an invariant was broken",
};

const char *
world_name(int place)
{
	static const char *const names[] = { "n1", "n2", "n3", "n4", "n5", "n6",
		"n7", "n8", "n9", "n10", "n11", "n12", "n13", "n14", "n15",
		"n16", "regent" };

	return place >= 0 && place < PLACE_COUNT ? names[place] : "nobody";
}

uint32_t
world_fork(struct world *w, const struct data *of)
{
	uint32_t history = annals_fork(&w->annals, of);

	if (history == 0)
		w->ending = END_FULL;
	return history;
}

void
world_push(struct world *w, const struct message *m)
{
	if (!heap_push(&w->heap, m))
		w->ending = END_FULL;
}

void
world_later(struct world *w, struct message *m, usec_t after)
{
	CHECK(after >= 0);
	m->from = PLACE_NONE;
	m->at = w->now + after;
	world_push(w, m);
}

/* Somebody else decides: seen in the roles, or told to regent as well. */
static void
world_draw_follow(struct world *w)
{
	w->setting.policy.mode = MODE_FOLLOW;
	w->setting.policy.has_authority = dice_chance(&w->dice, 500);
}

static void
world_draw_health(struct dice *d, struct health_policy *health)
{
	static const usec_t intervals[] = { 100, 200, 500, 500, 1000, 1000 };
	static const usec_t holds[] = { 0, 1, 5 };

	/* One draw a statement: in one expression their order is open. */
	health->fall = 1 + dice_below(d, 3);
	health->rise = 1 + dice_below(d, 2);
	health->interval_us =
	    intervals[dice_below(d, ARRAY_LEN(intervals))] * USEC_MS;
	health->flap_hold_us =
	    holds[dice_below(d, ARRAY_LEN(holds))] * USEC_SEC;
}

static void
world_draw_policy(struct world *w)
{
	static const usec_t timeouts[] = { 40, 60, 60, 100, 100, 150, 300,
		500 };
	struct policy *p = &w->setting.policy;
	struct dice *d = &w->dice;
	unsigned n = (unsigned)w->setting.n_nodes;

	w->setting.check_timeout_us =
	    timeouts[dice_below(d, ARRAY_LEN(timeouts))] * USEC_MS;
	*p = (struct policy){ .mode = MODE_AUTO, .has_roles = true };
	world_draw_health(d, &p->health);
	p->max_loss_bytes = dice_chance(d, 200) ? 100 : 1 << 20;
	p->max_lag_bytes = dice_chance(d, 300) ? 100 : 0;
	p->failover_limit = dice_chance(d, 100) ? 1 : 20;
	p->failover_window_us = 600 * USEC_SEC;
	p->fence_timeout_us = dice_between(d, 10, 100) * USEC_MS;
	p->promote_timeout_us = dice_between(d, 100, 1000) * USEC_MS;
	p->silence_us = 11 * USEC_SEC;
	p->unlink_us = 20 * USEC_MS;
	if (n > 1 && dice_chance(d, 500))
		p->sync_replicas = 1 + dice_below(d, n - 1);
	if (dice_chance(d, 60))
		world_draw_follow(w);
	else if (dice_chance(d, 40))
		p->mode = MODE_MANUAL;
}

/* Redis has applied what it has received; others may be far behind. */
static usec_t
world_draw_apply(struct dice *d)
{
	unsigned at = dice_below(d, 1000);

	if (at < 700)
		return 0;
	return (at < 930 ? 50 : at < 980 ? 400 : 3000) * USEC_MS;
}

/* How the databases keep what they have received. */
static void
world_draw_storage(struct world *w)
{
	struct dice *d = &w->dice;
	struct setting *s = &w->setting;

	if (dice_chance(d, 600))
		s->disk = DISK_KEEPS;
	else
		s->disk = dice_chance(d, 600) ? DISK_SYNCED : DISK_LAZY;
	s->flush_us = s->disk == DISK_LAZY ? dice_between(d, 50, 1000) * USEC_MS
					   : dice_between(d, 1, 20) * USEC_MS;
	s->has_lasting_fence = dice_chance(d, 300);
	s->apply_us = world_draw_apply(d);
	s->authority_us = dice_between(d, 100, 1000) * USEC_MS;
}

static usec_t
world_draw_barrier(struct dice *d)
{
	unsigned at = dice_below(d, 1000);

	return at < 700 ? 500 : (at < 900 ? 50 : 400) * USEC_MS;
}

static usec_t
world_draw_lag(struct dice *d)
{
	static const usec_t most[] = { 0, 1, 20, 800 };

	return most[dice_below(d, 4)] * USEC_MS;
}

static void
world_draw_times(struct world *w)
{
	/* Slow ways have more of what crosses, and fewer probes. */
	static const usec_t delays[][2] = { { 50, 200 }, { 200, 1000 },
		{ 200, 1000 }, { 500, 5000 }, { 500, 5000 }, { 500, 5000 },
		{ 1000, 10000 }, { 3000, 20000 } };
	struct dice *d = &w->dice;
	struct setting *s = &w->setting;

	memcpy(w->net.delay_us, delays[dice_below(d, ARRAY_LEN(delays))],
	    sizeof(w->net.delay_us));
	s->beat_us = dice_between(d, 50, 250) * USEC_MS;
	s->beat_busy_us = dice_between(d, 5, 25) * USEC_MS;
	s->disk_us[0] = 100;
	s->disk_us[1] = dice_chance(d, 800) ? 5 * USEC_MS : 80 * USEC_MS;
	s->worker_us[0] = 20;
	s->worker_us[1] = world_draw_barrier(d);
	s->think_us[0] = 10 * USEC_MS;
	s->think_us[1] = dice_between(d, 50, 400) * USEC_MS;
	for (int i = 0; i < s->n_nodes; i++)
		s->lag_us[i] = world_draw_lag(d);
	s->retry_us = dice_between(d, 20, 1000) * USEC_MS;
	s->join_us = dice_chance(d, 900) ? 20 * USEC_MS : s->retry_us;
	s->copy_us[0] = 10 * USEC_MS;
	s->copy_us[1] = dice_chance(d, 800) ? 100 * USEC_MS : USEC_SEC;
	s->link_timeout_us = dice_between(d, 3, 60) * USEC_SEC;
	s->faults_until = dice_between(d, 2, 12) * USEC_SEC;
	s->quiet_us = dice_chance(d, 50) ? USEC_NEVER
					 : dice_between(d, 10, 150) * USEC_MS;
}

/* Mostly three; the large ones are slow, and show little more. */
static int
world_draw_size(struct dice *d)
{
	unsigned at = dice_below(d, 1000);

	if (at < 700)
		return 3;
	if (at < 780)
		return 1 + (int)dice_below(d, 2);
	if (at < 970)
		return 4 + (int)dice_below(d, 2);
	return 6 + (int)dice_below(d, 4);
}

static void
world_draw(struct world *w)
{
	struct dice *d = &w->dice;
	struct setting *s = &w->setting;

	s->n_nodes = w->trial.n_nodes;
	if (s->n_nodes == 0)
		s->n_nodes = world_draw_size(d);
	for (int i = 0; i < s->n_nodes; i++)
		s->priority[i] =
		    dice_chance(d, 50) ? 0 : 100 + dice_below(d, 3);
	s->may_forget = dice_chance(d, 300);
	s->keeps_one_dead = s->n_nodes > 1 && dice_chance(d, 400);
	world_draw_policy(w);
	world_draw_times(w);
	world_draw_storage(w);
}

/* Only what must be: the tables are large and have counters of their own. */
static void
world_clear(struct world *w)
{
	memset(&w->setting, 0, sizeof(w->setting));
	memset(w->is_configured, 0, sizeof(w->is_configured));
	memset(w->net.n_blocks, 0, sizeof(w->net.n_blocks));
	w->net.extra_us = 0;
	w->net.n_held = 0;
	w->now = 0;
	heap_init(&w->heap);
	annals_init(&w->annals);
	memset(&w->guard, 0, sizeof(w->guard));
	memset((char *)w + offsetof(struct world, n_faults), 0,
	    sizeof(*w) - offsetof(struct world, n_faults));
	w->dead = NODE_NONE;
}

/* The first node is primary, the others follow it. */
static void
world_people(struct world *w)
{
	struct data none = { 0, 0 };

	w->policy = w->setting.policy;
	CHECK(annals_fork(&w->annals, &none) == 1);
	for (int i = 0; i < w->setting.n_nodes; i++) {
		w->is_configured[i] = true;
		database_init(w, i, i == 0 ? NODE_NONE : 0);
	}
}

void
world_init(struct world *w, const struct trial *trial)
{
	struct message start = { .kind = MSG_START };
	struct message heal = { .kind = MSG_HEAL };

	world_clear(w);
	w->hooks = NULL;
	w->trial = *trial;
	w->story.mode = trial->mode;
	w->setting.seed = trial->seed;
	dice_seed(&w->dice, trial->seed);
	world_draw(w);
	world_people(w);
	authority_init(w);
	crowd_init(w);
	jury_init(w);
	fault_plan(w);
	world_later(w, &start, 0);
	world_later(w, &heal, w->setting.faults_until);
}

void
world_init_scripted(struct world *w, const struct setting *setting,
    const struct hooks *hooks, void *arg)
{
	struct message start = { .kind = MSG_START };

	world_clear(w);
	w->hooks = hooks;
	w->hooks_arg = arg;
	w->setting = *setting;
	dice_seed(&w->dice, setting->seed);
	memcpy(w->net.delay_us, setting->net_us, sizeof(w->net.delay_us));
	world_people(w);
	crowd_init(w);
	jury_init(w);
	world_later(w, &start, 0);
}

void
world_script_later(struct world *w, int item, usec_t at)
{
	struct message m = { .kind = MSG_SCRIPT, .slot = item };

	world_later(w, &m, at - w->now);
}

static bool
world_is_quiet_at(const struct world *w, int slot)
{
	const struct database *db = &w->dbs[slot];
	const struct node *n = &w->guard.brain.nodes[slot];

	return db->is_alive && !db->is_frozen &&
	    (database_is_primary(db) || db->link == LINK_UP) &&
	    n->health.state == HEALTH_UP &&
	    (n->is_proven || slot == w->guard.brain.published.writer);
}

static bool
world_is_quiet(const struct world *w)
{
	if (!w->guard.is_running || w->guard.brain.phase != PHASE_STEADY ||
	    failover_is_busy(&w->guard.brain) || w->guard.is_order_open)
		return false;
	for (unsigned i = 0; i < w->n_faults; i++)
		if (w->plan[i].is_on)
			return false;
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (!world_is_quiet_at(w, i))
			return false;
	return true;
}

void
world_watch(struct world *w)
{
	if (w->is_healed || w->setting.quiet_us == USEC_NEVER)
		return;
	if (!world_is_quiet(w))
		w->quiet_from = w->now;
	else if (w->now - w->quiet_from > w->setting.quiet_us)
		fault_hasten(w);
}

static void
world_to_guard(struct world *w, const struct message *m)
{
	struct message later = *m;

	if (!w->guard.is_running || m->life != w->guard.life)
		return;
	if (w->now < w->guard.asleep_until) {
		later.from = PLACE_NONE;
		later.at = w->guard.asleep_until;
		world_push(w, &later);
		return;
	}
	guard_on_message(w, m);
}

static void
world_dispatch(struct world *w, const struct message *m)
{
	if (!net_deliver(w, m))
		return;
	switch (message_addressees[m->kind]) {
	case TO_GUARD:
		world_to_guard(w, m);
		break;
	case TO_CROWD:
		crowd_on_message(w, m);
		break;
	case TO_NODE:
		database_on_message(w, m);
		break;
	case TO_WORLD:
		if (m->kind == MSG_START)
			guard_boot(w);
		else if (m->kind == MSG_AUTHORITY)
			authority_on_look(w);
		else if (m->kind == MSG_SCRIPT)
			w->hooks->on_due(w, m->slot);
		else
			fault_on_message(w, m);
		break;
	}
}

bool
world_step(struct world *w)
{
	struct message m;

	if (w->ending != END_NONE || !heap_pop(&w->heap, &m))
		return false;
	CHECK(m.at >= w->now);
	w->now = m.at;
	world_dispatch(w, &m);
	return true;
}

void
world_run(struct world *w)
{
	while (world_step(w))
		continue;
	CHECK(w->ending != END_NONE);
	jury_end(w);
}
