/*
 * protocol = mysql: real MariaDB servers, the real daemon, and clients of the
 * real library.
 */
#include "maria_farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
test_roles_and_positions_are_seen(struct site *site)
{
	struct maria_farm farm;
	char *rows;

	maria_farm_open(&farm, site, NULL);
	print_message("%s\n", daemon_ask(farm.daemon, "show cluster maria"));
	rows = maria_farm_write(&farm, "SELECT @@server_id, @@read_only");
	assert_non_null(rows);
	assert_string_equal(rows, "1\t0");
	free(rows);
	rows = maria_farm_read(&farm, "SELECT @@read_only");
	assert_non_null(rows);
	assert_string_equal(rows, "1");
	free(rows);
}

static unsigned farm_number;

/* One row by way of regent; each has a number of its own. */
static bool
farm_writes(struct maria_farm *farm)
{
	char sql[96], *rows;
	bool is_ok;

	snprintf(sql, sizeof(sql), "INSERT INTO app.t VALUES ('n%u', %u)",
	    farm_number, farm_number);
	farm_number++;
	rows = maria_farm_write(farm, sql);
	is_ok = rows != NULL;
	free(rows);
	return is_ok;
}

static void
test_killed_primary_is_replaced(struct site *site)
{
	struct maria_farm farm;
	struct maria_node *primary, *old;

	maria_farm_open(&farm, site, NULL);
	primary = farm.node[0];
	for (int i = 0; i < 5; i++) {
		usec_t from;

		ASSERT_WITHIN(MARIA_SETTLE_MS, farm_writes(&farm));
		maria_farm_wait_settled(&farm, primary);
		from = clock_now();
		maria_node_crash(primary);
		ASSERT_WITHIN(MARIA_SETTLE_MS, farm_writes(&farm));
		print_message(
		    "kill_ms=%.1f\n", (double)(clock_now() - from) / USEC_MS);
		old = primary;
		primary = maria_farm_wait_successor(&farm, old);
		maria_farm_wait_settled(&farm, primary);
		maria_node_restart(old);
		maria_farm_wait_settled(&farm, primary);
	}
	print_message("%s\n", daemon_ask(farm.daemon, "show cluster maria"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_roles_and_positions_are_seen),
		SITE_TEST(test_killed_primary_is_replaced),
	};

	if (!maria_is_there()) {
		print_message("skipped: mariadbd, mariadb-install-db, setpriv "
			      "or cp is not there (contrib/install-deps "
			      "check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
