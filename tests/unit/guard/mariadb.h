/*
 * mariadb.h - what is said to MariaDB, and what 10.11 answers, as it was
 * recorded.
 */
#ifndef REGENT_TESTS_GUARD_MARIADB_H
#define REGENT_TESTS_GUARD_MARIADB_H

#include "play.h"

static inline void
mariadb(enum job_kind kind)
{
	play_begin(kind, "10.11.19-MariaDB-log");
}

static inline const char *
who_is(unsigned id, bool is_read_only, const char *current, const char *log)
{
	static char text[512];

	snprintf(text, sizeof(text),
	    "server_id|read_only|domain_id|current_pos|binlog_state|log_bin|"
	    "log_updates|semi_sync\n%u|%d|0|%s|%s|1|1|0",
	    id, is_read_only, current, log);
	return text;
}

static inline void
meet(const char *who_answer, const char *upstreams)
{
	play_exchange("SELECT @@global.server_id", who_answer);
	play_exchange("SHOW ALL SLAVES STATUS", upstreams);
}

static inline const char *
replica_at(const char *io, const char *sql, const char *received)
{
	const struct exchange_replica r = {
		.io = io, .sql = sql, .received = received
	};

	return exchange_replica(&r);
}

#define START "SELECT UNIX_TIMESTAMP()"
#define STARTED "started\n1795273270"
#define CLOSE \
	"SET STATEMENT max_statement_time = 2.001 FOR SET GLOBAL " \
	"read_only = 1"
#define OPEN \
	"SET STATEMENT max_statement_time = 2.001 FOR SET GLOBAL " \
	"read_only = 0"
#define SESSIONS "SHOW PROCESSLIST"
#define SESSIONS_ARE "Id|User|Command|State"
#define NO_SESSIONS \
	SESSIONS_ARE "\n3|regent|Query|starting" \
		     "\n4|system user|Slave_IO|Waiting for master" \
		     "\n5|replication|Binlog Dump|Master has sent all"

#define WHO(id, read_only, current, semi) \
	"server_id|read_only|domain_id|current_pos|binlog_state|log_bin|" \
	"log_updates|semi_sync\n" id "|" read_only "|0|" current "|" current \
	"|1|1|" semi

#endif
