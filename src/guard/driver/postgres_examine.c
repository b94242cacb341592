#include "guard/driver/postgres_examine.h"

#include <stdio.h>

/* A superuser has all of them, as these functions see it. */
#define EXAMINE_MISSING(has, what) \
	", CASE WHEN NOT (" has ") THEN '" what "' END"
#define EXAMINE_FUNCTION(signature, name) \
	EXAMINE_MISSING("has_function_privilege('pg_catalog." signature \
			"', 'EXECUTE')", \
	    "EXECUTE ON " name)
#define EXAMINE_ROLE(name) \
	EXAMINE_MISSING("pg_has_role('" name "', 'USAGE')", name)
#define EXAMINE_PARAMETER(name) \
	EXAMINE_MISSING("has_parameter_privilege('" name "', 'ALTER SYSTEM')", \
	    "ALTER SYSTEM ON " name)

#define EXAMINE_SQL(settings) \
	"SELECT current_setting('server_version'), concat_ws(', " \
	"'" EXAMINE_FUNCTION("pg_promote(boolean, integer)", "pg_promote") \
	    EXAMINE_FUNCTION("pg_wal_replay_resume()", "pg_wal_replay_resume") \
		EXAMINE_FUNCTION("pg_reload_conf()", "pg_reload_conf") \
		    EXAMINE_ROLE("pg_monitor") \
			EXAMINE_ROLE("pg_signal_backend") settings ")"

const char *
postgres_examine_sql(int version)
{
	if (version >= 150000)
		return EXAMINE_SQL(EXAMINE_PARAMETER("primary_conninfo")
			EXAMINE_PARAMETER("default_transaction_read_only"));
	return EXAMINE_SQL(
	    EXAMINE_MISSING("current_setting('is_superuser')::bool",
		"SUPERUSER (before 15: to fence, to repoint)"));
}

/* What does not fit is less important than where all of it is written. */
void
postgres_examine_read(
    struct contact_result *result, const char *version, const char *missing)
{
	snprintf(result->server, sizeof(result->server), "PostgreSQL %.30s",
	    version);
	result->is_lacking = missing[0] != '\0';
	if (result->is_lacking)
		snprintf(result->detail, sizeof(result->detail),
		    "run contrib/sql/postgres.sql; missing: %s", missing);
}
