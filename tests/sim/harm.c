#include "harm.h"

#include "locate.h"
#include "operator.h"
#include "reload.h"
#include "world.h"

typedef void harm_fn(struct world *w, struct fault *f);

static void
harm_kill(struct world *w, struct fault *f)
{
	database_kill(w, f->node);
}

static void
harm_start(struct world *w, struct fault *f)
{
	database_start(w, f->node, MEMORY_ALL);
}

static void
harm_start_older(struct world *w, struct fault *f)
{
	database_start(w, f->node, MEMORY_OLDER);
}

static void
harm_start_empty(struct world *w, struct fault *f)
{
	database_start(w, f->node, MEMORY_NONE);
}

static void
harm_start_rogue(struct world *w, struct fault *f)
{
	if (!w->dbs[f->node].is_alive)
		w->dbs[f->node].saved_upstream = NODE_NONE;
	database_start(w, f->node, MEMORY_ALL);
}

static void
harm_freeze(struct world *w, struct fault *f)
{
	database_freeze(w, f->node);
}

static void
harm_resume(struct world *w, struct fault *f)
{
	database_resume(w, f->node);
}

static void
harm_block(struct world *w, struct fault *f, int from, int to)
{
	if (from == to || (f->blocked[from] & UINT32_C(1) << to) != 0)
		return;
	f->blocked[from] |= UINT32_C(1) << to;
	net_block(w, from, to);
}

/* Both directions or, as often, one of them. */
static void
harm_part(struct world *w, struct fault *f, int a, int b)
{
	unsigned how = dice_below(&f->dice, 4);

	if (how != 1)
		harm_block(w, f, a, b);
	if (how != 2)
		harm_block(w, f, b, a);
}

static void
harm_mend(struct world *w, struct fault *f)
{
	for (int from = 0; from < PLACE_COUNT; from++) {
		for (int to = 0; to < PLACE_COUNT; to++)
			if ((f->blocked[from] & UINT32_C(1) << to) != 0)
				net_unblock(w, from, to);
		f->blocked[from] = 0;
	}
}

static void
harm_cut(struct world *w, struct fault *f)
{
	harm_part(w, f, f->node, PLACE_HOST);
}

static void
harm_split(struct world *w, struct fault *f)
{
	harm_part(w, f, f->node, f->other);
}

static void
harm_alone(struct world *w, struct fault *f)
{
	harm_block(w, f, f->node, PLACE_HOST);
	harm_block(w, f, PLACE_HOST, f->node);
	for (int i = 0; i < w->setting.n_nodes; i++) {
		harm_block(w, f, f->node, i);
		harm_block(w, f, i, f->node);
	}
	harm_block(w, f, f->node, PLACE_AUTHORITY);
}

/* Any way between any two places may be blocked, each by itself. */
static void
harm_mesh(struct world *w, struct fault *f)
{
	unsigned permille = dice_below(&f->dice, 500);

	for (int from = 0; from < PLACE_COUNT; from++)
		for (int to = 0; to < PLACE_COUNT; to++)
			if (dice_chance(&f->dice, permille))
				harm_block(w, f, from, to);
}

/* Answers to clients get lost: what was written is not acknowledged. */
static void
harm_mute(struct world *w, struct fault *f)
{
	harm_block(w, f, PLACE_HOST, PLACE_CLIENTS);
}

static void
harm_slow(struct world *w, struct fault *f)
{
	w->net.extra_us = dice_between(&f->dice, USEC_MS, 200 * USEC_MS);
}

static void
harm_slow_end(struct world *w, struct fault *f)
{
	(void)f; /* the whole network is one */
	w->net.extra_us = 0;
}

static void
harm_mood(struct world *w, struct fault *f)
{
	w->dbs[f->node].mood = (enum mood)(MOOD_BUSY + dice_below(&f->dice, 4));
}

static void
harm_mood_end(struct world *w, struct fault *f)
{
	w->dbs[f->node].mood = MOOD_WELL;
}

static void
harm_lie(struct world *w, struct fault *f)
{
	w->dbs[f->node].is_lying = true;
}

static void
harm_lie_end(struct world *w, struct fault *f)
{
	w->dbs[f->node].is_lying = false;
}

static void
harm_flush(struct world *w, struct fault *f)
{
	w->dbs[f->node].is_disk_slow = true;
}

static void
harm_flush_end(struct world *w, struct fault *f)
{
	w->dbs[f->node].is_disk_slow = false;
}

/* Somebody tells it to follow another node, or a stranger. */
static void
harm_astray(struct world *w, struct fault *f)
{
	int upstream = dice_chance(&f->dice, 300) ? NODE_FOREIGN : f->other;

	if (database_is_running(&w->dbs[f->node]))
		(void)database_follow(w, f->node, upstream);
}

static void
harm_remove(struct world *w, struct fault *f)
{
	if (w->is_configured[f->node] && reload_may_remove(w, f->node))
		reload_set_node(w, f->node, false);
}

static void
harm_remove_end(struct world *w, struct fault *f)
{
	if (!w->is_configured[f->node])
		reload_set_node(w, f->node, true);
}

static void
harm_move(struct world *w, struct fault *f)
{
	static const enum server servers[] = { SERVER_SAME, SERVER_SAME,
		SERVER_RESTART, SERVER_RESTART, SERVER_OLDER, SERVER_EMPTY,
		SERVER_FOREIGN };
	unsigned n = w->setting.may_forget ? ARRAY_LEN(servers) : 4;

	locate_move(w, f->node, servers[dice_below(&f->dice, n)]);
}

/* Until then regent has asked where it was. */
static void
harm_move_end(struct world *w, struct fault *f)
{
	locate_tell(w, f->node);
}

static void
harm_policy(struct world *w, struct fault *f)
{
	struct policy policy = w->setting.policy;

	policy.sync_replicas =
	    dice_below(&f->dice, (unsigned)w->setting.n_nodes);
	policy.max_loss_bytes = dice_chance(&f->dice, 500) ? 100 : 1 << 20;
	policy.health.fall = 1 + dice_below(&f->dice, 3);
	if (policy.mode != MODE_FOLLOW)
		policy.mode =
		    dice_chance(&f->dice, 300) ? MODE_MANUAL : MODE_AUTO;
	reload_set_policy(w, &policy);
}

static void
harm_policy_end(struct world *w, struct fault *f)
{
	(void)f; /* whatever another one has set meanwhile */
	reload_set_policy(w, &w->setting.policy);
}

static void
harm_stall(struct world *w, struct fault *f)
{
	usec_t until = w->now + f->duration_us;

	if (until > w->guard.asleep_until)
		w->guard.asleep_until = until;
}

static void
harm_crash(struct world *w, struct fault *f)
{
	if (w->guard.is_running)
		guard_crash(w, dice_between(&f->dice, USEC_MS, USEC_SEC));
}

static void
harm_die(struct world *w, struct fault *f)
{
	w->guard.crash_after = 1 + dice_below(&f->dice, 12);
	w->guard.crash_us = dice_between(&f->dice, USEC_MS, USEC_SEC);
}

static void
harm_die_end(struct world *w, struct fault *f)
{
	(void)f; /* it had nothing to do meanwhile */
	w->guard.crash_after = 0;
}

static void
harm_stranger(struct world *w, struct fault *f)
{
	for (int i = 0; i < w->setting.n_nodes; i++)
		if (i != w->guard.brain.published.writer)
			database_grow(w, i, 1 + dice_below(&f->dice, 5000));
}

static void
harm_trouble(struct world *w, struct fault *f)
{
	w->trouble.n_on[f->kind]++;
}

static void
harm_trouble_end(struct world *w, struct fault *f)
{
	w->trouble.n_on[f->kind]--;
	journal_go_on(w); /* if the disk was it */
}

/* A node that nothing brings back. */
static void
harm_for_good(struct world *w, struct fault *f)
{
	w->dead = f->node;
	if (dice_chance(&f->dice, 500))
		database_kill(w, f->node);
	else
		database_freeze(w, f->node);
}

static const struct {
	harm_fn *begin;
	harm_fn *end; /* NULL: there is nothing to undo */
} harms[FAULT_COUNT] = {
	[FAULT_KILL] = { harm_kill, harm_start },
	[FAULT_OLDER] = { harm_kill, harm_start_older },
	[FAULT_EMPTY] = { harm_kill, harm_start_empty },
	[FAULT_ROGUE] = { harm_kill, harm_start_rogue },
	[FAULT_FREEZE] = { harm_freeze, harm_resume },
	[FAULT_CUT] = { harm_cut, harm_mend },
	[FAULT_SPLIT] = { harm_split, harm_mend },
	[FAULT_ALONE] = { harm_alone, harm_mend },
	[FAULT_MESH] = { harm_mesh, harm_mend },
	[FAULT_MUTE] = { harm_mute, harm_mend },
	[FAULT_SLOW] = { harm_slow, harm_slow_end },
	[FAULT_MOOD] = { harm_mood, harm_mood_end },
	[FAULT_LIE] = { harm_lie, harm_lie_end },
	[FAULT_FLUSH] = { harm_flush, harm_flush_end },
	[FAULT_ASTRAY] = { harm_astray, NULL },
	[FAULT_REMOVE] = { harm_remove, harm_remove_end },
	[FAULT_MOVE] = { harm_move, harm_move_end },
	[FAULT_POLICY] = { harm_policy, harm_policy_end },
	[FAULT_LOCAL] = { harm_trouble, harm_trouble_end },
	[FAULT_STALL] = { harm_stall, NULL },
	[FAULT_CRASH] = { harm_crash, NULL },
	[FAULT_DIE] = { harm_die, harm_die_end },
	[FAULT_DISK] = { harm_trouble, harm_trouble_end },
	[FAULT_HANG] = { harm_trouble, harm_trouble_end },
	[FAULT_OPS] = { harm_trouble, harm_trouble_end },
	[FAULT_WORKER] = { harm_trouble, harm_trouble_end },
	[FAULT_STRANGER] = { harm_stranger, NULL },
	[FAULT_SWITCH] = { operator_switch, NULL },
	[FAULT_FORCE] = { operator_force, NULL },
	[FAULT_PAUSE] = { operator_pause, operator_unpause },
	[FAULT_ADMIN] = { operator_admin, operator_admin_end },
	[FAULT_REJOIN] = { operator_rejoin, NULL },
	[FAULT_DEAD] = { harm_for_good, NULL },
};

void
harm_begin(struct world *w, struct fault *f)
{
	CHECK(harms[f->kind].begin != NULL);
	harms[f->kind].begin(w, f);
}

void
harm_end(struct world *w, struct fault *f)
{
	CHECK(harm_lasts(f->kind));
	harms[f->kind].end(w, f);
}

bool
harm_lasts(enum fault_kind kind)
{
	return harms[kind].end != NULL;
}
