/*
 * Conversations with sentinels that say what the test wants: what is asked,
 * how soon after a switch was announced, and what becomes of one that does
 * not answer as it should.
 */
#include "guard/authority/sentinel.h"
#include "host.h"

#include <stdio.h>
#include <string.h>

#define QUESTION \
	"*3\r\n$8\r\nSENTINEL\r\n$6\r\nMASTER\r\n$2\r\nmm\r\n" \
	"*3\r\n$8\r\nSENTINEL\r\n$23\r\nGET-MASTER-ADDR-BY-NAME\r\n$" \
	"2\r\nmm\r\n"
#define SUBSCRIBE \
	"*3\r\n$9\r\nSUBSCRIBE\r\n$14\r\n+switch-master\r\n" \
	"$15\r\n+promoted-slave\r\n"
#define AUTH "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$6\r\nsecret\r\n"
#define ANSWER(epoch, ip) \
	"*2\r\n$12\r\nconfig-epoch\r\n$1\r\n" epoch "\r\n" \
	"*2\r\n$8\r\n" ip "\r\n$4\r\n6379\r\n"
#define SWITCHED "*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$1\r\nm\r\n"

/* Nobody is asked by the clock while a test runs. */
#define RARELY (1000 * USEC_SEC)

struct world {
	struct trial trial;
	struct host host;
	struct sentinels *sentinels;
	unsigned n_appointed;
	unsigned n_heard;
	unsigned n_lost;
	char primary[APPOINT_TEXT_LEN];
	char detail[128];
};

static struct world world;

static void
on_appointed(void *arg, const char *primary, usec_t now)
{
	(void)arg;
	(void)now;
	world.n_appointed++;
	snprintf(world.primary, sizeof(world.primary), "%s", primary);
}

static void
on_changed(void *arg, const struct endpoint *sentinel, bool is_heard,
    const char *detail)
{
	(void)arg;
	assert_true(endpoint_equal(sentinel, &world.host.address));
	world.n_heard += is_heard;
	world.n_lost += !is_heard;
	snprintf(world.detail, sizeof(world.detail), "%s", detail);
}

static void
open_sentinels(const char *password, usec_t interval, usec_t timeout)
{
	static const struct sentinels_ops ops = {
		.on_appointed = on_appointed,
		.on_changed = on_changed,
	};
	const struct endpoint_list addresses = {
		.n = 1,
		.at = { world.host.address },
	};
	const struct sentinels_plan plan = {
		.loop = world.trial.loop,
		.addresses = &addresses,
		.name = "mm",
		.user = password[0] != '\0' ? "u" : "",
		.password = password,
		.interval_us = interval,
		.timeout_us = timeout,
		.ops = &ops,
	};

	world.sentinels = sentinels_open(&plan);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	trial_open(&world.trial, false);
	host_open(&world.host, &world.trial);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sentinels_close(&world.sentinels);
	sentinels_close(&world.sentinels);
	host_close(&world.host);
	trial_close(&world.trial);
	return 0;
}

/* The i-th connection (from 0) says just this. */
static struct peer *
hear(unsigned i, const char *question)
{
	TRIAL_UNTIL(&world.trial,
	    world.host.n_peers > i &&
		world.host.peers[i]->in_len >= strlen(question));
	assert_string_equal(world.host.peers[i]->in, question);
	peer_forget(world.host.peers[i]);
	return world.host.peers[i];
}

/* Asked and answered; returns the connection that listens. */
static struct peer *
open_well(void)
{
	open_sentinels("", RARELY, 10 * USEC_SEC);
	peer_say(hear(0, QUESTION), ANSWER("1", "10.0.0.1"));
	TRIAL_UNTIL(&world.trial, world.n_appointed == 1);
	assert_string_equal(world.primary, "10.0.0.1:6379");
	return hear(1, SUBSCRIBE);
}

static void
test_appoints_what_it_was_told(void **state)
{
	struct sentinel_state it;

	(void)state;
	open_well();
	assert_int_equal(world.n_heard, 1);
	assert_true(sentinels_state(world.sentinels, 0, &it));
	assert_true(it.is_heard && it.epoch == 1);
	assert_string_equal(it.primary, "10.0.0.1:6379");
	assert_false(sentinels_state(world.sentinels, 1, &it));
}

static void
test_announced_switch_is_asked_about_at_once(void **state)
{
	struct peer *listening;

	(void)state;
	listening = open_well();
	peer_say(listening, SWITCHED);
	peer_say(hear(0, QUESTION), ANSWER("2", "10.0.0.2"));
	TRIAL_UNTIL(&world.trial, world.n_appointed == 2);
	assert_string_equal(world.primary, "10.0.0.2:6379");
}

/* The answer under way may be older than the switch. */
static void
test_switch_during_a_question_is_asked_about_again(void **state)
{
	struct peer *listening;

	(void)state;
	listening = open_well();
	peer_say(listening, SWITCHED);
	hear(0, QUESTION);
	peer_say(listening, SWITCHED SWITCHED);
	for (int i = 0; i < 5; i++)
		trial_turn(&world.trial, "the second announcement");
	peer_say(world.host.peers[0], ANSWER("1", "10.0.0.1"));
	peer_say(hear(0, QUESTION), ANSWER("2", "10.0.0.2"));
	TRIAL_UNTIL(&world.trial, world.n_appointed == 2);
}

static void
test_answer_may_come_in_any_pieces(void **state)
{
	static const char answer[] = ANSWER("3", "10.0.0.3");

	(void)state;
	open_sentinels("", RARELY, 10 * USEC_SEC);
	hear(0, QUESTION);
	for (size_t i = 0; i + 1 < sizeof(answer); i++) {
		const char byte[2] = { answer[i], '\0' };

		assert_int_equal(world.n_appointed, 0);
		peer_say(world.host.peers[0], byte);
		trial_turn(&world.trial, "one byte");
	}
	TRIAL_UNTIL(&world.trial, world.n_appointed == 1);
}

static void
test_login_comes_first_on_both(void **state)
{
	(void)state;
	open_sentinels("secret", RARELY, 10 * USEC_SEC);
	peer_say(hear(0, AUTH QUESTION), "+OK\r\n" ANSWER("1", "10.0.0.1"));
	TRIAL_UNTIL(&world.trial, world.n_appointed == 1);
	peer_say(hear(1, AUTH SUBSCRIBE), "+OK\r\n" SWITCHED);
	hear(0, QUESTION);
}

/* Each is lost with its reason, asked anew, and told once. */
static void
test_answers_that_are_none(void **state)
{
	static const struct {
		const char *answer;
		const char *detail;
	} endings[] = {
		{ "-ERR No such master with that name\r\n", "No such master" },
		{ "-NOAUTH Authentication required.\r\n", "NOAUTH" },
		{ "?\r\n", "not a reply" },
		{ "*0\r\n", "not a reply" },
		{ "*2\r\n$12\r\nconfig-epoch\r\n$1\r\n1\r\n*-1\r\n",
		    "not a reply" },
	};

	(void)state;
	open_sentinels("", USEC_MS, 10 * USEC_SEC);
	for (unsigned i = 0; i < ARRAY_LEN(endings); i++) {
		struct peer *sentinel = hear(i, QUESTION);

		peer_say(sentinel, endings[i].answer);
		TRIAL_UNTIL(&world.trial, peer_is_gone(sentinel));
		if (strstr(world.detail, endings[i].detail) == NULL)
			fail_msg("detail: %s", world.detail);
	}
	assert_int_equal(world.n_lost, 3);
	assert_int_equal(world.n_appointed, 0);
}

static void
test_silent_sentinel_is_lost_and_both_begin_anew(void **state)
{
	struct peer *listening;

	(void)state;
	open_sentinels("", USEC_MS, 50 * USEC_MS);
	peer_say(hear(0, QUESTION), ANSWER("1", "10.0.0.1"));
	TRIAL_UNTIL(&world.trial, world.n_heard == 1);
	listening = hear(1, SUBSCRIBE);
	TRIAL_UNTIL(&world.trial, world.n_lost == 1);
	TRIAL_UNTIL(&world.trial, peer_is_gone(listening));
	peer_say(hear(2, QUESTION), ANSWER("1", "10.0.0.1"));
	TRIAL_UNTIL(&world.trial, world.n_heard == 2);
	hear(3, SUBSCRIBE);
	/* It stands for the same, and stood for it all the time. */
	assert_int_equal(world.n_appointed, 1);
}

static void
test_sentinel_that_goes_is_lost_at_once(void **state)
{
	(void)state;
	open_well();
	host_shut(&world.host);
	peer_close(world.host.peers[0]);
	TRIAL_UNTIL(&world.trial, world.n_lost == 1);
	assert_string_equal(world.primary, "10.0.0.1:6379");
}

static void
test_nobody_listens(void **state)
{
	(void)state;
	host_shut(&world.host);
	open_sentinels("", USEC_MS, 10 * USEC_SEC);
	TRIAL_UNTIL(&world.trial, world.n_lost == 1);
	host_reopen(&world.host);
	peer_say(hear(0, QUESTION), ANSWER("1", "10.0.0.1"));
	TRIAL_UNTIL(&world.trial, world.n_appointed == 1);
	assert_int_equal(world.n_lost, 1);
}

/* It could not subscribe: the next answer tries again. */
static void
test_connection_that_listens_is_opened_again(void **state)
{
	(void)state;
	open_sentinels("", USEC_MS, 10 * USEC_SEC);
	peer_say(hear(0, QUESTION), ANSWER("1", "10.0.0.1"));
	peer_say(hear(1, SUBSCRIBE), "?\r\n");
	TRIAL_UNTIL(&world.trial, peer_is_gone(world.host.peers[1]));
	peer_say(hear(0, QUESTION), ANSWER("1", "10.0.0.1"));
	hear(2, SUBSCRIBE);
	assert_int_equal(world.n_lost, 0);
}

static void
test_closed_ones_say_no_more(void **state)
{
	(void)state;
	open_sentinels("", USEC_MS, 10 * USEC_SEC);
	hear(0, QUESTION);
	sentinels_close(&world.sentinels);
	TRIAL_UNTIL(&world.trial, peer_is_gone(world.host.peers[0]));
	assert_int_equal(world.n_heard + world.n_lost + world.n_appointed, 0);
}

#define SENTINEL_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SENTINEL_TEST(test_appoints_what_it_was_told),
		SENTINEL_TEST(test_announced_switch_is_asked_about_at_once),
		SENTINEL_TEST(
		    test_switch_during_a_question_is_asked_about_again),
		SENTINEL_TEST(test_answer_may_come_in_any_pieces),
		SENTINEL_TEST(test_login_comes_first_on_both),
		SENTINEL_TEST(test_answers_that_are_none),
		SENTINEL_TEST(test_silent_sentinel_is_lost_and_both_begin_anew),
		SENTINEL_TEST(test_sentinel_that_goes_is_lost_at_once),
		SENTINEL_TEST(test_nobody_listens),
		SENTINEL_TEST(test_connection_that_listens_is_opened_again),
		SENTINEL_TEST(test_closed_ones_say_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
