/*
 * Failovers in a row (REGENT_REJOINS of them), each with the old primary
 * rejoined by
 * contrib/hooks/pg-rejoin, while writers go on: with synchronous replication
 * every acknowledged commit is there at the end, without it the loss is small
 * and told.  And what pg-rejoin does when it is hindered.
 */
#include "pg_farm.h"
#include "pg_tool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { REJOIN_FAILOVERS = 6, REJOIN_FAILOVERS_MAX = 1000, REJOIN_WRITERS = 4 };

/* A primary waits for any of the others, whoever it is. */
static const struct pg_options rejoin_synchronous = {
	.server_lines = "synchronous_standby_names = 'ANY 1 (*)'\n",
	.cluster_lines = "failover_limit = 0\n"
			 "flap_hold = 0\n"
			 "check_interval = 200ms\n",
	.is_rejoining = true,
};

static const struct pg_options rejoin_asynchronous = {
	.cluster_lines = "failover_limit = 0\n"
			 "flap_hold = 0\n"
			 "check_interval = 200ms\n",
	.is_rejoining = true,
};

static int
rejoin_count(void)
{
	const char *set = getenv("REGENT_REJOINS");
	int n = set != NULL ? atoi(set) : REJOIN_FAILOVERS;

	return n < 1 || n > REJOIN_FAILOVERS_MAX ? REJOIN_FAILOVERS : n;
}

static void
rejoin_fail_over(struct pg_farm *farm, struct load *load, unsigned i)
{
	struct pg_node *old = pg_farm_primary(farm), *successor;
	usec_t outage, from = clock_now();

	load_mark(load);
	pg_node_kill(old);
	successor = pg_farm_wait_successor(farm, old);
	ASSERT_WITHIN(PG_SETTLE_MS, load_is_recovered(load, &outage));
	pg_node_restart(old);
	pg_farm_wait_rejoined(old, successor);
	pg_farm_wait_settled(farm, successor);
	print_message("%2u: %s -> %s outage_ms=%.1f settled_ms=%.1f\n", i + 1,
	    old->name, successor->name, (double)outage / USEC_MS,
	    (double)(clock_now() - from) / USEC_MS);
	writers_wait_acked(load, 20);
}

static uint64_t
rejoin_many(struct site *site, const struct pg_options *options)
{
	struct load_result r;
	struct pg_farm farm;
	struct load *load;
	uint64_t lost;

	pg_farm_open(&farm, site, options);
	load = pg_farm_load(&farm, REJOIN_WRITERS, 50);
	for (int i = 0; i < rejoin_count(); i++)
		rejoin_fail_over(&farm, load, (unsigned)i);
	load_stop(load);
	load_read(load, &r);
	lost = pg_farm_count_lost(load, pg_farm_primary(&farm));
	print_message("failovers=%d acked=%llu errors=%llu lost=%llu "
		      "loss_bytes=%s\n",
	    rejoin_count(), (unsigned long long)r.acked,
	    (unsigned long long)r.errors, (unsigned long long)lost,
	    daemon_cluster_field(farm.daemon, "pg", "loss_bytes"));
	assert_int_equal(r.kinds[LOAD_REFUSED], 0);
	return lost;
}

static void
test_synchronous_failovers_lose_nothing(struct site *site)
{
	assert_int_equal(rejoin_many(site, &rejoin_synchronous), 0);
}

static void
test_asynchronous_failovers_lose_little(struct site *site)
{
	/* What was acknowledged last, of each writer, at each kill. */
	assert_in_range(rejoin_many(site, &rejoin_asynchronous), 0,
	    (unsigned)(REJOIN_WRITERS * rejoin_count()));
}

static void
rejoin_check(struct pg_node *node, struct pg_node *primary)
{
	assert_true(pg_node_follows(node, primary));
	pg_node_must(primary, "CREATE TABLE seen_%s (id int)", node->name);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(node,
		"SELECT count(*) FROM pg_class WHERE relname "
		"LIKE 'seen%'",
		"1"));
	pg_node_must(primary, "DROP TABLE seen_%s", node->name);
}

/* ---- what diverged --------------------------------------------------- */

static const char *
rejoin_field(struct pg_farm *farm, unsigned node, const char *field)
{
	return daemon_node_field(
	    farm->daemon, "pg", farm->node[node]->name, field);
}

static bool
rejoin_is_told(struct pg_farm *farm, unsigned node)
{
	const char *name = farm->node[node]->name;

	return daemon_node_tells(
		   farm->daemon, "pg", name, "diverged: it has 0/") &&
	    daemon_node_tells(farm->daemon, "pg", name, "run pg_rewind") &&
	    daemon_node_tells(farm->daemon, "pg", name, "rejoin_command");
}

static bool
rejoin_is_kept_out(struct pg_farm *farm, unsigned node)
{
	return strcmp(rejoin_field(farm, node, "standing"), "UNPROVEN") == 0 &&
	    strcmp(rejoin_field(farm, node, "read"), "no") == 0;
}

/* b is promoted, and a goes on; c, which follows a, has what b has not. */
static void
rejoin_diverge(struct pg_farm *farm)
{
	struct pg_node *a = farm->node[0], *b = farm->node[1],
		       *c = farm->node[2];

	pg_node_must(b, "SELECT pg_promote()");
	assert_true(pg_node_is_primary(b));
	pg_node_must(a, "CREATE TABLE astray (id int)");
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(c, "SELECT to_regclass('astray')", "astray"));
	/* As somebody does who has read half of the manual. */
	pg_node_stop(a);
	pg_node_make_standby(a, b);
	pg_node_restart(a);
}

/*
 * An old primary that was started as a standby, and a standby that had
 * received more than the new primary: neither can follow it, ever, and their
 * servers say so in their own logs only.
 */
static void
test_who_diverged_is_told_of_and_rejoined(struct site *site)
{
	struct pg_options options = { .cluster_lines =
					  "check_interval = 200ms\n" };
	struct pg_farm farm;

	pg_farm_start_nodes(&farm, site, NULL);
	rejoin_diverge(&farm);
	pg_farm_start_daemon(&farm, &options);
	ASSERT_WITHIN(
	    PG_SETTLE_MS, rejoin_is_told(&farm, 0) && rejoin_is_told(&farm, 2));
	ASSERT_DURING(500,
	    rejoin_is_kept_out(&farm, 0) && rejoin_is_kept_out(&farm, 2) &&
		pg_farm_primary(&farm) == farm.node[1]);
	assert_contains(daemon_ask(farm.daemon, "show candidates pg"),
	    "its data is of another history");
	options.is_rejoining = true;
	pg_farm_configure(&farm, &options);
	daemon_signal(farm.daemon, SIGHUP);
	pg_farm_wait_rejoined(farm.node[0], farm.node[1]);
	pg_farm_wait_rejoined(farm.node[2], farm.node[1]);
	pg_farm_wait_settled(&farm, farm.node[1]);
	rejoin_check(farm.node[0], farm.node[1]);
	rejoin_check(farm.node[2], farm.node[1]);
	assert_true(pg_node_says(
	    farm.node[0], "SELECT to_regclass('astray') IS NULL", "t"));
}

/* ---- pg-rejoin alone ------------------------------------------------- */

/* Its exit code; `more` is added to its configuration. */
static int
rejoin_run(struct pg_farm *farm, struct pg_node *node, struct pg_node *target,
    const char *more)
{
	char conf[SITE_PATH_LEN], from[32], to[32], *text, *output;
	const char *const argv[] = { "pg-rejoin", "-c", conf, node->name, from,
		to, NULL };
	struct text all = TEXT_INIT;
	int rc;

	text = site_read_file(farm->rejoin_conf);
	text_addf(&all, "%s%s\n", text, more);
	free(text);
	site_path(farm->site, conf, "rejoin-more.conf");
	site_write_file(conf, text_cstr(&all));
	text_fini(&all);
	snprintf(from, sizeof(from), "127.0.0.1:%u", (unsigned)node->port);
	snprintf(to, sizeof(to), "127.0.0.1:%u", (unsigned)target->port);
	rc = process_run(farm->site, farm->rejoin, argv, &output);
	print_message("%s", output);
	free(output);
	pg_node_adopt(node);
	return rc;
}

static void
rejoin_promote(struct pg_node *node)
{
	pg_node_must(node, "SELECT pg_promote()");
	assert_true(pg_node_is_primary(node));
}

/* What a run that was ended in the middle leaves beside the data. */
static void
rejoin_write_state(struct pg_node *node, const char *what)
{
	char path[SITE_PATH_LEN + 16];

	snprintf(path, sizeof(path), "%s.rejoin", node->data);
	site_write_file(path, what);
	pg_tool_give(path);
}

/* Another run is under way; closed, it is over. */
static int
rejoin_lock(struct pg_node *node)
{
	char path[SITE_PATH_LEN + 16];
	int fd;

	snprintf(path, sizeof(path), "%s.rejoin", node->data);
	fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);
	return fd;
}

/* The old primary, and a standby of it. */
static void
test_copied_where_it_can_not_be_rewound(struct site *site)
{
	static const char *const places[] = { "", "BASEBACKUP_PLACE=inside" };
	struct pg_farm farm;
	struct pg_node *b;

	pg_farm_start_nodes(&farm, site, NULL);
	b = farm.node[1];
	rejoin_promote(b);
	for (unsigned i = 0; i < 2; i++) {
		struct pg_node *node = farm.node[2 * i];

		rejoin_write_state(node, "rewinding\n");
		pg_node_must(node,
		    "ALTER SYSTEM SET default_transaction_read_only = on");
		assert_int_equal(
		    rejoin_run(&farm, node, b, "BASEBACKUP=no"), 4);
		assert_int_equal(rejoin_run(&farm, node, b, places[i]), 0);
		rejoin_check(node, b);
		assert_true(pg_node_says(
		    node, "SHOW default_transaction_read_only", "off"));
	}
}

static void
test_what_hinders_it_is_its_exit_code(struct site *site)
{
	struct pg_farm farm;
	struct pg_node *a, *b, *c;
	int lock;

	pg_farm_start_nodes(&farm, site, NULL);
	a = farm.node[0];
	b = farm.node[1];
	c = farm.node[2];
	assert_int_equal(rejoin_run(&farm, b, a, "PGDATA="), 1);
	assert_int_equal(rejoin_run(&farm, a, b, ""), 2); /* a standby */
	assert_true(pg_node_is_primary(a));
	assert_int_equal(rejoin_run(&farm, b, a, "PGUSER=app"), 2);
	/* It follows already: nothing is done to it. */
	assert_int_equal(rejoin_run(&farm, b, a, ""), 0);
	lock = rejoin_lock(b);
	assert_int_equal(rejoin_run(&farm, b, a, ""), 7);
	close(lock);
	/* One that went on by itself, with a slot from now on. */
	rejoin_promote(c);
	pg_node_must(c, "CREATE TABLE astray (id int)");
	assert_int_equal(rejoin_run(&farm, c, a, "SLOT=slot_c"), 0);
	rejoin_check(c, a);
	ASSERT_WITHIN(PG_SETTLE_MS,
	    pg_node_says(a,
		"SELECT slot_name || active FROM pg_replication_slots",
		"slot_ctrue"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_who_diverged_is_told_of_and_rejoined),
		SITE_TEST(test_copied_where_it_can_not_be_rewound),
		SITE_TEST(test_what_hinders_it_is_its_exit_code),
		SITE_TEST(test_synchronous_failovers_lose_nothing),
		SITE_TEST(test_asynchronous_failovers_lose_little),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: PostgreSQL is not there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
