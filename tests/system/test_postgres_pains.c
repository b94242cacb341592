/*
 * What users of other failover systems for PostgreSQL have suffered: each test
 * is one of their stories, with real servers.
 */
#include "pg_farm.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUICK \
	"check_interval = 100ms\n" \
	"check_timeout = 500ms\n" \
	"fall = 2\n"

static const struct pg_options pains_quick = { .cluster_lines = QUICK };

/* How long that which must not happen is waited for. */
#define PAINS_CALM_MS 1500

static const char *
pains_field(struct pg_farm *farm, unsigned node, const char *field)
{
	return daemon_node_field(
	    farm->daemon, "pg", farm->node[node]->name, field);
}

static bool
pains_is(
    struct pg_farm *farm, unsigned node, const char *field, const char *want)
{
	return strcmp(pains_field(farm, node, field), want) == 0;
}

static bool
pains_phase_is(struct pg_farm *farm, const char *want)
{
	return strcmp(daemon_cluster_field(farm->daemon, "pg", "phase"),
		   want) == 0;
}

/* A client that asks for a replica is answered by this node, or nobody. */
static bool
pains_reads_from(struct pg_farm *farm, unsigned node)
{
	char *port = pg_query(farm->read_port, "SELECT inet_server_port()");
	bool is_so = port != NULL && atoi(port) == farm->node[node]->port;

	free(port);
	return is_so;
}

static bool
pains_writes(struct pg_farm *farm)
{
	char *done = pg_query(
	    farm->write_port, "CREATE TABLE IF NOT EXISTS pains (id int)");
	bool is_ok = done != NULL;

	free(done);
	return is_ok;
}

/*
 * A returning old primary is read-only by its configuration and replicates
 * from nobody: it has no lag that could be measured, and must get no reads.
 */
static void
test_returning_primary_without_replication_gets_no_reads(struct site *site)
{
	struct pg_node *successor;
	struct pg_farm farm;

	pg_farm_open(&farm, site, &pains_quick);
	pg_node_must(farm.node[0],
	    "ALTER SYSTEM SET default_transaction_read_only = on");
	pg_node_kill(farm.node[0]);
	successor = pg_farm_wait_successor(&farm, farm.node[0]);
	pg_node_restart(farm.node[0]);
	ASSERT_WITHIN(
	    PG_SETTLE_MS, pains_is(&farm, 0, "standing", "QUARANTINED"));
	ASSERT_DURING(PAINS_CALM_MS,
	    pains_is(&farm, 0, "read", "no") && !pains_reads_from(&farm, 0) &&
		pg_farm_primary(&farm) == successor);
	/* Nobody can make a standby of it by SQL, and that is said. */
	ASSERT_WITHIN(
	    PG_SETTLE_MS, daemon_has_logged(farm.daemon, "rejoin_command"));
}

/* Restored from a backup as a standby, and nobody told it of whom. */
static void
test_standby_of_nobody_gets_no_reads(struct site *site)
{
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, NULL);
	pg_node_must(farm.node[2], "ALTER SYSTEM SET primary_conninfo = ''");
	pg_node_must(farm.node[2], "SELECT pg_reload_conf()");
	pg_farm_start_daemon(&farm, &pains_quick);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_farm_primary(&farm) == farm.node[0] &&
		pains_is(&farm, 1, "read", "yes") &&
		pains_is(&farm, 2, "role", "replica"));
	ASSERT_DURING(PAINS_CALM_MS,
	    pains_is(&farm, 2, "read", "no") && !pains_reads_from(&farm, 2));
}

/* pg_promote() waits for ever where replay is paused, and says nothing. */
static void
test_replay_paused_on_the_candidate(struct site *site)
{
	struct pg_node *successor;
	struct load *load;
	struct pg_farm farm;

	pg_farm_open(&farm, site, &pains_quick);
	load = pg_farm_load(&farm, 2, 100);
	pg_node_must(farm.node[1], "SELECT pg_wal_replay_pause()");
	pg_node_must(farm.node[2], "SELECT pg_wal_replay_pause()");
	writers_wait_acked(load, 100);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    strstr(daemon_ask(farm.daemon, "show cluster pg"),
		"replay is paused") != NULL);
	load_mark(load);
	pg_node_kill(farm.node[0]);
	successor = pg_farm_wait_successor(&farm, farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, NULL));
	load_stop(load);
	assert_in_range(pg_farm_count_lost(load, successor), 0, 2);
}

/* What the application is answered by that node. */
static bool
pains_answers(const struct pg_node *node, const char *sql, const char *want)
{
	char *got = pg_query(node->port, sql);
	bool is_so = got != NULL && strcmp(got, want) == 0;

	free(got);
	return is_so;
}

/* Begins a transaction that keeps a lock on the table t of a standby. */
static PGconn *
pains_read_for_long(const struct pg_node *node)
{
	PGconn *conn = pg_connect(node->port);

	assert_non_null(conn);
	PQclear(PQexec(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ"));
	PQclear(PQexec(conn, "SELECT * FROM t"));
	assert_int_equal(PQtransactionStatus(conn), PQTRANS_INTRANS);
	return conn;
}

/*
 * A standby applies nothing while a query is in the way of the next record,
 * and is not promoted before all is applied: max_standby_streaming_delay is
 * 30 s by default, and here it is for ever.
 */
static void
test_reader_of_the_candidate_does_not_hold_up_its_promotion(struct site *site)
{
	static const struct pg_options options = {
		.cluster_lines = QUICK,
		.server_lines = "max_standby_streaming_delay = -1\n",
	};
	struct pg_node *successor;
	PGconn *readers[2];
	struct pg_farm farm;

	pg_farm_open(&farm, site, &options);
	assert_true(pains_answers(farm.node[0], "CREATE TABLE t (k int)", ""));
	for (int i = 0; i < 2; i++) {
		ASSERT_WITHIN(PG_SETTLE_MS,
		    pains_answers(
			farm.node[1 + i], "SELECT count(*) FROM t", "0"));
		readers[i] = pains_read_for_long(farm.node[1 + i]);
	}
	assert_true(
	    pains_answers(farm.node[0], "ALTER TABLE t ADD COLUMN v int", ""));
	for (int i = 0; i < 2; i++)
		ASSERT_WITHIN(PG_SETTLE_MS,
		    pg_node_says(farm.node[1 + i],
			"SELECT pg_last_wal_receive_lsn() >"
			" pg_last_wal_replay_lsn()",
			"t"));
	pg_node_kill(farm.node[0]);
	successor = pg_farm_wait_successor(&farm, farm.node[0]);
	assert_true(pains_answers(successor, "SELECT count(v) FROM t", "0"));
	for (int i = 0; i < 2; i++)
		PQfinish(readers[i]);
}

/* The pid of the WAL receiver of a standby. */
static pid_t
pains_receiver(struct pg_node *node)
{
	char *pid = pg_node_query(node, "SELECT pid FROM pg_stat_wal_receiver");
	pid_t n = pid != NULL ? (pid_t)atoi(pid) : 0;

	free(pid);
	return n;
}

/* b is preferred by its name, and has less. */
static void
test_a_replica_that_is_behind_is_not_chosen(struct site *site)
{
	struct load *load;
	struct pg_farm farm;
	pid_t receiver;

	pg_farm_open(&farm, site, &pains_quick);
	load = pg_farm_load(&farm, 2, 100);
	receiver = pains_receiver(farm.node[1]);
	assert_int_not_equal(receiver, 0);
	assert_int_equal(kill(receiver, SIGSTOP), 0);
	writers_wait_acked(load, 200);
	load_mark(load);
	pg_node_kill(farm.node[0]);
	assert_ptr_equal(
	    pg_farm_wait_successor(&farm, farm.node[0]), farm.node[2]);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, NULL));
	assert_int_equal(kill(receiver, SIGCONT), 0);
	pg_farm_wait_settled(&farm, farm.node[2]);
	load_stop(load);
	assert_in_range(pg_farm_count_lost(load, farm.node[2]), 0, 2);
}

/* What is missing is said before it is needed, and when it was. */
static void
test_promotion_refused_for_a_privilege(struct site *site)
{
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, NULL);
	pg_node_must(farm.node[0],
	    "REVOKE EXECUTE ON FUNCTION pg_promote(boolean, integer) "
	    "FROM regent");
	pg_farm_start_daemon(&farm, &pains_quick);
	pg_farm_wait_settled(&farm, farm.node[0]);
	assert_true(daemon_has_logged(
	    farm.daemon, "the user lacks EXECUTE ON FUNCTION pg_promote"));
	pg_node_kill(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    daemon_has_logged(farm.daemon,
		"permission denied for function pg_promote (SQLSTATE 42501): "
		"see contrib/sql/postgres.sql"));
	ASSERT_WITHIN(PG_SETTLE_MS, pains_phase_is(&farm, "LOST"));
	/* By hand then; regent takes it for what it is. */
	pg_node_must(farm.node[1], "SELECT pg_promote()");
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_primary(&farm) == farm.node[1]);
	ASSERT_WITHIN(PG_SETTLE_MS, pains_writes(&farm));
}

static void
test_two_primaries(struct site *site)
{
	struct pg_farm farm;

	pg_farm_open(&farm, site, &pains_quick);
	pg_node_must(farm.node[2], "SELECT pg_promote()");
	ASSERT_WITHIN(
	    PG_SETTLE_MS, pains_is(&farm, 2, "standing", "QUARANTINED"));
	ASSERT_DURING(PAINS_CALM_MS,
	    pg_farm_primary(&farm) == farm.node[0] &&
		!pains_reads_from(&farm, 2));
	assert_true(pains_writes(&farm));
}

enum { PAINS_CONNECTIONS = 20 };

/* Takes connections until there are no more; how many there are. */
static unsigned
pains_fill_up(uint16_t port, PGconn *conns[PAINS_CONNECTIONS])
{
	unsigned n = 0;

	while (n < PAINS_CONNECTIONS && (conns[n] = pg_connect(port)) != NULL)
		n++;
	return n;
}

/* Applications have taken every connection: regent has one of its own. */
static void
test_max_connections_reached(struct site *site)
{
	static const struct pg_options few = {
		.server_lines = "superuser_reserved_connections = 90\n",
		.cluster_lines = QUICK,
	};
	PGconn *conns[PG_NODES][PAINS_CONNECTIONS];
	unsigned n[PG_NODES];
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, &few);
	for (unsigned i = 0; i < PG_NODES; i++) {
		n[i] = pains_fill_up(farm.node[i]->port, conns[i]);
		assert_in_range(n[i], 5, 10);
	}
	pg_farm_start_daemon(&farm, &few);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_farm_primary(&farm) == farm.node[0] &&
		pains_is(&farm, 1, "read", "yes") &&
		pains_is(&farm, 2, "read", "yes"));
	pg_node_kill(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_primary(&farm) == farm.node[1]);
	ASSERT_WITHIN(PG_SETTLE_MS, pains_is(&farm, 2, "read", "yes"));
	for (unsigned i = 0; i < PG_NODES; i++)
		while (n[i] > 0)
			PQfinish(conns[i][--n[i]]);
}

static void *
pains_ask(void *arg)
{
	uint16_t port = *(const uint16_t *)arg;

	return pg_query(port, "SELECT 'done' FROM pg_sleep(0.02)");
}

/*
 * "FATAL: sorry, too many clients already": ten are what the server takes, and
 * forty come at once.
 */
static void
test_more_clients_come_than_max_connections(struct site *site)
{
	static const struct pg_options few = {
		.server_lines = "superuser_reserved_connections = 90\n",
		.cluster_lines = QUICK "maxconn = 6\n",
	};
	pthread_t threads[40];
	struct pg_farm farm;

	pg_farm_open(&farm, site, &few);
	for (unsigned i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, pains_ask,
				     &farm.write_port),
		    0);
	for (unsigned i = 0; i < ARRAY_LEN(threads); i++) {
		void *answer;

		assert_int_equal(pthread_join(threads[i], &answer), 0);
		assert_non_null(answer);
		assert_string_equal(answer, "done");
		free(answer);
	}
	assert_true(daemon_stat(farm.daemon, "write", "queued") > 0);
	assert_int_equal(daemon_stat(farm.daemon, "write", "refused"), 0);
}

/* A fault of the configuration, not of the nodes. */
static void
test_wrong_password(struct site *site)
{
	static const struct pg_options wrong = {
		.cluster_lines = QUICK,
		.password = "not it",
	};
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, NULL);
	pg_farm_start_daemon(&farm, &wrong);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    daemon_has_logged(farm.daemon,
		"verdict=login-refused detail=\"password authentication "
		"failed for user \"regent\" (SQLSTATE 28P01)"));
	ASSERT_DURING(PAINS_CALM_MS, !pains_is(&farm, 0, "health", "DOWN"));
	assert_false(daemon_has_logged(farm.daemon, "operation="));
	assert_false(daemon_has_logged(farm.daemon, "not it"));
	pg_farm_configure(&farm, &pains_quick);
	daemon_signal(farm.daemon, SIGHUP);
	pg_farm_wait_settled(&farm, farm.node[0]);
	/* Changed on the databases alone: what serves goes on serving. */
	pg_farm_configure(&farm, &wrong);
	daemon_signal(farm.daemon, SIGHUP);
	ASSERT_WITHIN(
	    PG_SETTLE_MS, pains_is(&farm, 0, "verdict", "login-refused"));
	ASSERT_DURING(PAINS_CALM_MS, pg_farm_primary(&farm) == farm.node[0]);
	assert_true(pains_writes(&farm));
	assert_false(daemon_has_logged(farm.daemon, "operation="));
}

/*
 * The primary waits for one of two, so two must be asked before anybody is
 * promoted: the one that is left may be the one that was not waited for.
 */
static void
test_quorum_commit_is_understood(struct site *site)
{
	static const struct pg_options quorum = {
		.server_lines = "synchronous_standby_names = 'ANY 1 (b, c)'\n",
		.cluster_lines = QUICK,
	};
	struct pg_farm farm;
	struct load *load;

	pg_farm_open(&farm, site, &quorum);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    daemon_cluster_is(farm.daemon, "pg", "sync_replicas", "1"));
	load = pg_farm_load(&farm, 2, 100);
	load_mark(load);
	pg_node_kill(farm.node[2]);
	writers_wait_acked(load, 50);
	pg_node_kill(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, pains_phase_is(&farm, "LOST"));
	ASSERT_DURING(PAINS_CALM_MS, pg_farm_primary(&farm) == NULL);
	pg_node_restart(farm.node[2]);
	assert_ptr_equal(
	    pg_farm_wait_successor(&farm, farm.node[0]), farm.node[1]);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, NULL));
	load_stop(load);
	assert_int_equal(pg_farm_count_lost(load, farm.node[1]), 0);
}

/* Regent was stopped between the fence of a switchover and its end. */
static void
test_fence_that_was_left_behind_is_opened(struct site *site)
{
	struct pg_farm farm;

	pg_farm_open(&farm, site, &pains_quick);
	pg_node_must(farm.node[0],
	    "ALTER SYSTEM SET default_transaction_read_only = on");
	pg_node_must(farm.node[0], "SELECT pg_reload_conf()");
	ASSERT_WITHIN(PG_SETTLE_MS, pains_writes(&farm));
	assert_true(pg_node_says(
	    farm.node[0], "SHOW default_transaction_read_only", "off"));
}

/* It answers "not yet", for hours. */
static void
test_node_restoring_from_backup_is_left_alone(struct site *site)
{
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, NULL);
	pg_node_must(farm.node[1], "ALTER SYSTEM SET hot_standby = off");
	pg_node_stop(farm.node[1]);
	pg_node_begin_restart(farm.node[1]);
	pg_farm_start_daemon(&farm, &pains_quick);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_farm_primary(&farm) == farm.node[0] &&
		pains_is(&farm, 2, "read", "yes"));
	ASSERT_WITHIN(PG_SETTLE_MS, pains_is(&farm, 1, "verdict", "alive"));
	ASSERT_DURING(PAINS_CALM_MS, !pains_reads_from(&farm, 1));
	pg_node_kill(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_primary(&farm) == farm.node[2]);
	ASSERT_WITHIN(PG_SETTLE_MS, pains_writes(&farm));
}

/* A standby with a slot follows the new primary, where its slot is made. */
static void
test_slots_are_made_on_the_new_primary(struct site *site)
{
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, NULL);
	pg_node_must(farm.node[0],
	    "SELECT pg_create_physical_replication_slot('slot_c', true)");
	pg_node_must(
	    farm.node[2], "ALTER SYSTEM SET primary_slot_name = 'slot_c'");
	pg_node_must(farm.node[2], "SELECT pg_reload_conf()");
	pg_farm_start_daemon(&farm, &pains_quick);
	pg_farm_wait_settled(&farm, farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(
		farm.node[0], "SELECT active FROM pg_replication_slots", "t"));
	pg_node_kill(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_primary(&farm) == farm.node[1]);
	pg_farm_wait_settled(&farm, farm.node[1]);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(farm.node[1],
		"SELECT slot_name || active FROM pg_replication_slots",
		"slot_ctrue"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(
		    test_returning_primary_without_replication_gets_no_reads),
		SITE_TEST(test_standby_of_nobody_gets_no_reads),
		SITE_TEST(test_replay_paused_on_the_candidate),
		SITE_TEST(
		    test_reader_of_the_candidate_does_not_hold_up_its_promotion),
		SITE_TEST(test_a_replica_that_is_behind_is_not_chosen),
		SITE_TEST(test_promotion_refused_for_a_privilege),
		SITE_TEST(test_two_primaries),
		SITE_TEST(test_max_connections_reached),
		SITE_TEST(test_more_clients_come_than_max_connections),
		SITE_TEST(test_wrong_password),
		SITE_TEST(test_quorum_commit_is_understood),
		SITE_TEST(test_fence_that_was_left_behind_is_opened),
		SITE_TEST(test_node_restoring_from_backup_is_left_alone),
		SITE_TEST(test_slots_are_made_on_the_new_primary),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: PostgreSQL is not there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
