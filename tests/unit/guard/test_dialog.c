/*
 * A connection with a deadline: how each end of it is told, that our own
 * lateness is not held against the node, and that buffers are bounded.
 */
#include "guard/driver/dialog.h"
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct trial trial;
static struct host host;

/* The owner of the dialog, and what it was told. */
static struct {
	struct dialog dialog;
	int n_connected;
	int n_failed;
	enum verdict verdict;
	char detail[160];
	size_t wanted; /* bytes that make an answer; 0: never enough */
	int n_answers;
	usec_t next_timeout; /* of a second question, asked at once */
} owner;

static void
owner_on_connected(struct dialog *d, usec_t now)
{
	assert_ptr_equal(d, &owner.dialog);
	assert_true(now == loop_now(trial.loop));
	owner.n_connected++;
}

static void
owner_on_bytes(struct dialog *d, usec_t now)
{
	(void)now;
	if (owner.wanted == 0 || d->in_len < owner.wanted)
		return;
	dialog_consume(d, owner.wanted);
	owner.n_answers++;
	dialog_set_timeout(d, owner.next_timeout);
	owner.next_timeout = 0;
}

static void
owner_on_failed(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	(void)now;
	assert_false(dialog_is_open(d));
	assert_int_equal(owner.n_failed, 0);
	owner.n_failed++;
	owner.verdict = verdict;
	snprintf(owner.detail, sizeof(owner.detail), "%s", detail);
}

static const struct dialog_ops owner_ops = {
	.on_connected = owner_on_connected,
	.on_bytes = owner_on_bytes,
	.on_failed = owner_on_failed,
};

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	host_open(&host, &trial);
	memset(&owner, 0, sizeof(owner));
	dialog_init(&owner.dialog, trial.loop, &owner_ops);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dialog_close(&owner.dialog);
	dialog_close(&owner.dialog);
	host_close(&host);
	trial_close(&trial);
	return 0;
}

static void
dial(usec_t timeout)
{
	dialog_set_timeout(&owner.dialog, timeout);
	dialog_connect(&owner.dialog, &host.address, loop_clock());
}

static void
dial_and_connect(usec_t timeout)
{
	dial(timeout);
	TRIAL_UNTIL(&trial, owner.n_connected == 1 && host.n_peers == 1);
}

static void
send_text(const char *text)
{
	struct dialog *d = &owner.dialog;

	memcpy(d->out + d->out_len, text, strlen(text));
	d->out_len += strlen(text);
	dialog_flush(d, loop_clock());
}

static void
expect_failure(enum verdict verdict, const char *detail)
{
	TRIAL_UNTIL(&trial, owner.n_failed == 1);
	assert_int_equal(owner.verdict, verdict);
	assert_string_equal(owner.detail, detail);
}

static void
test_question_and_answer(void **state)
{
	(void)state;
	dial_and_connect(10 * USEC_SEC);
	owner.wanted = 4;
	send_text("ping");
	TRIAL_UNTIL(&trial, peer_heard(host_last(&host), "ping"));
	peer_say(host_last(&host), "po");
	TRIAL_UNTIL(&trial, owner.dialog.in_len == 2);
	peer_say(host_last(&host), "ng!");
	TRIAL_UNTIL(&trial, owner.n_answers == 1);
	assert_int_equal(owner.dialog.in_len, 1);
	assert_memory_equal(owner.dialog.in, "!", 1);
	assert_int_equal(owner.n_failed, 0);
}

static void
test_refused(void **state)
{
	(void)state;
	host_shut(&host);
	dial(10 * USEC_SEC);
	expect_failure(VERDICT_REFUSED, "connect: Connection refused");
	assert_int_equal(owner.n_connected, 0);
}

/* It is known before the call returns that nothing can be begun. */
static void
test_no_way_there(void **state)
{
	(void)state;
	assert_true(endpoint_from(&host.address, "255.255.255.255", 1));
	dial(10 * USEC_SEC);
	assert_int_equal(owner.n_failed, 1);
	assert_false(timer_is_set(&owner.dialog.timer));
}

static void
test_no_connection_in_time(void **state)
{
	int fds[3];

	(void)state;
	host_shut(&host);
	host_open_black_hole(&host.address, fds);
	dial(5 * USEC_MS);
	expect_failure(VERDICT_UNREACHABLE, "no connection in time");
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void
test_no_answer_in_time(void **state)
{
	usec_t start = loop_clock();

	(void)state;
	dial_and_connect(20 * USEC_MS);
	peer_say(host_last(&host), "half");
	expect_failure(VERDICT_SILENT, "no answer in time");
	assert_true(loop_clock() - start >= 20 * USEC_MS);
}

static void
test_node_closes(void **state)
{
	(void)state;
	dial_and_connect(10 * USEC_SEC);
	peer_close(host_last(&host));
	expect_failure(VERDICT_CLOSED, "the node closed");
}

static void
test_node_resets(void **state)
{
	(void)state;
	dial_and_connect(10 * USEC_SEC);
	stream_close_reset(&host_last(&host)->stream);
	expect_failure(VERDICT_CLOSED, "read: Connection reset by peer");
}

/* What it said before it went is heard first. */
static void
test_last_words_are_heard(void **state)
{
	(void)state;
	owner.wanted = 3;
	dial_and_connect(10 * USEC_SEC);
	peer_say(host_last(&host), "bye");
	peer_close(host_last(&host));
	TRIAL_UNTIL(&trial, owner.n_failed == 1);
	assert_int_equal(owner.n_answers, 1);
	assert_int_equal(owner.verdict, VERDICT_CLOSED);
}

static void
test_write_to_a_node_that_is_gone(void **state)
{
	(void)state;
	dial_and_connect(10 * USEC_SEC);
	stream_close_reset(&host_last(&host)->stream);
	trial_spin(USEC_MS);
	send_text("x"); /* outside of the loop: it has not read the reset */
	TRIAL_UNTIL(&trial, owner.n_failed == 1);
	assert_int_equal(owner.verdict, VERDICT_CLOSED);
}

static void
test_answer_longer_than_the_buffer_is_garbage(void **state)
{
	static char flood[DIALOG_IN_MAX];
	size_t sent = 0;

	(void)state;
	dial_and_connect(10 * USEC_SEC);
	memset(flood, 'x', sizeof(flood));
	while (owner.n_failed == 0) {
		ssize_t n = stream_write(
		    &host_last(&host)->stream, flood, sizeof(flood));

		sent += n > 0 ? (size_t)n : 0;
		trial_turn(&trial, "the failure");
	}
	assert_true(sent > DIALOG_IN_MAX);
	expect_failure(VERDICT_GARBAGE, "the answer is too long");
}

/* Just as long as the buffer is no fault. */
static void
test_answer_that_fills_the_buffer_is_taken(void **state)
{
	static char answer[DIALOG_IN_MAX];
	size_t sent = 0;

	(void)state;
	owner.wanted = DIALOG_IN_MAX;
	dial_and_connect(10 * USEC_SEC);
	while (owner.n_answers == 0) {
		ssize_t n = stream_write(
		    &host_last(&host)->stream, answer, sizeof(answer) - sent);

		sent += n > 0 ? (size_t)n : 0;
		trial_turn(&trial, "the answer");
	}
	assert_int_equal(owner.n_failed, 0);
}

/* The node has answered in time; it is we who come late to read it. */
static void
test_answer_that_lies_in_the_socket_counts(void **state)
{
	(void)state;
	owner.wanted = 4;
	dial_and_connect(10 * USEC_SEC);
	dialog_set_timeout(&owner.dialog, USEC_MS);
	peer_say(host_last(&host), "pong");
	trial_spin(5 * USEC_MS);
	TRIAL_UNTIL(&trial, owner.n_answers + owner.n_failed > 0);
	assert_int_equal(owner.n_answers, 1);
	assert_int_equal(owner.n_failed, 0);
}

/* The loop slept over the deadline: the node gets its time again. */
static void
test_deadline_slept_over_does_not_count(void **state)
{
	(void)state;
	owner.wanted = 4;
	dial_and_connect(10 * USEC_SEC);
	dialog_set_timeout(&owner.dialog, 100 * USEC_MS);
	trial_spin(160 * USEC_MS);
	trial_turn(&trial, "the deadline to be seen");
	trial_turn(&trial, "the deadline to be seen");
	assert_int_equal(owner.n_failed, 0);
	assert_true(timer_is_set(&owner.dialog.timer));
	peer_say(host_last(&host), "pong");
	TRIAL_UNTIL(&trial, owner.n_answers == 1);
	assert_int_equal(owner.n_failed, 0);
}

static void
test_connecting_slept_over_does_not_count(void **state)
{
	(void)state;
	dial(10 * USEC_MS);
	trial_spin(100 * USEC_MS);
	TRIAL_UNTIL(&trial, owner.n_connected + owner.n_failed > 0);
	assert_int_equal(owner.n_connected, 1);
}

/* And only once: a node that stays silent is silent. */
static void
test_time_given_again_ends_too(void **state)
{
	(void)state;
	dial_and_connect(10 * USEC_SEC);
	dialog_set_timeout(&owner.dialog, 5 * USEC_MS);
	trial_spin(100 * USEC_MS);
	expect_failure(VERDICT_SILENT, "no answer in time");
}

/*
 * The answer found at the deadline makes the owner ask again at once: the
 * new question has its own deadline.
 */
static void
test_question_asked_at_a_deadline_has_its_own(void **state)
{
	(void)state;
	owner.wanted = 4;
	owner.next_timeout = 10 * USEC_SEC;
	dial_and_connect(10 * USEC_SEC);
	dialog_set_timeout(&owner.dialog, USEC_MS);
	peer_say(host_last(&host), "pong");
	trial_spin(5 * USEC_MS);
	TRIAL_UNTIL(&trial, owner.n_answers == 1);
	trial_turn(&trial, "nothing");
	assert_int_equal(owner.n_failed, 0);
	assert_true(timer_is_set(&owner.dialog.timer));
}

static void
test_closed_dialog_says_no_more(void **state)
{
	(void)state;
	dial_and_connect(2 * USEC_MS);
	dialog_close(&owner.dialog);
	peer_say(host_last(&host), "x");
	trial_spin(3 * USEC_MS);
	for (int i = 0; i < 5; i++)
		trial_turn(&trial, "nothing");
	assert_int_equal(owner.n_failed, 0);
	assert_int_equal(owner.dialog.in_len, 0);
}

static void
test_dialog_begins_again_with_empty_buffers(void **state)
{
	(void)state;
	dial_and_connect(10 * USEC_SEC);
	peer_say(host_last(&host), "left over");
	TRIAL_UNTIL(&trial, owner.dialog.in_len == 9);
	dialog_close(&owner.dialog);
	owner.dialog.out_len = 3;
	dial(10 * USEC_SEC);
	assert_int_equal(owner.dialog.in_len, 0);
	assert_int_equal(owner.dialog.out_len, 0);
	TRIAL_UNTIL(&trial, owner.n_connected == 2);
	assert_int_equal(owner.n_failed, 0);
}

#define DIALOG_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DIALOG_TEST(test_question_and_answer),
		DIALOG_TEST(test_refused),
		DIALOG_TEST(test_no_way_there),
		DIALOG_TEST(test_no_connection_in_time),
		DIALOG_TEST(test_no_answer_in_time),
		DIALOG_TEST(test_node_closes),
		DIALOG_TEST(test_node_resets),
		DIALOG_TEST(test_last_words_are_heard),
		DIALOG_TEST(test_write_to_a_node_that_is_gone),
		DIALOG_TEST(test_answer_longer_than_the_buffer_is_garbage),
		DIALOG_TEST(test_answer_that_fills_the_buffer_is_taken),
		DIALOG_TEST(test_answer_that_lies_in_the_socket_counts),
		DIALOG_TEST(test_deadline_slept_over_does_not_count),
		DIALOG_TEST(test_connecting_slept_over_does_not_count),
		DIALOG_TEST(test_time_given_again_ends_too),
		DIALOG_TEST(test_question_asked_at_a_deadline_has_its_own),
		DIALOG_TEST(test_closed_dialog_says_no_more),
		DIALOG_TEST(test_dialog_begins_again_with_empty_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
