#include "core/failover.h"

#include "core/effect.h"
#include "core/learn.h"

#include <string.h>

const char *const role_names[ROLE_COUNT] = {
	[ROLE_UNKNOWN] = "unknown",
	[ROLE_PRIMARY] = "primary",
	[ROLE_REPLICA] = "replica",
};

const char *const admin_names[ADMIN_COUNT] = {
	[ADMIN_READY] = "ready",
	[ADMIN_DRAIN] = "drain",
	[ADMIN_MAINT] = "maint",
};

const char *const phase_names[PHASE_COUNT] = {
	[PHASE_LEARN] = "LEARN",
	[PHASE_STEADY] = "STEADY",
	[PHASE_HOLD] = "HOLD",
	[PHASE_INTENT] = "INTENT",
	[PHASE_FENCE] = "FENCE",
	[PHASE_PROMOTE] = "PROMOTE",
	[PHASE_PLAN] = "PLAN",
	[PHASE_SWITCH] = "SWITCH",
	[PHASE_CATCHUP] = "CATCHUP",
	[PHASE_LOST] = "LOST",
};

const char *const order_names[ORDER_COUNT] = {
	[ORDER_NONE] = "none",
	[ORDER_SWITCHOVER] = "switchover",
	[ORDER_FAILOVER] = "failover",
	[ORDER_FORCE] = "failover --force",
};

const char *const event_names[EV_COUNT] = {
	[EV_TICK] = "tick",
	[EV_VERDICT] = "verdict",
	[EV_PASSIVE] = "passive",
	[EV_RESULT] = "result",
	[EV_BARRIER] = "barrier",
	[EV_CLOCK] = "clock",
	[EV_ORDER] = "order",
	[EV_ADMIN] = "admin",
	[EV_REJOIN] = "rejoin",
	[EV_PAUSE] = "pause",
	[EV_POLICY] = "policy",
	[EV_NODE_ADD] = "node-add",
	[EV_NODE_REMOVE] = "node-remove",
	[EV_NODE_MOVE] = "node-move",
	[EV_REPLAY] = "replay",
	[EV_APPOINT] = "appoint",
};

const char *const action_names[ACT_COUNT] = {
	[ACT_PUBLISH] = "publish",
	[ACT_JOURNAL] = "journal",
	[ACT_NOTE] = "note",
	[ACT_FENCE] = "fence",
	[ACT_UNFENCE] = "unfence",
	[ACT_PROMOTE] = "promote",
	[ACT_DEMOTE] = "demote",
	[ACT_REPOINT] = "repoint",
	[ACT_REDIAL] = "redial",
	[ACT_PERSIST] = "persist",
	[ACT_TELL] = "tell",
	[ACT_ANSWER] = "answer",
};

const char *const record_names[RECORD_COUNT] = {
	[RECORD_INTENT] = "intent",
	[RECORD_PRIMARY] = "primary",
};

void
cluster_init(struct cluster *c, const char *name)
{
	memset(c, 0, sizeof(*c));
	c->magic = CLUSTER_MAGIC;
	CHECK(strlen(name) < sizeof(c->name));
	memcpy(c->name, name, strlen(name) + 1);
	c->phase = PHASE_LEARN;
	c->why = "start";
	c->primary = NODE_NONE;
	c->candidate = NODE_NONE;
	c->intended = NODE_NONE;
	c->told = NODE_NONE;
	c->appointed = NODE_NONE;
	c->order.node = NODE_NONE;
	c->published.writer = NODE_NONE;
}

static void
failover_check(const struct cluster *c)
{
	CHECK(c->phase < PHASE_COUNT);
	CHECK(c->primary >= NODE_NONE && c->primary < NODES_MAX);
	CHECK(c->candidate >= NODE_NONE && c->candidate < NODES_MAX);
	CHECK(c->candidate == NODE_NONE || c->nodes[c->candidate].is_used);
	CHECK(c->published.writer == NODE_NONE ||
	    c->published.writer == c->primary);
}

const struct rule *
failover_step(struct cluster *c, const struct event *ev, usec_t now,
    struct actions *actions)
{
	const struct rule *rule;
	struct facts facts;
	int node;

	CHECK_OBJ(c, CLUSTER_MAGIC);
	learn_event(c, ev, now);
	rule = ev->is_more ? NULL : rules_match(&facts, c, &node, now);
	if (rule != NULL)
		effect_apply(c, rule, &facts, node, now, actions);
	failover_check(c);
	return rule;
}

bool
failover_is_busy(const struct cluster *c)
{
	CHECK_OBJ(c, CLUSTER_MAGIC);
	if (c->phase != PHASE_STEADY && c->phase != PHASE_LOST)
		return true;
	for (int i = 0; i < c->n_slots; i++)
		if (c->nodes[i].task.outcome == OUTCOME_WAITING)
			return true;
	return false;
}
