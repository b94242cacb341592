/* Addresses as people write them: what is read, and what is refused. */
#include "base/endpoint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	const char *host;
	uint16_t port;
	const char *canonical;
} good[] = {
	{ .text = "10.0.0.1:6379",
	    .host = "10.0.0.1",
	    .port = 6379,
	    .canonical = "10.0.0.1:6379" },
	{ .text = "127.0.0.1:1",
	    .host = "127.0.0.1",
	    .port = 1,
	    .canonical = "127.0.0.1:1" },
	{ .text = "0.0.0.0:65535",
	    .host = "0.0.0.0",
	    .port = 65535,
	    .canonical = "0.0.0.0:65535" },
	{ .text = "*:80",
	    .host = "0.0.0.0",
	    .port = 80,
	    .canonical = "0.0.0.0:80" },
	{ .text = "[::1]:6379",
	    .host = "::1",
	    .port = 6379,
	    .canonical = "[::1]:6379" },
	{ .text = "[::]:80", .host = "::", .port = 80, .canonical = "[::]:80" },
	{ .text = "[2001:DB8:0:0:0:0:0:1]:5432",
	    .host = "2001:db8::1",
	    .port = 5432,
	    .canonical = "[2001:db8::1]:5432" },
	{ .text = "[::ffff:10.0.0.1]:80",
	    .host = "::ffff:10.0.0.1",
	    .port = 80,
	    .canonical = "[::ffff:10.0.0.1]:80" },
	{ .text = "[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
	    .host = "1111:2222:3333:4444:5555:6666:7777:8888",
	    .port = 65535,
	    .canonical = "[1111:2222:3333:4444:5555:6666:7777:8888]:65535" },
};

static const char *const bad[] = {
	"",
	":",
	"*",
	"10.0.0.1",
	"10.0.0.1:",
	":6379",
	"6379",
	/* Ports. */
	"10.0.0.1:0",
	"10.0.0.1:65536",
	"10.0.0.1:99999999999999999999",
	"10.0.0.1:-1",
	"10.0.0.1:+1",
	"10.0.0.1: 1",
	"10.0.0.1:1 ",
	"10.0.0.1:80x",
	"10.0.0.1:0x50",
	"10.0.0.1:redis",
	/* Hosts: names are not looked up here. */
	"localhost:6379",
	"db.example.com:6379",
	"10.0.0:6379",
	"10.0.0.256:6379",
	"010.0.0.1:6379",
	" 10.0.0.1:6379",
	"10.0.0.1.:6379",
	"10.0.0.1:80:80",
	"**:80",
	/* Brackets: for IPv6, and only for it. */
	"::1:6379",
	"[::1]",
	"[::1]6379",
	"[::1:6379",
	"::1]:6379",
	"[]:6379",
	"[[::1]]:6379",
	"[::g]:6379",
	"[fe80::1%eth0]:6379",
	"[10.0.0.1]:6379",
	"[*]:6379",
	"[localhost]:6379",
	"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:1",
};

static void
test_addresses_are_read_in_canonical_form(void **state)
{
	(void)state; /* of cmocka; no test here has any */
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char buf[ENDPOINT_TEXT_LEN];
		struct endpoint ep;
		struct err err;

		if (endpoint_parse(&ep, good[i].text, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.text);
		assert_string_equal(ep.host, good[i].host);
		assert_int_equal(ep.port, good[i].port);
		assert_ptr_equal(endpoint_format(&ep, buf), buf);
		assert_string_equal(buf, good[i].canonical);
	}
}

static void
test_formatted_address_reads_back_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char buf[ENDPOINT_TEXT_LEN];
		struct endpoint ep, again;
		struct err err;

		assert_int_equal(endpoint_parse(&ep, good[i].text, &err), 0);
		endpoint_format(&ep, buf);
		assert_int_equal(endpoint_parse(&again, buf, &err), 0);
		assert_true(endpoint_equal(&ep, &again));
	}
}

static void
test_anything_else_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct endpoint ep;
		struct err err;

		if (endpoint_parse(&ep, bad[i], &err) != -EINVAL)
			fail_msg("not refused: %s", bad[i]);
		assert_non_null(strstr(err.text, bad[i]));
		assert_non_null(strstr(err.text, "10.0.0.1:6379"));
	}
}

static void
test_host_and_port_given_apart(void **state)
{
	struct endpoint ep;

	(void)state;
	assert_true(endpoint_from(&ep, "::1", 6379));
	assert_string_equal(ep.host, "::1");
	assert_int_equal(ep.port, 6379);
	assert_false(endpoint_from(&ep, "redis-0", 6379));
	assert_false(endpoint_from(&ep, "", 6379));
	assert_false(endpoint_from(&ep, "[::1]", 6379));
}

static void
test_equal_means_same_host_and_port(void **state)
{
	struct endpoint a, b;

	(void)state;
	assert_true(endpoint_from(&a, "2001:db8::1", 80));
	assert_true(endpoint_from(&b, "2001:0DB8:0::1", 80));
	assert_true(endpoint_equal(&a, &b));
	b.port = 81;
	assert_false(endpoint_equal(&a, &b));
	assert_true(endpoint_from(&b, "2001:db8::2", 80));
	assert_false(endpoint_equal(&a, &b));
}

static void
test_endpoint_is_set_once_it_has_a_host(void **state)
{
	struct endpoint ep = { .port = 0 };

	(void)state;
	assert_false(endpoint_is_set(&ep));
	assert_true(endpoint_from(&ep, "10.0.0.1", 1));
	assert_true(endpoint_is_set(&ep));
	assert_false(endpoint_from(&ep, "nowhere", 1));
	assert_false(endpoint_is_set(&ep));
}

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
} named[] = {
	{ "10.0.0.1:1", "10.0.0.1" },
	{ "[2001:DB8::1]:1", "2001:db8::1" },
	{ "*:1", "0.0.0.0" },
	{ "localhost:1", "localhost" },
	{ "DB1.Example.ORG:1", "db1.example.org" },
	{ "db1.example.org.:1", "db1.example.org." },
	{ "my_app_db-1:1", "my_app_db-1" },
	{ "1.2.3.4.in-addr.arpa:1", "1.2.3.4.in-addr.arpa" },
	{ "3com.test:1", "3com.test" },
	{ "a:1", "a" },
	{ "", NULL },
	{ ":1", NULL },
	{ ".:1", NULL },
	{ "db1", NULL },
	{ "db1:0", NULL },
	{ "db1:redis", NULL },
	{ ".db1:1", NULL },
	{ "db1..test:1", NULL },
	{ "db1.test..:1", NULL },
	{ "-db1.test:1", NULL },
	{ "db1-.test:1", NULL },
	{ "db 1:1", NULL },
	{ "db1/x:1", NULL },
	{ "d\xc3\xb6:1", NULL },
	{ "[db1]:1", NULL },
	{ "db1:1:1", NULL },
	/* Addresses that are misspelt are no names. */
	{ "10.0.0.256:1", NULL },
	{ "10.0.0:1", NULL },
	{ "10.0.0.1.:1", NULL },
	{ "10:1", NULL },
	{ "010.0.0.1:1", NULL },
};

static void
test_names_are_read_where_they_may_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		struct endpoint ep;
		struct err err;
		int rc = endpoint_parse_named(&ep, named[i].text, &err);

		if ((rc == 0) != (named[i].host != NULL))
			fail_msg("%s: %d", named[i].text, rc);
		if (rc == 0)
			assert_string_equal(ep.host, named[i].host);
		else
			assert_non_null(strstr(err.text, named[i].text));
	}
}

static void
test_labels_and_names_have_a_length(void **state)
{
	char host[300] = "";
	struct endpoint ep;

	(void)state;
	memset(host, 'a', 63);
	assert_true(endpoint_from_named(&ep, host, 1));
	host[63] = 'a';
	assert_false(endpoint_from_named(&ep, host, 1));
	for (size_t i = 0; i < 254; i++)
		host[i] = i % 50 == 49 ? '.' : 'a';
	assert_false(endpoint_from_named(&ep, host, 1));
	host[253] = '\0';
	assert_true(endpoint_from_named(&ep, host, 1));
	assert_true(endpoint_is_named(&ep));
}

static void
test_names_are_equal_without_their_last_dot(void **state)
{
	struct endpoint a, b;

	(void)state;
	assert_true(endpoint_from_named(&a, "DB1.test", 1));
	assert_true(endpoint_from_named(&b, "db1.TEST.", 1));
	assert_true(endpoint_equal(&a, &b));
	assert_true(endpoint_from_named(&b, "db1.tes", 1));
	assert_false(endpoint_equal(&a, &b));
	assert_true(endpoint_from_named(&b, "db1.test", 2));
	assert_false(endpoint_equal(&a, &b));
}

static void
test_name_is_told_from_an_address(void **state)
{
	struct endpoint ep = { .port = 1 };

	(void)state;
	assert_false(endpoint_is_named(&ep));
	assert_true(endpoint_from_named(&ep, "10.0.0.1", 1));
	assert_false(endpoint_is_named(&ep));
	assert_true(endpoint_from_named(&ep, "::1", 1));
	assert_false(endpoint_is_named(&ep));
	assert_true(endpoint_from_named(&ep, "db1", 1));
	assert_true(endpoint_is_named(&ep));
	assert_false(endpoint_from_named(&ep, "", 1));
	assert_false(endpoint_is_set(&ep));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_read_in_canonical_form),
		cmocka_unit_test(test_formatted_address_reads_back_equal),
		cmocka_unit_test(test_anything_else_is_refused_by_name),
		cmocka_unit_test(test_host_and_port_given_apart),
		cmocka_unit_test(test_equal_means_same_host_and_port),
		cmocka_unit_test(test_names_are_read_where_they_may_be),
		cmocka_unit_test(test_labels_and_names_have_a_length),
		cmocka_unit_test(test_names_are_equal_without_their_last_dot),
		cmocka_unit_test(test_name_is_told_from_an_address),
		cmocka_unit_test(test_endpoint_is_set_once_it_has_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
