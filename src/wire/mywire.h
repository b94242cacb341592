/*
 * mywire.h - the protocol of MySQL and MariaDB, as far as a relay of bytes
 * needs it: the error that refuses a client in place of the greeting.
 *
 * Pure: no buffer of its own, no allocation, no I/O.  Source: MySQL internals
 * manual, "Protocol Basics" and "Connection Phase"; MariaDB, "ERR_Packet".
 */
#ifndef REGENT_WIRE_MYWIRE_H
#define REGENT_WIRE_MYWIRE_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both are of the class 08: a connection that failed, not a statement. */
enum {
	MYWIRE_TOO_MANY_CONNECTIONS = 1040, /* 08004 */
	MYWIRE_SERVER_SHUTDOWN = 1053,      /* 08S01 */
};

enum { MYWIRE_MESSAGE_MAX = 512 }; /* what servers send and clients keep */

/*
 * `state` is NULL in a packet that comes before the client's capabilities are
 * known: servers leave SQLSTATE out there, and clients that go by the
 * protocol would take it for the beginning of the message.
 */
struct mywire_error {
	uint8_t sequence; /* of the packet; 0: the first one of a server */
	uint16_t code;
	const char *state; /* five characters: SQLSTATE, or NULL */
	const char *message;
};

/*
 * Appends an ERR packet behind *len, its message cut to MYWIRE_MESSAGE_MAX
 * bytes.  False, and *len as it was, when it does not fit in size.
 */
bool mywire_error(uint8_t *buf, size_t size, size_t *len,
    const struct mywire_error *error) MUST_CHECK;

#endif
