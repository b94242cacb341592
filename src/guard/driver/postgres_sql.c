/*
 * postgres_sql.c - the one statement that every probe asks.
 */
#include "guard/driver/postgres_reply.h"

/* clang-format off */

#define SQL_USEC(interval) \
	"(extract(epoch FROM " interval ") * 1000000)::bigint"

#define SQL_UNLESS(condition, lack) \
	" CASE WHEN NOT " condition " THEN '" lack "' END"

/* Before version 15 nobody but a superuser may change a setting. */
#define SQL_LACKS_OF_12 \
	SQL_UNLESS("current_setting('is_superuser')::bool", "SUPERUSER")

#define SQL_MAY_SET(parameter) \
	SQL_UNLESS( \
	    "has_parameter_privilege('" parameter "', 'ALTER SYSTEM')", \
	    "ALTER SYSTEM ON PARAMETER " parameter)

#define SQL_LACKS_OF_15 \
	SQL_MAY_SET("primary_conninfo") "," \
	SQL_MAY_SET("default_transaction_read_only")

#define SQL_MAY_CALL(function, arguments) \
	SQL_UNLESS("has_function_privilege('" function arguments "'," \
	    " 'EXECUTE')", "EXECUTE ON FUNCTION " function)

/*
 * A receiver shows up in its view once it is connected, before it is known
 * whether the other side streams to it; written_lsn is set when something has
 * come.  It begins with the segment that the standby is in: as long as it has
 * not come to what was replayed already, it may yet turn out that the other
 * side's history left ours before.  So what was replayed is read first.  The
 * column is read by way of JSON because PostgreSQL 12 lacks it.
 */
#define SQL_STATE(lacks) \
	"SELECT pg_is_in_recovery()," \
	" replayed," \
	" pg_last_wal_receive_lsn()," \
	" CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END, " \
	SQL_USEC("pg_postmaster_start_time()") "," \
	" current_setting('primary_conninfo')," \
	" current_setting('synchronous_standby_names')," \
	" current_setting('synchronous_commit')," \
	" current_setting('default_transaction_read_only'), " \
	SQL_USEC("current_setting('wal_receiver_timeout')::interval") "," \
	" concat_ws(', '," \
	SQL_MAY_CALL("pg_promote", "(boolean,integer)") "," \
	SQL_MAY_CALL("pg_wal_replay_resume", "()") "," \
	SQL_MAY_CALL("pg_reload_conf", "()") "," \
	SQL_UNLESS("pg_has_role('pg_signal_backend', 'USAGE')", \
	    "pg_signal_backend") "," \
	lacks ")," \
	" w.pid, w.status, w.sender_host, w.sender_port," \
	" to_jsonb(w) ->> 'written_lsn' IS NOT NULL," \
	" (to_jsonb(w) ->> 'written_lsn')::pg_lsn >= replayed, " \
	SQL_USEC("clock_timestamp() - a.backend_start") ", " \
	SQL_USEC("clock_timestamp() - w.last_msg_receipt_time") \
	" FROM (SELECT pg_last_wal_replay_lsn() AS replayed OFFSET 0) AS one" \
	" LEFT JOIN pg_stat_wal_receiver AS w ON true" \
	" LEFT JOIN LATERAL pg_stat_get_activity(coalesce(w.pid, 0)) AS a" \
	" ON true"

/* clang-format on */

const char *
postgres_state_sql(int version)
{
	return version >= 150000 ? SQL_STATE(SQL_LACKS_OF_15)
				 : SQL_STATE(SQL_LACKS_OF_12);
}
