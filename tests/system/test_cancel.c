/*
 * What regent makes of the first packet of a connection.  A query is
 * cancelled, whichever of the nodes runs it, as psql does it on Ctrl-C; and
 * who asks a frozen node to be let in is let in by its successor.  Real
 * PostgreSQL and libpq.
 */
#include "daemon.h"
#include "pg_node.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANCEL_MS 20000
#define QUERIES 4

struct ring {
	struct pg_node *primary;
	struct pg_node *standby;
	struct daemon *daemon;
	uint16_t write_port;
	uint16_t any_port;
};

static void
ring_open(struct ring *r, struct site *site)
{
	r->primary =
	    pg_node_start(site, &(struct pg_node_options){ .name = "a" });
	r->standby = pg_node_start(site,
	    &(struct pg_node_options){ .name = "b", .primary = r->primary });
	r->write_port = site_port();
	r->any_port = site_port();
	r->daemon = daemon_start(site,
	    "workers = 2\n"
	    "[cluster crm]\n"
	    "protocol = postgres\n"
	    "user = regent\n"
	    "password = %s\n"
	    "check_interval = 50ms\n"
	    "[node crm/a]\n"
	    "address = 127.0.0.1:%u\n"
	    "[node crm/b]\n"
	    "address = 127.0.0.1:%u\n"
	    "[listen write]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "[listen any]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "route = any\n",
	    PG_PASSWORD, (unsigned)r->primary->port, (unsigned)r->standby->port,
	    (unsigned)r->write_port, (unsigned)r->any_port);
	ASSERT_WITHIN(
	    CANCEL_MS, strcmp(daemon_primary(r->daemon, "crm"), "a") == 0);
	ASSERT_WITHIN(CANCEL_MS,
	    daemon_node_is(r->daemon, "a", "read", "yes") &&
		daemon_node_is(r->daemon, "b", "read", "yes"));
}

/* A session that will not end by itself. */
static PGconn *
ring_sleep(uint16_t port)
{
	PGconn *conn = pg_connect(port);

	assert_non_null(conn);
	assert_int_equal(PQsendQuery(conn, "select pg_sleep(600)"), 1);
	return conn;
}

static unsigned
ring_sleepers(struct pg_node *node)
{
	char *n = pg_node_query(node,
	    "select count(*) from pg_stat_activity "
	    "where query = 'select pg_sleep(600)' and state = 'active'");
	unsigned count = n != NULL ? (unsigned)atoi(n) : 0;

	free(n);
	return count;
}

/* Whether the query goes on. */
static bool
ring_is_asleep(PGconn *conn)
{
	struct pollfd fd = { .fd = PQsocket(conn), .events = POLLIN };

	if (poll(&fd, 1, 0) == 1)
		assert_int_equal(PQconsumeInput(conn), 1);
	return PQisBusy(conn) != 0;
}

/* It is over when PQcancel returns, for regent hangs up behind the nodes. */
static void
ring_cancel(PGconn *conn)
{
	PGcancel *cancel = PQgetCancel(conn);
	PGresult *result;
	char error[256] = "";

	assert_non_null(cancel);
	if (PQcancel(cancel, error, sizeof(error)) != 1)
		fail_msg("%s", error);
	PQfreeCancel(cancel);
	ASSERT_WITHIN(CANCEL_MS, !ring_is_asleep(conn));
	result = PQgetResult(conn);
	assert_string_equal(
	    PQresultErrorField(result, PG_DIAG_SQLSTATE), "57014");
	PQclear(result);
	assert_null(PQgetResult(conn));
}

/* The session is as before. */
static void
ring_close(PGconn *conn)
{
	PGresult *result = PQexec(conn, "select 42");

	assert_string_equal(PQgetvalue(result, 0, 0), "42");
	PQclear(result);
	PQfinish(conn);
}

static void
test_query_on_any_node_is_cancelled(struct site *site)
{
	PGconn *conn[QUERIES];
	struct ring r;

	ring_open(&r, site);
	for (unsigned i = 0; i < QUERIES; i++)
		conn[i] = ring_sleep(r.any_port);
	ASSERT_WITHIN(CANCEL_MS,
	    ring_sleepers(r.primary) + ring_sleepers(r.standby) == QUERIES);
	assert_true(ring_sleepers(r.primary) > 0);
	assert_true(ring_sleepers(r.standby) > 0);
	for (unsigned i = 0; i < QUERIES; i++) {
		ring_cancel(conn[i]);
		for (unsigned j = i + 1; j < QUERIES; j++)
			assert_true(ring_is_asleep(conn[j]));
	}
	for (unsigned i = 0; i < QUERIES; i++)
		ring_close(conn[i]);
	assert_int_equal(daemon_stat(r.daemon, "any", "cancels"), QUERIES);
	assert_int_equal(daemon_stat(r.daemon, "any", "sessions"), 2 * QUERIES);
}

static void
test_query_on_the_primary_is_cancelled(struct site *site)
{
	struct ring r;
	PGconn *conn;

	ring_open(&r, site);
	conn = ring_sleep(r.write_port);
	ASSERT_WITHIN(CANCEL_MS, ring_sleepers(r.primary) == 1);
	ring_cancel(conn);
	ring_close(conn);
}

/* Connects with all that libpq tries by itself, TLS first. */
static void *
ring_connect(void *arg)
{
	const uint16_t *port = arg;
	char dsn[96];

	snprintf(dsn, sizeof(dsn), "host=127.0.0.1 port=%u user=app dbname=crm",
	    (unsigned)*port);
	return PQconnectdb(dsn);
}

static void
test_client_of_a_frozen_primary_gets_the_next_one(struct site *site)
{
	pthread_t thread;
	struct ring r;
	void *conn;

	ring_open(&r, site);
	pg_node_freeze(r.primary);
	assert_int_equal(
	    pthread_create(&thread, NULL, ring_connect, &r.write_port), 0);
	ASSERT_WITHIN(
	    CANCEL_MS, daemon_stat(r.daemon, "crm/a", "sessions") == 1);
	ASSERT_WITHIN(
	    CANCEL_MS, strcmp(daemon_primary(r.daemon, "crm"), "b") == 0);
	assert_int_equal(pthread_join(thread, &conn), 0);
	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	assert_int_equal(daemon_stat(r.daemon, "write", "cut"), 0);
	ring_close(conn);
	pg_node_resume(r.primary);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_query_on_any_node_is_cancelled),
		SITE_TEST(test_query_on_the_primary_is_cancelled),
		SITE_TEST(test_client_of_a_frozen_primary_gets_the_next_one),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: no PostgreSQL server here "
			      "(contrib/install-deps check)\n");
		return 77;
	}
	return SITE_MAIN(tests);
}
