/* check = agent: what the words of an agent mean, and when its line ends. */
#include "asker.h"
#include "guard/driver/agent_reply.h"

#include <string.h>

#define NO_ADMIN ADMIN_COUNT

struct line {
	const char *text;
	enum verdict verdict;
	enum admin_state admin;
	const char *detail;
};

static const struct line lines[] = {
	{ "up", VERDICT_OK, NO_ADMIN, "agent: up" },
	{ "UP\r", VERDICT_OK, NO_ADMIN, "agent: UP'" },
	{ "ready", VERDICT_OK, ADMIN_READY, "agent: ready" },
	{ "75%", VERDICT_OK, NO_ADMIN, "agent: 75%" },
	{ "up,75%\tmaxconn:30 weight:5", VERDICT_OK, NO_ADMIN,
	    "agent: up,75%'maxconn:30 weight:5" },
	{ "drain", VERDICT_OK, ADMIN_DRAIN, "agent: drain" },
	{ "up maint", VERDICT_OK, ADMIN_MAINT, "agent: up maint" },
	{ "maint ready", VERDICT_OK, ADMIN_READY, "agent: maint ready" },
	{ "down", VERDICT_UNWELL, NO_ADMIN, "agent: down" },
	{ "fail", VERDICT_UNWELL, NO_ADMIN, "agent: fail" },
	{ "failed", VERDICT_UNWELL, NO_ADMIN, "agent: failed" },
	{ "stopped # for \"backup\" at 5%", VERDICT_UNWELL, NO_ADMIN,
	    "agent: stopped # for 'backup' at 5%" },
	{ "up down", VERDICT_UNWELL, NO_ADMIN, "agent: up down" },
	{ "down#drain", VERDICT_UNWELL, NO_ADMIN, "agent: down#drain" },
	{ "drain down", VERDICT_UNWELL, ADMIN_DRAIN, "agent: drain down" },
	{ "", VERDICT_GARBAGE, NO_ADMIN, "agent: says nothing: " },
	{ " \t,", VERDICT_GARBAGE, NO_ADMIN, "agent: says nothing:  '," },
	{ "# comment", VERDICT_GARBAGE, NO_ADMIN,
	    "agent: says nothing: # comment" },
	{ "upp", VERDICT_GARBAGE, NO_ADMIN, "agent: not understood: upp" },
	{ "drain 220 smtp", VERDICT_GARBAGE, NO_ADMIN,
	    "agent: not understood: drain 220 smtp" },
	{ "%", VERDICT_GARBAGE, NO_ADMIN, "agent: not understood: %" },
	{ "7", VERDICT_GARBAGE, NO_ADMIN, "agent: not understood: 7" },
	{ "maxconn:", VERDICT_GARBAGE, NO_ADMIN,
	    "agent: not understood: maxconn:" },
	{ "abcdefghijklmnopqrstuvwxyzabcdefgh", VERDICT_GARBAGE, NO_ADMIN,
	    "agent: not understood: abcdefghijklmnopqrstuvwxyzabcdefgh" },
};

static void
test_words_mean_what_they_mean(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct line *l = &lines[i];
		struct contact_result r;

		assert_int_equal(
		    agent_read(&r, l->text, strlen(l->text)), l->verdict);
		assert_int_equal(r.verdict, l->verdict);
		assert_string_equal(r.detail, l->detail);
		assert_int_equal(r.has_admin, l->admin != NO_ADMIN);
		if (r.has_admin)
			assert_int_equal(r.admin, l->admin);
		assert_false(r.has_report);
	}
}

static struct asker asker;

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_agent);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

static void
ask(const char *greeting, bool is_closing, enum verdict verdict)
{
	unsigned n = asker.host.n_peers;

	asker.host.greeting = greeting;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == n + 1);
	if (is_closing)
		peer_close(host_last(&asker.host));
	asker_expect(&asker, verdict);
}

static void
test_line_ends_with_itself_or_the_connection(void **state)
{
	(void)state;
	ask("up\nand more", false, VERDICT_OK);
	ask("down 0%\r\n", false, VERDICT_UNWELL);
	ask("up", true, VERDICT_OK);
	ask("maint", true, VERDICT_OK);
	assert_true(asker.result.has_admin);
	ask("\n", false, VERDICT_GARBAGE);
	ask(NULL, true, VERDICT_CLOSED);
	assert_int_equal(asker.n_lost, 0);
}

static void
test_endless_line_is_garbage(void **state)
{
	static char words[4001];

	(void)state;
	memset(words, 'u', sizeof(words) - 1);
	ask(words, false, VERDICT_GARBAGE);
	assert_string_equal(
	    asker.result.detail, "agent: the answer is too long");
}

static void
test_silence_and_refusal(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 20 * USEC_MS);
	asker_expect(&asker, VERDICT_SILENT);
	host_shut(&asker.host);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_REFUSED);
}

static void
test_half_a_line_is_waited_for(void **state)
{
	(void)state;
	asker.host.greeting = "u";
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	asker_wait(&asker);
	assert_int_equal(asker.n_done, 0);
	peer_say(host_last(&asker.host), "p\n");
	asker_expect(&asker, VERDICT_OK);
}

#define AGENT_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_mean_what_they_mean),
		AGENT_TEST(test_line_ends_with_itself_or_the_connection),
		AGENT_TEST(test_endless_line_is_garbage),
		AGENT_TEST(test_silence_and_refusal),
		AGENT_TEST(test_half_a_line_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
