/*
 * contact.c - regent's questions and operations, as they arrive at a node.
 */
#include "replication.h"
#include "world.h"

static enum verdict
contact_verdict(const struct database *db, const struct probe *p, bool is_there)
{
	if (p->is_connected && (!is_there || p->instance != db->instance))
		return VERDICT_LOST;
	if (!is_there)
		return VERDICT_REFUSED;
	switch (db->mood) {
	case MOOD_BUSY:
		return VERDICT_ALIVE;
	case MOOD_LOGIN:
		return VERDICT_LOGIN;
	case MOOD_GARBAGE:
		return VERDICT_GARBAGE;
	case MOOD_CLOSED:
		return VERDICT_CLOSED;
	case MOOD_WELL:
		break;
	}
	return VERDICT_OK;
}

void
guard_on_accept(struct world *w, int slot)
{
	struct probe *p = &w->guard.probes[slot];

	/* Its answer to the SYN has to pass as well. */
	if (p->is_connected || !net_is_open(w, slot, PLACE_HOST))
		return;
	p->is_connected = true;
	p->instance = w->dbs[slot].instance;
}

void
guard_on_ask(struct world *w, const struct message *m)
{
	struct database *db = &w->dbs[m->slot];
	struct probe *p = &w->guard.probes[m->slot];
	struct message answer = { .kind = MSG_ANSWER, .slot = m->slot };
	bool is_there = db->is_alive && !locate_is_astray(w, m);

	if (m->life != w->guard.life || p->id != m->id || !p->is_asking)
		return;
	answer.id = m->id;
	answer.life = m->life;
	answer.value = (uint64_t)contact_verdict(db, p, is_there);
	if (answer.value == VERDICT_OK)
		database_claim(w, m->slot, &p->report);
	if (is_there && answer.value != VERDICT_LOST)
		guard_on_accept(w, m->slot);
	net_send(w, &answer, m->slot, PLACE_HOST);
	/* Known beforehand, as bytes that lie in the socket are. */
	p->answer_at = answer.at;
	if (answer.at > p->asked_at + w->setting.check_timeout_us)
		guard_expect_silence(w, m->slot, m->id);
}

void
guard_drop_answer(struct world *w, const struct message *m)
{
	struct probe *p = &w->guard.probes[m->slot];

	if (m->life != w->guard.life || p->id != m->id)
		return;
	p->answer_at = USEC_NEVER;
	guard_expect_silence(w, m->slot, m->id);
}

void
guard_on_death(struct world *w, int slot)
{
	struct probe *p = &w->guard.probes[slot];
	struct message m = { .kind = MSG_LOST, .slot = slot };

	if (!p->is_connected || p->instance != w->dbs[slot].instance)
		return;
	m.id = p->instance;
	m.life = w->guard.life;
	net_send(w, &m, slot, PLACE_HOST);
}

/* Whether it could be done; a promotion is answered when it is over. */
static bool
contact_operate(struct world *w, const struct operation *o, uint32_t id)
{
	const struct action *a = &o->action;
	struct database *db = &w->dbs[a->node];
	usec_t pause = 2 * w->policy.promote_timeout_us;

	STORY(
	    w, "%s carries out %s", world_name(a->node), action_names[a->kind]);
	switch (a->kind) {
	case ACT_FENCE:
		database_fence(w, a->node, w->now + pause);
		return true;
	case ACT_UNFENCE:
		database_unfence(w, a->node);
		return true;
	case ACT_PROMOTE:
		database_promote(w, a->node, id);
		return true;
	case ACT_DEMOTE:
	case ACT_REPOINT:
		return database_follow(w, a->node, a->target);
	case ACT_REDIAL:
		replication_redial(w, a->node);
		return true;
	case ACT_PERSIST:
		db->saved_upstream = db->upstream;
		return true;
	default:
		CHECK_NEVER("not an operation");
	}
}

static struct operation *
contact_find(struct world *w, uint32_t id)
{
	if (id + OPERATIONS_MAX <= w->guard.n_operations)
		return NULL; /* too old: its place is taken */
	return &w->guard.operations[id % OPERATIONS_MAX];
}

void
guard_finish_operation(struct world *w, uint32_t id, bool is_ok)
{
	struct operation *o = contact_find(w, id);
	struct message done = { .kind = MSG_DONE, .id = id };

	if (o == NULL)
		return;
	done.slot = o->action.node;
	done.life = o->life;
	o->is_ok = is_ok;
	if (is_ok && o->action.kind == ACT_PROMOTE) {
		database_report(w, o->action.node, &o->report);
		o->has_report = true;
	}
	if (!o->is_mute)
		net_send(w, &done, o->action.node, PLACE_HOST);
}

static enum luck
contact_luck(struct world *w, const struct action *a)
{
	if (fault_is_on(w, FAULT_OPS))
		return (enum luck)dice_below(&w->dice, LUCK_GOOD + 1);
	return w->hooks != NULL ? w->hooks->on_operation(w, a) : LUCK_GOOD;
}

void
guard_on_operation(struct world *w, const struct message *m)
{
	/* Of a former life it is carried out all the same. */
	struct operation *o = contact_find(w, m->id);
	enum luck luck = o != NULL ? contact_luck(w, &o->action) : LUCK_HANGS;
	bool is_ok;

	if (luck == LUCK_HANGS)
		return;
	o->is_mute = luck == LUCK_MUTE;
	is_ok = w->dbs[m->slot].is_alive && luck != LUCK_FAILS;
	if (is_ok)
		is_ok = contact_operate(w, o, m->id);
	if (!is_ok || o->action.kind != ACT_PROMOTE)
		guard_finish_operation(w, m->id, is_ok);
}
