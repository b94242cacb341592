#include "guard/driver/mysql_say.h"

/* The versions in which MySQL renamed its variables and its statements. */
enum { SAYS_REPLICA = 80022, SAYS_SOURCE = 80023, HAS_LOG_REPLICA = 80026 };

/*
 * Both terms are taken when the statement starts, so their difference is the
 * same second for every connection to one process.
 */
static const char *const say_mariadb[ASK_COUNT] = {
	[ASK_START] = "SELECT UNIX_TIMESTAMP() - CAST(variable_value AS "
		      "UNSIGNED) AS started FROM information_schema."
		      "global_status WHERE variable_name = 'UPTIME'",
	[ASK_WHO] = "SELECT @@global.server_id AS server_id,"
		    " @@global.read_only AS read_only,"
		    " @@global.gtid_domain_id AS domain_id,"
		    " @@global.gtid_current_pos AS current_pos,"
		    " @@global.gtid_binlog_state AS binlog_state,"
		    " @@global.log_bin AS log_bin,"
		    " @@global.log_slave_updates AS log_updates,"
		    " @@global.rpl_semi_sync_master_enabled AS semi_sync",
	[ASK_UPSTREAMS] = "SHOW ALL SLAVES STATUS",
	[ASK_SYNC] = "SELECT variable_value AS status, 1 AS n FROM"
		     " information_schema.global_status WHERE variable_name ="
		     " 'RPL_SEMI_SYNC_MASTER_STATUS'",
	[ASK_SESSIONS] = "SHOW PROCESSLIST",
};

#define SAY_WHO_MYSQL(log_updates) \
	"SELECT @@global.server_uuid AS server_uuid," \
	" @@global.super_read_only OR @@global.read_only AS read_only," \
	" @@global.gtid_executed AS executed," \
	" @@global.log_bin AS log_bin," \
	" @@global." log_updates " AS log_updates," \
	" IFNULL(MAX(variable_value), 'OFF') AS semi_sync," \
	" IFNULL(MAX(variable_name), '') AS semi_sync_name" \
	" FROM performance_schema.global_variables WHERE variable_name IN" \
	" ('rpl_semi_sync_source_enabled', 'rpl_semi_sync_master_enabled')"

static const char *const say_mysql[ASK_COUNT] = {
	[ASK_START] = "SELECT UNIX_TIMESTAMP() - CAST(variable_value AS "
		      "UNSIGNED) AS started FROM performance_schema."
		      "global_status WHERE variable_name = 'Uptime'",
	[ASK_WHO] = SAY_WHO_MYSQL("log_replica_updates"),
	[ASK_UPSTREAMS] = "SHOW REPLICA STATUS",
	[ASK_RECEIVED] =
	    "SELECT GTID_SUBTRACT(received_transaction_set,"
	    " @@global.gtid_executed) AS received FROM"
	    " performance_schema.replication_connection_status WHERE"
	    " channel_name <> 'group_replication_applier'",
	[ASK_SYNC] =
	    "SELECT s.variable_value AS status, v.variable_value AS n FROM"
	    " performance_schema.global_status s,"
	    " performance_schema.global_variables v WHERE s.variable_name IN"
	    " ('Rpl_semi_sync_source_status', 'Rpl_semi_sync_master_status')"
	    " AND v.variable_name IN"
	    " ('rpl_semi_sync_source_wait_for_replica_count',"
	    " 'rpl_semi_sync_master_wait_for_slave_count')",
	[ASK_SESSIONS] = "SHOW PROCESSLIST",
};

const char *
mysql_say_question(
    const struct mysql_facts *facts, enum mysql_question question)
{
	CHECK(question < ASK_COUNT);
	if (facts->dialect == DIALECT_MARIADB)
		return say_mariadb[question];
	if (question == ASK_UPSTREAMS && facts->version < SAYS_REPLICA)
		return "SHOW SLAVE STATUS";
	if (question == ASK_WHO && facts->version < HAS_LOG_REPLICA)
		return SAY_WHO_MYSQL("log_slave_updates");
	return say_mysql[question];
}

/* MySQL has no such limit; there lock_wait_timeout of the session is one. */
void
mysql_say_read_only(struct text *sql, const struct mysql_facts *facts,
    bool is_on, usec_t patience_us)
{
	text_clear(sql);
	if (facts->dialect == DIALECT_MARIADB)
		text_addf(sql,
		    "SET STATEMENT max_statement_time = %lld.%03lld FOR SET "
		    "GLOBAL read_only = %d",
		    (long long)(patience_us / USEC_SEC),
		    (long long)(patience_us % USEC_SEC / USEC_MS) + 1, is_on);
	else /* each of them sets or clears the other one too */
		text_add(sql,
		    is_on ? "SET GLOBAL super_read_only = 1"
			  : "SET GLOBAL read_only = 0");
}

void
mysql_say_sync(struct text *sql, const struct mysql_facts *facts, bool is_on)
{
	const char *name = facts->dialect == DIALECT_MARIADB
	    ? "rpl_semi_sync_master_enabled"
	    : facts->semi_sync;

	text_clear(sql);
	text_addf(sql, "SET GLOBAL %s = %d", name, is_on);
}

/* A literal in single quotes; we run with an empty sql_mode. */
static void
say_literal(struct text *sql, const char *s)
{
	text_add(sql, "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			text_add(sql, "\\");
		text_add_bytes(sql, s, 1);
	}
	text_add(sql, "'");
}

static void
say_channel(struct text *sql, const struct mysql_facts *f)
{
	if (f->dialect != DIALECT_MYSQL)
		return;
	text_add(sql, " FOR CHANNEL ");
	say_literal(sql, f->upstream.name);
}

/* MariaDB has the name behind the noun; the default one has none. */
static void
say_connection(struct text *sql, const struct mysql_facts *f)
{
	if (f->dialect != DIALECT_MARIADB || f->upstream.name[0] == '\0')
		return;
	text_add(sql, " ");
	say_literal(sql, f->upstream.name);
}

void
mysql_say_replica(struct text *sql, const struct mysql_facts *facts,
    const char *verb, const char *what)
{
	bool is_new =
	    facts->dialect == DIALECT_MYSQL && facts->version >= SAYS_REPLICA;

	text_clear(sql);
	text_addf(sql, "%s %s", verb, is_new ? "REPLICA" : "SLAVE");
	say_connection(sql, facts);
	text_add(sql, what);
	say_channel(sql, facts);
}

static void
say_option(struct text *sql, const char *word, const char *name, const char *s)
{
	text_addf(sql, ", %s_%s = ", word, name);
	say_literal(sql, s);
}

void
mysql_say_follow(struct text *sql, const struct mysql_facts *facts,
    const struct mysql_follow *follow)
{
	bool is_mariadb = facts->dialect == DIALECT_MARIADB;
	bool is_new = !is_mariadb && facts->version >= SAYS_SOURCE;
	const char *word = is_new ? "SOURCE" : "MASTER";

	text_clear(sql);
	text_add(sql, is_new ? "CHANGE REPLICATION SOURCE" : "CHANGE MASTER");
	say_connection(sql, facts);
	text_addf(sql, " TO %s_HOST = ", word);
	say_literal(sql, follow->target.host);
	text_addf(sql, ", %s_PORT = %u, %s_CONNECT_RETRY = 1", word,
	    (unsigned)follow->target.port, word);
	text_addf(sql,
	    is_mariadb ? ", %s_USE_GTID = slave_pos" : ", %s_AUTO_POSITION = 1",
	    word);
	if (follow->user[0] != '\0') {
		say_option(sql, word, "USER", follow->user);
		say_option(sql, word, "PASSWORD", follow->password);
	}
	if (follow->has_tls)
		text_addf(sql, ", %s_SSL = 1", word);
	say_channel(sql, facts);
}
