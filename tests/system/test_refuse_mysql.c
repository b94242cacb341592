/*
 * MariaDB and MySQL clients that get no node hear why, in place of the
 * greeting, from libmariadb.
 */
#include "client.h"
#include "deserted.h"

#include <mysql.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFUSE_MS 10000
#define CLIENTS 16

struct attempt {
	uint16_t port;
	bool wants_tls;
	pthread_t thread;
	unsigned code;
	char message[512];
	usec_t took_us;
};

static void *
attempt_run(void *arg)
{
	struct attempt *a = arg;
	usec_t from = clock_now();
	my_bool wants_tls = a->wants_tls;
	MYSQL *mysql = mysql_init(NULL);

	CHECK(mysql != NULL);
	mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &wants_tls);
	CHECK(mysql_real_connect(mysql, "127.0.0.1", "app", "", "crm", a->port,
		  NULL, 0) == NULL);
	a->code = mysql_errno(mysql);
	snprintf(a->message, sizeof(a->message), "%s", mysql_error(mysql));
	mysql_close(mysql);
	mysql_thread_end();
	a->took_us = clock_now() - from;
	return NULL;
}

static void
attempt_begin(struct attempt *a, struct deserted *d)
{
	a->port = d->port;
	CHECK(pthread_create(&a->thread, NULL, attempt_run, a) == 0);
}

static void
attempt_end(struct attempt *a)
{
	CHECK(pthread_join(a->thread, NULL) == 0);
}

static void
test_client_hears_why_at_once(struct site *site)
{
	struct attempt a = { .wants_tls = false };
	struct deserted d;

	deserted_open(&d, site, "mysql", "hold_timeout = 0s");
	attempt_begin(&a, &d);
	attempt_end(&a);
	assert_int_equal(a.code, 1040);
	assert_string_equal(a.message, "regent: cluster crm has no primary");
	ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "now") == 0);
	assert_int_equal(deserted_count(&d, "told"), 1);
}

/* Libraries differ in what they make of an error before TLS; the text and
 * the number are in all of it. */
static void
test_client_that_wants_tls_hears_it_too(struct site *site)
{
	struct attempt a = { .wants_tls = true };
	struct deserted d;

	deserted_open(&d, site, "mysql", "hold_timeout = 0s");
	attempt_begin(&a, &d);
	attempt_end(&a);
	assert_contains(a.message, "1040");
	assert_contains(a.message, "regent: cluster crm has no primary");
}

static void
test_client_that_waited_hears_how_long(struct site *site)
{
	struct attempt a = { .wants_tls = false };
	struct deserted d;

	deserted_open(&d, site, "mysql", "hold_timeout = 1200ms");
	attempt_begin(&a, &d);
	attempt_end(&a);
	assert_int_equal(a.code, 1040);
	assert_string_equal(
	    a.message, "regent: cluster crm has no primary; waited 1 s");
	assert_true(a.took_us >= 1200 * USEC_MS);
}

static void
test_crowd_hears_that_too_many_wait(struct site *site)
{
	static struct attempt a[CLIENTS];
	unsigned n_waited = 0;
	struct deserted d;

	deserted_open(&d, site, "mysql", "hold_max = 2\nhold_timeout = 2s");
	for (unsigned i = 0; i < CLIENTS; i++)
		attempt_begin(&a[i], &d);
	for (unsigned i = 0; i < CLIENTS; i++)
		attempt_end(&a[i]);
	for (unsigned i = 0; i < CLIENTS; i++) {
		bool has_waited = strstr(a[i].message, "; waited 2 s") != NULL;

		n_waited += has_waited;
		assert_int_equal(a[i].code, 1040);
		assert_contains(a[i].message,
		    has_waited ? "has no primary"
			       : "too many clients wait already");
	}
	assert_int_equal(n_waited, 2);
}

static void
test_client_that_waits_hears_of_the_end(struct site *site)
{
	static const int signals[] = { SIGQUIT, SIGTERM };
	struct attempt a = { .wants_tls = false };
	struct deserted d;

	deserted_open(&d, site, "mysql", "");
	for (unsigned i = 0; i < ARRAY_LEN(signals); i++) {
		attempt_begin(&a, &d);
		ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "held_now") == 1);
		daemon_signal(d.daemon, signals[i]);
		attempt_end(&a);
		assert_int_equal(a.code, 1053);
		assert_contains(
		    a.message, "regent: listener crm-write is closing");
		daemon_expect_exit(d.daemon, 0, REFUSE_MS);
		daemon_launch(d.daemon);
	}
}

static void
test_mariadb_prints_it(struct site *site)
{
	char path[SITE_PATH_LEN], port[16];
	const char *const args[] = { "mariadb", "--no-defaults", "-h",
		"127.0.0.1", "-P", port, "-e", "select 1", NULL };
	struct deserted d;
	char *output;

	if (!process_find("mariadb", path, sizeof(path))) {
		print_message("no mariadb here\n");
		skip();
	}
	deserted_open(&d, site, "mysql", "hold_timeout = 0s");
	snprintf(port, sizeof(port), "%u", (unsigned)d.port);
	assert_int_equal(process_run(site, path, args, &output), 1);
	assert_contains(output, "1040");
	assert_contains(output, "regent: cluster crm has no primary\n");
	free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_client_hears_why_at_once),
		SITE_TEST(test_client_that_wants_tls_hears_it_too),
		SITE_TEST(test_client_that_waited_hears_how_long),
		SITE_TEST(test_crowd_hears_that_too_many_wait),
		SITE_TEST(test_client_that_waits_hears_of_the_end),
		SITE_TEST(test_mariadb_prints_it),
	};

	if (mysql_library_init(0, NULL, NULL) != 0)
		return 1;
	return SITE_MAIN(tests);
}
