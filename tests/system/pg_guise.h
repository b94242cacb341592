/*
 * pg_guise.h - a PostgreSQL server that says it is of another version: a relay
 * in front of a real one, in a process of its own, that changes what it tells
 * at the login and nothing else.
 *
 * What a driver says to such a version is then said to the real one.  A
 * resource of its site; one connection after the other, without TLS.
 */
#ifndef REGENT_SYSTEM_PG_GUISE_H
#define REGENT_SYSTEM_PG_GUISE_H

#include "pg_node.h"

/* The port of 127.0.0.1 where it is; major has two digits, as "12". */
uint16_t pg_guise_start(
    struct site *site, const struct pg_node *node, const char *major);

#endif
