/*
 * A full disk under MariaDB: whoever writes waits for somebody to free space,
 * and everything else goes on as if nothing were wrong.
 */
#include "disk.h"
#include "maria_farm.h"
#include "writers.h"

#include <stdlib.h>
#include <string.h>

static bool
has_v(struct maria_node *n, const char *want)
{
	return maria_says(n, "SELECT v FROM app.t WHERE k = 'k'", want);
}

/* Adds to the binary log of the node, and to nothing else. */
static void
write_much(struct maria_node *n)
{
	struct text sql = TEXT_INIT;

	text_add(&sql, "UPDATE app.t SET v = v + 1 WHERE k = 'k'");
	for (int i = 0; i < 3000; i++)
		text_add(&sql, " OR k = '12345678901234567890'");
	maria_do(n, text_cstr(&sql));
	text_fini(&sql);
}

/* Not from information_schema, which takes room in tmpdir. */
static bool
is_waiting_for_space(struct maria_node *n)
{
	char *rows = maria_ask(n, "SHOW PROCESSLIST");
	bool is_so = rows != NULL &&
	    strstr(rows, "Waiting for someone to free space") != NULL;

	free(rows);
	return is_so;
}

/*
 * It answers every question, so it stays primary, and nobody is switched back
 * and forth.  No other can have what it has not written, and it can't be told
 * to stop: an operator who can't make room ends it, and loses nothing by that.
 */
static void
test_primary_with_a_full_disk(struct site *site)
{
	static const struct maria_options small = {
		.cluster_lines = "check_interval = 100ms\n",
		.small_disks = "a",
	};
	struct maria_node *old, *primary;
	struct maria_farm farm;
	struct load *load;
	uint64_t acked;

	maria_farm_open(&farm, site, &small);
	old = farm.node[0];
	load = maria_farm_load(&farm, 1, 1000);
	writers_wait_acked(load, 10);
	disk_fill(farm.disk[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, is_waiting_for_space(old));
	ASSERT_WITHIN(
	    MARIA_SETTLE_MS, maria_farm_tells(&farm, old, "its disk is full"));
	ASSERT_DURING(1000,
	    maria_farm_primary(&farm) == old &&
		daemon_cluster_is(farm.daemon, "maria", "epoch", "1"));
	load_mark(load);
	maria_node_crash(old);
	primary = maria_farm_wait_successor(&farm, old);
	ASSERT_WITHIN(MARIA_SETTLE_MS, load_is_recovered(load, NULL));
	load_stop(load);
	assert_int_equal(maria_farm_count_lost(load, primary, &acked), 0);
	disk_clear(farm.disk[0]);
	(void)maria_farm_bring_back(&farm, old);
	maria_farm_wait_settled(&farm, primary);
}

/*
 * b is preferred by its name, and can't receive any more.  Asked for the state
 * of its replication it is silent.
 */
static void
test_replica_with_a_full_disk_is_not_promoted(struct site *site)
{
	static const struct maria_options small = {
		.cluster_lines = "check_interval = 100ms\n",
		.small_disks = "b",
	};
	struct maria_farm farm;
	struct maria_node *b;

	maria_farm_open(&farm, site, &small);
	b = farm.node[1];
	maria_do(farm.node[0], "INSERT INTO app.t VALUES ('k', 0)");
	ASSERT_WITHIN(MARIA_SETTLE_MS, has_v(b, "0"));
	disk_fill(farm.disk[1]);
	write_much(farm.node[0]);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    is_waiting_for_space(b) && has_v(farm.node[2], "1"));
	maria_node_crash(farm.node[0]);
	assert_ptr_equal(
	    maria_farm_wait_successor(&farm, farm.node[0]), farm.node[2]);
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    strcmp(maria_farm_field(&farm, b, "read"), "no") == 0);
	disk_clear(farm.disk[1]);
	maria_node_crash(b); /* it would look for room once a minute */
	maria_node_restart(b);
	maria_farm_wait_settled(&farm, farm.node[2]);
	ASSERT_WITHIN(MARIA_SETTLE_MS, has_v(b, "1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_primary_with_a_full_disk),
		SITE_TEST(test_replica_with_a_full_disk_is_not_promoted),
	};

	if (!maria_is_there()) {
		print_message("without MariaDB: skipped\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
