/*
 * The driver of nodes of which only a port is known, and what all drivers
 * share.
 */
#include "asker.h"

#include <errno.h>

static struct asker asker;

static int
set_up(void **state)
{
	(void)state;
	asker_open(&asker, &driver_tcp);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	asker_close(&asker);
	return 0;
}

static void
test_tcp_node_that_takes_connections_is_well(void **state)
{
	(void)state;
	asker.host.greeting = "220 hello\r\n";
	for (unsigned i = 1; i <= 3; i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		asker_expect(&asker, VERDICT_OK);
		assert_false(asker.result.has_report);
		TRIAL_UNTIL(&asker.trial,
		    asker.host.n_peers == i &&
			peer_is_gone(host_last(&asker.host)));
	}
	assert_int_equal(asker.n_lost, 0);
}

static void
test_tcp_node_that_refuses(void **state)
{
	(void)state;
	host_shut(&asker.host);
	for (int i = 0; i < 2; i++) {
		asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
		asker_expect(&asker, VERDICT_REFUSED);
	}
	host_reopen(&asker.host);
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker_expect(&asker, VERDICT_OK);
}

static void
test_tcp_contact_closed_while_connecting(void **state)
{
	(void)state;
	asker_ask(&asker, JOB_PROBE, 10 * USEC_SEC);
	asker.driver->close(&asker.contact);
	asker_wait(&asker);
	assert_int_equal(asker.n_done + asker.n_lost, 0);
}

static void
test_driver_of_each_protocol(void **state)
{
	(void)state;
	assert_ptr_equal(driver_of(PROTOCOL_TCP, CHECK_PROTOCOL), &driver_tcp);
	assert_ptr_equal(
	    driver_of(PROTOCOL_REDIS, CHECK_PROTOCOL), &driver_redis);
	assert_true(driver_redis.has_roles);
	assert_false(driver_tcp.has_roles);
	for (int i = 0; i < JOB_COUNT; i++)
		assert_non_null(job_names[i]);
}

/* One member was forgotten: MariaDB's primaries never waited for replicas. */
static void
test_login_has_all_that_the_section_says(void **state)
{
	struct conf_cluster section = {
		.protocol = PROTOCOL_MYSQL,
		.user = "regent",
		.password = "secret",
		.database = "shop",
		.sslmode = SSLMODE_REQUIRE,
		.ssl_ca = "ca.pem",
		.ssl_cert = "cert.pem",
		.ssl_key = "key.pem",
		.check_path = "/up",
		.check_replica_path = "/replica",
		.check_command = "/bin/check",
		.check_ca = "check.pem",
		.replication_user = "replication",
		.replication_password = "secret too",
	};
	struct conf_node node = { .address = { .host = "db1", .port = 3306 } };
	struct endpoint address = { .host = "10.0.0.1", .port = 3306 };
	struct contact_login login = driver_login(&section, &node, &address);

	(void)state;
	assert_string_equal(login.address.host, "10.0.0.1");
	assert_string_equal(login.host, "db1");
	assert_string_equal(login.user, section.user);
	assert_string_equal(login.password, section.password);
	assert_string_equal(login.database, section.database);
	assert_int_equal(login.sslmode, SSLMODE_REQUIRE);
	assert_string_equal(login.ssl_ca, section.ssl_ca);
	assert_string_equal(login.ssl_cert, section.ssl_cert);
	assert_string_equal(login.ssl_key, section.ssl_key);
	assert_string_equal(login.check_path, section.check_path);
	assert_string_equal(
	    login.check_replica_path, section.check_replica_path);
	assert_string_equal(login.check_command, section.check_command);
	assert_string_equal(login.ca_path, section.check_ca);
	assert_string_equal(login.replication_user, section.replication_user);
	assert_string_equal(
	    login.replication_password, section.replication_password);
	assert_false(login.is_synced);
	section.sync_replicas = 1;
	assert_true(driver_login(&section, &node, &address).is_synced);
}

/* Unknown is not down: what is our own trouble says nothing of the node. */
static void
test_errors_of_connecting_mean_what_they_mean(void **state)
{
	static const struct {
		int code;
		enum verdict verdict;
	} errors[] = {
		{ -ECONNREFUSED, VERDICT_REFUSED },
		{ -ECONNRESET, VERDICT_CLOSED },
		{ -EPIPE, VERDICT_CLOSED },
		{ -ETIMEDOUT, VERDICT_UNREACHABLE },
		{ -EHOSTUNREACH, VERDICT_UNREACHABLE },
		{ -ENETUNREACH, VERDICT_UNREACHABLE },
		{ -EHOSTDOWN, VERDICT_UNREACHABLE },
		{ -ENETDOWN, VERDICT_UNREACHABLE },
		{ -EMFILE, VERDICT_LOCAL },
		{ -ENFILE, VERDICT_LOCAL },
		{ -ENOBUFS, VERDICT_LOCAL },
		{ -ENOMEM, VERDICT_LOCAL },
		{ -EADDRNOTAVAIL, VERDICT_LOCAL },
		{ -EACCES, VERDICT_LOCAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		assert_int_equal(
		    driver_verdict_of_errno(errors[i].code), errors[i].verdict);
}

#define TCP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TCP_TEST(test_tcp_node_that_takes_connections_is_well),
		TCP_TEST(test_tcp_node_that_refuses),
		TCP_TEST(test_tcp_contact_closed_while_connecting),
		cmocka_unit_test(test_driver_of_each_protocol),
		cmocka_unit_test(test_login_has_all_that_the_section_says),
		cmocka_unit_test(test_errors_of_connecting_mean_what_they_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
