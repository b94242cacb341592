/*
 * The driver of MariaDB against a server made of bytes: what every way of not
 * answering means, and how an end is seen.  The real servers are in
 * tests/system.
 */
#include "asker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LONG (10 * USEC_SEC)
#define SHORT (40 * USEC_MS)

static struct asker asker;
static unsigned n_clients; /* that a test has waited for */

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_mysql);
	n_clients = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

/* ---- a server made of bytes ------------------------------------------ */

/* Protocol 10 of a MariaDB 10.11, with mysql_native_password. */
static const char greeting[] = "\x0a"
			       "5.5.5-10.11.19-MariaDB-log\0"
			       "\x01\x00\x00\x00"
			       "abcdefgh\0"
			       "\x01\xa2"
			       "\x21"
			       "\x02\x00"
			       "\x08\x00"
			       "\x15"
			       "\0\0\0\0\0\0\0\0\0\0"
			       "ijklmnopqrst\0"
			       "mysql_native_password";

static const char ok[] = "\x00\x00\x00\x02\x00\x00\x00";

static void
say(unsigned char seq, const char *payload, size_t len)
{
	char packet[512] = { (char)len, 0, 0, (char)seq };

	assert_true(len < 256);
	memcpy(packet + 4, payload, len);
	assert_int_equal(
	    stream_write(&host_last(&asker.host)->stream, packet, len + 4),
	    len + 4);
}

static void
say_error(unsigned char seq, unsigned code, const char *text)
{
	char payload[128] = { '\xff', (char)(code & 255), (char)(code >> 8) };

	snprintf(payload + 3, sizeof(payload) - 3, "#HY000%s", text);
	say(seq, payload, 3 + 6 + strlen(text));
}

/* The next one. */
static void
await_client(void)
{
	n_clients++;
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers >= n_clients);
}

static void
await_bytes(void)
{
	struct peer *p = host_last(&asker.host);

	TRIAL_UNTIL(&asker.trial, p->in_len > 0);
	peer_forget(p);
}

/* Up to the first question of the probe. */
static void
log_in(void)
{
	await_client();
	say(0, greeting, sizeof(greeting));
	await_bytes();
	say(2, ok, sizeof(ok) - 1);
	await_bytes(); /* SET SESSION */
	say(1, ok, sizeof(ok) - 1);
	await_bytes(); /* SELECT UNIX_TIMESTAMP */
}

/* ---- tests ----------------------------------------------------------- */

static void
test_refused(void **state)
{
	(void)state;
	host_shut(&asker.host);
	for (int i = 0; i < 2; i++) {
		asker_ask(&asker, JOB_PROBE, LONG);
		asker_expect(&asker, VERDICT_REFUSED);
	}
}

static void
test_dropped_packets(void **state)
{
	const struct contact_login login = { .user = "u",
		.password = "",
		.replication_user = "",
		.replication_password = "",
		.ssl_ca = "",
		.ssl_cert = "",
		.ssl_key = "" };
	struct contact_login hole = login;
	int fds[3];

	(void)state;
	host_open_black_hole(&hole.address, fds);
	asker_login_at(&asker, &hole);
	asker_ask(&asker, JOB_PROBE, SHORT);
	asker_expect(&asker, VERDICT_UNREACHABLE);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void
test_frozen(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, SHORT);
	asker_expect(&asker, VERDICT_SILENT);
}

static void
test_closed_without_a_word(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	await_client();
	peer_close(host_last(&asker.host));
	asker_expect(&asker, VERDICT_CLOSED);
}

static void
test_another_kind_of_server(void **state)
{
	(void)state;
	asker.host.greeting = "220 mail.example.org ESMTP ready\r\n";
	asker_ask(&asker, JOB_PROBE, SHORT);
	TRIAL_UNTIL(&asker.trial, asker.n_done == 1);
	assert_int_not_equal(asker.result.verdict, VERDICT_OK);
}

static void
test_too_many_connections(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	await_client();
	say_error(0, 1040, "Too many connections");
	asker_expect(&asker, VERDICT_ALIVE);
	assert_non_null(strstr(asker.result.detail, "Too many"));
}

static void
test_wrong_password(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	await_client();
	say(0, greeting, sizeof(greeting));
	await_bytes();
	say_error(2, 1045, "Access denied for user 'u'@'h'");
	asker_expect(&asker, VERDICT_LOGIN);
	assert_non_null(strstr(asker.result.detail, "contrib/sql"));
	/* Asked again over a new connection. */
	asker_ask(&asker, JOB_PROBE, LONG);
	TRIAL_UNTIL(&asker.trial, asker.host.n_peers == 2);
}

static void
test_frozen_between_question_and_answer(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 20 * SHORT);
	log_in();
	asker_expect(&asker, VERDICT_SILENT);
}

static void
test_killed_between_question_and_answer(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	log_in();
	peer_close(host_last(&asker.host));
	asker_expect(&asker, VERDICT_LOST);
}

/* The connection stays open, and its end is seen at once. */
static void
test_killed_while_idle(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	log_in();
	say_error(1, 1205, "try again");
	asker_expect(&asker, VERDICT_ALIVE);
	asker_wait(&asker);
	assert_int_equal(asker.n_lost, 0);
	peer_close(host_last(&asker.host));
	TRIAL_UNTIL(&asker.trial, asker.n_lost == 1);
}

static void
test_asked_again_over_the_same_connection(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	log_in();
	asker.is_asking_again = true;
	say_error(1, 1205, "try again");
	await_bytes();
	assert_int_equal(asker.host.n_peers, 1);
	asker.n_done = 0;
	say_error(1, 1227, "Access denied; SLAVE MONITOR");
	asker_expect(&asker, VERDICT_LOGIN);
}

static void
test_closed_in_every_state(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, LONG);
	await_client(); /* the kernel had connected it */
	asker.driver->close(&asker.contact);
	asker_login(&asker, "u", "p");
	asker_ask(&asker, JOB_PROBE, LONG);
	await_client();
	asker.driver->close(&asker.contact);
	asker_login(&asker, "u", "p");
	asker_ask(&asker, JOB_PROBE, LONG);
	log_in();
	asker.driver->close(&asker.contact);
	asker_wait(&asker);
	assert_int_equal(asker.n_done + asker.n_lost, 0);
}

static void
test_server_without_tls(void **state)
{
	struct contact_login login = { .address = asker.host.address,
		.user = "u",
		.password = "p",
		.sslmode = SSLMODE_REQUIRE,
		.replication_user = "",
		.replication_password = "",
		.ssl_ca = "",
		.ssl_cert = "",
		.ssl_key = "" };

	(void)state;
	asker_login_at(&asker, &login);
	asker_ask(&asker, JOB_PROBE, LONG);
	await_client();
	say(0, greeting, sizeof(greeting));
	await_bytes();
	say(2, ok, sizeof(ok) - 1);
	await_bytes();
	say(1, ok, sizeof(ok) - 1);
	asker_expect(&asker, VERDICT_LOGIN);
	assert_non_null(strstr(asker.result.detail, "TLS"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused),
		TEST(test_dropped_packets),
		TEST(test_frozen),
		TEST(test_closed_without_a_word),
		TEST(test_another_kind_of_server),
		TEST(test_too_many_connections),
		TEST(test_wrong_password),
		TEST(test_frozen_between_question_and_answer),
		TEST(test_killed_between_question_and_answer),
		TEST(test_killed_while_idle),
		TEST(test_asked_again_over_the_same_connection),
		TEST(test_closed_in_every_state),
		TEST(test_server_without_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
