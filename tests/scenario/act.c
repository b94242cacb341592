#include "act.h"

#include "reload.h"
#include "stage.h"

#include <stdio.h>

/* Stands for the places that a way may lead to. */
static void
act_cut(struct world *w, int a, int b, bool is_cut)
{
	if (a == b)
		return;
	if (is_cut && w->net.n_blocks[a][b] == 0)
		net_block(w, a, b);
	else if (!is_cut && w->net.n_blocks[a][b] > 0)
		net_unblock(w, a, b);
}

static void
act_cut_all(struct world *w, int node, bool is_cut)
{
	for (int i = 0; i < PLACE_COUNT; i++)
		if (i < w->setting.n_nodes || i == PLACE_HOST) {
			act_cut(w, node, i, is_cut);
			act_cut(w, i, node, is_cut);
		}
}

static void
act_on_network(struct world *w, enum command command, const struct args *a)
{
	switch (command) {
	case COMMAND_CUT_ONE_WAY:
		act_cut(w, a->node[0], a->node[1], true);
		break;
	case COMMAND_CUT:
	case COMMAND_HEAL:
		act_cut(w, a->node[0], a->node[1], command == COMMAND_CUT);
		act_cut(w, a->node[1], a->node[0], command == COMMAND_CUT);
		break;
	case COMMAND_CUT_ALL:
	case COMMAND_HEAL_NODE:
		act_cut_all(w, a->node[0], command == COMMAND_CUT_ALL);
		break;
	case COMMAND_HEAL_ALL:
		for (int i = 0; i < w->setting.n_nodes; i++)
			act_cut_all(w, i, false);
		break;
	default:
		CHECK(command == COMMAND_SLOW);
		w->net.extra_us = a->time;
	}
}

/* Without the last bytes of its history, as from an older file. */
static void
act_start_older(struct world *w, int node, uint64_t bytes)
{
	struct database *db = &w->dbs[node];
	struct data had = db->data;
	uint64_t first = w->annals.histories[had.history].forked_at;

	if (db->is_alive)
		return;
	db->data.position =
	    had.position < first + bytes ? first : had.position - bytes;
	db->flushed = db->data.position;
	jury_forgotten(w, node, &had);
	database_start(w, node, MEMORY_ALL);
}

static void
act_start(struct world *w, enum command command, const struct args *a)
{
	int node = a->node[0];

	switch (command) {
	case COMMAND_START_OLDER:
		act_start_older(w, node, a->number);
		break;
	case COMMAND_START_PRIMARY:
		w->dbs[node].saved_upstream = NODE_NONE;
		database_start(w, node, MEMORY_ALL);
		break;
	case COMMAND_RESTART:
		database_kill(w, node);
		database_start(w, node, MEMORY_ALL);
		break;
	case COMMAND_RESTART_EMPTY:
		database_kill(w, node);
		database_start(w, node, MEMORY_NONE);
		break;
	default:
		database_start(w, node,
		    command == COMMAND_START_EMPTY ? MEMORY_NONE : MEMORY_ALL);
	}
}

/* Regent looks the name up at once. */
static void
act_move(struct world *w, enum command command, int node)
{
	static const enum server servers[COMMAND_COUNT] = {
		[COMMAND_MOVE] = SERVER_SAME,
		[COMMAND_MOVE_RESTART] = SERVER_RESTART,
		[COMMAND_MOVE_EMPTY] = SERVER_EMPTY,
		[COMMAND_MOVE_FOREIGN] = SERVER_FOREIGN,
	};

	locate_move(w, node, servers[command]);
	locate_tell(w, node);
}

static void
act_mood(struct world *w, enum command command, int node)
{
	static const enum mood moods[COMMAND_COUNT] = {
		[COMMAND_WELL] = MOOD_WELL,
		[COMMAND_BUSY] = MOOD_BUSY,
		[COMMAND_LOGIN] = MOOD_LOGIN,
		[COMMAND_GARBAGE] = MOOD_GARBAGE,
		[COMMAND_CLOSED] = MOOD_CLOSED,
	};

	w->dbs[node].mood = moods[command];
}

/* Past regent: what is lost by that is nobody's promise. */
static void
act_by_hand(struct world *w, enum command command, const struct args *a)
{
	w->is_by_hand = true;
	if (command == COMMAND_HAND_PROMOTE) {
		database_promote(w, a->node[0], NO_OPERATION);
		w->dbs[a->node[0]].saved_upstream = NODE_NONE;
	} else {
		(void)database_follow(w, a->node[0], a->node[1]);
	}
}

static void
act_on_node(struct stage *st, enum command command, const struct args *a)
{
	struct world *w = st->world;
	int node = a->node[0];

	switch (command) {
	case COMMAND_KILL:
		database_kill(w, node);
		break;
	case COMMAND_FREEZE:
		database_freeze(w, node);
		break;
	case COMMAND_RESUME:
		database_resume(w, node);
		break;
	case COMMAND_WELL:
	case COMMAND_BUSY:
	case COMMAND_LOGIN:
	case COMMAND_GARBAGE:
	case COMMAND_CLOSED:
		act_mood(w, command, node);
		break;
	case COMMAND_LIE_PRIMARY:
	case COMMAND_LIE_REPLICA:
	case COMMAND_TRUTH:
		st->lies[node] = command;
		break;
	case COMMAND_STRANGER:
		database_grow(w, node, a->number);
		break;
	default:
		CHECK(command == COMMAND_HAND_PROMOTE ||
		    command == COMMAND_HAND_FOLLOW);
		act_by_hand(w, command, a);
	}
}

static void
act_operations(struct stage *st, enum command command, const struct args *a)
{
	static const enum luck lucks[COMMAND_COUNT] = {
		[COMMAND_FAIL] = LUCK_FAILS,
		[COMMAND_HANG] = LUCK_HANGS,
		[COMMAND_MUTE] = LUCK_MUTE,
		[COMMAND_ALLOW] = LUCK_GOOD,
	};

	st->luck[a->node[0]][a->operation] = lucks[command];
}

static void
act_disk(struct world *w, enum command command)
{
	w->trouble.n_on[FAULT_DISK] = command == COMMAND_DISK_FULL;
	w->trouble.n_on[FAULT_HANG] = command == COMMAND_DISK_HANGS;
	if (command == COMMAND_DISK_OK)
		journal_go_on(w);
}

static void
act_on_regent(struct stage *st, enum command command, const struct args *a)
{
	struct world *w = st->world;

	switch (command) {
	case COMMAND_CRASH:
	case COMMAND_RESTART_REGENT:
		if (w->guard.is_running)
			guard_crash(w, USEC_NEVER);
		if (command == COMMAND_RESTART_REGENT)
			guard_boot(w);
		break;
	case COMMAND_CRASH_INTENT:
		st->is_crashing[RECORD_INTENT] = true;
		break;
	case COMMAND_CRASH_PRIMARY:
		st->is_crashing[RECORD_PRIMARY] = true;
		break;
	case COMMAND_START_REGENT:
		if (!w->guard.is_running)
			guard_boot(w);
		break;
	case COMMAND_STALL:
		w->guard.asleep_until = w->now + a->time;
		break;
	case COMMAND_PROBES_FAIL:
	case COMMAND_PROBES_OK:
		w->trouble.n_on[FAULT_LOCAL] = command == COMMAND_PROBES_FAIL;
		break;
	case COMMAND_WORKER:
		w->setting.worker_us[0] = a->time;
		w->setting.worker_us[1] = a->time;
		break;
	default:
		act_disk(w, command);
	}
}

/* As guard_may_order() in src/guard/guard.c, in short. */
static const char *
act_refuse_order(const struct cluster *c, enum order_kind kind, bool is_primary)
{
	if (c->policy.mode == MODE_FOLLOW)
		return "something else moves the primary";
	if (kind == ORDER_SWITCHOVER) {
		if (is_primary)
			return "it is the primary already";
		return c->phase == PHASE_STEADY
		    ? NULL
		    : "a switchover needs a primary that serves";
	}
	return c->phase == PHASE_HOLD || c->phase == PHASE_LOST
	    ? NULL
	    : "a failover is for a cluster without primary";
}

static enum order_kind
act_order_kind(enum command command)
{
	switch (command) {
	case COMMAND_SWITCHOVER:
	case COMMAND_SWITCHOVER_TO:
		return ORDER_SWITCHOVER;
	case COMMAND_FAILOVER:
	case COMMAND_FAILOVER_TO:
		return ORDER_FAILOVER;
	case COMMAND_FORCE:
	case COMMAND_FORCE_TO:
		return ORDER_FORCE;
	default:
		return ORDER_NONE;
	}
}

/* As other functions there. */
static const char *
act_refusal(const struct world *w, enum command command, int node)
{
	const struct cluster *c = &w->guard.brain;
	bool is_primary = node >= 0 && node == c->primary;

	if (act_order_kind(command) != ORDER_NONE)
		return w->guard.is_order_open
		    ? "an order is under way"
		    : act_refuse_order(c, act_order_kind(command), is_primary);
	switch (command) {
	case COMMAND_DRAIN:
	case COMMAND_MAINT:
		return is_primary ? "it is the primary: switchover first"
				  : NULL;
	case COMMAND_REJOIN:
		if (is_primary)
			return "it is the primary";
		return c->phase == PHASE_STEADY
		    ? NULL
		    : "there is no primary to follow";
	case COMMAND_REMOVE:
		if (node == c->candidate)
			return "it is being promoted";
		return is_primary ? "it is the primary: switchover first"
				  : NULL;
	default:
		return NULL;
	}
}

static void
act_order(struct world *w, enum command command, int node)
{
	struct event ev = { .kind = EV_ORDER, .node = NODE_NONE };

	ev.order.kind = act_order_kind(command);
	ev.order.node = node;
	w->guard.is_order_open = true;
	guard_feed(w, &ev);
}

static void
act_admin(struct world *w, enum command command, int node)
{
	struct event ev = { .kind = EV_ADMIN, .node = node };

	ev.admin = ADMIN_READY;
	if (command == COMMAND_DRAIN)
		ev.admin = ADMIN_DRAIN;
	else if (command == COMMAND_MAINT)
		ev.admin = ADMIN_MAINT;
	guard_feed(w, &ev);
}

static void
act_of_operator(struct world *w, enum command command, int node)
{
	struct event ev = { .kind = EV_PAUSE, .node = NODE_NONE };

	switch (command) {
	case COMMAND_PAUSE:
	case COMMAND_UNPAUSE:
		ev.is_ok = command == COMMAND_PAUSE;
		guard_feed(w, &ev);
		break;
	case COMMAND_DRAIN:
	case COMMAND_MAINT:
	case COMMAND_READY:
		act_admin(w, command, node);
		break;
	case COMMAND_REJOIN:
		ev = (struct event){ .kind = EV_REJOIN, .node = node };
		guard_feed(w, &ev);
		break;
	case COMMAND_REMOVE:
		reload_set_node(w, node, false);
		break;
	case COMMAND_ADD:
		reload_set_node(w, node, true);
		break;
	default:
		act_order(w, command, node);
	}
}

/* The operator talks to regent, which must run and may refuse. */
static void
act_ask(struct stage *st, enum command command, const struct args *a)
{
	struct world *w = st->world;
	struct deed deed = { ACT_ANSWER, a->node[0], false, NULL };

	deed.why = w->guard.is_running ? act_refusal(w, command, a->node[0])
				       : "regent does not run";
	if (deed.why != NULL)
		stage_note(st, &deed);
	else
		act_of_operator(w, command, a->node[0]);
}

/* A reload: settings of nodes and of the cluster reach the brain. */
static void
act_set(struct world *w, enum setting_name name, const struct args *a)
{
	words_set(&w->setting, name, a);
	reload_set_policy(w, &w->setting.policy);
}

void
act(struct stage *st, const struct item *item)
{
	struct world *w = st->world;
	enum command command = (enum command)item->command;

	STORY(w, "SCRIPT: line %u: %s", item->line, item->text);
	if (item->is_setting)
		act_set(w, (enum setting_name)item->command, &item->args);
	else if (command >= COMMAND_SWITCHOVER)
		act_ask(st, command, &item->args);
	else if (command >= COMMAND_FAIL)
		act_operations(st, command, &item->args);
	else if (command >= COMMAND_CRASH)
		act_on_regent(st, command, &item->args);
	else if (command >= COMMAND_CUT)
		act_on_network(w, command, &item->args);
	else if (command >= COMMAND_MOVE && command <= COMMAND_MOVE_FOREIGN)
		act_move(w, command, item->args.node[0]);
	else if (command >= COMMAND_START && command <= COMMAND_RESTART_EMPTY)
		act_start(w, command, &item->args);
	else
		act_on_node(st, command, &item->args);
}
