/*
 * A command beside a driver: it answers once, a promotion is believed only
 * when the node itself reports it, and nothing outlives its reason.
 */
#include "fake.h"
#include "guard/hook.h"
#include "trial.h"

#include <stdio.h>
#include <string.h>

static struct trial trial;
static struct list hooks;

static struct {
	int n;
	struct operation_key key;
	enum hook_kind kind;
	struct contact_result result;
} answers;

static void
on_done(const struct operation_key *key, enum hook_kind kind,
    const struct contact_result *result, usec_t now)
{
	(void)now;
	assert_ptr_equal(key->owner, &hooks);
	answers.n++;
	answers.key = *key;
	answers.kind = kind;
	answers.result = *result;
}

static void
start(enum hook_kind kind, const char *command, usec_t timeout)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "WHO=me",
		NULL };
	struct hook_plan plan = {
		.kind = kind,
		.command = command,
		.env = env,
		.timeout_us = timeout,
		.grace_us = 20 * USEC_MS,
		.key = { .owner = &hooks, .slot = 3, .seq = 9 },
		.target = 1,
		.on_done = on_done,
	};

	if (kind == HOOK_PROMOTE) {
		plan.driver = &driver_fake;
		plan.prove_by = loop_clock() + timeout;
		plan.login.user = "user";
	}
	hook_start(&hooks, trial.loop, &plan);
	assert_int_equal(answers.n, 0);
}

static void
expect(enum verdict verdict, const char *detail)
{
	TRIAL_UNTIL(&trial, answers.n > 0);
	trial_turn(&trial, "its burial");
	assert_int_equal(answers.n, 1);
	assert_int_equal(answers.result.verdict, verdict);
	assert_string_equal(answers.result.detail, detail);
	assert_int_equal(answers.key.seq, 9);
	assert_int_equal(answers.key.slot, 3);
	assert_true(list_is_empty(&hooks));
}

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, true);
	list_init(&hooks);
	memset(&answers, 0, sizeof(answers));
	fake_reset();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	hooks_cancel(&hooks);
	trial_close(&trial);
	return 0;
}

static void
test_exit_code_is_the_answer(void **state)
{
	(void)state;
	start(HOOK_FENCE, "echo \"$WHO fenced it\"", 20 * USEC_SEC);
	assert_true(hooks_is_running(&hooks, HOOK_FENCE, 9));
	assert_false(hooks_is_running(&hooks, HOOK_FENCE, 8));
	assert_false(hooks_is_running(&hooks, HOOK_REJOIN, 9));
	expect(VERDICT_OK, "exit code 0: me fenced it");
	assert_int_equal(answers.kind, HOOK_FENCE);
	assert_int_equal(fake.n_contacts, 0);
	assert_false(hooks_is_running(&hooks, HOOK_FENCE, 9));
}

static void
test_failure_says_why(void **state)
{
	(void)state;
	start(HOOK_REJOIN, "echo no room left >&2; exit 3", 20 * USEC_SEC);
	expect(VERDICT_LOCAL, "exit code 3: no room left");
}

/* What the operator began is the answer to the action that comes behind. */
static void
test_run_that_nobody_waits_for_is_adopted_once(void **state)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	struct hook_plan plan = {
		.kind = HOOK_REJOIN,
		.command = "exit 0",
		.env = env,
		.timeout_us = 20 * USEC_SEC,
		.grace_us = 20 * USEC_MS,
		.key = { .owner = &hooks, .slot = 3 },
		.on_done = on_done,
	};

	(void)state;
	hook_start(&hooks, trial.loop, &plan);
	assert_true(hooks_is_running_on(&hooks, HOOK_REJOIN, 3));
	assert_false(hooks_is_running_on(&hooks, HOOK_REJOIN, 2));
	assert_false(hooks_is_running_on(&hooks, HOOK_FENCE, 3));
	assert_false(hooks_adopt(&hooks, HOOK_REJOIN, 2, 9));
	assert_false(hooks_adopt(&hooks, HOOK_FENCE, 3, 9));
	assert_true(hooks_adopt(&hooks, HOOK_REJOIN, 3, 9));
	assert_false(hooks_adopt(&hooks, HOOK_REJOIN, 3, 10));
	expect(VERDICT_OK, "exit code 0");
}

static void
test_late_command_has_failed(void **state)
{
	(void)state;
	start(HOOK_FENCE, "sleep 1000", 100 * USEC_MS);
	expect(VERDICT_LOCAL, "killed: it took longer than 0.1 s");
}

static void
test_failed_promotion_asks_nobody(void **state)
{
	(void)state;
	start(HOOK_PROMOTE, "exit 1", 20 * USEC_SEC);
	expect(VERDICT_LOCAL, "exit code 1");
	assert_int_equal(fake.n_contacts, 1);
	assert_int_equal(fake.contacts[0].n_started, 0);
	assert_true(fake.contacts[0].is_closed);
	assert_string_equal(fake.contacts[0].login.user, "user");
}

static void
node_says(enum verdict verdict, enum role role)
{
	struct contact *c = &fake.contacts[0];
	struct contact_result result = {
		.verdict = verdict,
		.has_report = role != ROLE_UNKNOWN,
		.report = { .role = role, .position = 77 },
	};

	c->ops->on_done(c->arg, &result, loop_clock());
}

static void
test_promotion_is_proven_by_the_node(void **state)
{
	(void)state;
	start(HOOK_PROMOTE, "echo done", 20 * USEC_SEC);
	for (int i = 1; i <= 3; i++) {
		TRIAL_UNTIL(&trial, fake.contacts[0].n_started == i);
		assert_int_equal(fake.contacts[0].job.kind, JOB_PROBE);
		assert_int_equal(answers.n, 0);
		if (i == 1)
			node_says(VERDICT_REFUSED, ROLE_UNKNOWN);
		else
			node_says(
			    VERDICT_OK, i == 2 ? ROLE_REPLICA : ROLE_PRIMARY);
	}
	expect(VERDICT_OK, "exit code 0: done");
	assert_true(answers.result.has_report);
	assert_int_equal(answers.result.report.role, ROLE_PRIMARY);
	assert_true(answers.result.report.position == 77);
	assert_true(answers.key.asked_at > 0);
	assert_true(fake.contacts[0].is_closed);
}

static void
test_promotion_without_proof_fails(void **state)
{
	(void)state;
	start(HOOK_PROMOTE, "exit 0", 300 * USEC_MS);
	while (answers.n == 0) {
		int before = fake.contacts[0].n_started;

		TRIAL_UNTIL(&trial,
		    answers.n > 0 || fake.contacts[0].n_started > before);
		if (answers.n == 0)
			node_says(VERDICT_OK, ROLE_REPLICA);
	}
	expect(VERDICT_LOCAL,
	    "the node does not report to be primary: exit code 0");
}

static const char *
judge(void *arg, enum hook_kind kind, int slot, int target)
{
	const char *why = arg;

	assert_int_equal(slot, 3);
	assert_int_equal(target, 1);
	return kind == HOOK_REJOIN ? why : NULL;
}

static void
test_review_ends_what_is_not_wanted(void **state)
{
	(void)state;
	start(HOOK_REJOIN, "sleep 1000", 1000 * USEC_SEC);
	hooks_review(&hooks, judge, NULL);
	trial_turn(&trial, "nothing");
	assert_int_equal(answers.n, 0);
	hooks_review(&hooks, judge, (void *)"another is primary");
	hooks_review(&hooks, judge, (void *)"asked twice");
	expect(VERDICT_LOCAL, "ended: another is primary");
}

/* It had ended well when it was told to end: that is too late to count. */
static void
test_review_goes_for_the_others_only(void **state)
{
	(void)state;
	start(HOOK_FENCE, "exit 0", 1000 * USEC_SEC);
	hooks_review(&hooks, judge, (void *)"another is primary");
	expect(VERDICT_OK, "exit code 0");
}

static void
test_cancelled_hooks_are_silent(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		start(i == 2 ? HOOK_PROMOTE : HOOK_REJOIN, "sleep 1000",
		    1000 * USEC_SEC);
	hooks_cancel(&hooks);
	assert_true(list_is_empty(&hooks));
	trial_turn(&trial, "their burial");
	assert_int_equal(answers.n, 0);
	assert_true(fake.contacts[0].is_closed);
}

#define HOOK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOOK_TEST(test_exit_code_is_the_answer),
		HOOK_TEST(test_failure_says_why),
		HOOK_TEST(test_run_that_nobody_waits_for_is_adopted_once),
		HOOK_TEST(test_late_command_has_failed),
		HOOK_TEST(test_failed_promotion_asks_nobody),
		HOOK_TEST(test_promotion_is_proven_by_the_node),
		HOOK_TEST(test_promotion_without_proof_fails),
		HOOK_TEST(test_review_ends_what_is_not_wanted),
		HOOK_TEST(test_review_goes_for_the_others_only),
		HOOK_TEST(test_cancelled_hooks_are_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
