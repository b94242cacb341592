/*
 * The table itself: nothing in it is unreachable, unguarded or without an
 * end.  test_holes.c looks for what it forgets.
 */
#include "brain.h"
#include "draw.h"

#include <stdio.h>
#include <string.h>

#define BIT(PHASE) (UINT32_C(1) << PHASE_##PHASE)
#define EFFECT(NAME) (UINT32_C(1) << EFFECT_##NAME)

enum { TEST_PHASES = (1 << PHASE_COUNT) - 1 };

static void
test_every_rule_is_well_formed(void **state)
{
	(void)state;
	assert_true(rules_n <= 40);
	for (unsigned i = 0; i < rules_n; i++) {
		const struct rule *r = &rules[i];

		assert_non_null(r->name);
		assert_true((r->in & TEST_PHASES) != 0);
		assert_true(r->next <= PHASE_COUNT);
		assert_int_equal(r->when & r->unless, 0);
		assert_true(r->when != 0 || r->unless != 0);
		assert_true(r->then != 0 || r->next != PHASE_COUNT);
		if (r->next != PHASE_COUNT)
			assert_int_equal(r->in & UINT32_C(1) << r->next, 0);
		/* Whatever is worth a warning is worth a reason. */
		assert_true(r->tell == TELL_NOTICE || r->why != NULL);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(r->name, rules[j].name);
		assert_int_equal(
		    rule_is_of_node(r), i >= rules_n - RULES_OF_NODE);
	}
}

static void
test_every_fact_and_effect_is_used(void **state)
{
	uint64_t facts = 0;
	uint32_t effects = 0;

	(void)state;
	for (unsigned i = 0; i < rules_n; i++) {
		facts |= rules[i].when | rules[i].unless;
		effects |= rules[i].then;
	}
	for (int i = 0; i < FACT_COUNT; i++)
		if ((facts & UINT64_C(1) << i) == 0)
			fail_msg("no rule asks for %s", fact_names[i]);
	for (int i = 0; i < EFFECT_COUNT; i++) {
		assert_non_null(effect_names[i]);
		if ((effects & UINT32_C(1) << i) == 0)
			fail_msg("no rule has %s", effect_names[i]);
	}
}

/* Phases that can be come to from those in `from`, by any number of rules. */
static uint32_t
test_reach(uint32_t from)
{
	for (int n = 0; n < PHASE_COUNT; n++)
		for (unsigned i = 0; i < rules_n; i++)
			if ((rules[i].in & from) != 0 &&
			    rules[i].next != PHASE_COUNT)
				from |= UINT32_C(1) << rules[i].next;
	return from;
}

static void
test_every_phase_is_reached_and_leads_home(void **state)
{
	(void)state;
	assert_int_equal(test_reach(BIT(LEARN)), TEST_PHASES);
	for (int p = 0; p < PHASE_COUNT; p++) {
		assert_non_null(phase_names[p]);
		if ((test_reach(UINT32_C(1) << p) & BIT(STEADY)) == 0)
			fail_msg("no way from %s to STEADY", phase_names[p]);
	}
}

/*
 * What must have been true on every way to a phase: the facts of the rules
 * passed, but a new hold undoes the barrier and a new intent the journal.
 */
static uint64_t
test_facts_behind(const struct rule *r, uint64_t before)
{
	if ((r->then & EFFECT(HOLD)) != 0)
		before &= ~F(BARRIER);
	if ((r->then & EFFECT(INTEND)) != 0)
		before &= ~F(JOURNAL_DONE);
	return before | r->when;
}

static void
test_flow(uint64_t seen[PHASE_COUNT])
{
	bool is_changed = true;

	for (int p = 0; p < PHASE_COUNT; p++)
		seen[p] = p == PHASE_LEARN ? 0 : ~UINT64_C(0);
	while (is_changed) {
		is_changed = false;
		for (unsigned i = 0; i < rules_n; i++) {
			const struct rule *r = &rules[i];

			for (int p = 0; p < PHASE_COUNT; p++) {
				int to =
				    r->next == PHASE_COUNT ? p : (int)r->next;
				uint64_t old = seen[to];

				if ((r->in & UINT32_C(1) << p) == 0)
					continue;
				seen[to] &= test_facts_behind(r, seen[p]);
				is_changed |= seen[to] != old;
			}
		}
	}
}

static void
test_no_promotion_without_barrier_and_journal(void **state)
{
	uint64_t seen[PHASE_COUNT];
	unsigned n = 0;

	(void)state;
	test_flow(seen);
	for (unsigned i = 0; i < rules_n; i++)
		for (int p = 0; p < PHASE_COUNT; p++) {
			uint64_t behind = seen[p] | rules[i].when;

			if ((rules[i].then & EFFECT(PROMOTE)) == 0 ||
			    (rules[i].in & UINT32_C(1) << p) == 0)
				continue;
			n++;
			if ((~behind & (F(BARRIER) | F(JOURNAL_DONE))) != 0)
				fail_msg(
				    "%s in %s", rules[i].name, phase_names[p]);
		}
	assert_int_equal(n, 2);
}

static void
test_only_promotion_crowns(void **state)
{
	(void)state;
	for (unsigned i = 0; i < rules_n; i++) {
		if ((rules[i].then & EFFECT(CROWN)) != 0)
			assert_int_equal(rules[i].in, BIT(PROMOTE));
		if (rules[i].next == PHASE_PROMOTE)
			assert_true((rules[i].then & EFFECT(PROMOTE)) != 0);
	}
}

/* Whatever routes a writer again must know that nobody routes another. */
static void
test_no_writer_without_barrier(void **state)
{
	const uint32_t routing = EFFECT(ADOPT) | EFFECT(ELECT) | EFFECT(RESUME);
	uint64_t seen[PHASE_COUNT];

	(void)state;
	test_flow(seen);
	for (unsigned i = 0; i < rules_n; i++)
		for (int p = 0; p < PHASE_COUNT; p++) {
			/* RESUME out of SWITCH goes back to the same node. */
			if (p == PHASE_SWITCH ||
			    (rules[i].then & routing) == 0 ||
			    (rules[i].in & UINT32_C(1) << p) == 0)
				continue;
			if (((seen[p] | rules[i].when) & F(BARRIER)) == 0)
				fail_msg(
				    "%s in %s", rules[i].name, phase_names[p]);
		}
}

static void
test_order_is_answered_wherever_it_ends(void **state)
{
	(void)state;
	for (unsigned i = 0; i < rules_n; i++)
		if (rules[i].next == PHASE_STEADY &&
		    (rules[i].in & (BIT(LEARN) | BIT(STEADY))) == 0)
			assert_true(
			    (rules[i].then &
				(EFFECT(ANSWER_OK) | EFFECT(ANSWER_NO))) != 0);
}

static void
test_waiting_tells_what_is_missing_and_what_hinders(void **state)
{
	struct facts facts = { .bits = F(AUTO) | F(HEARD) | F(KNOWN) };
	uint64_t missing, hindering;

	(void)state;
	rules_waiting(&facts, &missing, &hindering);
	assert_true((missing & F(BARRIER)) != 0);
	assert_int_equal(missing & F(AUTO), 0);
	assert_int_equal(hindering, F(HEARD));
	facts.bits = F(AUTO) | F(HEARD);
	rules_waiting(&facts, &missing, &hindering);
	assert_int_equal(missing, F(CLAIMANT));
	assert_int_equal(hindering, 0);
}

static void
test_note_fired(unsigned *fired, const struct rule *rule)
{
	for (unsigned i = 0; i < rules_n; i++)
		if (&rules[i] == rule)
			fired[i]++;
}

/* Feeds an event and ticks until no rule fires. */
static void
test_settle(struct brain *b, struct event *ev, unsigned *fired)
{
	struct actions actions = { .n = 0 };
	const struct rule *rule;
	int steps = 0;

	while ((rule = failover_step(&b->c, ev, b->now, &actions))) {
		test_note_fired(fired, rule);
		actions.n = 0;
		memset(ev, 0, sizeof(*ev));
		ev->node = NODE_NONE;
		if (++steps == FAILOVER_SETTLE_MAX)
			fail_msg("%s for ever", rule->name);
	}
}

/* From any state, by any event: settles, and each rule has its case. */
static void
test_every_rule_fires_and_settling_ends(void **state)
{
	struct draw draw = { 1 };
	unsigned met[PHASE_COUNT][EV_COUNT] = { { 0 } };
	unsigned fired[64] = { 0 };

	(void)state;
	for (int n = 0; n < 100000; n++) {
		enum event_kind kind = (enum event_kind)(n % EV_COUNT);
		struct event ev;
		struct brain b;

		draw_cluster(&draw, &b);
		if (kind == EV_REPLAY && b.c.phase != PHASE_LEARN)
			continue; /* the journal is read at the start only */
		met[b.c.phase][kind]++;
		draw_event(&draw, &b, kind, &ev);
		test_settle(&b, &ev, fired);
	}
	for (unsigned i = 0; i < rules_n; i++)
		if (fired[i] == 0)
			fail_msg("%s never fired", rules[i].name);
	for (int p = 0; p < PHASE_COUNT; p++)
		for (int kind = 0; kind < EV_COUNT; kind++)
			assert_true(met[p][kind] > 0 ||
			    (kind == EV_REPLAY && p != PHASE_LEARN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_is_well_formed),
		cmocka_unit_test(test_every_fact_and_effect_is_used),
		cmocka_unit_test(test_every_phase_is_reached_and_leads_home),
		cmocka_unit_test(test_no_promotion_without_barrier_and_journal),
		cmocka_unit_test(test_only_promotion_crowns),
		cmocka_unit_test(test_no_writer_without_barrier),
		cmocka_unit_test(test_order_is_answered_wherever_it_ends),
		cmocka_unit_test(
		    test_waiting_tells_what_is_missing_and_what_hinders),
		cmocka_unit_test(test_every_rule_fires_and_settling_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
