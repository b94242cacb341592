/* An operation answers once and is gone; one that is cancelled never does. */
#include "fake.h"
#include "guard/operate.h"
#include "trial.h"

#include <string.h>

static struct trial trial;
static struct list operations;

/* The answers, in their order. */
static struct {
	int n;
	struct operation_key key;
	struct job job;
	struct contact_result result;
	bool is_starting_another;
} answers;

static void start(uint32_t seq);

static void
on_done(const struct operation_key *key, const struct job *job,
    const struct contact_result *result, usec_t now)
{
	assert_ptr_equal(key->owner, &operations);
	assert_true(now == 42);
	answers.n++;
	answers.key = *key;
	answers.job = *job;
	answers.result = *result;
	if (answers.is_starting_another) {
		answers.is_starting_another = false;
		start(key->seq + 1);
	}
}

static void
start(uint32_t seq)
{
	struct operation_plan plan = {
		.driver = &driver_fake,
		.login = { .user = "user", .password = "password" },
		.job = { .kind = JOB_PROMOTE, .timeout_us = 7 },
		.key = { .owner = &operations, .slot = 3, .seq = seq },
		.on_done = on_done,
	};

	assert_true(endpoint_from(&plan.login.address, "10.0.0.1", 1));
	operation_start(&operations, trial.loop, &plan, 42);
}

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	list_init(&operations);
	memset(&answers, 0, sizeof(answers));
	fake_reset();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	operations_cancel(&operations);
	trial_close(&trial);
	return 0;
}

static void
test_operation_has_a_contact_of_its_own(void **state)
{
	(void)state;
	start(1);
	start(2);
	assert_int_equal(fake.n_contacts, 2);
	assert_string_equal(fake.contacts[0].login.address.host, "10.0.0.1");
	assert_string_equal(fake.contacts[0].login.user, "user");
	assert_string_equal(fake.contacts[0].login.password, "password");
	assert_int_equal(fake.contacts[0].job.kind, JOB_PROMOTE);
	assert_true(fake.contacts[0].job.timeout_us == 7);
	assert_int_equal(fake.contacts[0].n_started, 1);
	assert_int_equal(answers.n, 0);
}

static void
test_operation_answers_and_is_gone(void **state)
{
	(void)state;
	start(1);
	fake_answer(&fake.contacts[0], VERDICT_OK, 42);
	assert_int_equal(answers.n, 1);
	assert_int_equal(answers.key.slot, 3);
	assert_int_equal(answers.key.seq, 1);
	assert_int_equal(answers.job.kind, JOB_PROMOTE);
	assert_int_equal(answers.result.verdict, VERDICT_OK);
	assert_string_equal(answers.result.detail, "said ok");
	assert_true(fake.contacts[0].is_closed);
	assert_true(list_is_empty(&operations));
	operations_cancel(&operations);
	trial_turn(&trial, "its burial");
	assert_int_equal(answers.n, 1);
}

static void
test_operation_may_answer_before_it_was_started(void **state)
{
	(void)state;
	fake.is_hasty = true;
	start(1);
	assert_int_equal(answers.n, 1);
	assert_int_equal(answers.result.verdict, VERDICT_LOCAL);
	assert_true(list_is_empty(&operations));
	assert_true(fake.contacts[0].is_closed);
}

static void
test_answer_may_start_the_next_operation(void **state)
{
	(void)state;
	answers.is_starting_another = true;
	start(1);
	fake_answer(&fake.contacts[0], VERDICT_REFUSED, 42);
	assert_int_equal(fake.n_contacts, 2);
	fake_answer(&fake.contacts[1], VERDICT_OK, 42);
	assert_int_equal(answers.n, 2);
	assert_int_equal(answers.key.seq, 2);
	assert_true(list_is_empty(&operations));
}

static void
test_operations_end_in_any_order(void **state)
{
	static const int order[] = { 2, 0, 3, 1 };

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		start(i);
	for (int i = 0; i < 4; i++) {
		fake_answer(&fake.contacts[order[i]], VERDICT_OK, 42);
		assert_int_equal(answers.key.seq, order[i]);
		trial_turn(&trial, "its burial");
	}
	assert_int_equal(answers.n, 4);
	assert_true(list_is_empty(&operations));
}

static void
test_cancelled_operations_are_silent(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		start(i);
	fake_answer(&fake.contacts[1], VERDICT_OK, 42);
	operations_cancel(&operations);
	assert_true(list_is_empty(&operations));
	assert_int_equal(answers.n, 1);
	for (unsigned i = 0; i < fake.n_contacts; i++)
		assert_true(fake.contacts[i].is_closed);
	operations_cancel(&operations);
}

/* And what an answer starts is sent to where the node is now. */
static void
test_operations_of_a_node_that_moved_fail(void **state)
{
	(void)state;
	start(1);
	operations_fail(&operations, 2, 42);
	assert_int_equal(answers.n, 0);
	answers.is_starting_another = true;
	operations_fail(&operations, 3, 42);
	assert_int_equal(answers.n, 1);
	assert_int_equal(answers.result.verdict, VERDICT_LOCAL);
	assert_false(answers.result.has_report);
	assert_true(fake.contacts[0].is_closed);
	assert_int_equal(fake.n_contacts, 2);
	assert_false(fake.contacts[1].is_closed);
	operations_fail(&operations, 3, 42);
	assert_int_equal(answers.n, 2);
	assert_true(list_is_empty(&operations));
}

#define OPERATE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OPERATE_TEST(test_operation_has_a_contact_of_its_own),
		OPERATE_TEST(test_operation_answers_and_is_gone),
		OPERATE_TEST(test_operation_may_answer_before_it_was_started),
		OPERATE_TEST(test_answer_may_start_the_next_operation),
		OPERATE_TEST(test_operations_end_in_any_order),
		OPERATE_TEST(test_cancelled_operations_are_silent),
		OPERATE_TEST(test_operations_of_a_node_that_moved_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
