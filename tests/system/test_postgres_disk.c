/*
 * A full disk under PostgreSQL: the server ends over it, does not come up as
 * long as there is no room, and a standby stands still.
 */
#include "disk.h"
#include "pg_farm.h"

#include <stdio.h>
#include <stdlib.h>

#define QUICK "check_interval = 100ms\n"

/* More than a segment of the log, and nothing else. */
static bool
disk_write_much(PGconn *conn)
{
	PGresult *done = PQexec(conn,
	    "SELECT count(pg_logical_emit_message(false, 'much',"
	    " repeat('x', 1000000))) FROM generate_series(1, 20)");
	bool is_ok = PQresultStatus(done) == PGRES_TUPLES_OK;

	print_message("%s", PQerrorMessage(conn));
	PQclear(done);
	return is_ok;
}

/* Whether a standby has replayed all that its primary has written. */
static bool
disk_has_all(struct pg_node *node, struct pg_node *primary)
{
	char *end = pg_node_query(primary, "SELECT pg_current_wal_lsn()");
	char sql[96];

	assert_non_null(end);
	snprintf(
	    sql, sizeof(sql), "SELECT pg_last_wal_replay_lsn() >= '%s'", end);
	free(end);
	return pg_node_says(node, sql, "t");
}

/* As a service manager does, again and again. */
static void
disk_restart_in_vain(struct pg_node *node)
{
	for (int i = 0; i < 3; i++) {
		pg_node_begin_restart(node);
		assert_int_not_equal(
		    process_wait(&node->process, PG_NODE_MS), -1);
	}
}

/* It panics, tries to recover, finds no room for that either, and ends. */
static void
test_primary_with_a_full_disk(struct site *site)
{
	static const struct pg_options small = {
		.cluster_lines = QUICK,
		.small_disks = "a",
		.is_rejoining = true,
	};
	struct pg_node *old, *successor;
	struct pg_farm farm;
	PGconn *conn;

	pg_farm_open(&farm, site, &small);
	old = farm.node[0];
	conn = pg_connect(farm.write_port);
	assert_non_null(conn);
	disk_fill(old->disk);
	assert_false(disk_write_much(conn));
	PQfinish(conn);
	successor = pg_farm_wait_successor(&farm, old);
	pg_farm_wait_settled(&farm, successor);
	disk_restart_in_vain(old);
	assert_true(daemon_cluster_is(farm.daemon, "pg", "epoch", "3"));
	assert_ptr_equal(pg_farm_primary(&farm), successor);
	/* Somebody has made room. */
	disk_clear(old->disk);
	pg_node_begin_restart(old);
	pg_farm_wait_rejoined(old, successor);
	pg_farm_wait_settled(&farm, successor);
}

static void
test_standby_with_a_full_disk_is_not_promoted(struct site *site)
{
	static const struct pg_options small = {
		.cluster_lines = QUICK,
		.small_disks = "b",
	};
	struct pg_farm farm;
	PGconn *conn;

	pg_farm_open(&farm, site, &small);
	conn = pg_connect(farm.write_port);
	assert_non_null(conn);
	disk_fill(farm.node[1]->disk);
	assert_true(disk_write_much(conn));
	PQfinish(conn);
	ASSERT_WITHIN(PG_SETTLE_MS, disk_has_all(farm.node[2], farm.node[0]));
	pg_node_kill(farm.node[0]);
	assert_ptr_equal(
	    pg_farm_wait_successor(&farm, farm.node[0]), farm.node[2]);
	/* Not even a setting can be changed there, and that is told. */
	ASSERT_WITHIN(PG_SETTLE_MS,
	    daemon_node_tells(farm.daemon, "pg", "b",
		"No space left on device (SQLSTATE 53100)"));
	disk_clear(farm.node[1]->disk);
	pg_farm_wait_settled(&farm, farm.node[2]);
}

/* Nothing was written since, so it is as good as the other, until it is told.
 */
static void
test_candidate_dies_of_its_full_disk(struct site *site)
{
	static const struct pg_options small = {
		.cluster_lines = QUICK,
		.small_disks = "b",
	};
	struct pg_farm farm;

	pg_farm_open(&farm, site, &small);
	ASSERT_WITHIN(PG_SETTLE_MS, disk_has_all(farm.node[1], farm.node[0]));
	disk_fill(farm.node[1]->disk);
	pg_node_kill(farm.node[0]);
	ASSERT_WITHIN(PG_SETTLE_MS, pg_farm_primary(&farm) == farm.node[2]);
	assert_true(pg_node_is_primary(farm.node[2]));
	assert_true(daemon_has_logged(
	    farm.daemon, "the promotion failed, or took longer"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_primary_with_a_full_disk),
		SITE_TEST(test_standby_with_a_full_disk_is_not_promoted),
		SITE_TEST(test_candidate_dies_of_its_full_disk),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: PostgreSQL is not there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
