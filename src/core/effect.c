#include "core/effect.h"

#include "core/candidate.h"
#include "core/hearing.h"
#include "core/learn.h"

#include <string.h>

/* A journal that failed is tried again after this time. */
#define EFFECT_JOURNAL_RETRY USEC_SEC

/* What an effect needs to know besides the cluster. */
struct stage {
	struct cluster *c;
	const struct rule *rule;
	const struct facts *facts;
	struct actions *actions;
	int node;
	usec_t now;
	uint64_t loss_bytes; /* given up by adopting */
};

static struct action *
stage_act(struct stage *s, enum action_kind kind, int node)
{
	struct action *a;

	CHECK(s->actions->n < ACTIONS_MAX);
	a = &s->actions->at[s->actions->n++];
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	a->node = node;
	a->target = NODE_NONE;
	a->epoch = s->c->epoch;
	a->why = s->rule->why;
	return a;
}

/* An action whose result the brain waits for in `task`. */
static struct action *
stage_ask(struct stage *s, enum action_kind kind, int node, struct task *task)
{
	struct action *a = stage_act(s, kind, node);

	a->seq = ++s->c->seq;
	task->seq = a->seq;
	task->outcome = OUTCOME_WAITING;
	return a;
}

static void
stage_publish(struct stage *s)
{
	view_build(&s->c->published, s->c, s->now);
	stage_act(s, ACT_PUBLISH, s->c->published.writer);
}

/* Takes `node` as the primary and routes it under a new epoch. */
static void
stage_route(struct stage *s, int node)
{
	struct cluster *c = s->c;

	c->primary = node;
	c->candidate = NODE_NONE;
	c->intended = NODE_NONE;
	c->told = NODE_NONE;
	c->is_switching = false;
	c->fence.outcome = OUTCOME_NONE;
	c->is_fenced = false;
	c->branch = (struct branch){ 0, false };
	c->nodes[node].was_primary = true;
	c->nodes[node].is_quarantined = false;
	c->nodes[node].is_rejoin_ordered = false;
	c->nodes[node].is_proven = false;
	for (int i = 0; i < NODES_MAX; i++) {
		c->nodes[i].is_excluded = false;
		c->nodes[i].is_told = false;
		c->nodes[i].proven_at = s->now; /* grace to follow over */
		c->nodes[i].task_fails = 0;
		c->nodes[i].task_retry_at = s->now; /* told of the new one */
	}
	c->epoch++;
	stage_publish(s);
	stage_act(s, ACT_NOTE, node)->record = RECORD_PRIMARY;
	learn_hurry(c, s->now);
}

/* The data of `node` is from now on what must not be lost. */
static void
stage_take_data(struct stage *s, int node)
{
	struct cluster *c = s->c;
	const struct report *r = &c->nodes[node].report;

	if (strcmp(c->history, r->history) != 0) {
		memcpy(c->history_prev, r->history_prev, HISTORY_LEN);
		memcpy(c->history, r->history, HISTORY_LEN);
		c->forked_at = r->forked_at;
		c->furthest = r->position;
	}
	c->position = r->position;
}

static void
effect_infer(struct stage *s)
{
	CHECK(s->facts->inferred >= 0);
	s->c->primary = s->facts->inferred;
	s->c->nodes[s->c->primary].was_primary = true;
}

/* Also when the fence failed: perhaps only its answer was lost. */
static void
effect_unfence(struct stage *s)
{
	CHECK(s->c->primary >= 0);
	if (s->c->fence.outcome != OUTCOME_NONE)
		stage_act(s, ACT_UNFENCE, s->c->primary);
}

/* What was known of our history, and the node does not have. */
static void
stage_lose(struct stage *s, int node)
{
	uint64_t known = candidate_known(s->c);
	uint64_t shared = candidate_shared(s->c, &s->c->nodes[node].report);

	if (shared < known)
		s->loss_bytes = known - shared;
	if (node != s->c->primary)
		s->loss_bytes += s->c->branch.bytes;
	s->c->loss_bytes += s->loss_bytes;
}

/* Only what is on disk keeps a restart from believing the other. */
static void
effect_recall(struct stage *s)
{
	struct cluster *c = s->c;

	CHECK(s->facts->claimant >= 0);
	stage_ask(s, ACT_JOURNAL, s->facts->claimant, &c->recall)->record =
	    RECORD_PRIMARY;
	c->journal_retry_at = s->now + EFFECT_JOURNAL_RETRY;
}

static void
effect_adopt(struct stage *s)
{
	int node = s->facts->claimant;
	bool is_ours;

	CHECK(node >= 0);
	is_ours = s->c->nodes[node].is_told || s->c->intended == node;
	stage_lose(s, node);
	if (node == s->c->primary)
		effect_unfence(s);
	if (is_ours) /* but its answer was late, or we were not there */
		learn_promotion(s->c, s->now);
	stage_take_data(s, node);
	stage_route(s, node);
	if (is_ours)
		stage_act(s, ACT_PERSIST, node);
}

static void
effect_elect(struct stage *s)
{
	CHECK(s->facts->candidate >= 0);
	stage_route(s, s->facts->candidate);
}

static void
effect_intend(struct stage *s)
{
	struct cluster *c = s->c;
	struct action *a;
	struct node *n;

	CHECK(s->facts->candidate >= 0);
	c->candidate = s->facts->candidate;
	c->is_switching = c->order.kind == ORDER_SWITCHOVER;
	n = &c->nodes[c->candidate];
	n->promised = c->phase == PHASE_PLAN ? PROMISED_ALL
					     : candidate_shared(c, &n->report);
	a = stage_ask(s, ACT_JOURNAL, c->candidate, &c->journal);
	a->record = RECORD_INTENT;
	a->target = c->primary;
	learn_hurry(c, s->now);
}

static void
effect_hold(struct stage *s)
{
	s->c->epoch++;
	s->c->is_barrier_reached = false;
	stage_publish(s);
	learn_hurry(s->c, s->now);
}

static void
effect_fence(struct stage *s)
{
	if (!s->c->policy.has_roles)
		return; /* the barrier is all the fence there is */
	stage_ask(s, ACT_FENCE, s->c->primary, &s->c->fence)->timeout_us =
	    s->c->policy.promote_timeout_us;
}

/* Nobody listens there: nothing can be told, and nothing can be written. */
static void
effect_fence_soft(struct stage *s)
{
	const struct cluster *c = s->c;

	s->c->fence.outcome = OUTCOME_NONE;
	if (!c->policy.has_roles || c->primary < 0 ||
	    c->primary == c->candidate ||
	    c->nodes[c->primary].health.last == VERDICT_REFUSED)
		return;
	stage_ask(s, ACT_FENCE, c->primary, &s->c->fence)->timeout_us =
	    c->policy.fence_timeout_us;
}

static void
effect_promote(struct stage *s)
{
	struct cluster *c = s->c;
	struct node *n;

	CHECK(c->candidate >= 0);
	CHECK(c->is_barrier_reached);
	CHECK(c->journal.outcome == OUTCOME_OK);
	c->promote.outcome = OUTCOME_NONE;
	if (!c->policy.has_roles)
		return; /* nothing to tell it: to be routed is all there is */
	n = &c->nodes[c->candidate];
	n->was_primary = true;
	n->is_told = true;
	c->told = c->candidate;
	/* In a switchover it has caught up since it was chosen. */
	if (c->is_switching || n->promised < candidate_shared(c, &n->report))
		n->promised = candidate_shared(c, &n->report);
	stage_ask(s, ACT_PROMOTE, c->candidate, &c->promote)->timeout_us =
	    c->policy.promote_timeout_us;
}

static void
effect_crown(struct stage *s)
{
	struct cluster *c = s->c;
	int node = c->candidate;

	CHECK(node >= 0 && c->is_barrier_reached);
	c->loss_bytes += view_lag_bytes(c, node) + c->branch.bytes;
	learn_promotion(s->c, s->now);
	stage_take_data(s, node);
	stage_route(s, node);
	if (c->policy.has_roles)
		stage_act(s, ACT_PERSIST, node);
}

static void
effect_resume(struct stage *s)
{
	effect_unfence(s);
	stage_route(s, s->c->primary);
}

static void
stage_exclude(struct stage *s, struct node *n)
{
	n->is_excluded = true;
	n->excluded_at = s->now;
	if (n->report.role != ROLE_PRIMARY ||
	    candidate_shared(s->c, &n->report) >= n->promised)
		return;
	/* Promoted, and yet refused the crown: not to be adopted then. */
	n->is_told = false;
	learn_promotion(s->c, s->now);
}

static void
effect_exclude(struct stage *s)
{
	struct cluster *c = s->c;

	if (c->candidate >= 0)
		stage_exclude(s, &c->nodes[c->candidate]);
	c->is_switching = false;
}

/* Else a restart would believe in a promotion that was never ordered. */
static void
effect_abandon(struct stage *s)
{
	if (s->c->primary >= 0)
		stage_act(s, ACT_NOTE, s->c->primary)->record = RECORD_PRIMARY;
}

static void
effect_journal_pause(struct stage *s)
{
	s->c->journal_retry_at = s->now + EFFECT_JOURNAL_RETRY;
	s->c->journal.outcome = OUTCOME_NONE;
	s->c->is_switching = false;
}

static void
effect_demote(struct stage *s)
{
	struct node *n = &s->c->nodes[s->node];

	stage_ask(s, ACT_DEMOTE, s->node, &n->task)->target = s->c->primary;
}

static void
effect_repoint(struct stage *s)
{
	struct node *n = &s->c->nodes[s->node];

	stage_ask(s, ACT_REPOINT, s->node, &n->task)->target = s->c->primary;
}

static void
effect_open(struct stage *s)
{
	stage_ask(s, ACT_UNFENCE, s->node, &s->c->nodes[s->node].task);
}

static void
effect_redial(struct stage *s)
{
	struct node *n = &s->c->nodes[s->node];

	stage_ask(s, ACT_REDIAL, s->node, &n->redial)->timeout_us =
	    HEARING_REDIAL;
}

static void
effect_quarantine(struct stage *s)
{
	s->c->nodes[s->node].is_quarantined = true;
	s->c->nodes[s->node].is_proven = false;
}

static void
effect_clear(struct stage *s)
{
	s->c->nodes[s->node].is_quarantined = false;
}

static void
effect_answer(struct stage *s, bool is_ok)
{
	struct action *a;

	if (s->c->order.kind != ORDER_NONE) {
		a = stage_act(s, ACT_ANSWER, s->c->primary);
		a->is_ok = is_ok;
		a->target = s->c->order.node;
	}
	s->c->order = (struct order){ ORDER_NONE, NODE_NONE };
}

static void
effect_answer_ok(struct stage *s)
{
	effect_answer(s, true);
}

static void
effect_answer_no(struct stage *s)
{
	effect_answer(s, false);
}

typedef void effect_fn(struct stage *s);

static effect_fn *const effect_fns[EFFECT_COUNT] = {
	[EFFECT_INFER] = effect_infer,
	[EFFECT_RECALL] = effect_recall,
	[EFFECT_ADOPT] = effect_adopt,
	[EFFECT_ELECT] = effect_elect,
	[EFFECT_INTEND] = effect_intend,
	[EFFECT_HOLD] = effect_hold,
	[EFFECT_FENCE] = effect_fence,
	[EFFECT_FENCE_SOFT] = effect_fence_soft,
	[EFFECT_PROMOTE] = effect_promote,
	[EFFECT_CROWN] = effect_crown,
	[EFFECT_RESUME] = effect_resume,
	[EFFECT_EXCLUDE] = effect_exclude,
	[EFFECT_ABANDON] = effect_abandon,
	[EFFECT_JOURNAL_PAUSE] = effect_journal_pause,
	[EFFECT_DEMOTE] = effect_demote,
	[EFFECT_REPOINT] = effect_repoint,
	[EFFECT_OPEN] = effect_open,
	[EFFECT_REDIAL] = effect_redial,
	[EFFECT_QUARANTINE] = effect_quarantine,
	[EFFECT_CLEAR] = effect_clear,
	[EFFECT_ANSWER_OK] = effect_answer_ok,
	[EFFECT_ANSWER_NO] = effect_answer_no,
	[EFFECT_PUBLISH] = stage_publish,
};

/* Bytes that are given up by what the rule does, as far as is known. */
static uint64_t
stage_loss(const struct stage *s)
{
	const struct cluster *c = s->c;
	const struct report *r;

	if ((s->rule->then & UINT32_C(1) << EFFECT_INTEND) != 0)
		return view_lag_bytes(c, c->candidate) + c->branch.bytes;
	if ((s->rule->then & UINT32_C(1) << EFFECT_ADOPT) != 0)
		return s->loss_bytes;
	if ((s->rule->then & UINT32_C(1) << EFFECT_DEMOTE) == 0)
		return 0;
	r = &c->nodes[s->node].report;
	if (strcmp(r->history, c->history_prev) != 0 ||
	    r->position <= c->forked_at)
		return 0;
	return r->position - c->forked_at;
}

static void
stage_tell(struct stage *s)
{
	struct action *a;
	int about = s->node;

	if (s->rule->why == NULL)
		return;
	if (s->node < 0) {
		s->c->why = s->rule->why;
		about = s->c->candidate >= 0 ? s->c->candidate : s->c->primary;
	}
	a = stage_act(s, ACT_TELL, about);
	a->target = hearing_find(s->c, HEARS, s->now);
	a->tell = s->rule->tell;
	a->loss_bytes = stage_loss(s);
}

void
effect_apply(struct cluster *c, const struct rule *rule,
    const struct facts *facts, int node, usec_t now, struct actions *actions)
{
	struct stage s = { c, rule, facts, actions, node, now, 0 };

	CHECK_OBJ(c, CLUSTER_MAGIC);
	if (rule->next != PHASE_COUNT) {
		CHECK(rule->next != c->phase);
		c->phase = rule->next;
		c->phase_at = now;
	}
	for (int i = 0; i < EFFECT_COUNT; i++)
		if ((rule->then & UINT32_C(1) << i) != 0)
			effect_fns[i](&s);
	stage_tell(&s);
}
