/*
 * The table itself: nothing in it is unreachable, shadowed, unguarded or
 * without an end.
 */
#include "brain.h"

#include <stdio.h>
#include <string.h>

#define BIT(PHASE) (UINT32_C(1) << PHASE_##PHASE)
#define EFFECT(NAME) (UINT32_C(1) << EFFECT_##NAME)

enum { TEST_PHASES = (1 << PHASE_COUNT) - 1 };

/* What is true whenever something else is. */
static const struct {
	uint64_t of, follows;
} test_implied[] = {
	{ F(PRIMARY_DOWN), F(PRIMARY_GONE) | F(KNOWN) },
	{ F(PRIMARY_DEMOTED), F(PRIMARY_GONE) | F(KNOWN) },
	{ F(PRIMARY_FOREIGN), F(PRIMARY_GONE) | F(KNOWN) },
	{ F(PRIMARY_OK), F(KNOWN) },
	{ F(HEARD), F(PRIMARY_DOWN) | F(PRIMARY_GONE) | F(KNOWN) },
	{ F(NODE_RETURNING), F(NODE_RIVAL) },
};

static uint64_t
test_closure(uint64_t when)
{
	for (size_t i = 0; i < ARRAY_LEN(test_implied); i++)
		if ((when & test_implied[i].of) != 0)
			when |= test_implied[i].follows;
	return when;
}

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

/* Whether `a` fires wherever and whenever `b` would. */
static bool
test_shadows(const struct rule *a, const struct rule *b, uint32_t phase)
{
	return rule_is_of_node(a) == rule_is_of_node(b) &&
	    (a->in & phase) != 0 && (a->when & ~test_closure(b->when)) == 0 &&
	    (a->unless & ~b->unless) == 0;
}

static void
test_no_rule_is_shadowed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < rules_n; i++) {
		uint32_t reached = rules[i].in & TEST_PHASES;

		for (unsigned j = 0; j < i; j++)
			for (int p = 0; p < PHASE_COUNT; p++)
				if (test_shadows(
					&rules[j], &rules[i], UINT32_C(1) << p))
					reached &= ~(UINT32_C(1) << p);
		if (reached == 0)
			fail_msg("%s never fires", rules[i].name);
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

/* A generator of states, the same in every run. */
struct test_dice {
	uint64_t state;
};

static unsigned
test_draw(struct test_dice *d, unsigned n)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % n);
}

static void
test_draw_report(struct test_dice *d, struct report *r)
{
	*r = (struct report){
		.role = (enum role)test_draw(d, ROLE_COUNT),
		.upstream = (int)test_draw(d, 5) - 2,
		.is_linked = test_draw(d, 4) > 0,
		.is_loading = test_draw(d, 8) == 0,
		.is_never_promoted = test_draw(d, 16) == 0,
		.link_idle_us = test_draw(d, 20) * USEC_SEC,
		.position = 1000 + test_draw(d, 4),
		.forked_at = 1000 + test_draw(d, 4),
	};
	snprintf(r->history, HISTORY_LEN, "h%u", test_draw(d, 2));
	if (test_draw(d, 2) == 0)
		snprintf(r->history_prev, HISTORY_LEN, "h%u", test_draw(d, 2));
	if (r->role != ROLE_REPLICA)
		r->upstream = NODE_NONE;
}

static void
test_draw_node(struct test_dice *d, struct brain *b, int slot)
{
	struct node *n = &b->c.nodes[slot];
	usec_t ago = test_draw(d, 3) * USEC_SEC;

	test_draw_report(d, &n->report);
	n->health.state = (enum health_state)test_draw(d, HEALTH_COUNT);
	n->health.last = (enum verdict)test_draw(d, VERDICT_COUNT);
	n->health.judged_at = b->now - ago;
	n->health.fails = test_draw(d, 3);
	if (n->health.state == HEALTH_SUSPECT)
		n->health.suspect_at = b->now - USEC_SEC;
	if (n->health.state == HEALTH_DOWN)
		n->report.role = ROLE_UNKNOWN;
	n->admin = test_draw(d, 8) == 0 ? ADMIN_DRAIN : ADMIN_READY;
	n->report_at = b->now - ago;
	n->reported_at = b->now - ago;
	n->heard_at = b->now - ago;
	n->was_primary = test_draw(d, 2) == 0;
	n->is_proven = n->report.role == ROLE_REPLICA && test_draw(d, 2) == 0;
	n->proven_at = b->now - 4 * ago;
	n->is_quarantined = test_draw(d, 8) == 0;
	n->is_excluded = test_draw(d, 8) == 0;
	n->is_told = test_draw(d, 4) == 0;
	n->task.outcome = (enum outcome)test_draw(d, 4);
	n->redial.outcome = (enum outcome)test_draw(d, 4);
	n->redialed_at = b->now - test_draw(d, 3) * USEC_SEC;
	n->is_flapping = test_draw(d, 8) == 0;
}

/* Never a state that the asserts of the brain exclude. */
static void
test_draw_phase(struct test_dice *d, struct cluster *c)
{
	c->phase = (enum phase)test_draw(d, PHASE_COUNT);
	c->primary = (int)test_draw(d, 3) - 1;
	c->is_barrier_reached = test_draw(d, 2) == 0;
	switch (c->phase) {
	case PHASE_INTENT:
	case PHASE_FENCE:
	case PHASE_PROMOTE:
		c->candidate = 1 + (int)test_draw(d, 2);
		break;
	case PHASE_PLAN:
	case PHASE_SWITCH:
	case PHASE_CATCHUP:
	case PHASE_STEADY:
		c->primary = A;
		c->candidate = B;
		break;
	case PHASE_LEARN:
	case PHASE_HOLD:
	case PHASE_LOST:
	case PHASE_COUNT:
		break;
	}
	if (c->phase == PHASE_FENCE || c->phase == PHASE_PROMOTE ||
	    c->phase == PHASE_SWITCH || c->phase == PHASE_CATCHUP)
		c->journal.outcome = OUTCOME_OK;
	if (c->phase == PHASE_PROMOTE || c->phase == PHASE_CATCHUP ||
	    c->phase == PHASE_PLAN || c->phase == PHASE_STEADY)
		c->is_barrier_reached = true;
	c->order.kind = (enum order_kind)test_draw(d, ORDER_COUNT);
	c->order.node = (int)test_draw(d, 3) - 1;
}

static void
test_draw_cluster(struct test_dice *d, struct brain *b)
{
	struct cluster *c = &b->c;

	brain_init(b, 3);
	b->policy.mode = (enum mode)(test_draw(d, 4) % 3);
	b->policy.has_roles = test_draw(d, 6) > 0;
	b->policy.sync_replicas = test_draw(d, 2);
	b->policy.max_loss_bytes = test_draw(d, 3);
	b->policy.failover_limit = test_draw(d, 3);
	c->policy = b->policy;
	for (int i = 0; i < 3; i++)
		test_draw_node(d, b, i);
	c->epoch = 7;
	c->phase_at = b->now - test_draw(d, 7) * USEC_SEC;
	c->is_paused = test_draw(d, 8) == 0;
	c->journal.outcome = (enum outcome)test_draw(d, 4);
	c->fence.outcome = (enum outcome)test_draw(d, 4);
	c->promote.outcome = (enum outcome)test_draw(d, 4);
	c->is_fenced = c->fence.outcome == OUTCOME_OK;
	c->fenced_at = b->now - USEC_SEC;
	c->journal_retry_at = b->now - USEC_SEC + test_draw(d, 3) * USEC_SEC;
	c->intended = test_draw(d, 4) == 0 ? B : NODE_NONE;
	c->trusted_from = b->now - test_draw(d, 3) * USEC_SEC;
	c->barrier_at = b->now - test_draw(d, 3) * USEC_SEC;
	c->n_promotions = test_draw(d, 3);
	for (unsigned i = 0; i < c->n_promotions; i++)
		c->promotions[i] = b->now - USEC_SEC;
	if (test_draw(d, 4) > 0)
		snprintf(c->history, HISTORY_LEN, "h1");
	snprintf(c->history_prev, HISTORY_LEN, "h0");
	c->forked_at = 1001;
	c->position = 1000 + test_draw(d, 6);
	test_draw_phase(d, c);
	c->order_at = b->now - test_draw(d, 7) * USEC_SEC;
	view_build(&c->published, c, b->now);
}

static void
test_draw_event(struct test_dice *d, struct brain *b, struct event *ev)
{
	static const enum event_kind kinds[] = { EV_TICK, EV_VERDICT,
		EV_VERDICT, EV_PASSIVE, EV_BARRIER, EV_CLOCK, EV_PAUSE,
		EV_REJOIN };

	memset(ev, 0, sizeof(*ev));
	ev->kind = kinds[test_draw(d, ARRAY_LEN(kinds))];
	ev->node = (int)test_draw(d, 3);
	ev->is_ok = test_draw(d, 2) == 0;
	ev->epoch = b->c.epoch - test_draw(d, 2);
	ev->verdict = (enum verdict)test_draw(d, VERDICT_COUNT);
	ev->has_report = ev->verdict == VERDICT_OK;
	test_draw_report(d, &ev->report);
}

static void
test_note_fired(unsigned *fired, const struct rule *rule)
{
	for (unsigned i = 0; i < rules_n; i++)
		if (&rules[i] == rule)
			fired[i]++;
}

/* From any state, by any event: settles, and each rule has its case. */
static void
test_every_rule_fires_and_settling_ends(void **state)
{
	struct test_dice dice = { 1 };
	unsigned fired[64] = { 0 };

	(void)state;
	for (int n = 0; n < 100000; n++) {
		struct actions actions = { .n = 0 };
		const struct rule *rule;
		struct event ev;
		struct brain b;
		int steps = 0;

		test_draw_cluster(&dice, &b);
		test_draw_event(&dice, &b, &ev);
		while ((rule = failover_step(&b.c, &ev, b.now, &actions))) {
			test_note_fired(fired, rule);
			actions.n = 0;
			memset(&ev, 0, sizeof(ev));
			ev.node = NODE_NONE;
			if (++steps == FAILOVER_SETTLE_MAX)
				fail_msg("%s, state %d", rule->name, n);
		}
	}
	for (unsigned i = 0; i < rules_n; i++)
		if (fired[i] == 0)
			fail_msg("%s never fired", rules[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_is_well_formed),
		cmocka_unit_test(test_every_fact_and_effect_is_used),
		cmocka_unit_test(test_no_rule_is_shadowed),
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
