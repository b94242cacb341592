/*
 * The Patroni driver against a server that says what the test wants: what
 * each way of answering, and of not answering, is called.
 */
#include "asker.h"

#include <string.h>

#define HEAD(status) \
	"HTTP/1.0 " status "\r\nServer: BaseHTTP/0.6\r\n" \
	"Content-Type: application/json\r\n\r\n"
#define LEADER \
	HEAD("200 OK") \
	"{\"state\": \"running\", \"role\": \"master\", \"timeline\": 1, " \
	"\"xlog\": {\"location\": 67108864}}"

static struct asker asker;

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_patroni);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

/* Patroni answers and closes, as HTTP/1.0 is. */
static void
answer(unsigned n_peers, const char *text)
{
	static const char question[] = "GET /primary HTTP/1.1\r\n";
	struct peer *node;

	TRIAL_UNTIL(&asker.trial,
	    asker.host.n_peers == n_peers &&
		strstr(host_last(&asker.host)->in, "\r\n\r\n") != NULL);
	node = host_last(&asker.host);
	assert_memory_equal(node->in, question, sizeof(question) - 1);
	peer_say(node, text);
	peer_close(node);
}

static void
test_leader_is_primary(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		answer(i, LEADER);
		asker_expect(&asker, VERDICT_OK);
		assert_true(asker.result.has_report);
		assert_int_equal(asker.result.report.role, ROLE_PRIMARY);
		assert_true(asker.result.report.position == 67108864);
	}
	assert_int_equal(asker.n_lost, 0);
}

struct ending {
	const char *answer;
	enum verdict verdict;
	const char *detail; /* is in it */
};

static void
test_answers_that_are_none(void **state)
{
	static const struct ending endings[] = {
		{ HEAD("200 OK"), VERDICT_GARBAGE, "not an answer of Patroni" },
		{ HEAD("503 No") "{}", VERDICT_GARBAGE, "Patroni" },
		{ HEAD("404 Not Found") "{}", VERDICT_GARBAGE, "404" },
		{ HEAD("401 Unauthorized") "{}", VERDICT_LOGIN, "401" },
		{ HEAD("403 Forbidden") "{}", VERDICT_LOGIN, "403" },
		{ "-ERR unknown command\r\n", VERDICT_GARBAGE, "patroni" },
		{ "", VERDICT_CLOSED, "patroni" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(endings); i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		answer(i + 1, endings[i].answer);
		asker_expect(&asker, endings[i].verdict);
		assert_false(asker.result.has_report);
		if (strstr(asker.result.detail, endings[i].detail) == NULL)
			fail_msg("detail: %s", asker.result.detail);
	}
}

static void
test_nobody_listens(void **state)
{
	(void)state;
	host_shut(&asker.host);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_REFUSED);
	host_reopen(&asker.host);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	answer(1, LEADER);
	asker_expect(&asker, VERDICT_OK);
}

static void
test_silence(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 20 * USEC_MS);
	asker_expect(&asker, VERDICT_SILENT);
}

static void
test_closed_contact_answers_no_more(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	asker.driver->close(&asker.contact);
	TRIAL_UNTIL(&asker.trial, peer_is_gone(host_last(&asker.host)));
	asker_wait(&asker);
	assert_int_equal(asker.n_done + asker.n_lost, 0);
}

static void
test_driver_of_a_check(void **state)
{
	(void)state;
	assert_ptr_equal(
	    driver_of(PROTOCOL_TCP, CHECK_PATRONI), &driver_patroni);
	assert_true(driver_patroni.has_roles);
	assert_true(driver_patroni.probe_gap_us > 0);
}

#define PATRONI_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATRONI_TEST(test_leader_is_primary),
		PATRONI_TEST(test_answers_that_are_none),
		PATRONI_TEST(test_nobody_listens),
		PATRONI_TEST(test_silence),
		PATRONI_TEST(test_closed_contact_answers_no_more),
		cmocka_unit_test(test_driver_of_a_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
