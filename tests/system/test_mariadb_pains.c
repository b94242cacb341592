/*
 * What operators of MariaDB have suffered with other systems, with real
 * servers.
 */
#include "certificate.h"
#include "maria_farm.h"

#include <mysql.h>
#include <signal.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUICK_LINES \
	"check_interval = 100ms\n" \
	"failover_limit = 0\n" \
	"flap_hold = 0\n"

static const struct maria_options quick = { .cluster_lines = QUICK_LINES };
static const struct maria_options quick_with_command = {
	.cluster_lines = QUICK_LINES "rejoin_command = /bin/echo copied\n",
};

static const char *const semi_sync[] = { "--rpl-semi-sync-slave-enabled=1",
	"--rpl-semi-sync-master-timeout=600000", "--init-rpl-role=SLAVE",
	NULL };

/* Writes a row by way of regent. */
static bool
takes_writes(struct maria_farm *farm, const char *key)
{
	char sql[96], *rows;

	snprintf(sql, sizeof(sql), "INSERT INTO app.t VALUES ('%s', 1)", key);
	rows = maria_farm_write(farm, sql);
	free(rows);
	return rows != NULL;
}

static bool
has_row(struct maria_node *n, const char *key)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "SELECT v FROM app.t WHERE k = '%s'", key);
	return maria_says(n, sql, "1");
}

static bool
is_read(struct maria_farm *farm, const struct maria_node *n)
{
	return strcmp(maria_farm_field(farm, n, "read"), "yes") == 0;
}

static bool
is_quarantined(struct maria_farm *farm, const struct maria_node *n)
{
	return strcmp(maria_farm_field(farm, n, "standing"), "QUARANTINED") ==
	    0;
}

static bool
is_up(struct maria_farm *farm, const struct maria_node *n)
{
	return strcmp(maria_farm_field(farm, n, "health"), "UP") == 0;
}

/* What only the primary has: replicas hear nothing for a moment. */
static void
write_behind_their_backs(struct maria_farm *farm, const char *key)
{
	char sql[96];

	maria_do(farm->node[1], "STOP SLAVE IO_THREAD");
	maria_do(farm->node[2], "STOP SLAVE IO_THREAD");
	snprintf(sql, sizeof(sql), "INSERT INTO app.t VALUES ('%s', 1)", key);
	maria_do(farm->node[0], sql);
}

/*
 * ProxySQL #5135: it returns read-only, follows nobody, and has no lag to
 * tell.  Here it has a transaction that nobody else has.
 */
static void
test_diverged_primary_is_quarantined_and_named(struct site *site)
{
	struct maria_node *old, *primary;
	struct maria_farm farm;
	char *gtid;

	maria_farm_open(&farm, site, &quick);
	old = farm.node[0];
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "shared"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    has_row(farm.node[1], "shared") && has_row(farm.node[2], "shared"));
	write_behind_their_backs(&farm, "lost");
	gtid = maria_ask(old, "SELECT @@gtid_binlog_pos");
	assert_non_null(gtid);
	maria_node_crash(old);
	primary = maria_farm_wait_successor(&farm, old);
	maria_farm_wait_settled(&farm, primary);
	maria_node_restart(old);
	ASSERT_WITHIN(
	    MARIA_SETTLE_MS, maria_farm_tells(&farm, old, "diverged"));
	assert_true(maria_farm_tells(&farm, old, gtid));
	assert_true(is_quarantined(&farm, farm.node[0]));
	ASSERT_DURING(500, !is_read(&farm, old));
	assert_true(maria_says(old, "SELECT @@read_only", "1"));
	assert_false(has_row(primary, "lost"));
	free(gtid);
	/* Built anew it is one of them. */
	maria_node_crash(old);
	maria_node_rebuild(old, farm.node[primary == farm.node[1] ? 2 : 1]);
	maria_farm_wait_settled(&farm, primary);
	assert_false(is_quarantined(&farm, farm.node[0]));
	/* And what once kept it out is not told of its next absence. */
	assert_lacks(daemon_ask(farm.daemon, "pause maria"), "error:");
	maria_do(old, "STOP SLAVE; RESET SLAVE ALL");
	maria_node_crash(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, !is_up(&farm, old));
	maria_node_restart(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, is_up(&farm, old));
	assert_false(maria_farm_tells(&farm, old, "diverged"));
}

/* A command that copies a whole server is not for one that lacks a second. */
static void
test_clean_primary_comes_back_by_itself(struct site *site)
{
	struct maria_node *old, *primary;
	struct maria_farm farm;

	maria_farm_open(&farm, site, &quick_with_command);
	old = farm.node[0];
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "shared"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    has_row(farm.node[1], "shared") && has_row(farm.node[2], "shared"));
	maria_node_crash(old);
	primary = maria_farm_wait_successor(&farm, old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "next"));
	maria_node_restart(old);
	maria_farm_wait_settled(&farm, primary);
	ASSERT_WITHIN(MARIA_SETTLE_MS, has_row(old, "next"));
	assert_true(maria_says(old, "SELECT @@read_only", "1"));
	assert_false(daemon_has_logged(farm.daemon, "hook=rejoin_command"));
}

static void
test_diverged_primary_is_left_to_the_command(struct site *site)
{
	struct maria_node *old, *primary;
	struct maria_farm farm;

	maria_farm_open(&farm, site, &quick_with_command);
	old = farm.node[0];
	write_behind_their_backs(&farm, "lost");
	maria_node_crash(old);
	primary = maria_farm_wait_successor(&farm, old);
	maria_farm_wait_settled(&farm, primary);
	maria_node_restart(old);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    daemon_has_logged(farm.daemon,
		"hook=rejoin_command result=ok detail=\"exit code 0: copied"));
	assert_true(daemon_has_logged(
	    farm.daemon, "operation=demote result=alive detail=\"diverged"));
	assert_false(is_read(&farm, old));
}

/* Begins a transaction that keeps the table app.t of a replica as it is. */
static MYSQL *
read_for_long(const struct maria_node *n)
{
	MYSQL *conn = mysql_init(NULL);

	assert_non_null(mysql_real_connect(
	    conn, "127.0.0.1", "app", "app", "app", n->port, NULL, 0));
	assert_int_equal(mysql_query(conn, "START TRANSACTION"), 0);
	assert_int_equal(mysql_query(conn, "SELECT * FROM t"), 0);
	mysql_free_result(mysql_store_result(conn));
	return conn;
}

/*
 * The applying thread waits for a reader's table, lock_wait_timeout long: a
 * day, and nobody is promoted who has not applied everything.
 */
static void
test_reader_of_the_candidate_does_not_hold_up_its_promotion(struct site *site)
{
	struct maria_node *primary;
	struct maria_farm farm;
	MYSQL *readers[2];

	maria_farm_open(&farm, site, &quick);
	for (int i = 0; i < 2; i++)
		readers[i] = read_for_long(farm.node[1 + i]);
	maria_do(farm.node[0], "ALTER TABLE app.t ADD COLUMN w BIGINT");
	for (int i = 0; i < 2; i++)
		ASSERT_WITHIN(MARIA_SETTLE_MS,
		    maria_says(farm.node[1 + i],
			"SELECT COUNT(*) FROM information_schema.processlist"
			" WHERE state LIKE 'Waiting for table metadata lock'",
			"1"));
	maria_node_crash(farm.node[0]);
	primary = maria_farm_wait_successor(&farm, farm.node[0]);
	assert_true(maria_says(primary, "SELECT COUNT(w) FROM app.t", "0"));
	for (int i = 0; i < 2; i++)
		mysql_close(readers[i]);
}

/* Also when both have stopped to apply: what they received is not lost. */
static void
test_candidate_that_has_stopped_to_apply(struct site *site)
{
	struct maria_farm farm;
	struct maria_node *primary;

	maria_farm_open(&farm, site, &quick);
	maria_do(farm.node[1], "STOP SLAVE SQL_THREAD");
	maria_do(farm.node[2], "STOP SLAVE SQL_THREAD");
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "received"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    !is_read(&farm, farm.node[1]) && !is_read(&farm, farm.node[2]));
	assert_false(has_row(farm.node[1], "received"));
	maria_node_crash(farm.node[0]);
	primary = maria_farm_wait_successor(&farm, farm.node[0]);
	assert_true(has_row(primary, "received"));
	maria_farm_wait_settled(&farm, primary);
	assert_int_equal(atoi(daemon_cluster_field(
			     farm.daemon, "maria", "loss_transactions")),
	    0);
}

/* It has received the most, and can't apply it: the next one is taken. */
static void
test_candidate_that_can_not_apply(struct site *site)
{
	struct maria_farm farm;
	struct maria_node *primary;

	maria_farm_open(&farm, site, &quick);
	maria_do(farm.node[1],
	    "SET SESSION sql_log_bin = 0;"
	    "INSERT INTO app.t VALUES ('clash', 2)");
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "clash"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    has_row(farm.node[2], "clash") && !is_read(&farm, farm.node[1]));
	maria_node_crash(farm.node[0]);
	primary = maria_farm_wait_successor(&farm, farm.node[0]);
	assert_ptr_equal(primary, farm.node[2]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "next"));
}

static void
test_replica_that_is_behind_is_not_chosen(struct site *site)
{
	struct maria_farm farm;

	maria_farm_open(&farm, site, &quick);
	maria_do(farm.node[1], "STOP SLAVE IO_THREAD");
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "ahead"));
	ASSERT_WITHIN(MARIA_SETTLE_MS, has_row(farm.node[2], "ahead"));
	maria_node_crash(farm.node[0]);
	assert_ptr_equal(
	    maria_farm_wait_successor(&farm, farm.node[0]), farm.node[2]);
	maria_farm_wait_settled(&farm, farm.node[2]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, has_row(farm.node[1], "ahead"));
}

/* Nobody is promoted halfway, and whoever looks is told what to grant. */
static void
test_promotion_without_the_privilege(struct site *site)
{
	static const char revoke[] =
	    "SET SESSION sql_log_bin = 0;"
	    "REVOKE READ_ONLY ADMIN ON *.* FROM regent@'%';"
	    "FLUSH NO_WRITE_TO_BINLOG PRIVILEGES";
	struct maria_farm farm;

	maria_farm_open(&farm, site, &quick);
	maria_do(farm.node[1], revoke);
	maria_do(farm.node[2], revoke);
	maria_node_crash(farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    daemon_has_logged(farm.daemon, "operation=promote"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    daemon_has_logged(farm.daemon, "READ_ONLY ADMIN") &&
		daemon_has_logged(farm.daemon, "contrib/sql/mariadb.sql"));
	assert_true(maria_follows(farm.node[1], farm.node[0]->port) ||
	    maria_says(farm.node[1], "SELECT @@read_only", "1"));
	maria_do(farm.node[2],
	    "SET SESSION sql_log_bin = 0;"
	    "GRANT READ_ONLY ADMIN ON *.* TO regent@'%'");
	assert_ptr_equal(
	    maria_farm_wait_successor(&farm, farm.node[0]), farm.node[2]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "next"));
}

/* ProxySQL #2179: both would get writes. */
static void
test_second_primary_is_kept_out(struct site *site)
{
	struct maria_farm farm;
	struct maria_node *rival;

	maria_farm_open(&farm, site, &quick);
	rival = farm.node[1];
	maria_do(
	    rival, "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0");
	ASSERT_WITHIN(MARIA_SETTLE_MS, is_quarantined(&farm, farm.node[1]));
	assert_ptr_equal(maria_farm_primary(&farm), farm.node[0]);
	ASSERT_DURING(300, !is_read(&farm, rival));
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "one"));
	assert_true(has_row(farm.node[0], "one"));
	assert_contains(daemon_ask(farm.daemon, "rejoin maria/b"), "");
	maria_farm_wait_settled(&farm, farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, has_row(rival, "one"));
	assert_true(maria_says(rival, "SELECT @@read_only", "1"));
}

/* As after a restore: it has data, and follows nobody. */
static void
test_restored_node_is_made_a_replica(struct site *site)
{
	struct maria_farm farm;

	maria_farm_open(&farm, site, &quick);
	maria_do(farm.node[1], "STOP SLAVE; RESET SLAVE ALL");
	ASSERT_WITHIN(
	    MARIA_SETTLE_MS, maria_follows(farm.node[1], farm.node[0]->port));
	maria_farm_wait_settled(&farm, farm.node[0]);
	assert_false(is_quarantined(&farm, farm.node[1]));
}

#define CROWD 12

/* Takes every connection there is; returns how many it got. */
static unsigned
crowd_in(struct maria_node *n, MYSQL *crowd[CROWD])
{
	unsigned got = 0;

	for (unsigned i = 0; i < CROWD; i++) {
		crowd[i] = mysql_init(NULL);
		assert_non_null(crowd[i]);
		got += mysql_real_connect(crowd[i], "127.0.0.1", "app", "app",
			   NULL, n->port, NULL, 0) != NULL;
	}
	return got;
}

/* The probe keeps its connection, and an operation has one in reserve. */
static void
test_no_connections_left(struct site *site)
{
	static const char *const few[] = { "--max-connections=10", NULL };
	static const struct maria_options options = {
		.server_options = few,
		.cluster_lines = "check_interval = 100ms\n",
	};
	struct maria_farm farm;
	struct maria_node *primary;
	MYSQL *crowd[CROWD];

	maria_farm_open(&farm, site, &options);
	assert_true(crowd_in(farm.node[0], crowd) < CROWD);
	assert_false(takes_writes(&farm, "full"));
	assert_int_equal(maria_error(), 1040);
	ASSERT_DURING(500, is_up(&farm, farm.node[0]));
	assert_contains(
	    daemon_ask(farm.daemon, "switchover maria"), "promoted");
	primary = maria_farm_wait_successor(&farm, farm.node[0]);
	maria_farm_wait_settled(&farm, primary);
	for (unsigned i = 0; i < CROWD; i++)
		mysql_close(crowd[i]);
}

/* A fault of the configuration is not the death of a node. */
static void
test_wrong_password(struct site *site)
{
	static const struct maria_options wrong = {
		.password = "not-this-one",
		.cluster_lines = "check_interval = 100ms\n",
	};
	struct maria_farm farm;

	maria_farm_open(&farm, site, &quick);
	maria_farm_configure(&farm, &wrong);
	daemon_signal(farm.daemon, SIGHUP);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    maria_farm_tells(&farm, farm.node[0], "login-refused") &&
		maria_farm_tells(&farm, farm.node[0], "Access denied"));
	ASSERT_DURING(1000, maria_farm_primary(&farm) == farm.node[0]);
	assert_true(takes_writes(&farm, "still"));
	maria_farm_configure(&farm, &quick);
	daemon_signal(farm.daemon, SIGHUP);
	maria_farm_wait_settled(&farm, farm.node[0]);
}

/*
 * One of two acknowledges: when one of them is gone, too, the other may be
 * the one that has not seen what a client was told.
 */
static void
test_semi_sync_wants_both_positions(struct site *site)
{
	static const struct maria_options options = {
		.server_options = semi_sync,
		.is_synced = true,
		.cluster_lines = "check_interval = 100ms\n"
				 "promote_timeout = 1s\n",
	};
	struct maria_farm farm;

	maria_farm_open(&farm, site, &options);
	assert_true(takes_writes(&farm, "acked"));
	maria_node_crash(farm.node[1]);
	maria_node_crash(farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    daemon_cluster_is(farm.daemon, "maria", "phase", "LOST"));
	maria_node_restart(farm.node[1]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "next"));
	assert_true(has_row(maria_farm_primary(&farm), "acked"));
	maria_farm_wait_settled(&farm, maria_farm_primary(&farm));
}

static bool
is_waiting_for_replicas(struct maria_node *n)
{
	return maria_says(n,
	    "SELECT variable_value FROM information_schema.global_status "
	    "WHERE variable_name = 'RPL_SEMI_SYNC_MASTER_STATUS'",
	    "ON");
}

/* Configured by the operator alone: learnt from the server. */
static void
test_semi_sync_is_learnt_from_the_server(struct site *site)
{
	static const struct maria_options options = {
		.server_options = semi_sync,
		.cluster_lines = "check_interval = 100ms\n"
				 "promote_timeout = 1s\n",
	};
	struct maria_farm farm;

	maria_farm_open(&farm, site, &options);
	maria_do(farm.node[0], "SET GLOBAL rpl_semi_sync_master_enabled = 1");
	ASSERT_WITHIN(MARIA_SETTLE_MS, is_waiting_for_replicas(farm.node[0]));
	assert_true(takes_writes(&farm, "acked"));
	ASSERT_DURING(300, maria_farm_primary(&farm) == farm.node[0]);
	maria_node_crash(farm.node[1]);
	maria_node_crash(farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    daemon_cluster_is(farm.daemon, "maria", "phase", "LOST"));
	maria_node_restart(farm.node[1]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "next"));
}

/*
 * The operator has turned it on everywhere: replicas stand still until they
 * give up waiting for replicas of their own, and a new primary waits again
 * once it has some.
 */
static void
test_promotion_where_all_are_semi_synchronous(struct site *site)
{
	static const char *const all[] = { "--rpl-semi-sync-slave-enabled=1",
		"--rpl-semi-sync-master-timeout=500", NULL };
	static const struct maria_options options = {
		.server_options = all,
		.cluster_lines = "check_interval = 100ms\n",
	};
	struct maria_farm farm;
	usec_t from;

	maria_farm_open(&farm, site, &options);
	for (int i = 0; i < MARIA_NODES; i++)
		maria_do(farm.node[i],
		    "SET GLOBAL rpl_semi_sync_master_enabled = 1");
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "acked"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    !is_waiting_for_replicas(farm.node[1]) &&
		!is_waiting_for_replicas(farm.node[2]));
	from = clock_now();
	maria_node_crash(farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, takes_writes(&farm, "next"));
	print_message(
	    "all_semi_sync_ms=%.1f\n", (double)(clock_now() - from) / USEC_MS);
	assert_true(clock_now() - from < 5 * USEC_SEC * clock_slowdown());
	maria_farm_wait_settled(&farm, maria_farm_primary(&farm));
	assert_true(takes_writes(&farm, "later"));
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    is_waiting_for_replicas(maria_farm_primary(&farm)));
}

/* Three new servers, and an operator who says who shall begin. */
static void
test_new_servers_become_a_cluster(struct site *site)
{
	static const struct maria_options options = {
		.is_empty = true,
		.cluster_lines = "check_interval = 100ms\n",
	};
	struct maria_farm farm;

	maria_farm_start_nodes(&farm, site, &options);
	maria_farm_start_daemon(&farm, &options);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    daemon_cluster_is(farm.daemon, "maria", "phase", "LOST"));
	assert_contains(
	    daemon_ask(farm.daemon, "failover maria b"), "promoted");
	maria_farm_wait_settled(&farm, farm.node[1]);
	maria_do(farm.node[1], "CREATE DATABASE app");
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    maria_says(farm.node[2], "SHOW DATABASES LIKE 'app'", "app"));
}

/* A certificate that names the address, and one that does not. */
static void
test_certificates_are_verified(struct site *site)
{
	static const char *const servers[] = { "--ssl-cert=../server.pem",
		"--ssl-key=../server.key", "--require-secure-transport=1",
		NULL };
	static const struct maria_options options = {
		.server_options = servers,
		.is_tls = true,
		.is_empty = true,
		.cluster_lines = "check_interval = 100ms\n",
	};
	struct maria_farm farm;

	if (!certificate_is_possible())
		skip();
	certificate_make_ca(site);
	certificate_make_server(site);
	maria_farm_start_nodes(&farm, site, &options);
	maria_farm_start_daemon(&farm, &options);
	assert_contains(
	    daemon_ask(farm.daemon, "failover maria b"), "promoted");
	maria_farm_wait_settled(&farm, farm.node[1]);
	certificate_make_ca(site);
	daemon_restart(farm.daemon);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    maria_farm_tells(&farm, farm.node[0], "login-refused"));
	ASSERT_WITHIN(
	    MARIA_SETTLE_MS, daemon_has_logged(farm.daemon, "certificate"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_diverged_primary_is_quarantined_and_named),
		SITE_TEST(test_clean_primary_comes_back_by_itself),
		SITE_TEST(test_diverged_primary_is_left_to_the_command),
		SITE_TEST(
		    test_reader_of_the_candidate_does_not_hold_up_its_promotion),
		SITE_TEST(test_candidate_that_has_stopped_to_apply),
		SITE_TEST(test_candidate_that_can_not_apply),
		SITE_TEST(test_replica_that_is_behind_is_not_chosen),
		SITE_TEST(test_promotion_without_the_privilege),
		SITE_TEST(test_second_primary_is_kept_out),
		SITE_TEST(test_restored_node_is_made_a_replica),
		SITE_TEST(test_no_connections_left),
		SITE_TEST(test_wrong_password),
		SITE_TEST(test_semi_sync_wants_both_positions),
		SITE_TEST(test_semi_sync_is_learnt_from_the_server),
		SITE_TEST(test_promotion_where_all_are_semi_synchronous),
		SITE_TEST(test_new_servers_become_a_cluster),
		SITE_TEST(test_certificates_are_verified),
	};

	if (!maria_is_there()) {
		print_message("without MariaDB: skipped\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
