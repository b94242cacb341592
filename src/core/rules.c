#include "core/rules.h"

#define IN(PHASE) (UINT32_C(1) << PHASE_##PHASE)
#define DO(EFFECT) (UINT32_C(1) << EFFECT_##EFFECT)
#define STAY PHASE_COUNT

#define IN_SWITCHOVER (IN(SWITCH) | IN(CATCHUP))
#define IN_HELD (IN(HOLD) | IN(LOST))

/* What an automatic promotion needs, and what forbids it. */
#define DECIDE_WHEN \
	(F(AUTO) | F(TRUSTED) | F(PRIMARY_GONE) | F(BARRIER) | F(POSITIONS) | \
	    F(CANDIDATE) | F(LOSS_OK) | F(LIMIT_OK) | F(JOURNAL_READY))
#define DECIDE_UNLESS (F(HEARD) | F(UNSURE) | F(PAUSED))

const struct rule rules[] = {
	/* Learning who is primary. */
	{ .name = "adopt",
	    .in = IN(LEARN) | IN_HELD,
	    .when = F(TRUSTED) | F(ROLES) | F(CLAIMANT) | F(BARRIER),
	    .unless = F(OPEN),
	    .then = DO(ADOPT) | DO(ANSWER_OK),
	    .next = PHASE_STEADY,
	    .why = "the rightful primary is up" },
	{ .name = "recall",
	    .in = IN(LEARN) | IN_HELD,
	    .when = F(TRUSTED) | F(ROLES) | F(CLAIMANT) | F(BARRIER) | F(OPEN) |
		F(JOURNAL_READY),
	    .then = DO(RECALL),
	    .next = STAY,
	    .why = "the journal names another who may have been promoted: "
		   "first it says who is primary" },
	{ .name = "elect",
	    .in = IN(LEARN),
	    .when = F(TRUSTED) | F(CANDIDATE) | F(BARRIER),
	    .unless = F(ROLES),
	    .then = DO(ELECT),
	    .next = PHASE_STEADY,
	    .why = "first healthy node by priority" },
	{ .name = "resume",
	    .in = IN_HELD,
	    .when = F(TRUSTED) | F(PRIMARY_OK) | F(BARRIER),
	    .unless = F(ROLES),
	    .then = DO(RESUME) | DO(ANSWER_NO),
	    .next = PHASE_STEADY,
	    .why = "the primary is back" },
	{ .name = "infer",
	    .in = IN(LEARN),
	    .when = F(TRUSTED) | F(ROLES) | F(INFERRED),
	    .unless = F(KNOWN),
	    .then = DO(INFER),
	    .next = STAY,
	    .why = "the replicas say whom they follow" },
	{ .name = "start-without-primary",
	    .in = IN(LEARN),
	    .when = F(TRUSTED) | F(KNOWN) | F(PRIMARY_GONE),
	    .unless = F(CLAIMANT),
	    .then = DO(HOLD),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "the known primary is gone at the start" },
	{ .name = "start-unknown",
	    .in = IN(LEARN),
	    .when = F(TRUSTED) | F(ROLES) | F(BARRIER),
	    .unless = F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_ERROR,
	    .why = "it can't be told which node is primary: none claims it, or "
		   "several do; choose with `failover CLUSTER NODE`" },

	/* The primary goes. */
	{ .name = "primary-down",
	    .in = IN(STEADY),
	    .when = F(TRUSTED) | F(PRIMARY_DOWN),
	    .then = DO(HOLD) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "the primary is down" },
	{ .name = "primary-demoted",
	    .in = IN(STEADY),
	    .when = F(PRIMARY_DEMOTED),
	    .then = DO(HOLD) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "the primary has become a replica, or another was "
		   "appointed" },
	{ .name = "primary-foreign",
	    .in = IN(STEADY),
	    .when = F(PRIMARY_FOREIGN),
	    .then = DO(HOLD) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "the primary has restarted under another history: its data "
		   "is compared with what others have" },

	/* Deciding. */
	{ .name = "force",
	    .in = IN_HELD,
	    .when = F(ORDER_FORCE) | F(CANDIDATE) | F(JOURNAL_READY),
	    .then = DO(INTEND),
	    .next = PHASE_INTENT,
	    .tell = TELL_WARN,
	    .why = "the operator forced a failover" },
	{ .name = "failover",
	    .in = IN_HELD,
	    .when = F(ORDER_FAILOVER) | F(TRUSTED) | F(BARRIER) | F(POSITIONS) |
		F(CANDIDATE) | F(JOURNAL_READY),
	    .unless = F(HEARD) | F(UNSURE),
	    .then = DO(INTEND),
	    .next = PHASE_INTENT,
	    .tell = TELL_WARN,
	    .why = "the operator ordered a failover" },
	{ .name = "decide",
	    .in = IN_HELD,
	    .when = DECIDE_WHEN,
	    .unless = DECIDE_UNLESS,
	    .then = DO(INTEND),
	    .next = PHASE_INTENT,
	    .why = "a replica is safe to promote" },
	{ .name = "lost-heard",
	    .in = IN(HOLD),
	    .when = F(TRUSTED) | F(HEARD),
	    .unless = F(FOLLOW) | F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_WARN,
	    .why = "only regent can't reach the primary: a replica still "
		   "receives from it, so nothing is promoted; override with "
		   "`failover CLUSTER --force`" },
	{ .name = "lost-not-ours",
	    .in = IN(HOLD),
	    .when = F(TRUSTED),
	    .unless = F(AUTO) | F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_WARN,
	    .why = "regent promotes nothing by itself here: failover = follow "
		   "waits for another to do it, manual for `failover CLUSTER "
		   "[NODE]`" },
	{ .name = "lost-positions",
	    .in = IN(HOLD),
	    .when = F(TRUSTED) | F(LATE),
	    .unless = F(POSITIONS) | F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_ERROR,
	    .why = "too few nodes answer to be sure that no acknowledged write "
		   "is lost: bring one back, or accept the loss with "
		   "`failover CLUSTER --force`" },
	{ .name = "lost-nobody",
	    .in = IN(HOLD),
	    .when = F(TRUSTED) | F(POSITIONS),
	    .unless = F(CANDIDATE) | F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_ERROR,
	    .why = "the primary is gone and no node is fit to be promoted" },
	{ .name = "lost-loss",
	    .in = IN(HOLD),
	    .when = F(TRUSTED) | F(POSITIONS) | F(CANDIDATE),
	    .unless = F(LOSS_OK) | F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_ERROR,
	    .why = "the best replica lacks more than max_loss; accept the loss "
		   "with `failover CLUSTER`" },
	{ .name = "lost-limit",
	    .in = IN(HOLD),
	    .when = F(TRUSTED) | F(CANDIDATE),
	    .unless = F(LIMIT_OK) | F(CLAIMANT),
	    .next = PHASE_LOST,
	    .tell = TELL_ERROR,
	    .why =
		"failover_limit is reached; promote with `failover CLUSTER`" },

	/* Promoting. */
	{ .name = "decide-anew",
	    .in = IN(INTENT) | IN(FENCE),
	    .unless = F(STANDING),
	    .then = DO(ABANDON),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "decided anew: our own loop slept, a node is new, the "
		   "candidate is gone, or the operator said stop" },
	{ .name = "intent-written",
	    .in = IN(INTENT),
	    .when = F(JOURNAL_DONE),
	    .then = DO(FENCE_SOFT),
	    .next = PHASE_FENCE },
	{ .name = "intent-failed",
	    .in = IN(INTENT),
	    .when = F(JOURNAL_FAILED),
	    .then = DO(ABANDON) | DO(JOURNAL_PAUSE) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_ERROR,
	    .why = "NO PROMOTION: the journal can't be written: the disk of "
		   "state_dir is full or does not answer" },
	{ .name = "promote",
	    .in = IN(FENCE),
	    .when = F(BARRIER) | F(FENCE_OVER),
	    .then = DO(PROMOTE),
	    .next = PHASE_PROMOTE },
	{ .name = "crown",
	    .in = IN(PROMOTE),
	    .when = F(PROMOTED),
	    .then = DO(CROWN) | DO(ANSWER_OK),
	    .next = PHASE_STEADY,
	    .why = "promoted" },
	{ .name = "promote-failed",
	    .in = IN(PROMOTE),
	    .when = F(PROMOTE_FAILED),
	    .then = DO(EXCLUDE) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_ERROR,
	    .why = "the promotion failed, or took longer than "
		   "promote_timeout" },

	/*
	 * Switchover: everything before the promotion undoes itself, by way of
	 * HOLD, where the primary is routed again once it is known to be well.
	 */
	{ .name = "plan",
	    .in = IN(STEADY),
	    .when = F(ORDER_SWITCH) | F(TRUSTED) | F(PRIMARY_OK) |
		F(CANDIDATE) | F(JOURNAL_READY),
	    .then = DO(INTEND),
	    .next = PHASE_PLAN,
	    .why = "the operator ordered a switchover" },
	{ .name = "refused",
	    .in = IN(STEADY) | IN_HELD,
	    .when = F(ORDER_VAIN),
	    .then = DO(ANSWER_NO),
	    .next = STAY,
	    .why = "refused: no node is fit for it, a replica still receives "
		   "from the primary, or too few nodes answer (see `show "
		   "candidates`; `failover --force` overrides the last two)" },
	{ .name = "plan-primary-gone",
	    .in = IN(PLAN) | IN_SWITCHOVER,
	    .when = F(PRIMARY_GONE),
	    .then = DO(ABANDON) | DO(HOLD) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "the primary is gone in the switchover" },
	{ .name = "switch",
	    .in = IN(PLAN),
	    .when = F(JOURNAL_DONE) | F(CANDIDATE_OK) | F(KEEPS_UP),
	    .then = DO(HOLD),
	    .next = PHASE_SWITCH },
	{ .name = "plan-vain",
	    .in = IN(PLAN),
	    .when = F(PLAN_VAIN),
	    .then = DO(ABANDON) | DO(JOURNAL_PAUSE) | DO(ANSWER_NO),
	    .next = PHASE_STEADY,
	    .tell = TELL_ERROR,
	    .why = "no switchover: the journal can't be written, or the "
		   "candidate does not keep up with the primary or is no "
		   "longer fit" },
	{ .name = "switch-fence",
	    .in = IN(SWITCH),
	    .when = F(BARRIER),
	    .then = DO(FENCE),
	    .next = PHASE_CATCHUP },
	{ .name = "switch-promote",
	    .in = IN(CATCHUP),
	    .when = F(FENCE_DONE) | F(CAUGHT_UP) | F(CANDIDATE_OK),
	    .then = DO(PROMOTE),
	    .next = PHASE_PROMOTE },
	{ .name = "switch-vain",
	    .in = IN_SWITCHOVER,
	    .when = F(SWITCH_VAIN),
	    .then = DO(ABANDON) | DO(ANSWER_NO),
	    .next = PHASE_HOLD,
	    .tell = TELL_WARN,
	    .why = "switchover undone: the primary could not be fenced, or the "
		   "candidate did not catch up within promote_timeout" },

	{ .name = "readers",
	    .in = ~UINT32_C(0),
	    .when = F(VIEW_STALE),
	    .then = DO(PUBLISH),
	    .next = STAY },

	/* Of single nodes: the last RULES_OF_NODE. */
	{ .name = "demote",
	    .in = IN(STEADY),
	    .when = F(PRIMARY_OK) | F(NODE_RETURNING) | F(NODE_READY),
	    .unless = F(FOLLOW) | F(PAUSED),
	    .then = DO(QUARANTINE) | DO(DEMOTE),
	    .next = STAY,
	    .tell = TELL_WARN,
	    .why = "an old primary is back: it shall follow the new one" },
	{ .name = "quarantine",
	    .in = IN(STEADY),
	    .when = F(NODE_RIVAL),
	    .unless = F(NODE_QUARANTINED),
	    .then = DO(QUARANTINE),
	    .next = STAY,
	    .tell = TELL_ERROR,
	    .why = "a second node claims to be primary; it is kept out. Unless "
		   "failover = follow, give up its data with `rejoin "
		   "CLUSTER/NODE`" },
	{ .name = "repoint",
	    .in = IN(STEADY),
	    .when = F(PRIMARY_OK) | F(NODE_STRAY) | F(NODE_READY),
	    .unless = F(FOLLOW) | F(PAUSED),
	    .then = DO(REPOINT),
	    .next = STAY,
	    .why = "a replica does not follow the primary" },
	{ .name = "open",
	    .in = IN(STEADY),
	    .when = F(NODE_SHUT) | F(NODE_READY),
	    .unless = F(FOLLOW) | F(PAUSED),
	    .then = DO(OPEN),
	    .next = STAY,
	    .tell = TELL_WARN,
	    .why = "the primary refuses writes: it shall take them (pause to "
		   "keep it so)" },
	{ .name = "redial",
	    .in = IN_HELD,
	    .when = F(TRUSTED) | F(NODE_UNSURE),
	    .unless = F(FOLLOW) | F(PAUSED),
	    .then = DO(REDIAL),
	    .next = STAY,
	    .why = "does the primary live? a replica shall dial it anew" },
	{ .name = "clear",
	    .in = IN(STEADY) | IN_HELD,
	    .when = F(NODE_QUARANTINED) | F(NODE_JOINED),
	    .then = DO(CLEAR),
	    .next = STAY,
	    .why = "the node has the data of this cluster again" },
};

const unsigned rules_n = ARRAY_LEN(rules);

_Static_assert(ARRAY_LEN(rules) <= 40, "one table a person can read");

const char *const effect_names[EFFECT_COUNT] = {
	[EFFECT_INFER] = "infer",
	[EFFECT_RECALL] = "recall",
	[EFFECT_ADOPT] = "adopt",
	[EFFECT_ELECT] = "elect",
	[EFFECT_INTEND] = "intend",
	[EFFECT_HOLD] = "hold",
	[EFFECT_FENCE] = "fence",
	[EFFECT_FENCE_SOFT] = "fence-soft",
	[EFFECT_PROMOTE] = "promote",
	[EFFECT_CROWN] = "crown",
	[EFFECT_RESUME] = "resume",
	[EFFECT_EXCLUDE] = "exclude",
	[EFFECT_ABANDON] = "abandon",
	[EFFECT_JOURNAL_PAUSE] = "journal-pause",
	[EFFECT_DEMOTE] = "demote",
	[EFFECT_REPOINT] = "repoint",
	[EFFECT_OPEN] = "open",
	[EFFECT_REDIAL] = "redial",
	[EFFECT_QUARANTINE] = "quarantine",
	[EFFECT_CLEAR] = "clear",
	[EFFECT_ANSWER_OK] = "answer-ok",
	[EFFECT_ANSWER_NO] = "answer-no",
	[EFFECT_PUBLISH] = "publish",
};

#define NODE_FACTS (~UINT64_C(0) << FACT_NODE_RIVAL)

bool
rule_is_of_node(const struct rule *rule)
{
	return (rule->when & NODE_FACTS) != 0;
}

/* The first of those from `first` up to `end` that fires. */
static const struct rule *
rules_match_among(struct facts *f, unsigned first, unsigned end)
{
	uint32_t phase = UINT32_C(1) << f->c->phase;

	for (unsigned i = first; i < end; i++)
		if ((rules[i].in & phase) != 0 &&
		    facts_hold(f, rules[i].when, rules[i].unless))
			return &rules[i];
	return NULL;
}

const struct rule *
rules_match(struct facts *f, const struct cluster *c, int *node, usec_t now)
{
	const struct rule *rule;

	*node = NODE_NONE;
	facts_begin(f, c, now);
	rule = rules_match_among(f, 0, rules_n - RULES_OF_NODE);
	for (int i = 0; i < c->n_slots && rule == NULL; i++) {
		if (!c->nodes[i].is_used)
			continue;
		facts_speak_of(f, i);
		rule = rules_match_among(f, rules_n - RULES_OF_NODE, rules_n);
		if (rule != NULL)
			*node = i;
	}
	return rule;
}

void
rules_waiting(const struct facts *f, uint64_t *missing, uint64_t *hindering)
{
	if ((f->bits & F(KNOWN)) == 0) {
		*missing = F(CLAIMANT) & ~f->bits;
		*hindering = 0;
		return;
	}
	*missing = DECIDE_WHEN & ~f->bits;
	*hindering = DECIDE_UNLESS & f->bits;
}
