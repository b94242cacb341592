#include "core/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct health_policy test_policy = {
	.fall = 3,
	.rise = 2,
	.interval_us = 200 * USEC_MS,
	.flap_hold_us = 10 * USEC_SEC,
};

struct test_node {
	struct health h;
	usec_t now;
};

static bool
test_learn_after(struct test_node *t, enum verdict verdict, usec_t gap)
{
	t->now += gap;
	return health_learn(&t->h, &test_policy, verdict, t->now);
}

static bool
test_learn(struct test_node *t, enum verdict verdict)
{
	return test_learn_after(t, verdict, 100 * USEC_MS);
}

static struct test_node
test_node_up(void)
{
	struct test_node t = { .now = USEC_SEC };

	assert_true(test_learn(&t, VERDICT_OK));
	assert_int_equal(t.h.state, HEALTH_UP);
	return t;
}

static struct test_node
test_node_down(void)
{
	struct test_node t = test_node_up();

	for (unsigned i = 0; i < test_policy.fall; i++)
		test_learn(&t, VERDICT_SILENT);
	assert_int_equal(t.h.state, HEALTH_DOWN);
	return t;
}

static void
test_unchecked_node_is_neither_up_nor_down(void **state)
{
	struct test_node t = { .now = USEC_SEC };

	(void)state;
	assert_int_equal(t.h.state, HEALTH_UNCHECKED);
	assert_false(health_is_serving(&t.h));
	assert_false(test_learn(&t, VERDICT_SILENT));
	assert_int_equal(t.h.state, HEALTH_UNCHECKED);
	assert_false(test_learn(&t, VERDICT_SILENT));
	assert_true(test_learn(&t, VERDICT_SILENT));
	assert_int_equal(t.h.state, HEALTH_DOWN);
}

static void
test_first_answer_makes_up(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	assert_true(health_is_serving(&t.h));
	assert_int_equal(t.h.changed_at, t.now);
	assert_int_equal(t.h.probe_at, t.now + test_policy.interval_us);
}

static void
test_unknown_is_not_down(void **state)
{
	struct test_node t = test_node_up();
	usec_t judged_at = t.h.judged_at;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_false(test_learn(&t, VERDICT_LOCAL));
	assert_int_equal(t.h.state, HEALTH_UP);
	assert_int_equal(t.h.fails, 0);
	assert_int_equal(t.h.judged_at, judged_at);
}

static void
test_unknown_does_not_hide_failures(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	for (int i = 0; i < 3; i++) {
		test_learn(&t, VERDICT_SILENT);
		test_learn(&t, VERDICT_LOCAL);
	}
	assert_int_equal(t.h.state, HEALTH_DOWN);
}

static void
test_login_refused_is_not_dead(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_false(test_learn(&t, VERDICT_LOGIN));
	assert_int_equal(t.h.state, HEALTH_UP);
}

static void
test_busy_node_is_not_dead(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		test_learn(&t, VERDICT_SILENT);
		test_learn(&t, VERDICT_ALIVE);
	}
	assert_int_equal(t.h.state, HEALTH_UP);
	assert_int_equal(t.h.suspect_at, 0);
}

static void
test_busy_node_does_not_rise(void **state)
{
	struct test_node t = test_node_down();

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(test_learn(&t, VERDICT_ALIVE));
	assert_int_equal(t.h.state, HEALTH_DOWN);
	t = (struct test_node){ .now = USEC_SEC };
	test_learn(&t, VERDICT_LOGIN);
	assert_int_equal(t.h.state, HEALTH_UNCHECKED);
}

static void
test_two_refusals_kill(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	assert_true(test_learn(&t, VERDICT_REFUSED));
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	assert_int_equal(t.h.probe_at, t.now + HEALTH_REFUSED_GAP);
	assert_true(test_learn_after(&t, VERDICT_REFUSED, HEALTH_REFUSED_GAP));
	assert_int_equal(t.h.state, HEALTH_DOWN);
}

static void
test_two_refusals_at_once_do_not_kill(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	test_learn(&t, VERDICT_REFUSED);
	assert_false(
	    test_learn_after(&t, VERDICT_REFUSED, HEALTH_REFUSED_GAP - 1));
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	assert_true(test_learn_after(&t, VERDICT_REFUSED, 1));
	assert_int_equal(t.h.state, HEALTH_DOWN);
}

static void
test_refusal_with_other_trouble_between_does_not_kill(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	test_learn(&t, VERDICT_REFUSED);
	test_learn(&t, VERDICT_OK);
	assert_true(test_learn(&t, VERDICT_REFUSED));
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	test_learn(&t, VERDICT_CLOSED);
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	assert_int_equal(t.h.refused_at, 0);
}

static void
test_silence_needs_fall_timeouts(void **state)
{
	static const enum verdict slow[] = { VERDICT_SILENT,
		VERDICT_UNREACHABLE, VERDICT_GARBAGE, VERDICT_CLOSED };

	(void)state;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		struct test_node t = test_node_up();

		assert_true(test_learn(&t, slow[i]));
		assert_int_equal(t.h.state, HEALTH_SUSPECT);
		assert_true(health_is_serving(&t.h));
		assert_false(test_learn(&t, slow[i]));
		assert_true(test_learn(&t, slow[i]));
		assert_int_equal(t.h.state, HEALTH_DOWN);
		assert_false(health_is_serving(&t.h));
	}
}

static void
test_silence_is_asked_again_at_once(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	test_learn(&t, VERDICT_SILENT);
	assert_int_equal(t.h.probe_at, t.now);
	test_learn(&t, VERDICT_UNREACHABLE);
	assert_int_equal(t.h.probe_at, t.now);
	test_learn(&t, VERDICT_UNREACHABLE);
	assert_int_equal(t.h.probe_at, t.now + test_policy.interval_us);
}

static void
test_answer_ends_doubt(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	test_learn(&t, VERDICT_SILENT);
	assert_int_equal(t.h.suspect_at, t.now);
	test_learn(&t, VERDICT_SILENT);
	assert_true(test_learn(&t, VERDICT_OK));
	assert_int_equal(t.h.state, HEALTH_UP);
	assert_int_equal(t.h.suspect_at, 0);
	test_learn(&t, VERDICT_SILENT);
	test_learn(&t, VERDICT_SILENT);
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
}

static void
test_down_node_rises_after_rise_answers(void **state)
{
	struct test_node t = test_node_down();

	(void)state;
	assert_false(test_learn(&t, VERDICT_OK));
	assert_int_equal(t.h.state, HEALTH_DOWN);
	assert_int_equal(t.h.probe_at, t.now + HEALTH_REFUSED_GAP);
	test_learn(&t, VERDICT_SILENT);
	assert_false(test_learn(&t, VERDICT_OK));
	assert_true(test_learn(&t, VERDICT_OK));
	assert_int_equal(t.h.state, HEALTH_UP);
}

static void
test_flapping_node_stays_down(void **state)
{
	struct test_node t = test_node_down();

	(void)state;
	for (int i = 0; i < 100; i++) {
		test_learn(&t, VERDICT_OK);
		test_learn(&t, VERDICT_SILENT);
		assert_int_equal(t.h.state, HEALTH_DOWN);
	}
}

static void
test_lost_connection_is_only_doubt(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	assert_true(test_learn(&t, VERDICT_LOST));
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	assert_int_equal(t.h.fails, 0);
	assert_int_equal(t.h.suspect_at, t.now);
	assert_int_equal(t.h.probe_at, t.now);
	assert_false(test_learn(&t, VERDICT_LOST));
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
}

static void
test_doubt_asks_at_once_unless_down(void **state)
{
	struct test_node t = test_node_up();
	usec_t probe_at;

	(void)state;
	health_doubt(&t.h, t.now);
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	assert_int_equal(t.h.probe_at, t.now);
	t = test_node_down();
	probe_at = t.h.probe_at;
	health_doubt(&t.h, t.now);
	assert_int_equal(t.h.state, HEALTH_DOWN);
	assert_int_equal(t.h.probe_at, probe_at);
}

static void
test_distrust_forgets_failures_not_states(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	test_learn(&t, VERDICT_SILENT);
	test_learn(&t, VERDICT_SILENT);
	health_distrust(&t.h, t.now);
	assert_int_equal(t.h.probe_at, t.now);
	test_learn(&t, VERDICT_SILENT);
	test_learn(&t, VERDICT_SILENT);
	assert_int_equal(t.h.state, HEALTH_SUSPECT);
	test_learn(&t, VERDICT_SILENT);
	assert_int_equal(t.h.state, HEALTH_DOWN);
	health_distrust(&t.h, t.now);
	assert_int_equal(t.h.state, HEALTH_DOWN);
}

static bool
test_is_flapping(const struct test_node *t)
{
	return health_is_flapping(&t->h, &test_policy, t->now);
}

static void
test_fall_and_rise(struct test_node *t, usec_t up_for)
{
	t->now += up_for;
	test_learn(t, VERDICT_REFUSED);
	test_learn_after(t, VERDICT_REFUSED, HEALTH_REFUSED_GAP);
	assert_int_equal(t->h.state, HEALTH_DOWN);
	while (t->h.state != HEALTH_UP)
		test_learn(t, VERDICT_OK);
}

static void
test_node_that_falls_again_and_again_is_flapping(void **state)
{
	struct test_node t = test_node_up();

	(void)state;
	test_fall_and_rise(&t, USEC_SEC);
	test_fall_and_rise(&t, USEC_SEC);
	assert_false(test_is_flapping(&t)); /* twice may be a restart */
	test_fall_and_rise(&t, USEC_SEC);
	assert_true(test_is_flapping(&t));
	t.now += test_policy.flap_hold_us;
	assert_false(test_is_flapping(&t));
	test_fall_and_rise(&t, 0);
	assert_false(test_is_flapping(&t)); /* that was forgotten */
}

static void
test_every_verdict_and_state_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_COUNT; i++)
		assert_non_null(verdict_names[i]);
	for (int i = 0; i < HEALTH_COUNT; i++)
		assert_non_null(health_names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unchecked_node_is_neither_up_nor_down),
		cmocka_unit_test(test_first_answer_makes_up),
		cmocka_unit_test(test_unknown_is_not_down),
		cmocka_unit_test(test_unknown_does_not_hide_failures),
		cmocka_unit_test(test_login_refused_is_not_dead),
		cmocka_unit_test(test_busy_node_is_not_dead),
		cmocka_unit_test(test_busy_node_does_not_rise),
		cmocka_unit_test(test_two_refusals_kill),
		cmocka_unit_test(test_two_refusals_at_once_do_not_kill),
		cmocka_unit_test(
		    test_refusal_with_other_trouble_between_does_not_kill),
		cmocka_unit_test(test_silence_needs_fall_timeouts),
		cmocka_unit_test(test_silence_is_asked_again_at_once),
		cmocka_unit_test(test_answer_ends_doubt),
		cmocka_unit_test(test_down_node_rises_after_rise_answers),
		cmocka_unit_test(test_flapping_node_stays_down),
		cmocka_unit_test(test_lost_connection_is_only_doubt),
		cmocka_unit_test(test_doubt_asks_at_once_unless_down),
		cmocka_unit_test(test_distrust_forgets_failures_not_states),
		cmocka_unit_test(
		    test_node_that_falls_again_and_again_is_flapping),
		cmocka_unit_test(test_every_verdict_and_state_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
