/*
 * mysql_session.h - who is connected to a server of MariaDB or MySQL, from
 * the answer to SHOW PROCESSLIST.
 *
 * Not from information_schema or performance_schema: the former writes to
 * tmpdir, and fails where the disk is full.
 *
 * Pure.
 */
#ifndef REGENT_GUARD_DRIVER_MYSQL_SESSION_H
#define REGENT_GUARD_DRIVER_MYSQL_SESSION_H

#include "guard/driver/mysql_reply.h"

/*
 * The id of the session in that row; 0 if it is not a client's: it is of
 * replication, of the server itself, or of our own user.
 */
uint64_t mysql_session_client(
    const struct mysql_table *t, unsigned row, const char *own_user);

/* What applies transactions waits for a table that somebody uses. */
bool mysql_session_is_waited_for(const struct mysql_table *t);

/* Somebody waits for room on a full disk: MariaDB tries once a minute. */
bool mysql_session_lacks_space(const struct mysql_table *t);

#endif
