#include "exchange.h"

#include <stdio.h>
#include <string.h>

const struct mysql_table *
exchange_parse(struct exchange_table *e, const char *text)
{
	char *line, *save = NULL;
	unsigned n = 0;

	memset(e, 0, sizeof(*e));
	CHECK(strlen(text) < sizeof(e->text));
	snprintf(e->text, sizeof(e->text), "%s", text);
	for (line = strtok_r(e->text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned first = n;

		for (char *at = line; at != NULL;) {
			char *cell = strsep(&at, "|");

			CHECK(n < EXCHANGE_CELLS_MAX);
			e->cells[n++] = strcmp(cell, "NULL") != 0 ? cell : NULL;
		}
		if (e->table.n_columns == 0)
			e->table.n_columns = n;
		CHECK(n - first == e->table.n_columns);
		e->table.n_rows += first > 0;
	}
	e->table.names = e->cells;
	e->table.cells = e->cells + e->table.n_columns;
	return &e->table;
}

static const char *
exchange_or(const char *text, const char *other)
{
	return text != NULL ? text : other;
}

const char *
exchange_replica(const struct exchange_replica *r)
{
	static char text[EXCHANGE_TEXT_MAX];

	snprintf(text, sizeof(text),
	    "Connection_name|Slave_SQL_State|Slave_IO_State|Master_Host|"
	    "Master_User|Master_Port|Connect_Retry|Master_Log_File|"
	    "Read_Master_Log_Pos|Relay_Log_File|Relay_Log_Pos|"
	    "Relay_Master_Log_File|Slave_IO_Running|Slave_SQL_Running|"
	    "Last_Errno|Last_Error|Exec_Master_Log_Pos|Seconds_Behind_Master|"
	    "Last_IO_Errno|Last_IO_Error|Last_SQL_Errno|Last_SQL_Error|"
	    "Master_Server_Id|Using_Gtid|Gtid_IO_Pos|Parallel_Mode|"
	    "Slave_received_heartbeats|Slave_heartbeat_period|Gtid_Slave_Pos\n"
	    "%s|Slave has read all relay log; waiting for more updates|"
	    "Waiting for master to send event|127.0.0.1|repl|13301|1|"
	    "bin.000001|1492|b-relay-bin.000002|1785|bin.000001|%s|%s|0||1492|"
	    "0|%u|%s|%u|%s|%u|%s|%s|optimistic|7|30.000|0-1-7\n",
	    exchange_or(r->name, ""), r->io, r->sql, r->io_errno,
	    exchange_or(r->io_error, ""), r->sql_errno,
	    exchange_or(r->sql_error, ""), r->server != 0 ? r->server : 1,
	    exchange_or(r->using_gtid, "Slave_Pos"), r->received);
	return text;
}

const char *
exchange_source(const char *io, const char *sql, const char *uuid)
{
	static char text[EXCHANGE_TEXT_MAX];

	snprintf(text, sizeof(text),
	    "Replica_IO_State|Source_Host|Source_User|Source_Port|"
	    "Connect_Retry|Source_Log_File|Read_Source_Log_Pos|"
	    "Replica_IO_Running|Replica_SQL_Running|Seconds_Behind_Source|"
	    "Last_IO_Errno|Last_IO_Error|Last_SQL_Errno|Last_SQL_Error|"
	    "Source_Server_Id|Source_UUID|Retrieved_Gtid_Set|"
	    "Executed_Gtid_Set|Auto_Position|Channel_Name\n"
	    "Waiting for source to send event|10.0.0.1|repl|3306|60|"
	    "binlog.000002|571|%s|%s|0|0||0||1|%s||%s:1-10|1|\n",
	    io, sql, uuid, uuid);
	return text;
}
