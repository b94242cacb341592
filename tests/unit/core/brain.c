#include "brain.h"

#include <stdio.h>
#include <string.h>

static const struct policy brain_policy = {
	.mode = MODE_AUTO,
	.has_roles = true,
	.health = { .fall = 3,
	    .rise = 2,
	    .interval_us = 200 * USEC_MS,
	    .flap_hold_us = 10 * USEC_SEC },
	.max_loss_bytes = 1000,
	.failover_limit = 5,
	.failover_window_us = 600 * USEC_SEC,
	.fence_timeout_us = 50 * USEC_MS,
	.promote_timeout_us = 5 * USEC_SEC,
	.silence_us = 11 * USEC_SEC,
	.unlink_us = 20 * USEC_MS,
};

static const struct rule *
brain_step(struct brain *b, const struct event *ev)
{
	struct actions actions = { .n = 0 };
	const struct rule *rule = failover_step(&b->c, ev, b->now, &actions);

	assert_true(b->n_actions + actions.n <= BRAIN_ACTIONS_MAX);
	memcpy(&b->actions[b->n_actions], actions.at,
	    actions.n * sizeof(actions.at[0]));
	b->n_actions += actions.n;
	return rule;
}

void
brain_feed(struct brain *b, const struct event *ev)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };
	const struct rule *rule = brain_step(b, ev);

	for (int n = 0; rule != NULL; n++) {
		assert_true(n < FAILOVER_SETTLE_MAX);
		rule = brain_step(b, &tick);
	}
}

static void
brain_add_node(struct brain *b, int node)
{
	struct event ev = {
		.kind = EV_NODE_ADD,
		.node = node,
		.priority = 100,
		.weight = 1,
	};

	snprintf(ev.name, sizeof(ev.name), "%c", 'a' + node);
	brain_feed(b, &ev);
	b->db[node] = (struct report){
		.role = node == A ? ROLE_PRIMARY : ROLE_REPLICA,
		.upstream = node == A ? NODE_NONE : A,
		.is_linked = node != A,
		.position = 1000,
		.history = "h1",
	};
	snprintf(b->db[node].instance, HISTORY_LEN, "%c1", 'a' + node);
}

void
brain_apply_policy(struct brain *b)
{
	struct event ev = { .kind = EV_POLICY, .node = NODE_NONE };

	ev.policy = b->policy;
	brain_feed(b, &ev);
}

void
brain_init(struct brain *b, unsigned n_nodes)
{
	memset(b, 0, sizeof(*b));
	b->now = 100 * USEC_SEC;
	b->n_nodes = n_nodes;
	b->policy = brain_policy;
	cluster_init(&b->c, "crm");
	brain_apply_policy(b);
	for (unsigned i = 0; i < n_nodes; i++)
		brain_add_node(b, (int)i);
}

void
brain_init_plain(struct brain *b, unsigned n_nodes)
{
	brain_init(b, n_nodes);
	b->policy.has_roles = false;
	brain_apply_policy(b);
	memset(b->db, 0, sizeof(b->db));
	brain_barrier(b);
}

void
brain_init_steady(struct brain *b, unsigned n_nodes)
{
	brain_init(b, n_nodes);
	brain_barrier(b);
	brain_ask_all(b);
	brain_barrier(b);
	assert_phase(b, PHASE_STEADY);
	assert_writer(b, A);
	brain_forget(b);
}

void
brain_wait(struct brain *b, usec_t duration)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };

	b->now += duration;
	brain_feed(b, &tick);
}

void
brain_verdict(struct brain *b, int node, enum verdict verdict)
{
	struct event ev = {
		.kind = EV_VERDICT,
		.node = node,
		.verdict = verdict,
		.asked_at = b->now,
		.has_report = verdict == VERDICT_OK,
	};

	ev.report = b->db[node];
	b->now += USEC_MS;
	brain_feed(b, &ev);
}

void
brain_hear(struct brain *b, int node, usec_t asked_at)
{
	struct event ev = {
		.kind = EV_VERDICT,
		.node = node,
		.verdict = VERDICT_OK,
		.asked_at = asked_at,
		.has_report = true,
	};

	ev.report = b->db[node];
	brain_feed(b, &ev);
}

void
brain_ask(struct brain *b, int node)
{
	bool is_down = b->c.nodes[node].health.state == HEALTH_DOWN;
	unsigned n = is_down ? b->policy.health.rise : 1;

	for (unsigned i = 0; i < n; i++)
		brain_verdict(b, node, VERDICT_OK);
}

void
brain_ask_all(struct brain *b)
{
	for (unsigned i = 0; i < b->n_nodes; i++)
		if (b->c.nodes[i].health.state != HEALTH_DOWN)
			brain_ask(b, (int)i);
}

void
brain_barrier(struct brain *b)
{
	struct event ev = { .kind = EV_BARRIER, .node = NODE_NONE };

	ev.epoch = b->c.published.epoch;
	b->now += 100;
	brain_feed(b, &ev);
}

void
brain_order(struct brain *b, enum order_kind kind, int node)
{
	struct event ev = { .kind = EV_ORDER, .node = NODE_NONE };

	ev.order = (struct order){ kind, node };
	brain_feed(b, &ev);
}

void
brain_admin(struct brain *b, int node, enum admin_state admin)
{
	struct event ev = { .kind = EV_ADMIN, .node = node, .admin = admin };

	brain_feed(b, &ev);
}

void
brain_pause(struct brain *b, bool is_paused)
{
	struct event ev = {
		.kind = EV_PAUSE, .node = NODE_NONE, .is_ok = is_paused
	};

	brain_feed(b, &ev);
}

void
brain_switch_over(struct brain *b, int node)
{
	brain_order(b, ORDER_SWITCHOVER, node);
	brain_answer(b, ACT_JOURNAL, true);
	brain_ask_all(b);
	assert_phase(b, PHASE_SWITCH);
	brain_barrier(b);
	assert_phase(b, PHASE_CATCHUP);
}

void
brain_stall(struct brain *b)
{
	struct event ev = { .kind = EV_CLOCK, .node = NODE_NONE };

	b->now += 3 * USEC_SEC;
	brain_feed(b, &ev);
}

const struct action *
brain_last(const struct brain *b, enum action_kind kind)
{
	for (unsigned i = b->n_actions; i > 0; i--)
		if (b->actions[i - 1].kind == kind)
			return &b->actions[i - 1];
	return NULL;
}

void
brain_answer(struct brain *b, enum action_kind kind, bool is_ok)
{
	const struct action *a = brain_last(b, kind);
	struct event ev = { .kind = EV_RESULT, .is_ok = is_ok };

	assert_non_null(a);
	ev.node = kind == ACT_JOURNAL ? NODE_NONE : a->node;
	ev.seq = a->seq;
	ev.asked_at = b->now;
	if (kind == ACT_PROMOTE && is_ok) {
		brain_fork(b, a->node, "h2");
		ev.has_report = true;
		ev.report = b->db[a->node];
	}
	b->now += USEC_MS;
	brain_feed(b, &ev);
}

void
brain_kill(struct brain *b, int node)
{
	for (unsigned i = 0; i < b->n_nodes; i++)
		if (b->db[i].upstream == node)
			b->db[i].is_linked = false;
	brain_verdict(b, node, VERDICT_LOST);
	brain_verdict(b, node, VERDICT_REFUSED);
	b->now += HEALTH_REFUSED_GAP;
	brain_verdict(b, node, VERDICT_REFUSED);
}

void
brain_freeze(struct brain *b, int node)
{
	for (unsigned i = 0; i < b->policy.health.fall; i++) {
		b->now += 500 * USEC_MS;
		brain_verdict(b, node, VERDICT_SILENT);
	}
}

void
brain_fork(struct brain *b, int node, const char *history)
{
	struct report *r = &b->db[node];

	memcpy(r->history_prev, r->history, HISTORY_LEN);
	snprintf(r->history, HISTORY_LEN, "%s", history);
	r->forked_at = r->position;
	r->role = ROLE_PRIMARY;
	r->upstream = NODE_NONE;
	r->is_linked = false;
}

void
brain_follow(struct brain *b, int node, int upstream)
{
	struct report *r = &b->db[node];

	*r = b->db[upstream];
	snprintf(r->instance, HISTORY_LEN, "%c1", 'a' + node);
	r->role = ROLE_REPLICA;
	r->upstream = upstream;
	r->is_linked = true;
}

void
brain_fail_over_to(struct brain *b, enum phase phase)
{
	brain_kill(b, A);
	assert_writer(b, NODE_NONE);
	if (phase == PHASE_HOLD)
		return;
	brain_barrier(b);
	for (unsigned i = 1; i < b->n_nodes; i++)
		brain_ask(b, (int)i);
	assert_phase(b, PHASE_INTENT);
	if (phase == PHASE_INTENT)
		return;
	brain_answer(b, ACT_JOURNAL, true);
	assert_phase(b, PHASE_PROMOTE); /* a dead process needs no fence */
}

void
brain_hold(struct brain *b, unsigned n_nodes)
{
	brain_init_steady(b, n_nodes);
	brain_pause(b, true);
	brain_fail_over_to(b, PHASE_HOLD);
	brain_barrier(b);
	for (unsigned i = 1; i < n_nodes; i++)
		brain_ask(b, (int)i);
}

void
brain_fail_over(struct brain *b)
{
	brain_fail_over_to(b, PHASE_PROMOTE);
	brain_answer(b, ACT_PROMOTE, true);
	assert_phase(b, PHASE_STEADY);
	brain_barrier(b);
}

void
brain_forget(struct brain *b)
{
	b->n_actions = 0;
}

bool
brain_did(const struct brain *b, enum action_kind kind, int node)
{
	for (unsigned i = 0; i < b->n_actions; i++)
		if (b->actions[i].kind == kind && b->actions[i].node == node)
			return true;
	return false;
}

unsigned
brain_count(const struct brain *b, enum action_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->n_actions; i++)
		if (b->actions[i].kind == kind)
			n++;
	return n;
}

bool
brain_has(struct brain *b, enum fact fact, int node)
{
	struct facts facts;

	facts_derive(&facts, &b->c, node, b->now);
	return (facts.bits & UINT64_C(1) << fact) != 0;
}
