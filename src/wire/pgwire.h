/*
 * pgwire.h - PostgreSQL's protocol 3, as far as a relay of bytes needs it:
 * what a client begins with, and the error that refuses it.
 *
 * Pure: no buffer of its own, no allocation, no I/O.  Source: PostgreSQL 18,
 * "Frontend/Backend Protocol", Message Flow and Message Formats.
 */
#ifndef REGENT_WIRE_PGWIRE_H
#define REGENT_WIRE_PGWIRE_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the first packet of a connection is; only it has no type byte. */
enum pgwire_hello_kind {
	PGWIRE_MORE,    /* too little to tell */
	PGWIRE_STARTUP, /* StartupMessage 3.x */
	PGWIRE_SSL,     /* SSLRequest */
	PGWIRE_GSSENC,  /* GSSENCRequest */
	PGWIRE_CANCEL,  /* CancelRequest */
	PGWIRE_TLS,     /* a TLS record: TLS from the first byte on */
	PGWIRE_ALIEN,   /* nothing that a PostgreSQL client says */
	PGWIRE_HELLO_COUNT
};

/*
 * A CancelRequest: length, code, process id, and a key of 4 bytes, or since
 * protocol 3.2 of up to 256.  Other packets are known by their first 8 bytes.
 */
enum {
	PGWIRE_HEAD_LEN = 8,
	PGWIRE_CANCEL_MIN = 16,
	PGWIRE_CANCEL_MAX = 12 + 256,
	PGWIRE_STARTUP_MAX = 10000, /* what the server takes */
};

/* The byte that says no to an SSLRequest or a GSSENCRequest. */
#define PGWIRE_NO "N"

struct pgwire_hello {
	enum pgwire_hello_kind kind;
	size_t len; /* of the packet; 0 with MORE, TLS and ALIEN */
};

/*
 * Any bytes: a StartupMessage, SSLRequest or GSSENCRequest is told from its
 * head, a CancelRequest only when it is complete.  MORE ends with
 * PGWIRE_CANCEL_MAX bytes at the latest.
 */
struct pgwire_hello pgwire_hello(const uint8_t *bytes, size_t len);

/* The severity is FATAL: the server hangs up after it.  Texts are UTF-8. */
struct pgwire_error {
	const char *state; /* five characters: SQLSTATE */
	const char *message;
	const char *hint; /* NULL: none */
};

/*
 * Appends an ErrorResponse behind *len.  False, and *len as it was, when it
 * does not fit in size.
 */
bool pgwire_error(uint8_t *buf, size_t size, size_t *len,
    const struct pgwire_error *error) MUST_CHECK;

/* cannot_connect_now: libpq takes it as a reason to try its next host. */
#define PGWIRE_CANNOT_CONNECT_NOW "57P03"

/* What a server says at its own max_connections. */
#define PGWIRE_TOO_MANY_CONNECTIONS "53300"

#endif
