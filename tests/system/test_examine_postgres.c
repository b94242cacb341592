/*
 * `regent -t --probe` at real PostgreSQL servers: the privileges of
 * contrib/sql/postgres.sql are enough, and what is taken away is named.
 */
#include "pg_farm.h"

#include <stdlib.h>
#include <string.h>

#define LACKING 77 /* EX_NOPERM of sysexits.h */

static void
test_missing_privileges_are_named(struct site *site)
{
	struct pg_farm farm;
	const struct pg_options options = { .regent_lines = "" };

	pg_farm_start_nodes(&farm, site, &options);
	pg_farm_configure(&farm, &options);
	daemon_expect_probe(farm.daemon, site, 0, "3 nodes: 3 well");
	daemon_expect_probe(farm.daemon, site, 0, "primary  PostgreSQL ");
	pg_node_must(farm.node[0],
	    "REVOKE EXECUTE ON FUNCTION pg_promote(boolean, integer) FROM "
	    "regent");
	pg_node_must(farm.node[0], "REVOKE pg_signal_backend FROM regent");
	daemon_expect_probe(farm.daemon, site, LACKING,
	    "missing: EXECUTE ON pg_promote, pg_signal_backend");
	pg_node_must(farm.node[0], "ALTER ROLE regent SUPERUSER");
	daemon_expect_probe(farm.daemon, site, 0, "3 nodes: 3 well");
}

static void
test_refused_login_is_told(struct site *site)
{
	struct pg_farm farm;
	const struct pg_options options = { .password = "wrong" };

	pg_farm_start_nodes(&farm, site, &options);
	pg_farm_configure(&farm, &options);
	daemon_expect_probe(farm.daemon, site, LACKING, "login-refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_missing_privileges_are_named),
		SITE_TEST(test_refused_login_is_told),
	};

	if (!pg_node_is_there()) {
		print_message("skipped: no PostgreSQL server is there "
			      "(contrib/install-deps check)\n");
		return 77; /* what `make check` takes for a skipped test */
	}
	site_prefer_memory();
	return SITE_MAIN(tests);
}
