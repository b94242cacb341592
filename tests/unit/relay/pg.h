/*
 * pg.h - what a PostgreSQL client says first, as bytes, and what says no.
 */
#ifndef REGENT_TESTS_RELAY_PG_H
#define REGENT_TESTS_RELAY_PG_H

#define PG_SSL "\0\0\0\x08\x04\xd2\x16\x2f"
#define PG_GSSENC "\0\0\0\x08\x04\xd2\x16\x30"
#define PG_STARTUP_HEAD "\0\0\0\x12\0\3\0\0"
#define PG_STARTUP PG_STARTUP_HEAD "user\0crm\0\0"
#define PG_CANCEL_HEAD "\0\0\0\x10\x04\xd2\x16\x2e"
#define PG_CANCEL_KEY "\0\0\x30\x39\xde\xad\xbe\xef"
#define PG_CANCEL PG_CANCEL_HEAD PG_CANCEL_KEY
#define PG_TLS "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"

#endif
