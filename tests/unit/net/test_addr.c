/* Endpoints as socket addresses and back. */
#include "net/addr.h"
#include "trial.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static void
test_endpoint_comes_back_the_same(void **state)
{
	static const char *const texts[] = { "127.0.0.1:1", "0.0.0.0:65535",
		"255.255.255.255:6379", "[::1]:6379", "[::]:80",
		"[fe80::1]:5432", "[2001:db8:0:1:1:1:1:1]:1",
		"[::ffff:10.0.0.1]:9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char text[ENDPOINT_TEXT_LEN];
		struct endpoint ep;
		struct addr addr;
		struct err err;

		assert_int_equal(endpoint_parse(&ep, texts[i], &err), 0);
		addr_from_endpoint(&addr, &ep);
		assert_string_equal(addr_format(&addr, text), texts[i]);
	}
}

static void
test_ipv4_is_an_ipv4_address(void **state)
{
	const struct sockaddr_in *in4;
	struct endpoint ep;
	struct addr addr;

	(void)state;
	memset(&addr, 0xff, sizeof(addr));
	assert_true(endpoint_from(&ep, "10.1.2.3", 6379));
	addr_from_endpoint(&addr, &ep);
	in4 = (const struct sockaddr_in *)&addr.ss;
	assert_int_equal(addr.len, sizeof(*in4));
	assert_int_equal(in4->sin_family, AF_INET);
	assert_int_equal(ntohs(in4->sin_port), 6379);
	assert_int_equal(ntohl(in4->sin_addr.s_addr), 0x0a010203);
}

static void
test_ipv6_is_an_ipv6_address(void **state)
{
	const struct sockaddr_in6 *in6;
	struct endpoint ep;
	struct addr addr;

	(void)state;
	memset(&addr, 0xff, sizeof(addr));
	assert_true(endpoint_from(&ep, "::1", 1));
	addr_from_endpoint(&addr, &ep);
	in6 = (const struct sockaddr_in6 *)&addr.ss;
	assert_int_equal(addr.len, sizeof(*in6));
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(in6->sin6_scope_id, 0);
	assert_true(IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr));
}

static void
test_unix_address_has_no_endpoint(void **state)
{
	struct addr addr = { .len = sizeof(struct sockaddr_un) };
	char text[ENDPOINT_TEXT_LEN];

	(void)state;
	addr.ss.any.sa_family = AF_UNIX;
	assert_string_equal(addr_format(&addr, text), "unix");
}

static uint64_t
host_of(const char *host, int port)
{
	struct endpoint ep;
	struct addr addr;

	assert_true(endpoint_from(&ep, host, port));
	addr_from_endpoint(&addr, &ep);
	return addr_hash_host(&addr);
}

static void
test_host_is_the_same_whatever_its_port(void **state)
{
	(void)state;
	assert_true(host_of("10.0.0.1", 1) == host_of("10.0.0.1", 2));
	assert_true(host_of("10.0.0.1", 1) != host_of("10.0.0.2", 1));
	assert_true(host_of("10.0.0.1", 1) == host_of("::ffff:10.0.0.1", 2));
}

static void
test_host_of_ipv6_is_its_network_of_64_bits(void **state)
{
	uint64_t host = host_of("2001:db8:1:2::1", 1);

	(void)state;
	assert_true(host == host_of("2001:db8:1:2:ffff::7", 2));
	assert_true(host != host_of("2001:db8:1:3::1", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoint_comes_back_the_same),
		cmocka_unit_test(test_ipv4_is_an_ipv4_address),
		cmocka_unit_test(test_ipv6_is_an_ipv6_address),
		cmocka_unit_test(test_unix_address_has_no_endpoint),
		cmocka_unit_test(test_host_is_the_same_whatever_its_port),
		cmocka_unit_test(test_host_of_ipv6_is_its_network_of_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
