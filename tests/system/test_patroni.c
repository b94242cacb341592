/*
 * check = patroni: PostgreSQL clients are led to Patroni's leader, and wait
 * while there is none.  Real Patroni, asked by https, PostgreSQL and etcd.
 */
#include "certificate.h"
#include "daemon.h"
#include "patroni.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lead {
	struct patroni *patroni;
	struct daemon *daemon;
	uint16_t write_port;
	uint16_t read_port;
};

static struct patroni_node *
lead_leader(struct lead *l)
{
	const char *name = daemon_primary(l->daemon, "crm");

	for (unsigned i = 0; i < PATRONI_NODES; i++)
		if (strcmp(l->patroni->node[i].name, name) == 0)
			return &l->patroni->node[i];
	return NULL;
}

static struct patroni_node *
lead_other(struct lead *l, const struct patroni_node *node)
{
	return &l->patroni->node[node == &l->patroni->node[0]];
}

static void
lead_start_daemon(struct lead *l, struct site *site)
{
	const struct patroni_node *n = l->patroni->node;

	l->write_port = site_port();
	l->read_port = site_port();
	l->daemon = daemon_start(site,
	    "workers = 2\n"
	    "[cluster crm]\n"
	    "protocol = postgres\n"
	    "failover = follow\n"
	    "check = patroni\n"
	    "check_ca = %s/ca.pem\n"
	    "check_interval = 100ms\n"
	    "check_port = %u\n"
	    "[node crm/n1]\n"
	    "address = 127.0.0.1:%u\n"
	    "[node crm/n2]\n"
	    "address = 127.0.0.1:%u\n"
	    "check_port = %u\n"
	    "[listen write]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "[listen read]\n"
	    "bind = 127.0.0.1:%u\n"
	    "cluster = crm\n"
	    "route = replica\n"
	    "primary_fallback = no\n",
	    site->dir, (unsigned)n[0].rest_port, (unsigned)n[0].port,
	    (unsigned)n[1].port, (unsigned)n[1].rest_port,
	    (unsigned)l->write_port, (unsigned)l->read_port);
}

/* Regent routes to the one, and reads from the other. */
static bool
lead_is_settled(struct lead *l)
{
	struct patroni_node *leader = lead_leader(l);

	return leader != NULL &&
	    strcmp(daemon_node_field(
		       l->daemon, "crm", lead_other(l, leader)->name, "read"),
		"yes") == 0;
}

static bool
lead_answers(struct lead *l, uint16_t port, const char *sql, const char *want)
{
	char *got = patroni_query(l->patroni, port, sql);
	bool is_so = got != NULL && strcmp(got, want) == 0;

	free(got);
	return is_so;
}

/* A client is answered, and by this node. */
static void
lead_expect_node(struct lead *l, uint16_t port, const struct patroni_node *node)
{
	char want[16];

	snprintf(want, sizeof(want), "%u", (unsigned)node->port);
	ASSERT_WITHIN(PATRONI_SETTLE_MS,
	    lead_answers(l, port, "select inet_server_port()", want));
}

/* The row comes back by way of whoever takes writes. */
static bool
lead_writes(struct lead *l)
{
	char *got = patroni_query(l->patroni, l->write_port,
	    "insert into t default values returning id");
	bool is_ok = got != NULL;

	free(got);
	return is_ok;
}

/* A client that comes in the middle waits. */
static void
lead_switch_over(struct lead *l, struct patroni_node *to)
{
	usec_t from = clock_now();

	ASSERT_WITHIN(PATRONI_SETTLE_MS,
	    patroni_switchover(l->patroni, to) || lead_leader(l) == to);
	ASSERT_WITHIN(PATRONI_SETTLE_MS, lead_writes(l));
	print_message(
	    "switchover_ms=%.1f\n", (double)(clock_now() - from) / USEC_MS);
	ASSERT_WITHIN(
	    PATRONI_SETTLE_MS, lead_leader(l) == to && lead_is_settled(l));
}

/* The server dies; Patroni lives, and starts it again. */
static void
lead_crash(struct lead *l, struct patroni_node *node)
{
	size_t log = daemon_log_size(l->daemon);
	usec_t from = clock_now();

	patroni_crash(node);
	ASSERT_WITHIN(PATRONI_SETTLE_MS,
	    daemon_has_logged_since(l->daemon, log, "phase=STEADY->HOLD"));
	ASSERT_WITHIN(PATRONI_SETTLE_MS, lead_writes(l));
	print_message(
	    "crash_ms=%.1f\n", (double)(clock_now() - from) / USEC_MS);
}

/* Whoever took the leader's place on the wire leads nobody astray. */
static void
lead_distrusts_another_ca(struct lead *l, struct site *site)
{
	certificate_make_ca(site);
	daemon_restart(l->daemon);
	ASSERT_WITHIN(
	    PATRONI_SETTLE_MS, daemon_has_logged(l->daemon, "certificate"));
	assert_null(lead_leader(l));
}

static void
test_clients_follow_the_leader(struct site *site)
{
	struct patroni_node *first, *second;
	struct lead l;

	l.patroni = patroni_start(site);
	lead_start_daemon(&l, site);
	ASSERT_WITHIN(PATRONI_SETTLE_MS, lead_is_settled(&l));
	first = lead_leader(&l);
	second = lead_other(&l, first);
	lead_expect_node(&l, l.write_port, first);
	lead_expect_node(&l, l.read_port, second);
	ASSERT_WITHIN(PATRONI_SETTLE_MS,
	    lead_answers(&l, l.write_port,
		"create table if not exists t (id serial)", ""));
	ASSERT_WITHIN(PATRONI_SETTLE_MS, lead_writes(&l));
	lead_switch_over(&l, second);
	lead_expect_node(&l, l.write_port, second);
	lead_expect_node(&l, l.read_port, first);
	lead_crash(&l, second);
	ASSERT_WITHIN(PATRONI_SETTLE_MS,
	    lead_answers(&l, l.write_port, "select pg_is_in_recovery()", "f"));
	assert_false(daemon_has_logged(l.daemon, "operation="));
	lead_distrusts_another_ca(&l, site);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_clients_follow_the_leader),
	};

	if (!patroni_is_there()) {
		print_message("skipped: patroni, etcd, psql or initdb is not "
			      "there (contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	return SITE_MAIN(tests);
}
