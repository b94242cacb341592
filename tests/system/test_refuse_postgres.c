/*
 * PostgreSQL clients that get no node hear why from libpq, which speaks for
 * most of them.
 */
#include "client.h"
#include "deserted.h"
#include "pg_node.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSE_MS 10000
#define CLIENTS 16

struct attempt {
	uint16_t port;
	const char *options; /* more of the connection string */
	pthread_t thread;
	char message[512];
	usec_t took_us;
};

/* One step of libpq's; false when there is nothing to wait for any more. */
static bool
attempt_step(PGconn *conn)
{
	struct pollfd fd = { .fd = PQsocket(conn) };

	switch (PQconnectPoll(conn)) {
	case PGRES_POLLING_READING:
		fd.events = POLLIN;
		break;
	case PGRES_POLLING_WRITING:
		fd.events = POLLOUT;
		break;
	default:
		return false;
	}
	fd.fd = PQsocket(conn);
	return poll(&fd, 1, REFUSE_MS) == 1;
}

/* Connects; in the message is the SQLSTATE as well. */
static void *
attempt_run(void *arg)
{
	struct attempt *a = arg;
	usec_t from = clock_now();
	char dsn[256];
	PGconn *conn;

	snprintf(dsn, sizeof(dsn),
	    "host=127.0.0.1 port=%u user=app dbname=crm %s", (unsigned)a->port,
	    a->options);
	conn = PQconnectStart(dsn);
	PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
	while (attempt_step(conn))
		continue;
	snprintf(a->message, sizeof(a->message), "%s", PQerrorMessage(conn));
	PQfinish(conn);
	a->took_us = clock_now() - from;
	return NULL;
}

static void
attempt_begin(struct attempt *a, struct deserted *d, const char *options)
{
	a->port = d->port;
	a->options = options;
	CHECK(pthread_create(&a->thread, NULL, attempt_run, a) == 0);
}

static void
attempt_end(struct attempt *a)
{
	CHECK(pthread_join(a->thread, NULL) == 0);
}

static void
expect_refusal(const struct attempt *a, const char *text)
{
	assert_contains(a->message, "FATAL:  57P03: regent: ");
	assert_contains(a->message, text);
}

static void
test_client_hears_why_at_once(struct site *site)
{
	static const char *const ways[] = { "sslmode=disable", "sslmode=prefer",
		"sslmode=prefer gssencmode=prefer" };
	struct attempt a;
	struct deserted d;

	deserted_open(&d, site, "postgres", "hold_timeout = 0s");
	for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
		attempt_begin(&a, &d, ways[i]);
		attempt_end(&a);
		expect_refusal(&a, "regent: cluster crm has no primary\n");
	}
	ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "told") == ARRAY_LEN(ways));
	ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "now") == 0);
}

static void
test_client_that_waited_hears_how_long(struct site *site)
{
	struct attempt a;
	struct deserted d;

	deserted_open(&d, site, "postgres", "hold_timeout = 1200ms");
	attempt_begin(&a, &d, "");
	attempt_end(&a);
	expect_refusal(&a, "cluster crm has no primary; waited 1 s\n");
	assert_true(a.took_us >= 1200 * USEC_MS);
}

/* What is possible: the cause is not, for it would not be authenticated. */
static void
test_client_that_insists_on_tls_hears_that_there_is_none(struct site *site)
{
	struct attempt a;
	struct deserted d;

	deserted_open(&d, site, "postgres", "hold_timeout = 0s");
	attempt_begin(&a, &d, "sslmode=require");
	attempt_end(&a);
	assert_contains(a.message, "server does not support SSL");
	ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "now") == 0);
	assert_int_equal(deserted_count(&d, "told"), 0);
}

/* Nobody's connection is reset before it has read its message. */
static void
test_crowd_hears_that_too_many_wait(struct site *site)
{
	static struct attempt a[CLIENTS];
	unsigned n_waited = 0;
	struct deserted d;

	deserted_open(&d, site, "postgres", "hold_max = 2\nhold_timeout = 2s");
	for (unsigned i = 0; i < CLIENTS; i++)
		attempt_begin(&a[i], &d, "");
	for (unsigned i = 0; i < CLIENTS; i++)
		attempt_end(&a[i]);
	for (unsigned i = 0; i < CLIENTS; i++) {
		bool has_waited = strstr(a[i].message, "; waited 2 s") != NULL;

		n_waited += has_waited;
		expect_refusal(&a[i],
		    has_waited ? "has no primary"
			       : "too many clients wait already");
	}
	assert_int_equal(n_waited, 2);
	assert_int_equal(deserted_count(&d, "hold_refused"), CLIENTS - 2);
}

static void
test_client_that_waits_hears_of_the_end(struct site *site)
{
	static const int signals[] = { SIGQUIT, SIGTERM };
	struct attempt a;
	struct deserted d;

	deserted_open(&d, site, "postgres", "");
	for (unsigned i = 0; i < ARRAY_LEN(signals); i++) {
		attempt_begin(&a, &d, "sslmode=disable");
		ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "held_now") == 1);
		daemon_signal(d.daemon, signals[i]);
		attempt_end(&a);
		expect_refusal(&a, "listener crm-write is closing");
		daemon_expect_exit(d.daemon, 0, REFUSE_MS);
		daemon_launch(d.daemon);
	}
}

/* It costs a client's place, and that not for long. */
static void
test_client_that_stays_is_closed(struct site *site)
{
	struct deserted d;
	int fd;

	deserted_open(&d, site, "postgres", "hold_timeout = 0s");
	fd = client_open(d.port);
	assert_int_equal(send(fd, "\0\0\0\x08\0\3\0\0", 8, MSG_NOSIGNAL), 8);
	assert_true(client_is_closed(fd, REFUSE_MS));
	assert_int_equal(deserted_count(&d, "now"), 1);
	ASSERT_WITHIN(REFUSE_MS, deserted_count(&d, "now") == 0);
	close(fd);
}

/* What 57P03 means to libpq. */
static void
test_client_with_more_hosts_goes_on_to_the_next(struct site *site)
{
	struct pg_node *node;
	struct deserted d;
	char dsn[160];
	PGconn *conn;

	if (!pg_node_is_there()) {
		print_message("no PostgreSQL server here\n");
		skip();
	}
	deserted_open(&d, site, "postgres", "hold_timeout = 0s");
	node = pg_node_start(site, &(struct pg_node_options){ .name = "a" });
	snprintf(dsn, sizeof(dsn),
	    "host=127.0.0.1,127.0.0.1 port=%u,%u user=app dbname=crm",
	    (unsigned)d.port, (unsigned)node->port);
	conn = PQconnectdb(dsn);
	assert_int_equal(PQstatus(conn), CONNECTION_OK);
	assert_int_equal(deserted_count(&d, "told"), 1);
	PQfinish(conn);
}

static void
test_psql_prints_it(struct site *site)
{
	char path[SITE_PATH_LEN], dsn[64];
	const char *const args[] = { "psql", "-X", dsn, NULL };
	struct deserted d;
	char *output;

	if (!process_find("psql", path, sizeof(path))) {
		print_message("no psql here\n");
		skip();
	}
	deserted_open(&d, site, "postgres", "hold_timeout = 0s");
	snprintf(dsn, sizeof(dsn), "host=127.0.0.1 port=%u", (unsigned)d.port);
	assert_int_equal(process_run(site, path, args, &output), 2);
	assert_contains(output, "FATAL:  regent: cluster crm has no primary\n");
	free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_client_hears_why_at_once),
		SITE_TEST(test_client_that_waited_hears_how_long),
		SITE_TEST(
		    test_client_that_insists_on_tls_hears_that_there_is_none),
		SITE_TEST(test_crowd_hears_that_too_many_wait),
		SITE_TEST(test_client_that_waits_hears_of_the_end),
		SITE_TEST(test_client_that_stays_is_closed),
		SITE_TEST(test_client_with_more_hosts_goes_on_to_the_next),
		SITE_TEST(test_psql_prints_it),
	};

	return SITE_MAIN(tests);
}
