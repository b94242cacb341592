#include "reload.h"
#include "world.h"

#include <string.h>

/* As in src/guard/guard.c. */
#define GUARD_STALL (100 * USEC_MS)
/* As in src/guard/driver/dialog.c: a deadline slept over is given again. */
#define GUARD_LATE (50 * USEC_MS)
/* As in src/guard/execute.c. */
#define GUARD_TIMEOUT (5 * USEC_SEC)

static void
guard_later(struct world *w, struct message *m, usec_t after)
{
	m->life = w->guard.life;
	world_later(w, m, after);
}

void
guard_publish(struct world *w)
{
	struct guard *g = &w->guard;
	struct cluster_view view = g->brain.published;

	if (!g->is_started)
		return;
	g->serial++;
	if (g->epoch_published != g->brain.published.epoch ||
	    g->epoch_serial == 0) {
		g->epoch_published = g->brain.published.epoch;
		g->epoch_serial = g->serial;
		g->is_epoch_acked = false;
	}
	locate_withhold(w, &view);
	crowd_publish(w, &view);
}

static void
guard_operate(struct world *w, const struct action *a)
{
	struct guard *g = &w->guard;
	uint32_t id = g->n_operations++;
	struct operation *o = &g->operations[id % OPERATIONS_MAX];
	struct message m = { .kind = MSG_OPERATION, .slot = a->node, .id = id };
	usec_t timeout = a->timeout_us > 0 ? a->timeout_us : GUARD_TIMEOUT;

	memset(o, 0, sizeof(*o));
	o->action = *a;
	o->life = g->life;
	o->asked_at = w->now;
	m.life = g->life;
	m.value = g->located[a->node].place;
	net_send(w, &m, PLACE_HOST, a->node);
	m = (struct message){ .kind = MSG_OVERDUE, .slot = a->node, .id = id };
	m.value = (uint64_t)(w->now + timeout);
	guard_later(w, &m, timeout);
}

/* Killed between two actions of one step, if it is to be. */
static void
guard_count_down(struct world *w)
{
	if (w->guard.crash_after > 0 && --w->guard.crash_after == 0)
		guard_crash(w, w->guard.crash_us);
}

static void
guard_do(struct world *w, const struct action *a)
{
	switch (a->kind) {
	case ACT_PUBLISH:
		guard_publish(w);
		break;
	case ACT_JOURNAL:
	case ACT_NOTE:
		journal_append(w, a);
		break;
	case ACT_FENCE:
	case ACT_UNFENCE:
	case ACT_PROMOTE:
	case ACT_DEMOTE:
	case ACT_REPOINT:
	case ACT_REDIAL:
	case ACT_PERSIST:
		STORY(w, "regent: %s %s", action_names[a->kind],
		    world_name(a->node));
		guard_operate(w, a);
		break;
	case ACT_TELL:
		STORY(w, "regent: phase=%s epoch=%llu %s: %s",
		    phase_names[w->guard.brain.phase],
		    (unsigned long long)a->epoch, world_name(a->node), a->why);
		break;
	case ACT_ANSWER:
		w->guard.is_order_open = false;
		STORY(w, "regent answers the operator: %s: %s",
		    a->is_ok ? "done" : "refused", a->why);
		break;
	case ACT_COUNT:
		CHECK_NEVER("unknown action");
	}
}

static void
guard_carry_out(struct world *w, const struct action *a)
{
	jury_action(w, a);
	if (w->hooks != NULL)
		w->hooks->on_action(w, a);
	guard_do(w, a);
	guard_count_down(w);
}

static const struct rule *
guard_step(struct world *w, const struct event *ev)
{
	enum phase before = w->guard.brain.phase;
	struct actions actions;
	const struct rule *rule;

	actions.n = 0;
	w->n_steps++;
	rule = failover_step(&w->guard.brain, ev, w->now, &actions);
	if (w->guard.brain.phase != before)
		fault_on_phase(w, w->guard.brain.phase);
	if (w->guard.brain.phase != before && w->hooks != NULL)
		w->hooks->on_phase(w);
	for (unsigned i = 0; i < actions.n && w->guard.is_running; i++)
		guard_carry_out(w, &actions.at[i]);
	if (!w->guard.is_running)
		return NULL;
	if (!ev->is_more) /* nobody looks at half a configuration */
		jury_step(w, rule);
	return rule;
}

static void
guard_schedule_probes(struct world *w)
{
	for (int i = 0; i < w->setting.n_nodes; i++) {
		struct probe *p = &w->guard.probes[i];
		usec_t at = w->guard.brain.nodes[i].health.probe_at;
		struct message m = { .kind = MSG_PROBE_DUE, .slot = i };

		if (p->is_asking || p->due_at == at ||
		    !w->guard.brain.nodes[i].is_used)
			continue;
		p->due_at = at;
		m.id = ++p->due_id;
		guard_later(w, &m, at > w->now ? at - w->now : 0);
	}
}

/* As guard_look_at_clock() in src/guard/guard.c. */
static void
guard_look_at_clock(struct world *w)
{
	const struct event ev = { .kind = EV_CLOCK, .node = NODE_NONE };

	if (!w->guard.is_started || w->now - w->guard.beat_due <= GUARD_STALL)
		return;
	STORY(w, "regent: slept, suspends judgement");
	w->guard.beat_due = w->now;
	guard_feed(w, &ev);
}

void
guard_feed(struct world *w, const struct event *ev)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };
	const struct rule *rule;
	int n = 0;

	guard_look_at_clock(w);
	if (!w->guard.is_running)
		return;
	jury_event(w, ev);
	rule = guard_step(w, ev);
	while (rule != NULL && w->ending == END_NONE) {
		if (++n >= FAILOVER_SETTLE_MAX) {
			jury_fail(
			    w, INV_SANE, "rule %s fires for ever", rule->name);
			return;
		}
		rule = guard_step(w, &tick);
	}
	if (w->guard.is_running)
		guard_schedule_probes(w);
}

void
guard_open_probe(struct world *w, int slot)
{
	struct probe *p = &w->guard.probes[slot];

	p->is_asking = false;
	p->is_connected = false;
	p->id++;
	p->due_id++;
	p->due_at = 0;
}

/* A node that was removed from the configuration is none. */
static int
guard_remembered(const struct world *w, int slot)
{
	return slot >= 0 && w->is_configured[slot] ? slot : NODE_NONE;
}

void
guard_boot(struct world *w)
{
	struct guard *g = &w->guard;
	struct event ev = { .kind = EV_REPLAY, .node = NODE_NONE };
	struct message m = { .kind = MSG_BEAT };

	CHECK(!g->is_running);
	STORY(w, "regent starts");
	g->is_running = true;
	g->is_started = false;
	g->asleep_until = 0;
	g->serial = 0;
	g->epoch_serial = 0;
	g->is_order_open = false;
	g->crash_after = 0;
	memset(g->probes, 0, sizeof(g->probes));
	for (int i = 0; i < w->setting.n_nodes; i++)
		locate_find(w, i);
	jury_boot(w);
	cluster_init(&g->brain, "sim");
	reload_apply(w);
	if (g->journal.has_memory && g->is_running) {
		ev.memory = g->journal.memory;
		ev.memory.primary = guard_remembered(w, ev.memory.primary);
		ev.memory.intended = guard_remembered(w, ev.memory.intended);
		guard_feed(w, &ev);
	}
	if (!g->is_running)
		return;
	g->is_started = true;
	guard_publish(w);
	g->beat_due = w->now;
	guard_later(w, &m, 0);
}

void
guard_crash(struct world *w, usec_t while_us)
{
	struct message start = { .kind = MSG_START };

	CHECK(w->guard.is_running);
	STORY(w, "regent is killed");
	w->guard.is_running = false;
	w->guard.life++;
	journal_crash(w);
	crowd_reset(w);
	if (while_us != USEC_NEVER)
		world_later(w, &start, while_us);
}

static void
guard_look_at_acked(struct world *w)
{
	struct guard *g = &w->guard;
	struct event ev = { .kind = EV_BARRIER, .node = NODE_NONE };

	locate_acked(w);
	if (g->is_epoch_acked || crowd_acked(w) < g->epoch_serial)
		return;
	g->is_epoch_acked = true;
	ev.epoch = g->epoch_published;
	STORY(w, "regent: every worker has acknowledged epoch %llu",
	    (unsigned long long)ev.epoch);
	guard_feed(w, &ev);
}

static void
guard_on_beat(struct world *w)
{
	const struct event ev = { .kind = EV_TICK, .node = NODE_NONE };
	struct message next = { .kind = MSG_BEAT };
	usec_t gap;

	guard_look_at_clock(w);
	if (!w->guard.is_running)
		return;
	guard_look_at_acked(w);
	if (w->guard.is_running)
		guard_feed(w, &ev);
	if (!w->guard.is_running)
		return;
	gap = failover_is_busy(&w->guard.brain) ? w->setting.beat_busy_us
						: w->setting.beat_us;
	w->guard.beat_due = w->now + gap;
	guard_later(w, &next, gap);
	world_watch(w);
}

static void
guard_tell_verdict(struct world *w, int slot, enum verdict verdict)
{
	const struct report *r = &w->guard.probes[slot].report;

	if (verdict != VERDICT_OK)
		STORY_OF(w, slot, "probe of %s: %s", world_name(slot),
		    verdict_names[verdict]);
	else if (r->role == ROLE_PRIMARY)
		STORY_OF(w, slot,
		    "probe of %s: a primary at %s:%llu (%s up to %llu)",
		    world_name(slot), r->history,
		    (unsigned long long)r->position, r->history_prev,
		    (unsigned long long)r->forked_at);
	else
		STORY_OF(w, slot, "probe of %s: a replica of %s%s%s at %s:%llu",
		    world_name(slot), world_name(r->upstream),
		    r->is_linked ? "" : ", not linked",
		    r->is_loading ? ", copying" : "", r->history,
		    (unsigned long long)r->position);
}

static void
guard_verdict(struct world *w, int slot, enum verdict verdict)
{
	struct probe *p = &w->guard.probes[slot];
	struct event ev = {
		.kind = EV_VERDICT,
		.node = slot,
		.verdict = verdict,
		.asked_at = p->asked_at,
		.has_report = verdict == VERDICT_OK,
	};

	if (ev.has_report)
		ev.report = p->report;
	if (ev.report.upstream >= 0 && !w->is_configured[ev.report.upstream])
		ev.report.upstream = NODE_FOREIGN;
	p->is_asking = false;
	p->due_at = 0;
	if (verdict != VERDICT_OK && verdict != VERDICT_ALIVE &&
	    verdict != VERDICT_LOCAL)
		p->is_connected = false;
	guard_tell_verdict(w, slot, verdict);
	guard_feed(w, &ev);
	if (verdict == VERDICT_OK && w->guard.is_running)
		locate_found(w, slot);
}

/* A deadline that an answer is sure to meet is not worth a message. */
void
guard_expect_silence(struct world *w, int slot, uint32_t id)
{
	struct probe *p = &w->guard.probes[slot];
	struct message late = { .kind = MSG_PROBE_LATE, .slot = slot };
	usec_t deadline = p->asked_at + w->setting.check_timeout_us;

	if (!p->is_asking || p->id != id)
		return;
	late.id = id;
	late.value = (uint64_t)deadline;
	guard_later(w, &late, deadline > w->now ? deadline - w->now : 0);
}

static void
guard_on_probe_due(struct world *w, const struct message *m)
{
	struct probe *p = &w->guard.probes[m->slot];
	struct message ask = { .kind = MSG_ASK, .slot = m->slot };

	if (p->is_asking || p->due_id != m->id)
		return;
	p->asked_at = w->now;
	if (fault_is_on(w, FAULT_LOCAL)) {
		guard_verdict(w, m->slot, VERDICT_LOCAL);
		return;
	}
	p->is_asking = true;
	p->answer_at = USEC_NEVER;
	ask.id = ++p->id;
	ask.life = w->guard.life;
	ask.value = w->guard.located[m->slot].place;
	net_send(w, &ask, PLACE_HOST, m->slot);
	if (ask.at > p->asked_at + w->setting.check_timeout_us)
		guard_expect_silence(w, m->slot, p->id);
}

static void
guard_on_probe_late(struct world *w, const struct message *m)
{
	struct probe *p = &w->guard.probes[m->slot];
	struct message again = *m;
	usec_t timeout = w->setting.check_timeout_us;

	if (!p->is_asking || p->id != m->id || p->answer_at <= w->now)
		return;
	if (w->now - (usec_t)m->value > GUARD_LATE) {
		again.value = (uint64_t)(w->now + timeout);
		guard_later(w, &again, timeout);
		return;
	}
	guard_verdict(
	    w, m->slot, p->is_connected ? VERDICT_SILENT : VERDICT_UNREACHABLE);
}

static void
guard_on_lost(struct world *w, const struct message *m)
{
	struct probe *p = &w->guard.probes[m->slot];

	if (p->is_connected && p->instance == m->id)
		guard_verdict(w, m->slot, VERDICT_LOST);
}

static void
guard_result(struct world *w, struct operation *o, bool is_ok)
{
	struct event ev = {
		.kind = EV_RESULT,
		.node = o->action.node,
		.seq = o->action.seq,
		.is_ok = is_ok,
		.asked_at = o->asked_at,
		.has_report = is_ok && o->has_report,
		.report = o->report,
	};

	o->is_over = true;
	STORY(w, "regent: %s of %s %s", action_names[o->action.kind],
	    world_name(ev.node), is_ok ? "is done" : "has failed");
	ev.report.upstream = NODE_NONE;
	if (ev.seq != 0)
		guard_feed(w, &ev);
}

void
guard_give_up_operation(struct world *w, struct operation *o)
{
	guard_result(w, o, false);
}

static void
guard_on_operation_message(struct world *w, const struct message *m)
{
	struct operation *o = &w->guard.operations[m->id % OPERATIONS_MAX];
	struct message again = *m;

	if (o->is_over || m->id + OPERATIONS_MAX <= w->guard.n_operations)
		return;
	if (m->kind == MSG_DONE) {
		guard_result(w, o, o->is_ok);
	} else if (w->now - (usec_t)m->value > GUARD_LATE) {
		again.value = (uint64_t)(w->now + GUARD_LATE);
		guard_later(w, &again, GUARD_LATE);
	} else {
		guard_result(w, o, false);
	}
}

static void
guard_on_appoint(struct world *w, const struct message *m)
{
	struct event ev = { .kind = EV_APPOINT, .node = NODE_FOREIGN };

	if (w->guard.brain.nodes[m->slot].is_used)
		ev.node = m->slot;
	guard_feed(w, &ev);
}

static void
guard_on_trouble(struct world *w, const struct message *m)
{
	struct event ev = { .kind = EV_PASSIVE, .node = m->slot };

	STORY(w, "a worker met trouble with %s", world_name(m->slot));
	if (w->guard.brain.nodes[m->slot].is_used)
		guard_feed(w, &ev);
}

void
guard_on_message(struct world *w, const struct message *m)
{
	switch (m->kind) {
	case MSG_BEAT:
		guard_on_beat(w);
		break;
	case MSG_PROBE_DUE:
		guard_on_probe_due(w, m);
		break;
	case MSG_PROBE_LATE:
		guard_on_probe_late(w, m);
		break;
	case MSG_ANSWER:
		if (w->guard.probes[m->slot].is_asking &&
		    w->guard.probes[m->slot].id == m->id)
			guard_verdict(w, m->slot, (enum verdict)m->value);
		break;
	case MSG_LOST:
		guard_on_lost(w, m);
		break;
	case MSG_DONE:
	case MSG_OVERDUE:
		guard_on_operation_message(w, m);
		break;
	case MSG_WRITTEN:
		journal_on_written(w);
		break;
	case MSG_ACKED:
		guard_look_at_acked(w);
		break;
	case MSG_APPOINT:
		guard_on_appoint(w, m);
		break;
	case MSG_MOVED:
		locate_on_moved(w, m->slot);
		break;
	case MSG_TROUBLE:
		guard_on_trouble(w, m);
		break;
	default:
		CHECK_NEVER("not for the guard");
	}
}
