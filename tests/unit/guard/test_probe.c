/* One question at a time, at the time that was said last. */
#include "fake.h"
#include "guard/probe.h"
#include "trial.h"

#include <string.h>

static struct trial trial;
static struct probe probe;
static int n_verdicts;
static struct contact_result verdict;

static void
on_verdict(struct probe *p, const struct contact_result *result, usec_t now)
{
	(void)now;
	assert_ptr_equal(p, &probe);
	n_verdicts++;
	verdict = *result;
}

static int
set_up(void **state)
{
	const struct contact_login login = {
		.user = "", .password = "", .ca_path = ""
	};

	(void)state;
	trial_open(&trial, false);
	fake_reset();
	n_verdicts = 0;
	memset(&probe, 0, sizeof(probe));
	probe_init(&probe, trial.loop, on_verdict);
	assert_false(probe_is_open(&probe));
	probe.timeout_us = 7;
	probe_open(&probe, trial.loop, &driver_fake, &login);
	assert_true(probe_is_open(&probe));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	probe_close(&probe);
	probe_close(&probe);
	assert_false(probe_is_open(&probe));
	trial_close(&trial);
	return 0;
}

#define CONTACT (&fake.contacts[0])

static void
turns(int n)
{
	while (n-- > 0)
		trial_turn(&trial, "nothing");
}

/* However urgent it is to the brain: a question costs the node. */
static void
test_probe_keeps_the_gap_of_its_driver(void **state)
{
	struct driver slow = driver_fake;
	usec_t first;

	(void)state;
	slow.probe_gap_us = 20 * USEC_MS;
	probe.driver = &slow;
	probe_schedule(&probe, loop_clock());
	TRIAL_UNTIL(&trial, CONTACT->n_started == 1);
	first = probe.asked_at;
	fake_answer(CONTACT, VERDICT_OK, 1);
	probe_schedule(&probe, loop_clock());
	TRIAL_UNTIL(&trial, CONTACT->n_started == 2);
	assert_true(probe.asked_at - first >= slow.probe_gap_us);
	probe.driver = &driver_fake;
}

static void
test_probe_asks_when_it_is_time(void **state)
{
	usec_t when = loop_clock() + 2 * USEC_MS;

	(void)state;
	probe_schedule(&probe, when);
	assert_int_equal(CONTACT->n_started, 0);
	TRIAL_UNTIL(&trial, CONTACT->n_started == 1);
	assert_true(loop_clock() >= when);
	assert_int_equal(CONTACT->job.kind, JOB_PROBE);
	assert_true(CONTACT->job.timeout_us == 7);
	fake_answer(CONTACT, VERDICT_SILENT, 1);
	assert_int_equal(n_verdicts, 1);
	assert_int_equal(verdict.verdict, VERDICT_SILENT);
	assert_string_equal(verdict.detail, "said silent");
}

static void
test_probe_may_be_moved_forward_and_back(void **state)
{
	usec_t now = loop_clock();

	(void)state;
	probe_schedule(&probe, now + 3600 * USEC_SEC);
	probe_schedule(&probe, now + USEC_MS);
	probe_schedule(&probe, now + USEC_MS);
	TRIAL_UNTIL(&trial, CONTACT->n_started == 1);
	fake_answer(CONTACT, VERDICT_OK, 1);
	probe_schedule(&probe, now);
	probe_schedule(&probe, now + 3600 * USEC_SEC);
	turns(5);
	assert_int_equal(CONTACT->n_started, 1);
}

/* Whatever is wished meanwhile: the answer comes first. */
static void
test_probe_asks_one_question_at_a_time(void **state)
{
	(void)state;
	probe_schedule(&probe, 0);
	TRIAL_UNTIL(&trial, CONTACT->n_started == 1);
	probe_schedule(&probe, 0);
	turns(5);
	assert_int_equal(CONTACT->n_started, 1);
	fake_answer(CONTACT, VERDICT_OK, 1);
	probe_schedule(&probe, 0);
	TRIAL_UNTIL(&trial, CONTACT->n_started == 2);
}

static void
test_answer_at_once_is_an_answer(void **state)
{
	(void)state;
	fake.is_hasty = true;
	for (int i = 1; i <= 3; i++) {
		probe_schedule(&probe, 0);
		TRIAL_UNTIL(&trial, n_verdicts == i);
		assert_int_equal(verdict.verdict, VERDICT_LOCAL);
	}
}

static void
test_lost_connection_is_a_verdict(void **state)
{
	(void)state;
	CONTACT->ops->on_lost(CONTACT->arg, "gone", 1);
	assert_int_equal(n_verdicts, 1);
	assert_int_equal(verdict.verdict, VERDICT_LOST);
	assert_string_equal(verdict.detail, "gone");
	assert_false(verdict.has_report);
}

static void
test_closed_probe_asks_no_more(void **state)
{
	(void)state;
	probe_schedule(&probe, 0);
	probe_close(&probe);
	assert_true(CONTACT->is_closed);
	turns(5);
	assert_int_equal(CONTACT->n_started, 0);
}

/* On reload: the question under way belongs to the old contact. */
static void
test_probe_opened_anew_asks_anew(void **state)
{
	const struct contact_login login = {
		.user = "", .password = "", .ca_path = ""
	};

	(void)state;
	probe_schedule(&probe, 0);
	TRIAL_UNTIL(&trial, CONTACT->n_started == 1);
	probe_close(&probe);
	probe_open(&probe, trial.loop, &driver_fake, &login);
	probe_schedule(&probe, 0);
	TRIAL_UNTIL(&trial, fake.contacts[1].n_started == 1);
	fake_answer(&fake.contacts[1], VERDICT_OK, 1);
	assert_int_equal(n_verdicts, 1);
}

#define PROBE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE_TEST(test_probe_keeps_the_gap_of_its_driver),
		PROBE_TEST(test_probe_asks_when_it_is_time),
		PROBE_TEST(test_probe_may_be_moved_forward_and_back),
		PROBE_TEST(test_probe_asks_one_question_at_a_time),
		PROBE_TEST(test_answer_at_once_is_an_answer),
		PROBE_TEST(test_lost_connection_is_a_verdict),
		PROBE_TEST(test_closed_probe_asks_no_more),
		PROBE_TEST(test_probe_opened_anew_asks_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
