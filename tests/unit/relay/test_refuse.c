/*
 * Clients that get no node: told why in the protocol of their cluster, and
 * closed so that it arrives.
 */
#include "pg.h"
#include "relay/farewell.h"
#include "rig.h"

#include <stdio.h>
#include <string.h>

/* The end of the stream came behind the bytes, not instead of them. */
static void
expect_end(struct peer *p)
{
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(p->error, 0);
	peer_close(p);
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

/* It has heard the error and the end. */
static void
expect_mysql(struct peer *p, unsigned code, const char *text)
{
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_true(p->in_len > 7);
	assert_int_equal(p->in[0], p->in_len - 4);
	assert_memory_equal(p->in + 1, "\0\0\0\xff", 4);
	assert_int_equal(
	    (unsigned char)p->in[5] | (unsigned char)p->in[6] << 8, code);
	assert_non_null(strstr(p->in + 7, text));
	assert_ptr_equal(strstr(p->in + 7, "regent: "), p->in + 7);
	expect_end(p);
}

/* The fields lie between NULs, the message behind M. */
static void
expect_postgres(struct peer *p, const char *text)
{
	static const char head[] = "SFATAL\0VFATAL\0C57P03\0Mregent: ";
	const size_t head_len = sizeof(head) - 1;

	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_true(p->in_len > 5 + head_len);
	assert_int_equal(p->in[0], 'E');
	assert_int_equal((unsigned char)p->in[3] << 8 | (unsigned char)p->in[4],
	    p->in_len - 1);
	assert_memory_equal(p->in + 5, head, head_len);
	assert_non_null(strstr(p->in + 5 + head_len, text));
	assert_memory_equal(p->in + p->in_len - 2, "\0", 2);
	expect_end(p);
}

static void
open_mysql(const char *listen)
{
	rig_open_as(&rig, PROTOCOL_MYSQL, listen);
}

static void
open_postgres(const char *listen)
{
	rig_open_as(&rig, PROTOCOL_POSTGRES, listen);
}

static struct peer *
client_says_nothing(enum rig_listen listen)
{
	struct peer *p = rig_client(&rig, listen);

	RIG_UNTIL(&rig, p->is_connected);
	return p;
}

static struct peer *
client_starts_up(enum rig_listen listen)
{
	struct peer *p = client_says_nothing(listen);

	RIG_SAY(p, PG_STARTUP);
	return p;
}

/* MySQL: the server speaks first */

static void
test_mysql_client_is_told_at_once(void **state)
{
	(void)state;
	open_mysql("hold_timeout = 0s\n");
	expect_mysql(client_says_nothing(RIG_WRITE), 1040,
	    "regent: cluster crm has no primary");
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_refused), 1);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_told), 1);
}

static void
test_mysql_client_that_waited_is_told_how_long(void **state)
{
	struct peer *p;

	(void)state;
	open_mysql("hold_timeout = 30ms\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	assert_int_equal(p->in_len, 0);
	expect_mysql(p, 1040, "cluster crm has no primary; waited ");
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_hold_expired), 1);
}

static void
test_mysql_client_that_speaks_first_hears_it_all_the_same(void **state)
{
	struct peer *p;

	(void)state;
	open_mysql("hold_timeout = 30ms\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_SAY(p, "GET / HTTP/1.0\r\n\r\n");
	expect_mysql(p, 1040, "waited");
}

static void
test_mysql_client_beyond_hold_max_is_told(void **state)
{
	struct peer *p[20];

	(void)state;
	open_mysql("hold_max = 1\n");
	/* Each of two workers lets one wait. */
	for (unsigned i = 0; i < ARRAY_LEN(p); i++)
		p[i] = rig_client(&rig, RIG_WRITE);
	RIG_UNTIL(&rig,
	    rig_count(&rig, RIG_WRITE, LISTEN_held) +
		    rig_count(&rig, RIG_WRITE, LISTEN_told) ==
		ARRAY_LEN(p));
	for (unsigned i = 0; i < ARRAY_LEN(p); i++) {
		if (p[i]->in_len == 0)
			continue;
		assert_non_null(
		    strstr(p[i]->in + 7, "too many clients wait already"));
	}
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_hold_refused),
	    rig_count(&rig, RIG_WRITE, LISTEN_told));
}

/* What PostgreSQL itself says at its limit: poolers know it. */
static void
test_postgres_client_is_told_that_the_primary_is_full(void **state)
{
	static const char head[] =
	    "SFATAL\0VFATAL\0C53300\0Mregent: the primary "
	    "of cluster crm has all the sessions";
	static const char *const listen[] = { "queue_timeout = 30ms\n",
		"hold_max = 0\n" };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(listen); i++) {
		struct peer *p;

		if (i > 0)
			rig_close(&rig);
		rig_open_limited(
		    &rig, PROTOCOL_POSTGRES, "", "maxconn = 1\n", listen[i]);
		rig_publish(&rig, 0, RIG_ALL);
		client_starts_up(RIG_WRITE);
		RIG_UNTIL(&rig, rig.nodes[0].n_peers == 1);
		p = client_starts_up(RIG_WRITE);
		RIG_UNTIL(&rig, p->in_len > 5 + sizeof(head));
		assert_memory_equal(p->in + 5, head, sizeof(head) - 1);
		RIG_UNTIL(&rig, p->is_ended);
	}
}

static void
test_node_that_refuses_is_no_missing_node(void **state)
{
	(void)state;
	open_mysql("hold_timeout = 30ms\n");
	host_shut(&rig.nodes[0]);
	rig_publish(&rig, 0, 0);
	rig_await(&rig);
	expect_mysql(client_says_nothing(RIG_WRITE), 1040,
	    "the primary of cluster crm can't be reached; waited");
}

static void
test_reader_hears_of_readers(void **state)
{
	(void)state;
	open_mysql("hold_timeout = 0s\n");
	expect_mysql(client_says_nothing(RIG_READ), 1040,
	    "cluster crm has no node that is fit to be read");
}

/* PostgreSQL: the client speaks first */

static void
test_postgres_client_is_told_when_it_starts_up(void **state)
{
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 0s\n");
	p = client_starts_up(RIG_WRITE);
	expect_postgres(p, "cluster crm has no primary");
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_told), 1);
}

static void
test_postgres_client_is_told_in_the_clear(void **state)
{
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 0s\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_SAY(p, PG_GSSENC);
	RIG_UNTIL(&rig, RIG_HEARD(p, "N"));
	RIG_SAY(p, PG_SSL);
	RIG_UNTIL(&rig, RIG_HEARD(p, "NN"));
	peer_forget(p);
	RIG_SAY(p, PG_STARTUP);
	expect_postgres(p, "cluster crm has no primary");
}

/* What it said while it waited is not asked for again. */
static void
test_postgres_client_that_waited_is_told_how_long(void **state)
{
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 30ms\n");
	p = client_starts_up(RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	expect_postgres(p, "cluster crm has no primary; waited ");
}

static void
test_postgres_client_that_waited_may_have_asked_for_tls(void **state)
{
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 30ms\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_SAY(p, PG_SSL);
	RIG_UNTIL(&rig, RIG_HEARD(p, "N"));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_hold_expired), 1);
	peer_forget(p);
	RIG_SAY(p, PG_STARTUP);
	expect_postgres(p, "cluster crm has no primary; waited ");
}

/* A close with bytes unread would be a reset, which takes the message along. */
static void
test_rest_of_a_long_startup_does_not_spoil_the_message(void **state)
{
	static char rest[9000];
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 0s\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_SAY(p, "\0\0\x23\x30\0\3\0\0"); /* of 9,008 bytes */
	assert_int_equal(
	    stream_write(&p->stream, rest, sizeof(rest)), sizeof(rest));
	expect_postgres(p, "cluster crm has no primary");
}

static void
test_client_that_never_stops_asking_is_closed(void **state)
{
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 0s\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_SAY(p, PG_SSL);
	RIG_UNTIL(&rig, RIG_HEARD(p, "N"));
	RIG_SAY(p, PG_SSL);
	RIG_UNTIL(&rig, RIG_HEARD(p, "NN"));
	RIG_SAY(p, PG_SSL);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_true(RIG_HEARD(p, "NN"));
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_told), 0);
}

static void
test_client_that_never_stops_talking_is_closed(void **state)
{
	static char nonsense[FAREWELL_BYTES];
	struct peer *p;
	ssize_t sent = 0, n = 0;

	(void)state;
	open_postgres("hold_timeout = 0s\n");
	p = client_starts_up(RIG_WRITE);
	RIG_UNTIL(&rig, p->is_ended);
	while (relay_sessions(rig.relay) > 0) {
		n = stream_write(&p->stream, nonsense, sizeof(nonsense));
		sent += n > 0 ? n : 0;
		trial_turn(&rig.trial, "the end of a session");
	}
	assert_true(sent >= FAREWELL_BYTES);
}

static void
test_client_in_tls_is_just_closed(void **state)
{
	struct peer *p;

	(void)state;
	open_postgres("hold_timeout = 0s\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_SAY(p, PG_TLS);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(p->in_len, 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_refused), 1);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_told), 0);
}

static void
test_client_of_no_known_protocol_is_just_closed(void **state)
{
	struct peer *p;

	(void)state;
	rig_open(&rig, "", "hold_timeout = 0s\n");
	p = client_says_nothing(RIG_WRITE);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(p->in_len, 0);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_refused), 1);
}

/* The end of regent */

static void
test_those_who_wait_are_told_of_a_drain(void **state)
{
	struct peer *p[2];

	(void)state;
	open_postgres("");
	p[0] = client_starts_up(RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	p[1] = client_says_nothing(RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_opened) == 2);
	relay_drain(rig.relay);
	RIG_UNTIL(&rig, peer_is_gone(p[0]));
	RIG_SAY(p[1], PG_STARTUP);
	RIG_UNTIL(&rig, peer_is_gone(p[1]));
	peer_close(p[0]);
	expect_postgres(p[1], "listener write is closing");
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_told), 2);
}

/* Nobody waits for the client any more; what is known can be said. */
static void
test_those_who_wait_are_told_of_the_end(void **state)
{
	struct peer *p;

	(void)state;
	open_mysql("");
	p = client_says_nothing(RIG_WRITE);
	RIG_UNTIL(&rig, rig_count(&rig, RIG_WRITE, LISTEN_held) == 1);
	relay_free(&rig.relay);
	RIG_UNTIL(&rig, peer_is_gone(p));
	assert_int_equal(p->error, 0);
	assert_memory_equal(p->in + 5, "\x1d\x04", 2); /* 1053 */
	assert_non_null(strstr(p->in + 7, "listener write is closing"));
}

#define OWN_TEST(test) cmocka_unit_test_teardown(test, rig_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OWN_TEST(test_mysql_client_is_told_at_once),
		OWN_TEST(test_mysql_client_that_waited_is_told_how_long),
		OWN_TEST(
		    test_mysql_client_that_speaks_first_hears_it_all_the_same),
		OWN_TEST(test_mysql_client_beyond_hold_max_is_told),
		OWN_TEST(test_postgres_client_is_told_that_the_primary_is_full),
		OWN_TEST(test_node_that_refuses_is_no_missing_node),
		OWN_TEST(test_reader_hears_of_readers),
		OWN_TEST(test_postgres_client_is_told_when_it_starts_up),
		OWN_TEST(test_postgres_client_is_told_in_the_clear),
		OWN_TEST(test_postgres_client_that_waited_is_told_how_long),
		OWN_TEST(
		    test_postgres_client_that_waited_may_have_asked_for_tls),
		OWN_TEST(
		    test_rest_of_a_long_startup_does_not_spoil_the_message),
		OWN_TEST(test_client_that_never_stops_asking_is_closed),
		OWN_TEST(test_client_that_never_stops_talking_is_closed),
		OWN_TEST(test_client_in_tls_is_just_closed),
		OWN_TEST(test_client_of_no_known_protocol_is_just_closed),
		OWN_TEST(test_those_who_wait_are_told_of_a_drain),
		OWN_TEST(test_those_who_wait_are_told_of_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
