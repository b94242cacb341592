#include "guard/record/narrate.h"

#include "core/candidate.h"

/* ---- why ---------------------------------------------------------------- */

/* The texts of the facts in `bits`, in the order of their table. */
static void
narrate_facts(uint64_t bits, const char *between, struct text *out)
{
	bool is_first = true;

	for (int i = 0; i < FACT_COUNT; i++) {
		if ((bits & UINT64_C(1) << i) == 0)
			continue;
		text_addf(out, "%s%s", is_first ? "" : between, fact_texts[i]);
		is_first = false;
	}
}

static void
narrate_rule(const struct step *s, struct text *out)
{
	const struct rule *rule = s->rule;

	text_addf(out, "rule %s", rule->name);
	if (rule->why != NULL)
		text_addf(out, ": %s", rule->why);
	if (s->after->phase != s->before->phase)
		text_addf(out, " (phase %s -> %s)",
		    phase_names[s->before->phase],
		    phase_names[s->after->phase]);
	text_add(out, "\n");
	if (rule->when == 0 && rule->unless == 0)
		return;
	text_add(out, "it fired because ");
	narrate_facts(rule->when, "; ", out);
	if (rule->unless != 0) {
		text_add(out,
		    rule->when != 0 ? "; and it is not so that "
				    : "it is not so that ");
		narrate_facts(rule->unless, ", or that ", out);
	}
	text_add(out, "\n");
}

/* ---- whom ---------------------------------------------------------------- */

static void
narrate_one_candidate(const struct step *s, int slot, struct text *out)
{
	const struct cluster *c = s->after;
	enum fitness fitness = candidate_fitness(c, slot);
	uint64_t position = c->nodes[slot].report.position;
	uint64_t best = c->nodes[c->candidate].report.position;

	text_addf(out, "candidate %s: ", narrate_node(s, slot));
	if (fitness != FIT)
		text_addf(out, "not fit, %s", fitness_texts[fitness]);
	else if (!c->policy.has_roles)
		text_addf(
		    out, "fit, with priority %u", c->nodes[slot].priority);
	else
		text_addf(out, "fit, at position %llu with priority %u",
		    (unsigned long long)position, c->nodes[slot].priority);
	if (slot == c->candidate)
		text_add(out, ": chosen");
	else if (fitness == FIT && position < best)
		text_addf(out, ", %llu %s behind",
		    (unsigned long long)(best - position),
		    policy_unit(&c->policy));
	text_add(out, "\n");
}

static void
narrate_candidates(const struct step *s, struct text *out)
{
	const struct cluster *c = s->after;

	if ((s->rule->then & UINT32_C(1) << EFFECT_INTEND) == 0)
		return;
	for (int i = 0; i < NODES_MAX; i++)
		if (c->nodes[i].is_used && i != c->primary)
			narrate_one_candidate(s, i, out);
}

/* ---- what -------------------------------------------------------------- */

static bool
narrate_are_readers_same(const struct step *s)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (s->before->published.nodes[i].is_reader !=
		    s->after->published.nodes[i].is_reader)
			return false;
	return true;
}

static void
narrate_readers(const struct step *s, struct text *out)
{
	bool is_first = true;

	if (narrate_are_readers_same(s))
		return;
	text_add(out, "readers go to ");
	for (int i = 0; i < NODES_MAX; i++) {
		if (!s->after->published.nodes[i].is_reader)
			continue;
		text_addf(
		    out, "%s%s", is_first ? "" : ", ", narrate_node(s, i));
		is_first = false;
	}
	text_add(out, is_first ? "nobody\n" : "\n");
}

static void
narrate_publish(const struct step *s, struct text *out)
{
	const struct cluster_view *was = &s->before->published;
	const struct cluster_view *is = &s->after->published;

	if (is->epoch == was->epoch) {
		narrate_readers(s, out);
		return;
	}
	if (is->writer >= 0)
		text_addf(out, "clients go to %s", narrate_node(s, is->writer));
	else
		text_addf(out, "clients wait, and sessions with %s are cut",
		    narrate_node(s, was->writer));
	text_addf(out, " (epoch %llu)\n", (unsigned long long)is->epoch);
}

static void
narrate_action(const struct step *s, const struct action *a, struct text *out)
{
	const char *node = narrate_node(s, a->node);
	const char *target = narrate_node(s, a->target);

	switch (a->kind) {
	case ACT_PUBLISH:
		narrate_publish(s, out);
		break;
	case ACT_JOURNAL:
		text_addf(out, "regent writes to its journal that %s %s\n",
		    a->record == RECORD_INTENT ? "it promotes"
					       : "the primary is",
		    node);
		break;
	case ACT_NOTE:
		text_addf(out,
		    "regent notes in its journal that %s is primary\n", node);
		break;
	case ACT_FENCE:
		text_addf(out, "%s is told to refuse writes\n", node);
		break;
	case ACT_UNFENCE:
		text_addf(out, "%s may take writes again\n", node);
		break;
	case ACT_PROMOTE:
		text_addf(out, "%s is told to become primary\n", node);
		break;
	case ACT_DEMOTE:
		text_addf(out,
		    "%s is told to follow %s and to drop its clients\n", node,
		    target);
		break;
	case ACT_REPOINT:
		text_addf(out, "%s is told to follow %s\n", node, target);
		break;
	case ACT_REDIAL:
		text_addf(out,
		    "%s is told to dial the primary anew: does it live?\n",
		    node);
		break;
	case ACT_PERSIST:
		text_addf(out, "%s is told to remember its role\n", node);
		break;
	case ACT_TELL:
		if (a->target >= 0)
			text_addf(out, "%s still hears the primary\n", target);
		if (a->loss_bytes > 0)
			text_addf(out,
			    "this gives up %llu %s, as far as is known\n",
			    (unsigned long long)a->loss_bytes,
			    policy_unit(&s->after->policy));
		break;
	case ACT_ANSWER:
		text_addf(out, "the operator is answered that the order %s\n",
		    a->is_ok ? "is done" : "can't be done");
		break;
	case ACT_COUNT:
		CHECK_NEVER("unknown action");
	}
}

static bool
narrate_has_action(const struct actions *actions, enum action_kind kind)
{
	for (unsigned i = 0; i < actions->n; i++)
		if (actions->at[i].kind == kind)
			return true;
	return false;
}

/* What a rule changed without an action. */
static void
narrate_marks(const struct step *s, struct text *out)
{
	uint32_t then = s->rule->then;

	if ((then & UINT32_C(1) << EFFECT_FENCE_SOFT) != 0 &&
	    !narrate_has_action(s->actions, ACT_FENCE))
		text_add(out, "nothing is to be fenced\n");
	if ((then & UINT32_C(1) << EFFECT_INFER) != 0)
		text_addf(out, "%s is taken for the primary\n",
		    narrate_node(s, s->after->primary));
	if ((then & UINT32_C(1) << EFFECT_JOURNAL_PAUSE) != 0)
		text_add(out, "the journal is tried again in a second\n");
	for (int i = 0; i < NODES_MAX; i++) {
		const struct node *was = &s->before->nodes[i];
		const struct node *is = &s->after->nodes[i];

		if (is->is_quarantined != was->is_quarantined)
			text_addf(out, "%s %s quarantine\n", narrate_node(s, i),
			    is->is_quarantined ? "goes into" : "leaves");
		if (is->is_excluded && !was->is_excluded)
			text_addf(out, "%s is not tried again for a while\n",
			    narrate_node(s, i));
	}
}

/* ---- what is still to come -------------------------------------------- */

static bool
narrate_is_held(const struct cluster *c)
{
	return c->phase == PHASE_HOLD || c->phase == PHASE_LOST;
}

struct narrate_wait {
	uint64_t missing;
	uint64_t hindering;
};

static void
narrate_find_wait(
    const struct cluster *c, usec_t now, struct narrate_wait *wait)
{
	struct facts facts;

	*wait = (struct narrate_wait){ .missing = 0 };
	if (!narrate_is_held(c))
		return;
	facts_derive(&facts, c, NODE_NONE, now);
	rules_waiting(&facts, &wait->missing, &wait->hindering);
}

static void
narrate_waiting(const struct step *s, struct text *out)
{
	struct narrate_wait was, is;

	if (!narrate_is_held(s->after))
		return;
	narrate_find_wait(s->before, s->now, &was);
	narrate_find_wait(s->after, s->now, &is);
	if (was.missing == is.missing && was.hindering == is.hindering)
		return;
	if (is.missing != 0) {
		text_add(out, "a promotion waits until ");
		narrate_facts(is.missing, ", and ", out);
		text_add(out, "\n");
	}
	if (is.hindering != 0) {
		text_add(out, "a promotion is forbidden as long as ");
		narrate_facts(is.hindering, ", or ", out);
		text_add(out, "\n");
	}
}

static void
narrate_doings(const struct step *s, struct text *out)
{
	narrate_rule(s, out);
	narrate_candidates(s, out);
	for (unsigned i = 0; i < s->actions->n; i++)
		narrate_action(s, &s->actions->at[i], out);
	narrate_marks(s, out);
}

void
narrate_decision(const struct step *s, struct text *out)
{
	/* Which nodes take readers changes often and decides nothing. */
	if (s->rule != NULL && s->rule->then == UINT32_C(1) << EFFECT_PUBLISH)
		narrate_readers(s, out);
	else if (s->rule != NULL)
		narrate_doings(s, out);
	narrate_waiting(s, out);
}
