/*
 * HTTP requests to a server that says what the test wants: each way of not
 * answering has an error of its own, and nothing a server says is unlimited.
 */
#include "host.h"
#include "net/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUESTION "GET /primary HTTP/1.1\r\n"
#define ANSWER(body) \
	"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n" \
	"\r\n" body
#define KEPT "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct asked {
	struct trial trial;
	struct host host;
	struct fetch *fetch;
	int n_done;
	int n_again; /* to ask from within the answer */
	bool is_closing;
	int code;
	int status;
	char body[64];
	char detail[128];
};

static struct asked asked;

static void
on_done(void *arg, const struct fetch_answer *answer, usec_t now)
{
	struct asked *a = arg;
	size_t len = answer->body_len;

	(void)now;
	a->n_done++;
	a->code = answer->code;
	a->status = answer->status;
	if (len >= sizeof(a->body))
		len = sizeof(a->body) - 1;
	memcpy(a->body, answer->body, len);
	a->body[len] = '\0';
	snprintf(a->detail, sizeof(a->detail), "%s", answer->detail);
	if (a->n_again > 0) {
		a->n_again--;
		fetch_get(a->fetch, "/primary", 10 * USEC_SEC);
	}
	if (a->is_closing)
		fetch_close(&a->fetch);
}

static void
open_named_fetch(const struct endpoint *address, const char *name)
{
	const struct fetch_plan plan = {
		.loop = asked.trial.loop,
		.address = *address,
		.name = name,
		.ca_path = "",
		.on_done = on_done,
		.arg = &asked,
	};

	fetch_close(&asked.fetch);
	asked.fetch = fetch_open(&plan);
}

static void
open_fetch(const struct endpoint *address)
{
	open_named_fetch(address, NULL);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&asked, 0, sizeof(asked));
	trial_open(&asked.trial, false);
	host_open(&asked.host, &asked.trial);
	open_fetch(&asked.host.address);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fetch_close(&asked.fetch);
	fetch_close(&asked.fetch);
	host_close(&asked.host);
	trial_close(&asked.trial);
	return 0;
}

static void
ask(usec_t timeout)
{
	asked.n_done = 0;
	fetch_get(asked.fetch, "/primary", timeout);
}

static void
expect(int code, int status)
{
	TRIAL_UNTIL(&asked.trial, asked.n_done > 0);
	if (asked.code != code)
		fail_msg("code %s instead of %s: %s", strerror(-asked.code),
		    strerror(-code), asked.detail);
	assert_int_equal(asked.status, status);
	if (code != 0)
		assert_true(asked.detail[0] != '\0');
}

/* The n-th who came has asked. */
static struct peer *
hear(unsigned n_peers)
{
	TRIAL_UNTIL(&asked.trial,
	    asked.host.n_peers == n_peers &&
		strstr(host_last(&asked.host)->in, "\r\n\r\n") != NULL);
	assert_memory_equal(
	    host_last(&asked.host)->in, QUESTION, strlen(QUESTION));
	peer_forget(host_last(&asked.host));
	return host_last(&asked.host);
}

static void
test_answer_is_status_and_body(void **state)
{
	struct peer *server;

	(void)state;
	ask(10 * USEC_SEC);
	server = hear(1);
	peer_say(server, ANSWER("{\"state\":1}"));
	peer_close(server);
	expect(0, 503);
	assert_string_equal(asked.body, "{\"state\":1}");
}

static void
test_answer_may_come_in_any_pieces(void **state)
{
	static const char answer[] = KEPT;
	struct peer *server;

	(void)state;
	ask(10 * USEC_SEC);
	server = hear(1);
	for (size_t i = 0; i + 1 < sizeof(answer); i++) {
		const char byte[2] = { answer[i], '\0' };

		assert_int_equal(asked.n_done, 0);
		peer_say(server, byte);
		trial_turn(&asked.trial, "one byte");
	}
	expect(0, 200);
	assert_string_equal(asked.body, "ok");
}

static void
test_connection_is_kept_when_the_server_keeps_it(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		ask(10 * USEC_SEC);
		peer_say(hear(1), KEPT);
		expect(0, 200);
	}
}

/* What the server has closed meanwhile is no failure. */
static void
test_next_question_connects_anew(void **state)
{
	struct peer *server;

	(void)state;
	ask(10 * USEC_SEC);
	server = hear(1);
	peer_say(server, KEPT);
	expect(0, 200);
	peer_close(server);
	ask(10 * USEC_SEC);
	peer_say(hear(2), KEPT);
	expect(0, 200);
}

static void
test_answer_may_ask_again(void **state)
{
	(void)state;
	asked.n_again = 1;
	ask(10 * USEC_SEC);
	peer_say(hear(1), KEPT);
	TRIAL_UNTIL(&asked.trial, asked.n_done == 1);
	peer_say(hear(1), KEPT);
	TRIAL_UNTIL(&asked.trial, asked.n_done == 2);
}

static void
test_answer_may_close(void **state)
{
	(void)state;
	asked.is_closing = true;
	ask(10 * USEC_SEC);
	peer_say(hear(1), KEPT);
	expect(0, 200);
	assert_null(asked.fetch);
	TRIAL_UNTIL(&asked.trial, peer_is_gone(host_last(&asked.host)));
}

static void
test_closed_fetch_answers_no_more(void **state)
{
	(void)state;
	ask(200 * USEC_MS); /* a busy machine must not be late */
	hear(1);
	fetch_close(&asked.fetch);
	TRIAL_UNTIL(&asked.trial, peer_is_gone(host_last(&asked.host)));
	trial_spin(201 * USEC_MS);
	for (int i = 0; i < 5; i++)
		trial_turn(&asked.trial, "nothing");
	assert_int_equal(asked.n_done, 0);
}

static void
test_nobody_listens(void **state)
{
	(void)state;
	host_shut(&asked.host);
	ask(10 * USEC_SEC);
	expect(-ECONNREFUSED, 0);
	host_reopen(&asked.host);
	ask(10 * USEC_SEC);
	peer_say(hear(1), KEPT);
	expect(0, 200);
}

static void
test_no_connection_in_time(void **state)
{
	struct endpoint ep;
	int fds[3];

	(void)state;
	host_open_black_hole(&ep, fds);
	open_fetch(&ep);
	ask(20 * USEC_MS);
	expect(-ETIMEDOUT, 0);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void
test_no_answer_in_time(void **state)
{
	(void)state;
	ask(20 * USEC_MS);
	expect(-ETIME, 0);
	TRIAL_UNTIL(&asked.trial, peer_is_gone(host_last(&asked.host)));
}

/* We slept, not the server: it gets its time again. */
static void
test_late_deadline_is_given_again(void **state)
{
	struct peer *server;

	(void)state;
	ask(200 * USEC_MS);
	server = hear(1);
	trial_spin(300 * USEC_MS);
	trial_turn(&asked.trial, "the deadline");
	assert_int_equal(asked.n_done, 0);
	peer_say(server, KEPT);
	expect(0, 200);
}

static void
test_server_that_closes_without_a_word(void **state)
{
	(void)state;
	ask(10 * USEC_SEC);
	peer_close(hear(1));
	expect(-ECONNRESET, 0);
}

static void
test_what_is_no_http(void **state)
{
	static const char *const answers[] = { "-ERR unknown command\r\n",
		"\x01\x02\x03\x04\r\n\r\n", "HTTP/9.9 what\r\n\r\n" };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(answers); i++) {
		struct peer *server;

		ask(10 * USEC_SEC);
		server = hear(i + 1);
		peer_say(server, answers[i]);
		peer_close(server);
		TRIAL_UNTIL(&asked.trial, asked.n_done > 0);
		assert_int_equal(asked.code, -EBADMSG);
	}
}

/* Says `text` until nobody listens any more. */
static void
say_endlessly(struct peer *server, const char *head, const char *text)
{
	peer_say(server, head);
	while (asked.n_done == 0) {
		if (!peer_is_gone(server))
			peer_say(server, text);
		trial_turn(&asked.trial, "an end");
	}
}

static void
test_answer_without_end_is_cut(void **state)
{
	char block[1025];

	(void)state;
	memset(block, 'x', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	ask(30 * USEC_SEC);
	say_endlessly(hear(1), "HTTP/1.1 200 OK\r\n\r\n", block);
	assert_int_equal(asked.code, -EMSGSIZE);
	memcpy(block, "X-A: ", 5);
	memcpy(block + sizeof(block) - 3, "\r\n", 2);
	ask(30 * USEC_SEC);
	say_endlessly(hear(2), "HTTP/1.1 200 OK\r\n", block);
	assert_int_equal(asked.code, -EMSGSIZE);
}

#define FETCH_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Nobody could look up this name; the server is told it. */
static void
test_server_with_a_name_is_where_it_is_said_to_be(void **state)
{
	char want[128];

	(void)state;
	snprintf(want, sizeof(want), "\r\nHost: db1.invalid:%u\r\n",
	    (unsigned)asked.host.address.port);
	open_named_fetch(&asked.host.address, "db1.invalid");
	ask(10 * USEC_SEC);
	TRIAL_UNTIL(&asked.trial,
	    asked.host.n_peers == 1 &&
		strstr(host_last(&asked.host)->in, want) != NULL);
	peer_say(hear(1), KEPT);
	expect(0, 200);
	open_named_fetch(&asked.host.address, asked.host.address.host);
	ask(10 * USEC_SEC);
	peer_say(hear(2), KEPT);
	expect(0, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FETCH_TEST(test_answer_is_status_and_body),
		FETCH_TEST(test_server_with_a_name_is_where_it_is_said_to_be),
		FETCH_TEST(test_answer_may_come_in_any_pieces),
		FETCH_TEST(test_connection_is_kept_when_the_server_keeps_it),
		FETCH_TEST(test_next_question_connects_anew),
		FETCH_TEST(test_answer_may_ask_again),
		FETCH_TEST(test_answer_may_close),
		FETCH_TEST(test_closed_fetch_answers_no_more),
		FETCH_TEST(test_nobody_listens),
		FETCH_TEST(test_no_connection_in_time),
		FETCH_TEST(test_no_answer_in_time),
		FETCH_TEST(test_late_deadline_is_given_again),
		FETCH_TEST(test_server_that_closes_without_a_word),
		FETCH_TEST(test_what_is_no_http),
		FETCH_TEST(test_answer_without_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
