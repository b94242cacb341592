/*
 * `regent -t --probe` at real MariaDB servers: the privileges of
 * contrib/sql/mariadb.sql are enough, also by a role, and what is taken away
 * is named.
 */
#include "maria_farm.h"

#include <stdlib.h>
#include <string.h>

#define LACKING 77 /* EX_NOPERM of sysexits.h */

static void
test_missing_privileges_are_named(struct site *site)
{
	struct maria_farm farm;
	const struct maria_options options = { .regent_lines = "" };
	struct maria_node *all = NULL;

	maria_farm_start_nodes(&farm, site, &options);
	maria_farm_configure(&farm, &options);
	all = farm.node[0];
	daemon_expect_probe(farm.daemon, site, 0, "3 nodes: 3 well");
	daemon_expect_probe(farm.daemon, site, 0, "primary  MariaDB ");
	maria_do(all, "REVOKE READ_ONLY ADMIN, PROCESS ON *.* FROM regent@'%'");
	daemon_expect_probe(
	    farm.daemon, site, LACKING, "missing: READ_ONLY ADMIN, PROCESS");
	maria_do(all, "CREATE ROLE keeper");
	maria_do(all, "GRANT READ_ONLY ADMIN, PROCESS ON *.* TO keeper");
	maria_do(all, "GRANT keeper TO regent@'%'");
	maria_do(all, "SET DEFAULT ROLE keeper FOR regent@'%'");
	ASSERT_WITHIN(MARIA_SETTLE_MS,
	    maria_says(farm.node[2],
		"SELECT default_role FROM mysql.user WHERE user = 'regent'",
		"keeper"));
	daemon_expect_probe(farm.daemon, site, 0, "primary  MariaDB ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(test_missing_privileges_are_named),
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
