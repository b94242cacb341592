/*
 * The Redis driver against a server that says what the test wants: what each
 * way of answering, and of not answering, is called.
 */
#include "asker.h"

#include <errno.h>
#include <string.h>

#define RUN_ID "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb"
#define HISTORY "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"

#define INFO_SERVER "*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"
#define INFO_REPLICATION "*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n"
#define ROLE "*1\r\n$4\r\nROLE\r\n"
#define FIRST_PROBE INFO_SERVER ROLE INFO_REPLICATION
#define NEXT_PROBE ROLE INFO_REPLICATION

#define SAYS_SERVER "$48\r\nrun_id:" RUN_ID "\n\r\n"
#define SAYS_PRIMARY "*3\r\n$6\r\nmaster\r\n:98\r\n*0\r\n"
#define SAYS_REPLICA \
	"*5\r\n$5\r\nslave\r\n$8\r\n10.0.0.1\r\n:6379\r\n" \
	"$9\r\nconnected\r\n:98\r\n"
#define SAYS_REPLICATION \
	"$78\r\nmaster_replid:" HISTORY "\r\nmaster_repl_offset:99\n\r\n"
#define FIRST_ANSWER SAYS_SERVER SAYS_PRIMARY SAYS_REPLICATION
#define NEXT_ANSWER SAYS_PRIMARY SAYS_REPLICATION

static struct asker asker;

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_redis);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

/* The host hears just this question, as the n-th who came. */
static struct peer *
hear(unsigned n_peers, const char *question)
{
	TRIAL_UNTIL(&asker.trial,
	    asker.host.n_peers == n_peers &&
		host_last(&asker.host)->in_len >= strlen(question));
	assert_string_equal(host_last(&asker.host)->in, question);
	peer_forget(host_last(&asker.host));
	return host_last(&asker.host);
}

/* A probe that goes well; the contact has a connection and is idle. */
static struct peer *
probe_well(void)
{
	struct peer *node;

	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	node = hear(asker.host.n_peers + 1, FIRST_PROBE);
	peer_say(node, FIRST_ANSWER);
	asker_expect(&asker, VERDICT_OK);
	return node;
}

/* redis: probes */

static void
test_probe_reports_a_primary(void **state)
{
	const struct report *r = &asker.result.report;

	(void)state;
	probe_well();
	assert_true(asker.result.has_report);
	assert_int_equal(r->role, ROLE_PRIMARY);
	assert_true(r->position == 99);
	assert_string_equal(r->history, HISTORY);
	assert_string_equal(r->instance, RUN_ID);
}

/* The run id can't change behind a connection: it is not asked again. */
static void
test_next_probe_uses_the_connection(void **state)
{
	struct peer *node = probe_well();

	(void)state;
	for (int i = 0; i < 3; i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		assert_ptr_equal(hear(1, NEXT_PROBE), node);
		peer_say(node, SAYS_REPLICA SAYS_REPLICATION);
		asker_expect(&asker, VERDICT_OK);
		assert_int_equal(asker.result.report.role, ROLE_REPLICA);
		assert_string_equal(asker.result.report.instance, RUN_ID);
		assert_string_equal(asker.result.upstream.host, "10.0.0.1");
	}
}

static void
test_answer_may_come_in_any_pieces(void **state)
{
	static const char answer[] = FIRST_ANSWER;
	struct peer *node;

	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	node = hear(1, FIRST_PROBE);
	for (size_t i = 0; i + 1 < sizeof(answer); i++) {
		const char byte[2] = { answer[i], '\0' };

		assert_int_equal(asker.n_done, 0);
		peer_say(node, byte);
		trial_turn(&asker.trial, "one byte");
	}
	asker_expect(&asker, VERDICT_OK);
}

static void
test_login_is_sent_once_a_connection(void **state)
{
	struct peer *node;

	(void)state;
	asker_login(&asker, "", "secret");
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	node = hear(1, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n" FIRST_PROBE);
	peer_say(node, "+OK\r\n" FIRST_ANSWER);
	asker_expect(&asker, VERDICT_OK);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	hear(1, NEXT_PROBE);
	peer_say(node, NEXT_ANSWER);
	asker_expect(&asker, VERDICT_OK);
}

static void
test_login_with_a_user(void **state)
{
	(void)state;
	asker_login(&asker, "regent", "secret");
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	hear(1,
	    "*3\r\n$4\r\nAUTH\r\n$6\r\nregent\r\n$6\r\nsecret\r\n" FIRST_PROBE);
}

/* One row: an answer to the first probe that ends it. */
struct ending {
	const char *answer;
	enum verdict verdict;
	const char *detail; /* is in it */
};

static void
expect_endings(const struct ending *endings, size_t n, const char *question)
{
	for (size_t i = 0; i < n; i++) {
		struct peer *node;

		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		node = hear((unsigned)i + 1, question);
		peer_say(node, endings[i].answer);
		asker_expect(&asker, endings[i].verdict);
		if (strstr(asker.result.detail, endings[i].detail) == NULL)
			fail_msg("detail: %s", asker.result.detail);
		/* What it says then would be misread: that was all of it. */
		TRIAL_UNTIL(&asker.trial, peer_is_gone(node));
		assert_int_equal(asker.n_lost, 0);
	}
}

static void
test_wrong_login_is_told(void **state)
{
	static const struct ending endings[] = {
		{ "-WRONGPASS invalid username-password pair\r\n",
		    VERDICT_LOGIN, "WRONGPASS" },
		{ "-ERR AUTH <password> called without any password\r\n",
		    VERDICT_LOGIN, "AUTH" },
		{ "-LOADING not now\r\n", VERDICT_ALIVE, "LOADING" },
		{ "-ERR max number of clients reached\r\n", VERDICT_ALIVE,
		    "max number" },
	};

	(void)state;
	asker_login(&asker, "", "wrong");
	expect_endings(endings, ARRAY_LEN(endings),
	    "*2\r\n$4\r\nAUTH\r\n$5\r\nwrong\r\n" FIRST_PROBE);
	assert_null(strstr(asker.result.detail, "wrong"));
}

static void
test_answers_that_are_none(void **state)
{
	static const struct ending endings[] = {
		{ "-NOAUTH Authentication required.\r\n", VERDICT_LOGIN,
		    "NOAUTH" },
		{ "-LOADING Redis is loading\r\n", VERDICT_ALIVE, "LOADING" },
		{ "-ERR unknown command\r\n", VERDICT_GARBAGE, "unknown" },
		{ "HTTP/1.1 400 Bad Request\r\n", VERDICT_GARBAGE,
		    "not a reply" },
		{ "J\x01\x02\x03", VERDICT_GARBAGE, "not a reply" },
		{ "+OK\r\n", VERDICT_GARBAGE, "not a reply" },
		{ "$3\r\nabc\r\n", VERDICT_GARBAGE, "not a reply" },
		{ SAYS_SERVER "*2\r\n$8\r\nsentinel\r\n*0\r\n", VERDICT_GARBAGE,
		    "not a reply" },
		{ SAYS_SERVER "-LOADING not yet\r\n", VERDICT_ALIVE,
		    "LOADING" },
		{ SAYS_SERVER SAYS_PRIMARY "-BUSY script\r\n", VERDICT_ALIVE,
		    "BUSY" },
		{ SAYS_SERVER SAYS_PRIMARY "$0\r\n\r\n", VERDICT_GARBAGE,
		    "not a reply" },
	};

	(void)state;
	expect_endings(endings, ARRAY_LEN(endings), FIRST_PROBE);
}

static void
test_half_an_answer_and_then_silence(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 20 * USEC_MS);
	peer_say(hear(1, FIRST_PROBE), SAYS_SERVER "*3\r\n$6\r\nmas");
	asker_expect(&asker, VERDICT_SILENT);
	TRIAL_UNTIL(&asker.trial, peer_is_gone(host_last(&asker.host)));
}

static void
test_answer_without_end_is_garbage(void **state)
{
	static const char head[] = "$1000000\r\n";
	static char flood[4096];
	struct stream *s;

	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	s = &hear(1, FIRST_PROBE)->stream;
	assert_true(stream_write(s, head, strlen(head)) > 0);
	while (asker.n_done == 0) {
		(void)stream_write(s, flood, sizeof(flood));
		trial_turn(&asker.trial, "the failure");
	}
	asker_expect(&asker, VERDICT_GARBAGE);
}

/* redis: how it ends */

static void
test_node_that_closes_at_once(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	peer_close(host_last(&asker.host));
	asker_expect(&asker, VERDICT_CLOSED);
	assert_int_equal(asker.n_lost, 0);
}

static void
test_node_that_refuses(void **state)
{
	(void)state;
	host_shut(&asker.host);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_REFUSED);
	assert_non_null(strstr(asker.result.detail, strerror(ECONNREFUSED)));
	assert_false(asker.result.has_report);
}

/* How a death between probes is seen: at once, and once. */
static void
test_idle_connection_that_ends_is_lost(void **state)
{
	(void)state;
	peer_close(probe_well());
	TRIAL_UNTIL(&asker.trial, asker.n_lost == 1);
	stream_close_reset(&probe_well()->stream);
	TRIAL_UNTIL(&asker.trial, asker.n_lost == 2);
	asker_wait(&asker);
	assert_int_equal(asker.n_lost, 2);
	assert_int_equal(asker.n_done, 1);
}

/* It was there before, so this is not a port that drops everybody. */
static void
test_kept_connection_that_ends_in_a_probe_is_lost(void **state)
{
	struct peer *node;

	(void)state;
	for (unsigned i = 1; i <= 4; i += 2) {
		probe_well();
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		node = hear(i, NEXT_PROBE);
		peer_say(node, "*3\r\n$6\r\nmas");
		if (i == 1)
			peer_close(node);
		else
			stream_close_reset(&node->stream);
		asker_expect(&asker, VERDICT_LOST);
		assert_int_equal(asker.n_lost, 0);
		/* The next connection is a new one: closed is closed. */
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		TRIAL_UNTIL(&asker.trial, asker.host.n_peers == i + 1);
		peer_close(host_last(&asker.host));
		asker_expect(&asker, VERDICT_CLOSED);
	}
}

static void
test_job_after_a_failure_connects_anew(void **state)
{
	(void)state;
	probe_well();
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	peer_say(hear(1, NEXT_PROBE), "?\r\n");
	asker_expect(&asker, VERDICT_GARBAGE);
	probe_well(); /* asks for the run id again: it may be another one */
	assert_int_equal(asker.host.n_peers, 2);
}

static void
test_failure_may_be_asked_about_again_at_once(void **state)
{
	(void)state;
	asker.is_asking_again = true;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	peer_say(hear(1, FIRST_PROBE), "?\r\n");
	peer_say(hear(2, FIRST_PROBE), FIRST_ANSWER);
	asker_expect(&asker, VERDICT_OK);
	asker.is_asking_again = true;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	peer_say(hear(2, NEXT_PROBE), NEXT_ANSWER);
	peer_say(hear(2, NEXT_PROBE), NEXT_ANSWER);
	asker_expect(&asker, VERDICT_OK);
}

static void
test_what_nobody_asked_for_is_ignored_while_idle(void **state)
{
	struct peer *node = probe_well();

	(void)state;
	peer_say(node, "+what\r\n-ever\r\n");
	asker_wait(&asker);
	assert_int_equal(asker.n_lost, 0);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	hear(1, NEXT_PROBE);
	peer_say(node, NEXT_ANSWER);
	asker_expect(&asker, VERDICT_OK);
}

/* The same, in one piece with the answer: no later answer may be misread. */
static void
test_what_stands_behind_the_answer_is_ignored(void **state)
{
	struct peer *node;

	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	node = hear(1, FIRST_PROBE);
	peer_say(node, FIRST_ANSWER SAYS_PRIMARY);
	asker_expect(&asker, VERDICT_OK);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	hear(1, NEXT_PROBE);
	peer_say(node, SAYS_REPLICA SAYS_REPLICATION);
	asker_expect(&asker, VERDICT_OK);
	assert_int_equal(asker.result.report.role, ROLE_REPLICA);
}

static void
test_closed_contact_answers_no_more(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 5 * USEC_MS);
	hear(1, FIRST_PROBE);
	asker.driver->close(&asker.contact);
	TRIAL_UNTIL(&asker.trial, peer_is_gone(host_last(&asker.host)));
	trial_spin(6 * USEC_MS);
	asker_wait(&asker);
	assert_int_equal(asker.n_done + asker.n_lost, 0);
}

/* redis: operations */

static void
test_operations_are_these_commands(void **state)
{
	static const struct {
		enum job_kind kind;
		const char *question;
		const char *answer;
	} jobs[] = {
		{ JOB_FENCE,
		    "*4\r\n$6\r\nCLIENT\r\n$5\r\nPAUSE\r\n$5\r\n10000\r\n"
		    "$5\r\nWRITE\r\n",
		    "+OK\r\n" },
		{ JOB_UNFENCE, "*2\r\n$6\r\nCLIENT\r\n$7\r\nUNPAUSE\r\n",
		    "+OK\r\n" },
		{ JOB_PROMOTE,
		    "*3\r\n$9\r\nREPLICAOF\r\n$2\r\nNO\r\n$"
		    "3\r\nONE\r\n*2\r\n$6\r\nCLIENT\r\n$7\r\n"
		    "UNPAUSE\r\n" FIRST_PROBE,
		    "+OK\r\n+OK\r\n" FIRST_ANSWER },
		{ JOB_REDIAL,
		    "*4\r\n$6\r\nCLIENT\r\n$4\r\nKILL\r\n$4\r\nTYPE\r\n"
		    "$6\r\nmaster\r\n",
		    ":1\r\n" },
		{ JOB_DEMOTE,
		    "*3\r\n$9\r\nREPLICAOF\r\n$8\r\n10.0.0.2\r\n$4\r\n6380\r\n"
		    "*2\r\n$6\r\nCLIENT\r\n$7\r\nUNPAUSE\r\n"
		    "*2\r\n$6\r\nCONFIG\r\n$7\r\nREWRITE\r\n",
		    "+OK\r\n+OK\r\n+OK\r\n" },
		{ JOB_REPOINT,
		    "*3\r\n$9\r\nREPLICAOF\r\n$8\r\n10.0.0.2\r\n$4\r\n6380\r\n"
		    "*2\r\n$6\r\nCLIENT\r\n$7\r\nUNPAUSE\r\n"
		    "*2\r\n$6\r\nCONFIG\r\n$7\r\nREWRITE\r\n",
		    "+OK\r\n+OK\r\n+OK\r\n" },
		{ JOB_PERSIST, "*2\r\n$6\r\nCONFIG\r\n$7\r\nREWRITE\r\n",
		    "+OK\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		asker_ask(&asker, jobs[i].kind, 10 * USEC_SEC);
		peer_say(hear(1, jobs[i].question), jobs[i].answer);
		asker_expect(&asker, VERDICT_OK);
		assert_int_equal(
		    asker.result.has_report, jobs[i].kind == JOB_PROMOTE);
	}
}

/* What is not allowed is told, and nothing of it is run. */
static void
test_examination_names_what_is_missing(void **state)
{
	static const char *const answers[][3] = {
		{ "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n", "", "" },
		{ "$2\r\nno\r\n+OK\r\n+OK\r\n+OK\r\n$2\r\nno\r\n", "lacks",
		    "not allowed: ACL SETUSER default +replicaof "
		    "+config|rewrite" },
		{ "-NOPERM no\r\n-NOPERM no\r\n-NOPERM no\r\n-NOPERM no\r\n"
		  "-NOPERM no\r\n",
		    "",
		    "privileges not checked: ACL SETUSER default "
		    "+acl|dryrun" },
		{ "-ERR unknown command 'ACL'\r\n-ERR unknown command\r\n"
		  "-ERR unknown command\r\n-ERR unknown command\r\n"
		  "-ERR unknown command\r\n",
		    "", "" },
	};
	struct peer *node = probe_well();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		asker_ask(&asker, JOB_EXAMINE, 10 * USEC_SEC);
		TRIAL_UNTIL(&asker.trial,
		    strstr(node->in, "CONFIG\r\n$7\r\nREWRITE\r\n") != NULL);
		assert_non_null(strstr(node->in,
		    "*6\r\n$3\r\nACL\r\n$6\r\nDRYRUN\r\n$7\r\ndefault\r\n"
		    "$9\r\nREPLICAOF\r\n"));
		peer_forget(node);
		peer_say(node, NEXT_ANSWER);
		peer_say(node, answers[i][0]);
		asker_expect(&asker, VERDICT_OK);
		assert_true(asker.result.has_report);
		assert_int_equal(
		    asker.result.is_lacking, answers[i][1][0] != '\0');
		assert_string_equal(asker.result.detail, answers[i][2]);
	}
}

static void
test_promotion_that_did_not_happen_is_a_failure(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROMOTE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	peer_say(host_last(&asker.host),
	    "+OK\r\n+OK\r\n" SAYS_SERVER SAYS_REPLICA SAYS_REPLICATION);
	asker_expect(&asker, VERDICT_ALIVE);
	assert_non_null(strstr(asker.result.detail, "stayed a replica"));
}

static void
test_refused_operation_is_a_failure_with_its_reason(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_FENCE, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	peer_say(
	    host_last(&asker.host), "-NOPERM no permission to run CLIENT\r\n");
	asker_expect(&asker, VERDICT_LOGIN);
	assert_non_null(strstr(asker.result.detail, "NOPERM"));
}

/* A server without a file of its own can't rewrite it: that is only told. */
static void
test_optional_step_may_fail(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_REPOINT, 10 * USEC_SEC);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 1);
	peer_say(host_last(&asker.host),
	    "+OK\r\n-ERR unknown subcommand\r\n"
	    "-ERR The server is running without a config file\r\n");
	asker_expect(&asker, VERDICT_OK);
	assert_non_null(strstr(asker.result.detail, "unknown subcommand"));
}

#define REDIS_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REDIS_TEST(test_probe_reports_a_primary),
		REDIS_TEST(test_next_probe_uses_the_connection),
		REDIS_TEST(test_answer_may_come_in_any_pieces),
		REDIS_TEST(test_login_is_sent_once_a_connection),
		REDIS_TEST(test_login_with_a_user),
		REDIS_TEST(test_wrong_login_is_told),
		REDIS_TEST(test_answers_that_are_none),
		REDIS_TEST(test_half_an_answer_and_then_silence),
		REDIS_TEST(test_answer_without_end_is_garbage),
		REDIS_TEST(test_node_that_closes_at_once),
		REDIS_TEST(test_node_that_refuses),
		REDIS_TEST(test_idle_connection_that_ends_is_lost),
		REDIS_TEST(test_kept_connection_that_ends_in_a_probe_is_lost),
		REDIS_TEST(test_job_after_a_failure_connects_anew),
		REDIS_TEST(test_failure_may_be_asked_about_again_at_once),
		REDIS_TEST(test_what_nobody_asked_for_is_ignored_while_idle),
		REDIS_TEST(test_what_stands_behind_the_answer_is_ignored),
		REDIS_TEST(test_closed_contact_answers_no_more),
		REDIS_TEST(test_operations_are_these_commands),
		REDIS_TEST(test_examination_names_what_is_missing),
		REDIS_TEST(test_promotion_that_did_not_happen_is_a_failure),
		REDIS_TEST(test_refused_operation_is_a_failure_with_its_reason),
		REDIS_TEST(test_optional_step_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
