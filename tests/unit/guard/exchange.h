/*
 * exchange.h - tables as text, for the tests of MariaDB and MySQL.
 *
 * A line of names, then a line for each row; cells between '|', "NULL" is
 * SQL's NULL.  "" is the answer of a statement without rows.
 */
#ifndef REGENT_TESTS_GUARD_EXCHANGE_H
#define REGENT_TESTS_GUARD_EXCHANGE_H

#include "guard/driver/mysql_reply.h"

enum { EXCHANGE_TEXT_MAX = 4096, EXCHANGE_CELLS_MAX = 400 };

struct exchange_table {
	struct mysql_table table; /* of what follows */
	char text[EXCHANGE_TEXT_MAX];
	const char *cells[EXCHANGE_CELLS_MAX];
};

const struct mysql_table *exchange_parse(
    struct exchange_table *e, const char *text);

/* SHOW ALL SLAVES STATUS of MariaDB 10.11, as it was recorded: what a test
 * is about is given, the rest is as usual. */
struct exchange_replica {
	const char *name; /* NULL: "" */
	const char *io;
	const char *sql;
	const char *received;
	const char *using_gtid; /* NULL: Slave_Pos */
	unsigned io_errno;
	const char *io_error; /* NULL: "" */
	unsigned sql_errno;
	const char *sql_error;
	unsigned server; /* 0: 1 */
};

const char *exchange_replica(const struct exchange_replica *r);

/* SHOW REPLICA STATUS of MySQL 8.4, from its manual. */
const char *exchange_source(const char *io, const char *sql, const char *uuid);

#endif
