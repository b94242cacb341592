/* Order, the limit, and many senders: what threads rely on. */
#include "net/mailbox.h"
#include "trial.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { CAPACITY = 64, SENDERS = 8, LETTERS = 3000 };

struct letter {
	unsigned sender;
	unsigned number;
};

static struct trial trial;
static struct mailbox *mailbox;

/* What has arrived. */
static unsigned n_letters;
static unsigned next_of[SENDERS];
static unsigned n_replies; /* letters the receiver writes to itself */

static void
on_letter(void *arg, const void *message, usec_t now)
{
	const struct letter *letter = message;
	struct letter reply = { letter->sender, letter->number + 1 };

	assert_ptr_equal(arg, &n_letters);
	assert_true(now == loop_now(trial.loop));
	assert_int_equal(letter->number, next_of[letter->sender]);
	next_of[letter->sender]++;
	n_letters++;
	if (n_replies > 0) {
		n_replies--;
		assert_true(mailbox_post(mailbox, &reply));
	}
}

static int
set_up(void **state)
{
	(void)state;
	trial_open(&trial, false);
	mailbox = mailbox_new(
	    trial.loop, sizeof(struct letter), CAPACITY, on_letter, &n_letters);
	n_letters = 0;
	n_replies = 0;
	memset(next_of, 0, sizeof(next_of));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	mailbox_free(&mailbox);
	assert_null(mailbox);
	trial_close(&trial);
	return 0;
}

static bool
post(unsigned sender, unsigned number)
{
	struct letter letter = { sender, number };

	return mailbox_post(mailbox, &letter);
}

static void
test_messages_arrive_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CAPACITY; i++)
		assert_true(post(0, i));
	assert_int_equal(n_letters, 0);
	TRIAL_UNTIL(&trial, n_letters == CAPACITY);
}

/* What did not fit was not taken, and later there is room again. */
static void
test_full_mailbox_refuses(void **state)
{
	unsigned posted = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < CAPACITY; i++)
			assert_true(post(0, posted++));
		assert_false(post(0, posted));
		assert_false(post(0, posted));
		TRIAL_UNTIL(&trial, n_letters == posted);
	}
}

/* The slots are a ring: start somewhere in the middle of it. */
static void
test_order_holds_around_the_end_of_the_ring(void **state)
{
	unsigned posted = 0;

	(void)state;
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < CAPACITY - 5; i++)
			assert_true(post(0, posted++));
		TRIAL_UNTIL(&trial, n_letters == posted);
	}
}

static void
test_messages_posted_while_handling_arrive(void **state)
{
	(void)state;
	n_replies = 3 * CAPACITY;
	assert_true(post(0, 0));
	TRIAL_UNTIL(&trial, n_letters == 3 * CAPACITY + 1);
	assert_int_equal(n_replies, 0);
}

static void
on_timer(struct timer *timer, usec_t now)
{
	(void)timer;
	(void)now;
	n_replies = 0;
}

/* A receiver that writes to itself for ever: the timer is still served. */
static void
test_flood_does_not_keep_the_loop_from_its_work(void **state)
{
	struct timer timer;

	(void)state;
	n_replies = UINT32_MAX;
	timer_init(&timer, trial.loop, on_timer);
	timer_set(&timer, loop_clock() + USEC_MS);
	assert_true(post(0, 0));
	TRIAL_UNTIL(&trial, n_replies == 0);
}

static void *
sender_run(void *arg)
{
	unsigned sender = *(unsigned *)arg;

	for (unsigned i = 0; i < LETTERS; i++)
		while (!post(sender, i))
			sched_yield();
	return NULL;
}

static void
test_many_senders_lose_nothing(void **state)
{
	pthread_t threads[SENDERS];
	unsigned names[SENDERS];

	(void)state;
	for (unsigned i = 0; i < SENDERS; i++) {
		names[i] = i;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, sender_run, &names[i]),
		    0);
	}
	TRIAL_UNTIL(&trial, n_letters == SENDERS * LETTERS);
	for (unsigned i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned i = 0; i < SENDERS; i++)
		assert_int_equal(next_of[i], LETTERS);
}

/* What a sender left behind before it went is not lost. */
static void
test_waiting_messages_can_be_had_without_the_loop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CAPACITY; i++)
		assert_true(post(0, i));
	mailbox_deliver(mailbox);
	assert_int_equal(n_letters, CAPACITY);
	trial_turn(&trial, "nothing");
	assert_int_equal(n_letters, CAPACITY);
}

static void
test_mailbox_with_unread_messages_can_go(void **state)
{
	(void)state;
	assert_true(post(0, 0));
	mailbox_free(&mailbox);
	mailbox_free(&mailbox);
	trial_turn(&trial, "nothing");
	assert_int_equal(n_letters, 0);
}

#define MAILBOX_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MAILBOX_TEST(test_messages_arrive_in_order),
		MAILBOX_TEST(test_full_mailbox_refuses),
		MAILBOX_TEST(test_order_holds_around_the_end_of_the_ring),
		MAILBOX_TEST(test_messages_posted_while_handling_arrive),
		MAILBOX_TEST(test_flood_does_not_keep_the_loop_from_its_work),
		MAILBOX_TEST(test_many_senders_lose_nothing),
		MAILBOX_TEST(test_waiting_messages_can_be_had_without_the_loop),
		MAILBOX_TEST(test_mailbox_with_unread_messages_can_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
