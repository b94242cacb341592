/*
 * maria_load.h - writers that speak to MariaDB: INSERT INTO app.load, one
 * transaction a number, by libmariadb.
 *
 * Linked where libmariadb is there.
 */
#ifndef REGENT_SYSTEM_MARIA_LOAD_H
#define REGENT_SYSTEM_MARIA_LOAD_H

#include "load_tongue.h"

extern const struct load_tongue load_mariadb;

/* Makes the table. */
#define MARIA_LOAD_TABLE \
	"CREATE TABLE IF NOT EXISTS app.load " \
	"(w INT, n BIGINT, PRIMARY KEY (w, n)) ENGINE = InnoDB"

#endif
