/* What the replies of a sentinel mean: as 7.0 gives them, cut, and wrong. */
#include "guard/authority/sentinel_reply.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAIR(name, value) "$" name "\r\n$" value "\r\n"
#define MASTER_REPLY \
	"*8\r\n" PAIR("4\r\nname", "8\r\nmymaster") \
	    PAIR("2\r\nip", "9\r\n127.0.0.1") PAIR("4\r\nport", "4\r\n6379") \
		PAIR("12\r\nconfig-epoch", "2\r\n17")

#define LONG_EPOCH \
	"*2\r\n" PAIR("12\r\nconfig-epoch", "25\r\n1111111111111111111111111")
#define LONG_HOST \
	"*2\r\n" PAIR("64\r\n" TEN TEN TEN TEN TEN TEN "0123", "1\r\n1")
#define TEN "0123456789"

static void
read_reply(struct resp *reply, const char *bytes)
{
	long len = resp_length(bytes, strlen(bytes));

	assert_int_equal(len, strlen(bytes));
	resp_read(reply, bytes, bytes + len);
}

static void
test_epoch_is_one_of_many_fields(void **state)
{
	struct resp reply;
	uint64_t epoch;

	(void)state;
	read_reply(&reply, MASTER_REPLY);
	assert_true(sentinel_read_epoch(&reply, &epoch));
	assert_true(epoch == 17);
	read_reply(&reply, "%1\r\n$12\r\nconfig-epoch\r\n$1\r\n0\r\n");
	assert_true(sentinel_read_epoch(&reply, &epoch));
	assert_true(epoch == 0);
}

static void
test_what_has_no_epoch(void **state)
{
	static const char *const replies[] = {
		"-ERR No such master with that name\r\n",
		"*-1\r\n",
		"+OK\r\n",
		"*0\r\n",
		"*1\r\n$12\r\nconfig-epoch\r\n",
		"*2\r\n$12\r\nconfig-epoch\r\n:1\r\n",
		"*2\r\n$12\r\nconfig-epoch\r\n$2\r\n-1\r\n",
		"*2\r\n$12\r\nconfig-epoch\r\n$0\r\n\r\n",
		"*2\r\n$12\r\nconfig-epoch\r\n$2\r\n1x\r\n",
		"*2\r\n$12\r\nconfig-epoch\r\n$19\r\n9999999999999999999\r\n",
		LONG_EPOCH,
		"*2\r\n$11\r\nconfig-epoc\r\n$1\r\n1\r\n",
		"*2\r\n*2\r\n$12\r\nconfig-epoch\r\n$1\r\n1\r\n$1\r\n1\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		struct resp reply;
		uint64_t epoch;

		read_reply(&reply, replies[i]);
		if (sentinel_read_epoch(&reply, &epoch))
			fail_msg("%s", replies[i]);
	}
}

static void
test_primary_is_an_address_or_a_name(void **state)
{
	static const char *const replies[][2] = {
		{ "*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n", "127.0.0.1:6379" },
		{ "*2\r\n$11\r\n2001:DB8::1\r\n$4\r\n6379\r\n",
		    "[2001:db8::1]:6379" },
		{ "*2\r\n$5\r\nredis\r\n$4\r\n6379\r\n", "redis:6379" },
		{ "*2\r\n$5\r\nre\nis\r\n$1\r\n1\r\n", "re is:1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		char text[80];
		struct resp reply;

		read_reply(&reply, replies[i][0]);
		assert_true(sentinel_read_primary(&reply, text, sizeof(text)));
		assert_string_equal(text, replies[i][1]);
	}
}

static void
test_what_is_no_primary(void **state)
{
	static const char *const replies[] = {
		"*-1\r\n",
		"-IDONTKNOW\r\n",
		"*1\r\n$9\r\n127.0.0.1\r\n",
		"*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\n1\r\n",
		"*2\r\n$0\r\n\r\n$4\r\n6379\r\n",
		"*2\r\n$9\r\n127.0.0.1\r\n$5\r\n65536\r\n",
		"*2\r\n$9\r\n127.0.0.1\r\n:6379\r\n",
		"*2\r\n:1\r\n$4\r\n6379\r\n",
		LONG_HOST,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		char text[80];
		struct resp reply;

		read_reply(&reply, replies[i]);
		if (sentinel_read_primary(&reply, text, sizeof(text)))
			fail_msg("%s", replies[i]);
	}
}

static void
test_message_is_not_what_answers_a_subscription(void **state)
{
	struct resp reply;

	(void)state;
	read_reply(&reply,
	    "*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n"
	    "$7\r\nm a 1 b\r\n");
	assert_true(sentinel_is_message(&reply));
	read_reply(
	    &reply, "*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n");
	assert_false(sentinel_is_message(&reply));
	read_reply(&reply, "*0\r\n");
	assert_false(sentinel_is_message(&reply));
	read_reply(&reply, "-NOAUTH Authentication required.\r\n");
	assert_false(sentinel_is_message(&reply));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_epoch_is_one_of_many_fields),
		cmocka_unit_test(test_what_has_no_epoch),
		cmocka_unit_test(test_primary_is_an_address_or_a_name),
		cmocka_unit_test(test_what_is_no_primary),
		cmocka_unit_test(
		    test_message_is_not_what_answers_a_subscription),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
