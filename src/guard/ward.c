#include "guard/ward.h"

#include "base/mem.h"
#include "guard/execute.h"
#include "guard/guard_private.h"
#include "guard/ward_hooks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
ward_tell(struct ward *w, enum log_level level, int slot, const char *fmt, ...)
{
	const char *node = slot >= 0 ? w->brain.nodes[slot].name : NULL;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	record_tell(&w->record, loop_now(w->loop), node, "%s", text);
	if (node != NULL)
		LOG_AT(level, "node=%s/%s %s", w->brain.name, node, text);
	else
		LOG_AT(level, "cluster=%s %s", w->brain.name, text);
}

const struct driver *
ward_driver(const struct ward *w, int slot)
{
	const struct place *p = &w->nodes[slot].place;

	if (endpoint_is_set(&p->address))
		return w->driver;
	CHECK(p->resolve != NULL);
	return resolve_now(p->resolve)->outcome == RESOLVE_ABSENT
	    ? &driver_absent
	    : &driver_unknown;
}

struct contact_login
ward_login(const struct ward *w, int slot)
{
	const struct conf_node *conf =
	    conf_node_by_id(w->section, (unsigned)slot);

	CHECK(conf != NULL);
	return driver_login(w->section, conf, &w->nodes[slot].place.address);
}

static void
ward_tell_health(struct ward *w, int slot, enum health_state old)
{
	const struct health *h = &w->brain.nodes[slot].health;
	enum log_level level =
	    h->state == HEALTH_DOWN ? LEVEL_WARN : LEVEL_NOTICE;

	ward_tell(w, level, slot,
	    "state=%s->%s reason=%s fails=%u/%u detail=\"%s\"",
	    health_names[old], health_names[h->state], verdict_names[h->last],
	    h->fails, w->brain.policy.health.fall, w->nodes[slot].detail);
}

/* Lives, but can't be used: an operator has to look. */
static bool
ward_is_odd(enum verdict verdict)
{
	return verdict == VERDICT_LOGIN || verdict == VERDICT_GARBAGE ||
	    verdict == VERDICT_ALIVE || verdict == VERDICT_LOCAL;
}

static void
ward_tell_node(struct ward *w, int slot, const struct node *before)
{
	const struct node *n = &w->brain.nodes[slot];
	enum role role = n->report.role;

	if (n->health.state != before->health.state)
		ward_tell_health(w, slot, before->health.state);
	else if (n->health.last != before->health.last &&
	    ward_is_odd(n->health.last))
		ward_tell(w, LEVEL_WARN, slot, "verdict=%s detail=\"%s\"",
		    verdict_names[n->health.last], w->nodes[slot].detail);
	if (role != before->report.role && role != ROLE_UNKNOWN)
		ward_tell(w, LEVEL_NOTICE, slot, "role=%s->%s",
		    role_names[before->report.role], role_names[role]);
}

static void
ward_tell_nodes(struct ward *w, const struct cluster *before)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (w->brain.nodes[i].is_used)
			ward_tell_node(w, i, &before->nodes[i]);
}

/* What kept a node out is over once it follows. */
static void
ward_forget_troubles(struct ward *w)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (view_is_following(&w->brain, i))
			w->nodes[i].trouble[0] = '\0';
}

void
ward_tell_phase(struct ward *w)
{
	if (w->brain.phase == w->told_phase)
		return;
	ward_tell(w, LEVEL_NOTICE, NODE_NONE, "phase=%s->%s epoch=%llu",
	    phase_names[w->told_phase], phase_names[w->brain.phase],
	    (unsigned long long)w->brain.epoch);
	ward_hooks_notify(w, LEVEL_NOTICE, NODE_NONE, w->told_phase, NULL);
	w->told_phase = w->brain.phase;
}

static void
ward_record(struct ward *w, const struct step *step)
{
	usec_t from, until;

	record_step(&w->record, step);
	episode_step(&w->episode, step);
	if (w->episode.last.kind == EPISODE_NONE)
		return;
	episode_bounds(&w->episode.last, &from, &until);
	record_keep(&w->record, from, until);
}

static const struct rule *
ward_step_once(struct ward *w, const struct event *ev, usec_t now)
{
	struct actions actions = { .n = 0 };
	struct cluster before;
	const struct rule *rule;

	memcpy(&before, &w->brain, sizeof(before));
	rule = failover_step(&w->brain, ev, now, &actions);
	ward_record(
	    w, &(struct step){ &before, &w->brain, ev, rule, &actions, now });
	ward_tell_nodes(w, &before);
	ward_forget_troubles(w);
	/* A rule with a reason tells it, and the phase with it, by ACT_TELL. */
	if (rule != NULL && rule->why == NULL)
		ward_tell_phase(w);
	execute_actions(w, &actions, now);
	return rule;
}

struct lineage
ward_lineage(const struct ward *w)
{
	struct lineage known = { .forked_at = w->brain.forked_at };

	memcpy(known.history, w->brain.history, HISTORY_LEN);
	memcpy(known.history_prev, w->brain.history_prev, HISTORY_LEN);
	return known;
}

static void
ward_schedule_probes(struct ward *w)
{
	struct lineage known = ward_lineage(w);

	for (int i = 0; i < NODES_MAX; i++) {
		struct probe *p = &w->nodes[i].probe;

		if (!probe_is_open(p))
			continue;
		p->known = known;
		probe_schedule(p, w->brain.nodes[i].health.probe_at);
	}
}

static void
ward_settle(struct ward *w, const struct event *ev, usec_t now)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };
	const struct rule *rule;
	int n = 0;

	rule = ward_step_once(w, ev, now);
	while (rule != NULL) {
		CHECK(++n < FAILOVER_SETTLE_MAX);
		rule = ward_step_once(w, &tick, now);
	}
}

/*
 * An operation may fail before it was begun (connection refused, no
 * descriptors): its result then comes while the actions of a step are still
 * being carried out, and waits until they are.
 */
void
ward_step(struct ward *w, const struct event *ev, usec_t now)
{
	CHECK_OBJ(w, WARD_MAGIC);
	if (w->is_stepping) {
		CHECK(w->n_deferred < WARD_DEFERRED_MAX);
		w->deferred[w->n_deferred++] = *ev;
		return;
	}
	guard_look_at_clock(w->guard, now);
	w->is_stepping = true;
	ward_settle(w, ev, now);
	for (unsigned i = 0; i < w->n_deferred; i++) {
		struct event deferred = w->deferred[i];

		ward_settle(w, &deferred, now);
	}
	w->n_deferred = 0;
	w->is_stepping = false;
	ward_hooks_review(w);
	ward_schedule_probes(w);
}

void
ward_tick(struct ward *w, usec_t now)
{
	const struct event tick = { .kind = EV_TICK, .node = NODE_NONE };

	ward_step(w, &tick, now);
}

void
ward_answer(struct ward *w, const struct operation_key *key,
    const struct contact_result *result, usec_t now)
{
	struct event ev = {
		.kind = EV_RESULT,
		.node = key->slot,
		.seq = key->seq,
		.is_ok = result->verdict == VERDICT_OK,
		.asked_at = key->asked_at,
		.has_report = result->has_report,
		.report = result->report,
	};

	ev.report.upstream = NODE_NONE;
	if (key->seq != 0)
		ward_step(w, &ev, now);
}

/*
 * Whoever says "of the leader" is believed to follow the primary once its
 * data is of the primary's history, and until then is not taken for a stray:
 * it is on its way.
 */
static int
ward_leader_of(const struct ward *w, const struct report *report)
{
	const struct cluster *c = &w->brain;

	if (c->primary >= 0 && report->history[0] != '\0' &&
	    strcmp(c->nodes[c->primary].report.history, report->history) == 0)
		return c->primary;
	return NODE_NONE;
}

static int
ward_upstream(struct ward *w, const struct contact_result *result)
{
	if (result->report.role != ROLE_REPLICA)
		return NODE_NONE;
	if (result->follows_leader)
		return ward_leader_of(w, &result->report);
	return locate_slot_of(w, &result->upstream);
}

/* We can't tell yet whom it follows: we do not know, and not the node. */
static void
ward_defer_report(
    struct ward_node *n, const struct contact_result *result, struct event *ev)
{
	ev->verdict = VERDICT_LOCAL;
	ev->has_report = false;
	ev->report.upstream = NODE_NONE;
	snprintf(n->detail, sizeof(n->detail),
	    "it follows %.100s, a name that is being looked up",
	    result->upstream.host);
}

/*
 * An agent is heard when it says something new: what the operator sets in
 * between stands.  A node that is written to can't be taken away under its
 * writers; it is asked again when it is not.
 */
static void
ward_heed_agent(
    struct ward_node *n, const struct contact_result *result, usec_t now)
{
	struct ward *w = n->ward;
	struct event ev = {
		.kind = EV_ADMIN,
		.node = (int)n->slot,
		.admin = result->admin,
	};

	if (!result->has_admin || result->admin == n->agent_admin)
		return;
	if (ev.node == w->brain.primary && ev.admin != ADMIN_READY) {
		if (!n->is_agent_refused)
			ward_tell(w, LEVEL_WARN, ev.node,
			    "agent=%s result=refused why=\"it is the primary: "
			    "switchover first\"",
			    admin_names[ev.admin]);
		n->is_agent_refused = true;
		return;
	}
	n->is_agent_refused = false;
	n->agent_admin = ev.admin;
	ward_tell(w, LEVEL_NOTICE, ev.node, "admin=%s->%s by=agent",
	    admin_names[w->brain.nodes[n->slot].admin], admin_names[ev.admin]);
	ward_step(w, &ev, now);
}

static void
ward_on_verdict(
    struct probe *probe, const struct contact_result *result, usec_t now)
{
	struct ward_node *n = container_of(probe, struct ward_node, probe);
	const struct node *node = &n->ward->brain.nodes[n->slot];
	enum role was = node->report.role;
	struct event ev = {
		.kind = EV_VERDICT,
		.node = (int)n->slot,
		.verdict = result->verdict,
		.asked_at = probe->asked_at,
		.has_report = result->has_report,
		.report = result->report,
	};

	ev.report.upstream = ward_upstream(n->ward, result);
	memcpy(n->detail, result->detail, sizeof(n->detail));
	if (ev.report.upstream == NODE_PENDING)
		ward_defer_report(n, result, &ev);
	/* Its silence is our doing then, and says nothing of its health. */
	if (ev.verdict == VERDICT_SILENT && n->ward->driver->stalls &&
	    operations_is_writing(&n->ward->operations, ev.node))
		ev.verdict = VERDICT_LOCAL;
	ward_step(n->ward, &ev, now);
	if (ev.verdict == VERDICT_OK)
		locate_found(n);
	if (was == ROLE_REPLICA && node->report.role == ROLE_PRIMARY)
		authority_doubt(&n->ward->authority, ev.node, now);
	ward_heed_agent(n, result, now);
}

/* Positions of MariaDB and MySQL are transactions. */
static void
ward_set_limits(struct policy *policy, const struct conf_cluster *conf)
{
	bool is_mysql = conf->protocol == PROTOCOL_MYSQL;

	policy->counts_transactions = is_mysql;
	policy->max_loss_bytes =
	    is_mysql ? conf->max_loss_transactions : conf->max_loss_bytes;
	policy->max_lag_bytes =
	    is_mysql ? conf->max_lag_transactions : conf->max_lag_bytes;
}

static void
ward_set_policy(struct ward *w, usec_t now)
{
	const struct conf_cluster *conf = w->section;
	static const enum mode modes[FAILOVER_COUNT] = {
		[FAILOVER_AUTO] = MODE_AUTO,
		[FAILOVER_FOLLOW] = MODE_FOLLOW,
		[FAILOVER_MANUAL] = MODE_MANUAL,
	};
	struct event ev = {
		.kind = EV_POLICY, .node = NODE_NONE, .is_more = true
	};

	ev.policy = (struct policy){
		.mode = modes[conf->failover],
		.has_roles = w->driver->has_roles,
		.has_authority = conf->sentinels.n > 0,
		.health = { .fall = (unsigned)conf->fall,
		    .rise = (unsigned)conf->rise,
		    .interval_us = conf->check_interval_us,
		    .flap_hold_us = conf->flap_hold_us },
		.sync_replicas = (unsigned)conf->sync_replicas,
		.failover_limit = (unsigned)conf->failover_limit,
		.failover_window_us = conf->failover_window_us,
		.fence_timeout_us = ward_hooks_fence_timeout(w),
		.promote_timeout_us = conf->promote_timeout_us,
		.silence_us = w->driver->silence_us,
		.unlink_us = w->driver->unlink_us,
	};
	ward_set_limits(&ev.policy, conf);
	ward_step(w, &ev, now);
}

/* A step has to follow, which schedules it. */
static void
ward_open_probe(struct ward_node *n)
{
	struct ward *w = n->ward;
	struct contact_login login = ward_login(w, (int)n->slot);
	struct hookenv env;

	probe_close(&n->probe);
	n->probe.timeout_us = w->section->check_timeout_us;
	ward_hooks_describe_check(w, (int)n->slot, &env);
	login.check_env = hookenv_list(&env);
	probe_open(&n->probe, w->loop, ward_driver(w, (int)n->slot), &login);
	hookenv_fini(&env);
}

void
ward_probe_anew(struct ward_node *n, usec_t now)
{
	ward_open_probe(n);
	ward_tick(n->ward, now);
}

static void
ward_add_node(struct ward *w, const struct conf_node *conf, usec_t now)
{
	struct event ev = {
		.kind = EV_NODE_ADD,
		.node = (int)conf->id,
		.is_more = conf != &w->section->nodes[w->section->n_nodes - 1],
		.priority = (unsigned)conf->priority,
		.weight = (unsigned)conf->weight,
		.is_backup = conf->is_backup,
	};

	snprintf(ev.name, sizeof(ev.name), "%s", conf->name);
	locate_configure(&w->nodes[conf->id], conf);
	/* Opened anew on reload: the password may be another one. */
	ward_open_probe(&w->nodes[conf->id]);
	ward_step(w, &ev, now);
}

static void
ward_remove_node(struct ward *w, int slot, usec_t now)
{
	struct event ev = {
		.kind = EV_NODE_REMOVE, .node = slot, .is_more = true
	};

	probe_close(&w->nodes[slot].probe);
	locate_forget(&w->nodes[slot]);
	w->nodes[slot].detail[0] = '\0';
	w->nodes[slot].trouble[0] = '\0';
	w->nodes[slot].agent_admin = ADMIN_READY;
	ward_step(w, &ev, now);
}

void
ward_move_node(struct ward_node *n, bool was_known, usec_t now)
{
	struct ward *w = n->ward;
	struct event ev = {
		.kind = was_known ? EV_NODE_MOVE : EV_PASSIVE,
		.node = (int)n->slot,
	};

	ward_open_probe(n);
	n->detail[0] = '\0';
	n->trouble[0] = '\0';
	operations_fail(&w->operations, ev.node, now);
	ward_hooks_move(w, ev.node);
	ward_step(w, &ev, now);
	authority_look_again(&w->authority, now);
}

/* Several events, and one decision behind the last: there is a node. */
void
ward_configure(struct ward *w, const struct conf *conf, usec_t now)
{
	CHECK_OBJ(w, WARD_MAGIC);
	conf_unref(&w->conf);
	w->conf = conf_ref(conf);
	w->section = conf_cluster_by_id(conf, w->id);
	for (int i = 0; i < NODES_MAX; i++)
		if (w->brain.nodes[i].is_used &&
		    conf_node_by_id(w->section, (unsigned)i) == NULL)
			ward_remove_node(w, i, now);
	ward_set_policy(w, now);
	for (unsigned i = 0; i < w->section->n_nodes; i++)
		ward_add_node(w, &w->section->nodes[i], now);
	authority_configure(&w->authority, w->section, now);
}

struct ward *
ward_new(
    struct guard *guard, struct loop *loop, const struct conf_cluster *conf)
{
	struct ward *w = mem_new(sizeof(*w));

	w->magic = WARD_MAGIC;
	w->guard = guard;
	w->loop = loop;
	w->id = conf->id;
	w->driver = driver_of_cluster(conf);
	authority_init(&w->authority, w);
	list_init(&w->operations);
	ward_hooks_init(w);
	cluster_init(&w->brain, conf->name);
	for (unsigned i = 0; i < NODES_MAX; i++) {
		w->nodes[i].ward = w;
		w->nodes[i].slot = i;
		probe_init(&w->nodes[i].probe, loop, ward_on_verdict);
	}
	return w;
}

void
ward_free(struct ward **ward)
{
	struct ward *w = *ward;

	if (w == NULL)
		return;
	CHECK_OBJ(w, WARD_MAGIC);
	if (w->answer != NULL)
		w->answer(w->answer_arg, false, "the cluster was removed");
	authority_close(&w->authority);
	locate_close(w);
	operations_cancel(&w->operations);
	ward_hooks_close(w);
	for (int i = 0; i < NODES_MAX; i++)
		probe_close(&w->nodes[i].probe);
	record_fini(&w->record);
	conf_unref(&w->conf);
	free(w);
	*ward = NULL;
}
