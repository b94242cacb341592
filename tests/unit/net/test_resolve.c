/*
 * Names that become addresses: asked for again in time, told of once a
 * change, and never forgotten because nobody answers.
 */
#include "fake_dns.h"
#include "trial.h"

#include "net/resolve.h"

#include <stdio.h>
#include <string.h>

struct asker {
	struct resolve *resolve;
	unsigned n_calls;
	struct resolved last;
	bool is_last_call; /* it closes from within its callback */
};

static struct trial trial;
static struct fake_dns *dns;
static struct resolver *resolver;
static struct asker askers[2];

static void
asker_on_resolved(void *arg, const struct resolved *resolved, usec_t now)
{
	struct asker *a = arg;

	assert_true(now > 0);
	a->n_calls++;
	a->last = *resolved;
	if (a->is_last_call)
		resolve_close(&a->resolve);
}

static void
asker_open(struct asker *a, const char *name)
{
	a->resolve = resolve_open(resolver, name, asker_on_resolved, a);
	assert_int_equal(resolve_now(a->resolve)->outcome, RESOLVE_PENDING);
}

static void
asker_expect(struct asker *a, unsigned n_calls, const char *host)
{
	TRIAL_UNTIL(&trial, a->n_calls == n_calls);
	assert_int_equal(a->last.outcome, RESOLVE_OK);
	assert_int_equal(a->last.n, 1);
	assert_string_equal(a->last.hosts[0], host);
}

static void
use_server(const struct endpoint *ep)
{
	struct endpoint_list servers = { .n = 1, .at = { *ep } };
	struct err err;

	assert_int_equal(resolver_configure(resolver, &servers, &err), 0);
}

static int
set_up(void **state)
{
	struct endpoint ep;

	(void)state;
	trial_open(&trial, false);
	memset(askers, 0, sizeof(askers));
	dns = fake_dns_start();
	fake_dns_endpoint(dns, &ep);
	resolver = resolver_new(trial.loop);
	use_server(&ep);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(askers); i++)
		resolve_close(&askers[i].resolve);
	resolver_free(&resolver);
	fake_dns_stop(&dns);
	trial_close(&trial);
	return 0;
}

static void
test_name_has_an_address(void **state)
{
	(void)state;
	fake_dns_set(dns, "db1.test", 300, "10.0.0.1");
	asker_open(&askers[0], "db1.test");
	asker_expect(&askers[0], 1, "10.0.0.1");
	assert_int_equal(askers[0].last.again_us, 300 * USEC_SEC);
	assert_int_equal(resolve_now(askers[0].resolve)->n, 1);
}

/* One that is not told of again is not changed: the order means nothing. */
static void
test_addresses_are_in_fixed_order(void **state)
{
	(void)state;
	fake_dns_set(dns, "db.test", 1, "10.0.0.9 10.0.0.1 10.0.0.5");
	asker_open(&askers[0], "db.test");
	TRIAL_UNTIL(&trial, askers[0].n_calls == 1);
	assert_int_equal(askers[0].last.n, 3);
	assert_string_equal(askers[0].last.hosts[0], "10.0.0.1");
	assert_string_equal(askers[0].last.hosts[1], "10.0.0.5");
	assert_string_equal(askers[0].last.hosts[2], "10.0.0.9");
	fake_dns_set(dns, "db.test", 1, "10.0.0.5 10.0.0.9 10.0.0.1");
	TRIAL_UNTIL(&trial, fake_dns_asked(dns, "db.test") >= 3);
	assert_int_equal(askers[0].n_calls, 1);
}

static void
test_more_addresses_than_there_is_room_for(void **state)
{
	(void)state;
	fake_dns_set(dns, "many.test", 300,
	    "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 "
	    "10.0.0.8 10.0.0.9 10.0.1.1 10.0.1.2 10.0.1.3 10.0.1.4 10.0.1.5 "
	    "10.0.1.6 10.0.1.7 10.0.1.8 10.0.1.9");
	asker_open(&askers[0], "many.test");
	TRIAL_UNTIL(&trial, askers[0].n_calls == 1);
	assert_int_equal(askers[0].last.outcome, RESOLVE_OK);
	assert_in_range(askers[0].last.n, 1, RESOLVE_HOSTS_MAX);
}

static void
test_ipv6_where_there_is_no_ipv4(void **state)
{
	(void)state;
	fake_dns_set(dns, "six.test", 1, "2001:db8::7");
	asker_open(&askers[0], "six.test");
	asker_expect(&askers[0], 1, "2001:db8::7");
	/* Then IPv6 is what is asked for first. */
	fake_dns_set(dns, "six.test", 1, "2001:db8::8");
	asker_expect(&askers[0], 2, "2001:db8::8");
	assert_int_equal(fake_dns_asked(dns, "six.test"), 1);
	fake_dns_set(dns, "six.test", 1, "10.0.0.6");
	asker_expect(&askers[0], 3, "10.0.0.6");
}

static void
test_alias_is_followed(void **state)
{
	(void)state;
	fake_dns_set(dns, "real.test", 100, "10.0.0.3");
	fake_dns_alias(dns, "alias.test", 20, "real.test");
	asker_open(&askers[0], "alias.test");
	asker_expect(&askers[0], 1, "10.0.0.3");
	assert_int_equal(askers[0].last.again_us, 20 * USEC_SEC);
}

/*
 * Names of one second are asked for again and again, the one of an hour is
 * not, and the one that says 0 not more than once a second.
 */
static void
test_time_to_live_is_kept(void **state)
{
	usec_t from;

	(void)state;
	fake_dns_set(dns, "short.test", 0, "10.0.0.1");
	fake_dns_set(dns, "long.test", 1000000, "10.0.0.2");
	asker_open(&askers[0], "short.test");
	asker_open(&askers[1], "long.test");
	asker_expect(&askers[0], 1, "10.0.0.1");
	asker_expect(&askers[1], 1, "10.0.0.2");
	from = loop_clock();
	assert_int_equal(askers[0].last.again_us, RESOLVE_TTL_MIN);
	assert_int_equal(askers[1].last.again_us, RESOLVE_TTL_MAX);
	fake_dns_set(dns, "short.test", 1, "10.0.0.11");
	asker_expect(&askers[0], 2, "10.0.0.11");
	fake_dns_set(dns, "short.test", 1, "10.0.0.12");
	asker_expect(&askers[0], 3, "10.0.0.12");
	assert_true(loop_clock() - from >= USEC_SEC);
	assert_int_equal(fake_dns_asked(dns, "short.test"), 3);
	assert_int_equal(fake_dns_asked(dns, "long.test"), 1);
	assert_int_equal(askers[1].n_calls, 1);
}

static void
test_absent_name_keeps_its_address(void **state)
{
	(void)state;
	fake_dns_set(dns, "db1.test", 1, "10.0.0.1");
	asker_open(&askers[0], "db1.test");
	asker_expect(&askers[0], 1, "10.0.0.1");
	fake_dns_remove(dns, "db1.test");
	TRIAL_UNTIL(&trial, askers[0].n_calls == 2);
	assert_int_equal(askers[0].last.outcome, RESOLVE_ABSENT);
	assert_int_equal(askers[0].last.n, 1);
	assert_string_equal(askers[0].last.hosts[0], "10.0.0.1");
	assert_non_null(askers[0].last.detail);
	assert_int_equal(askers[0].last.again_us, RESOLVE_RETRY_MIN);
	fake_dns_set(dns, "db1.test", 1, "10.0.0.2");
	asker_expect(&askers[0], 3, "10.0.0.2");
}

static void
test_absent_from_the_start(void **state)
{
	(void)state;
	asker_open(&askers[0], "nobody.test");
	TRIAL_UNTIL(&trial, askers[0].n_calls == 1);
	assert_int_equal(askers[0].last.outcome, RESOLVE_ABSENT);
	assert_int_equal(askers[0].last.n, 0);
	/* The name is there, and has no address: nothing new. */
	fake_dns_set(dns, "nobody.test", 1, "");
	TRIAL_UNTIL(&trial, fake_dns_asked(dns, "nobody.test") >= 3);
	assert_int_equal(askers[0].n_calls, 1);
}

static void
check_failure(enum fake_dns_mood mood)
{
	(void)fake_dns_asked(dns, "db1.test");
	fake_dns_set(dns, "db1.test", 1, "10.0.0.1");
	asker_open(&askers[0], "db1.test");
	asker_expect(&askers[0], 1, "10.0.0.1");
	fake_dns_become(dns, mood);
	fake_dns_set(dns, "db1.test", 1, "10.0.0.2");
	TRIAL_UNTIL(&trial, askers[0].n_calls == 2);
	assert_int_equal(askers[0].last.outcome, RESOLVE_FAILED);
	assert_int_equal(askers[0].last.n, 1);
	assert_string_equal(askers[0].last.hosts[0], "10.0.0.1");
	fake_dns_become(dns, FAKE_DNS_ANSWERS);
	asker_expect(&askers[0], 3, "10.0.0.2");
}

static void
test_silent_server(void **state)
{
	(void)state;
	check_failure(FAKE_DNS_SILENT);
}

static void
test_failing_server(void **state)
{
	(void)state;
	check_failure(FAKE_DNS_FAILS);
}

static void
test_server_of_garbage(void **state)
{
	(void)state;
	check_failure(FAKE_DNS_GARBAGE);
}

static void
test_server_of_broken_messages(void **state)
{
	(void)state;
	check_failure(FAKE_DNS_BROKEN);
}

/* A question under way goes to the server of the new configuration. */
static void
test_other_server_is_asked_at_once(void **state)
{
	struct fake_dns *other = fake_dns_start();
	struct endpoint ep;

	(void)state;
	fake_dns_become(dns, FAKE_DNS_SILENT);
	fake_dns_set(other, "db1.test", 300, "10.0.0.4");
	asker_open(&askers[0], "db1.test");
	TRIAL_UNTIL(&trial, fake_dns_asked(dns, "db1.test") > 0);
	fake_dns_endpoint(other, &ep);
	use_server(&ep);
	asker_expect(&askers[0], 1, "10.0.0.4");
	fake_dns_stop(&other);
}

static void
test_file_of_hosts_comes_first(void **state)
{
	(void)state;
	fake_dns_set(dns, "localhost", 300, "10.0.0.1");
	asker_open(&askers[0], "localhost");
	TRIAL_UNTIL(&trial, askers[0].n_calls == 1);
	assert_int_equal(askers[0].last.outcome, RESOLVE_OK);
	assert_string_not_equal(askers[0].last.hosts[0], "10.0.0.1");
	assert_int_equal(fake_dns_asked(dns, "localhost"), 0);
}

static void
test_nobody_is_told_after_closing(void **state)
{
	(void)state;
	fake_dns_become(dns, FAKE_DNS_SILENT);
	asker_open(&askers[0], "db1.test");
	TRIAL_UNTIL(&trial, fake_dns_asked(dns, "db1.test") > 0);
	resolve_close(&askers[0].resolve);
	assert_null(askers[0].resolve);
	/* The question that is still under way has nobody to answer to. */
	fake_dns_set(dns, "db1.test", 1, "10.0.0.1");
	fake_dns_set(dns, "db2.test", 1, "10.0.0.2");
	fake_dns_become(dns, FAKE_DNS_ANSWERS);
	asker_open(&askers[1], "db2.test");
	asker_expect(&askers[1], 1, "10.0.0.2");
	TRIAL_UNTIL(&trial, fake_dns_asked(dns, "db1.test") > 1);
	assert_int_equal(askers[0].n_calls, 0);
}

static void
test_name_is_closed_by_its_own_answer(void **state)
{
	(void)state;
	fake_dns_set(dns, "db1.test", 1, "10.0.0.1");
	askers[0].is_last_call = true;
	asker_open(&askers[0], "db1.test");
	asker_expect(&askers[0], 1, "10.0.0.1");
	assert_null(askers[0].resolve);
}

static void
test_bad_server_changes_nothing(void **state)
{
	struct endpoint_list servers = { .n = 1 };
	struct err err;

	(void)state;
	snprintf(servers.at[0].host, sizeof(servers.at[0].host), "nonsense");
	servers.at[0].port = 53;
	assert_true(resolver_configure(resolver, &servers, &err) < 0);
	assert_non_null(strstr(err.text, "nameservers"));
	fake_dns_set(dns, "db1.test", 1, "10.0.0.1");
	asker_open(&askers[0], "db1.test");
	asker_expect(&askers[0], 1, "10.0.0.1");
}

#define RESOLVE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RESOLVE_TEST(test_name_has_an_address),
		RESOLVE_TEST(test_addresses_are_in_fixed_order),
		RESOLVE_TEST(test_more_addresses_than_there_is_room_for),
		RESOLVE_TEST(test_ipv6_where_there_is_no_ipv4),
		RESOLVE_TEST(test_alias_is_followed),
		RESOLVE_TEST(test_time_to_live_is_kept),
		RESOLVE_TEST(test_absent_name_keeps_its_address),
		RESOLVE_TEST(test_absent_from_the_start),
		RESOLVE_TEST(test_silent_server),
		RESOLVE_TEST(test_failing_server),
		RESOLVE_TEST(test_server_of_garbage),
		RESOLVE_TEST(test_server_of_broken_messages),
		RESOLVE_TEST(test_other_server_is_asked_at_once),
		RESOLVE_TEST(test_file_of_hosts_comes_first),
		RESOLVE_TEST(test_nobody_is_told_after_closing),
		RESOLVE_TEST(test_name_is_closed_by_its_own_answer),
		RESOLVE_TEST(test_bad_server_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
