/*
 * Every phase with every combination of the facts that its rules ask for:
 * a rule fires, or it is written here why nothing is to be done.  Events are
 * not in the enumeration because rules don't see them: they change what is
 * known, and that is facts.
 *
 * A new hole, an excuse that excuses nothing and a rule that another one
 * always precedes fail.  What is called impossible here is held against
 * drawn states.
 */
#include "brain.h"
#include "draw.h"

#include <string.h>

#define BIT(PHASE) (UINT32_C(1) << PHASE_##PHASE)
#define HELD (BIT(HOLD) | BIT(LOST))

enum { TEST_PHASES = (1 << PHASE_COUNT) - 1 };

/* All facts of `when` and none of `unless`, in some phases. */
struct pattern {
	uint32_t in;
	uint64_t when;
	uint64_t unless;
	const char *why;
};

/* What can't be, with the reason. */
static const struct pattern test_impossible[] = {
	{ TEST_PHASES, F(AUTO) | F(FOLLOW), 0, "a cluster has one mode" },
	{ TEST_PHASES, F(ORDER_FAILOVER) | F(ORDER_FORCE), 0,
	    "there is one order at a time" },
	{ TEST_PHASES, F(PRIMARY_OK) | F(PRIMARY_DOWN), 0, "up is not down" },
	{ TEST_PHASES, F(PRIMARY_OK) | F(PRIMARY_DEMOTED), 0,
	    "who was demoted is not well" },
	{ TEST_PHASES, F(PRIMARY_OK) | F(PRIMARY_FOREIGN), 0,
	    "who came back as another is not well" },
	{ TEST_PHASES, F(PRIMARY_OK) | F(PRIMARY_GONE), 0,
	    "who is gone is not well" },
	{ TEST_PHASES, F(PRIMARY_GONE), F(KNOWN), "nobody can't be gone" },
	{ TEST_PHASES, F(HEARD), F(PRIMARY_GONE),
	    "replicas are asked about a primary that is down" },
	{ TEST_PHASES, F(UNSURE), F(PRIMARY_GONE),
	    "replicas are asked about a primary that is down" },
	{ TEST_PHASES, F(CLAIMANT), F(ROLES), "who has no role claims none" },
	{ TEST_PHASES, 0, F(ROLES) | F(POSITIONS),
	    "without roles no position is waited for" },
	{ TEST_PHASES, 0, F(ROLES) | F(LOSS_OK), "without roles, no loss" },
	{ TEST_PHASES, 0, F(CANDIDATE) | F(LOSS_OK), "nobody lacks nothing" },
	{ TEST_PHASES, F(JOURNAL_DONE) | F(JOURNAL_FAILED), 0,
	    "it is one or the other" },
	{ BIT(INTENT) | BIT(PLAN), F(LATE), F(JOURNAL_DONE) | F(JOURNAL_FAILED),
	    "what is late has failed" },
	{ TEST_PHASES, F(LATE), F(SWITCH_VAIN), "what is late is in vain" },
	{ TEST_PHASES, F(NODE_RETURNING), F(NODE_RIVAL),
	    "who returns as a replica does not return as a primary" },
	{ TEST_PHASES, F(NODE_RIVAL) | F(NODE_STRAY), 0, "one role a node" },
	{ TEST_PHASES, F(NODE_RIVAL) | F(NODE_JOINED), 0, "one role a node" },
};

/* When nothing is done about the cluster as a whole. */
static const struct pattern test_waits[] = {
	{ BIT(LEARN), 0, F(TRUSTED), "not every node was asked yet" },
	{ BIT(LEARN), F(TRUSTED), F(BARRIER),
	    "a worker may still route what was before the restart" },
	{ BIT(LEARN), F(BARRIER), F(ROLES) | F(CANDIDATE),
	    "no node can serve" },

	{ BIT(STEADY), F(PRIMARY_DOWN), F(TRUSTED),
	    "regent slept: what it saw before is no evidence" },
	{ BIT(STEADY), F(ORDER_SWITCH), F(TRUSTED),
	    "the order waits until every node was asked" },
	{ BIT(STEADY), F(ORDER_SWITCH), F(PRIMARY_OK),
	    "the order waits out a doubt" },
	{ BIT(STEADY), F(ORDER_SWITCH), F(JOURNAL_READY),
	    "the order waits for the journal" },
	{ BIT(STEADY), F(ORDER_SWITCH), F(CANDIDATE),
	    "the order waits for a candidate until it is in vain" },
	{ BIT(STEADY), 0,
	    F(PRIMARY_DOWN) | F(PRIMARY_DEMOTED) | F(PRIMARY_FOREIGN) |
		F(ORDER_SWITCH),
	    "all is well, or not yet proven ill" },

	{ BIT(LEARN) | HELD, F(CLAIMANT) | F(OPEN), F(JOURNAL_READY),
	    "the disk is writing that another was not promoted" },

	{ HELD, 0, F(TRUSTED), "not every node was judged" },
	{ HELD, F(TRUSTED), F(BARRIER),
	    "clients may still be on the old primary" },
	{ HELD, F(BARRIER), F(POSITIONS),
	    "an answer that is due may tell of more data" },
	{ HELD, F(PAUSED), 0, "the operator said so" },
	{ HELD, F(UNSURE), 0, "the primary may live: a proof is on its way" },
	{ HELD, F(CANDIDATE), F(JOURNAL_READY),
	    "the journal failed a moment ago" },
	{ HELD, 0, F(PRIMARY_GONE),
	    "the primary is in doubt, or about to be believed again" },
	{ BIT(LOST), F(HEARD), 0, "a replica hears the primary" },
	{ BIT(LOST), 0, F(AUTO), "somebody else decides" },
	{ BIT(LOST), 0, F(CANDIDATE), "nobody is fit" },
	{ BIT(LOST), 0, F(LOSS_OK), "too much would be lost" },
	{ BIT(LOST), 0, F(LIMIT_OK), "failover_limit is reached" },

	{ BIT(INTENT), F(STANDING), F(JOURNAL_DONE) | F(JOURNAL_FAILED),
	    "the disk is writing" },
	{ BIT(FENCE), F(STANDING), F(BARRIER),
	    "clients may still be on the old primary" },
	{ BIT(FENCE), F(STANDING), F(FENCE_OVER),
	    "the old primary is being fenced" },
	{ BIT(PROMOTE), 0, F(PROMOTED) | F(PROMOTE_FAILED),
	    "the candidate is being promoted" },

	{ BIT(PLAN), 0, F(JOURNAL_DONE) | F(JOURNAL_FAILED),
	    "the disk is writing" },
	{ BIT(PLAN), F(JOURNAL_DONE), F(CANDIDATE_OK) | F(LATE),
	    "the candidate may be fit again in time" },
	{ BIT(PLAN), F(JOURNAL_DONE), F(KEEPS_UP) | F(LATE),
	    "the candidate may come up in time" },
	{ BIT(SWITCH), 0, F(BARRIER) | F(SWITCH_VAIN),
	    "clients may still be on the old primary" },
	{ BIT(CATCHUP), 0, F(FENCE_DONE) | F(SWITCH_VAIN),
	    "the old primary is being fenced" },
	{ BIT(CATCHUP), F(FENCE_DONE), F(CAUGHT_UP) | F(SWITCH_VAIN),
	    "the last bytes are on their way" },
	{ BIT(CATCHUP), F(FENCE_DONE), F(CANDIDATE_OK) | F(SWITCH_VAIN),
	    "the candidate may be fit again in time" },
};

/* When nothing is done about a single node. */
static const struct pattern test_leaves[] = {
	{ BIT(STEADY), 0, F(NODE_RIVAL) | F(NODE_STRAY) | F(NODE_QUARANTINED),
	    "it is where it should be" },
	{ BIT(STEADY), F(NODE_RIVAL) | F(NODE_QUARANTINED), F(NODE_RETURNING),
	    "kept out; its data is the operator's to give up" },
	{ BIT(STEADY), F(NODE_QUARANTINED),
	    F(NODE_RIVAL) | F(NODE_JOINED) | F(NODE_STRAY),
	    "it has not yet taken the primary's data" },
	{ BIT(STEADY), 0, F(NODE_READY), "it was told a moment ago" },
	{ BIT(STEADY), 0, F(PRIMARY_OK),
	    "nobody to follow is known to be well" },
	{ BIT(STEADY), F(FOLLOW), 0, "somebody else decides" },
	{ BIT(STEADY), F(PAUSED), 0, "the operator said so" },

	{ HELD, 0, F(NODE_UNSURE) | F(NODE_QUARANTINED),
	    "it has nothing to tell" },
	{ HELD, F(NODE_QUARANTINED), F(NODE_UNSURE) | F(NODE_JOINED),
	    "it has not yet taken the primary's data" },
	{ HELD, F(NODE_UNSURE), F(TRUSTED), "not every node was judged" },
	{ HELD, F(NODE_UNSURE) | F(FOLLOW), 0, "somebody else decides" },
	{ HELD, F(NODE_UNSURE) | F(PAUSED), 0, "the operator said so" },
};

/* One enumeration: a phase, rules of nodes or of the cluster. */
struct walk {
	enum phase phase;
	bool is_of_node;
	uint64_t asked; /* facts that the rules ask for */
	bool fired[64]; /* first of all, for some combination */
	bool excused[64];
};

static bool
test_is(const struct pattern *p, const struct walk *w, uint64_t bits)
{
	return (p->in & UINT32_C(1) << w->phase) != 0 &&
	    (bits & p->when) == p->when && (bits & p->unless) == 0;
}

/* Only what is about facts in question: the others are not enumerated. */
static bool
test_can_be(const struct walk *w, uint64_t bits)
{
	for (size_t i = 0; i < ARRAY_LEN(test_impossible); i++) {
		const struct pattern *p = &test_impossible[i];

		if (((p->when | p->unless) & ~w->asked) == 0 &&
		    test_is(p, w, bits))
			return false;
	}
	return true;
}

/* Views are brought up to date whenever nothing else is to be done. */
static bool
test_is_housekeeping(const struct rule *r)
{
	return r->when == F(VIEW_STALE);
}

static bool
test_belongs(const struct walk *w, const struct rule *r)
{
	return (r->in & UINT32_C(1) << w->phase) != 0 &&
	    rule_is_of_node(r) == w->is_of_node && !test_is_housekeeping(r);
}

static bool
test_fires(struct walk *w, uint64_t bits)
{
	for (unsigned i = 0; i < rules_n; i++)
		if (test_belongs(w, &rules[i]) &&
		    (bits & rules[i].when) == rules[i].when &&
		    (bits & rules[i].unless) == 0) {
			w->fired[i] = true;
			return true;
		}
	return false;
}

static bool
test_is_excused(struct walk *w, uint64_t bits)
{
	const struct pattern *excuses =
	    w->is_of_node ? test_leaves : test_waits;
	size_t n =
	    w->is_of_node ? ARRAY_LEN(test_leaves) : ARRAY_LEN(test_waits);

	for (size_t i = 0; i < n; i++)
		if (test_is(&excuses[i], w, bits)) {
			w->excused[i] = true;
			return true;
		}
	return false;
}

static void
test_report_hole(const struct walk *w, uint64_t bits)
{
	for (int i = 0; i < FACT_COUNT; i++)
		if ((w->asked & UINT64_C(1) << i) != 0)
			print_error("%s%s ",
			    (bits & UINT64_C(1) << i) != 0 ? "" : "!",
			    fact_names[i]);
	fail_msg(
	    "in %s no rule fires, and nothing says why", phase_names[w->phase]);
}

/* All combinations of the facts in question: the subsets of a set of bits. */
static void
test_walk(struct walk *w)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < rules_n; i++)
		if (test_belongs(w, &rules[i]))
			w->asked |= rules[i].when | rules[i].unless;
	if (w->asked == 0)
		return; /* no rule is about single nodes then */
	do {
		if (test_can_be(w, bits) && !test_fires(w, bits) &&
		    !test_is_excused(w, bits))
			test_report_hole(w, bits);
		bits = (bits - w->asked) & w->asked;
	} while (bits != 0);
}

static void
test_expect_all_needed(
    const struct pattern *excuses, const uint32_t *needed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (needed[i] != excuses[i].in)
			fail_msg("excuses nothing: %s", excuses[i].why);
}

static void
test_walk_all(bool is_of_node, uint32_t fired[64], uint32_t excused[64])
{
	for (int p = 0; p < PHASE_COUNT; p++) {
		struct walk w = { .phase = (enum phase)p,
			.is_of_node = is_of_node };

		test_walk(&w);
		for (int i = 0; i < 64; i++) {
			fired[i] |= w.fired[i] ? UINT32_C(1) << p : 0;
			excused[i] |= w.excused[i] ? UINT32_C(1) << p : 0;
		}
	}
}

/* In each of its phases a rule is the first to fire for something. */
static void
test_expect_none_shadowed(const uint32_t fired[64])
{
	for (unsigned i = 0; i < rules_n; i++)
		for (int p = 0; p < PHASE_COUNT; p++)
			if ((rules[i].in & ~fired[i] & UINT32_C(1) << p) != 0 &&
			    !test_is_housekeeping(&rules[i]))
				fail_msg("%s never fires in %s", rules[i].name,
				    phase_names[p]);
}

static void
test_every_combination_fires_or_is_excused(void **state)
{
	uint32_t fired[64] = { 0 }, waits[64] = { 0 }, leaves[64] = { 0 };

	(void)state;
	assert_true(rules_n <= 64);
	test_walk_all(false, fired, waits);
	test_walk_all(true, fired, leaves);
	test_expect_none_shadowed(fired);
	test_expect_all_needed(test_waits, waits, ARRAY_LEN(test_waits));
	test_expect_all_needed(test_leaves, leaves, ARRAY_LEN(test_leaves));
}

/* Nothing but a stale view is asked for, in whatever phase. */
static void
test_views_are_brought_up_to_date_in_every_phase(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < rules_n; i++)
		if (test_is_housekeeping(&rules[i])) {
			n++;
			assert_int_equal(
			    rules[i].in & TEST_PHASES, TEST_PHASES);
			assert_int_equal(rules[i].unless, 0);
		}
	assert_int_equal(n, 1);
}

static void
test_impossible_is_not_met(void **state)
{
	struct draw draw = { 2 };

	(void)state;
	for (int n = 0; n < 50000; n++) {
		struct facts facts;
		struct walk w;
		struct brain b;

		draw_cluster(&draw, &b);
		w.phase = b.c.phase;
		facts_derive(&facts, &b.c, n % 3, b.now);
		for (size_t i = 0; i < ARRAY_LEN(test_impossible); i++)
			if (test_is(&test_impossible[i], &w, facts.bits))
				fail_msg("%s", test_impossible[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination_fires_or_is_excused),
		cmocka_unit_test(
		    test_views_are_brought_up_to_date_in_every_phase),
		cmocka_unit_test(test_impossible_is_not_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
