/*
 * check = http against a server that says what the test wants: a status is
 * a health, or a role, and each way of not answering has its name.
 */
#include "asker.h"

#include <stdio.h>
#include <string.h>

static struct asker asker;

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_http);
	return 0;
}

static int
set_up_roles(void **state)
{
	(void)state;
	asker_open(&asker, &driver_http_roles);
	asker_check(&asker,
	    (struct contact_login){
		.ca_path = "",
		.check_path = "/primary",
		.check_replica_path = "/replica?lag=1MB",
	    });
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

/* Answers the request for `path` on the n-th connection, and closes. */
static void
answer(unsigned n_peers, const char *path, const char *text)
{
	char question[64];
	struct peer *node;

	TRIAL_UNTIL(&asker.trial,
	    asker.host.n_peers == n_peers &&
		strstr(host_last(&asker.host)->in, "\r\n\r\n") != NULL);
	node = host_last(&asker.host);
	snprintf(question, sizeof(question), "GET %s HTTP/1.1\r\n", path);
	assert_memory_equal(node->in, question, strlen(question));
	peer_say(node, text);
	peer_close(node);
}

struct ending {
	const char *answer;
	enum verdict verdict;
	const char *detail;
};

static void
test_status_is_the_health(void **state)
{
	static const struct ending endings[] = {
		{ "HTTP/1.0 200 OK\r\n\r\nhello", VERDICT_OK,
		    "http: GET /: 200" },
		{ "HTTP/1.1 204 No Content\r\n\r\n", VERDICT_OK,
		    "http: GET /: 204" },
		{ "HTTP/1.0 301 Gone\r\nLocation: /x\r\n\r\n", VERDICT_OK,
		    "http: GET /: 301" },
		{ "HTTP/1.0 503 No\r\n\r\n", VERDICT_UNWELL,
		    "http: GET /: 503" },
		{ "HTTP/1.0 404 No\r\n\r\n", VERDICT_UNWELL,
		    "http: GET /: 404" },
		{ "", VERDICT_CLOSED, "http: " },
		{ "SSH-2.0-OpenSSH\r\n", VERDICT_GARBAGE, "http: " },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(endings); i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		answer(i + 1, "/", endings[i].answer);
		asker_expect(&asker, endings[i].verdict);
		assert_false(asker.result.has_report);
		if (strstr(asker.result.detail, endings[i].detail) == NULL)
			fail_msg("detail: %s", asker.result.detail);
	}
	assert_int_equal(asker.n_lost, 0);
}

/* A page may be of any length: only its status was asked for. */
static void
test_long_page_is_as_good(void **state)
{
	static char page[100000] = "HTTP/1.0 200 OK\r\n\r\n";

	(void)state;
	memset(page + strlen(page), 'x', sizeof(page) - strlen(page) - 1);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial,
	    asker.host.n_peers == 1 &&
		strstr(host_last(&asker.host)->in, "\r\n\r\n") != NULL);
	peer_say(host_last(&asker.host), page);
	asker_expect(&asker, VERDICT_OK);
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
test_first_path_is_of_the_primary(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	answer(1, "/primary", "HTTP/1.0 200 OK\r\n\r\n");
	asker_expect(&asker, VERDICT_OK);
	assert_true(asker.result.has_report);
	assert_int_equal(asker.result.report.role, ROLE_PRIMARY);
	assert_false(asker.result.follows_leader);
	assert_string_equal(asker.result.detail, "http: GET /primary: 200");
}

static void
test_second_path_is_of_a_replica(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		answer(2 * i + 1, "/primary", "HTTP/1.0 503 No\r\n\r\n");
		answer(
		    2 * i + 2, "/replica?lag=1MB", "HTTP/1.0 200 OK\r\n\r\n");
		asker_expect(&asker, VERDICT_OK);
		assert_int_equal(asker.result.report.role, ROLE_REPLICA);
		assert_true(asker.result.report.is_linked);
		assert_true(asker.result.follows_leader);
	}
}

static void
test_neither_path_is_no_role(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	answer(1, "/primary", "HTTP/1.0 503 No\r\n\r\n");
	answer(2, "/replica?lag=1MB", "HTTP/1.0 503 No\r\n\r\n");
	asker_expect(&asker, VERDICT_UNWELL);
	assert_false(asker.result.has_report);
	assert_string_equal(
	    asker.result.detail, "http: GET /replica?lag=1MB: 503");
}

/* Both questions have the time of one probe. */
static void
test_second_path_has_what_time_is_left(void **state)
{
	usec_t from = loop_clock();

	(void)state;
	asker_ask(&asker, JOB_PROBE, 300 * USEC_MS);
	answer(1, "/primary", "HTTP/1.0 503 No\r\n\r\n");
	asker_expect(&asker, VERDICT_SILENT);
	assert_true(loop_clock() - from < 5 * USEC_SEC);
}

static void
test_closed_contact_answers_no_more(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	asker.driver->close(&asker.contact);
	asker_wait(&asker);
	assert_int_equal(asker.n_done, 0);
}

static void
test_driver_of_a_section(void **state)
{
	struct conf_cluster section = { .check = CHECK_HTTP };

	(void)state;
	assert_ptr_equal(driver_of_cluster(&section), &driver_http);
	assert_false(driver_http.has_roles);
	section.failover = FAILOVER_FOLLOW;
	assert_ptr_equal(driver_of_cluster(&section), &driver_http_roles);
	assert_true(driver_http_roles.has_roles);
	section.check = CHECK_EXEC;
	assert_ptr_equal(driver_of_cluster(&section), &driver_exec_roles);
	section.failover = FAILOVER_MANUAL;
	assert_ptr_equal(driver_of_cluster(&section), &driver_exec);
	section.check = CHECK_AGENT;
	assert_ptr_equal(driver_of_cluster(&section), &driver_agent);
	section.check = CHECK_PROTOCOL;
	assert_ptr_equal(driver_of_cluster(&section), &driver_tcp);
}

#define HTTP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ROLES_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up_roles, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HTTP_TEST(test_status_is_the_health),
		HTTP_TEST(test_long_page_is_as_good),
		HTTP_TEST(test_silence_and_refusal),
		HTTP_TEST(test_closed_contact_answers_no_more),
		ROLES_TEST(test_first_path_is_of_the_primary),
		ROLES_TEST(test_second_path_is_of_a_replica),
		ROLES_TEST(test_neither_path_is_no_role),
		ROLES_TEST(test_second_path_has_what_time_is_left),
		cmocka_unit_test(test_driver_of_a_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
