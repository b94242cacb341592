/*
 * pg_load.h - writers that speak to PostgreSQL: INSERT INTO load, one
 * transaction a number, by libpq with a deadline.
 *
 * Linked where libpq is there.
 */
#ifndef REGENT_SYSTEM_PG_LOAD_H
#define REGENT_SYSTEM_PG_LOAD_H

#include "load_tongue.h"

extern const struct load_tongue load_postgres;

/* Makes the table, as user app of database crm. */
#define PG_LOAD_TABLE \
	"CREATE TABLE IF NOT EXISTS load " \
	"(w int, n bigint, PRIMARY KEY (w, n))"

#endif
