/*
 * farewell.h - refuses a client so that it knows why: an error in the
 * protocol of its cluster, and a close that lets it arrive.
 *
 * A close with bytes of the client unread would be a reset, which throws
 * away what the client has not read yet.  So its own half is awaited, within
 * bounds of time, bytes and number; whoever is beyond them is just closed.
 */
#ifndef REGENT_RELAY_FAREWELL_H
#define REGENT_RELAY_FAREWELL_H

#include "base/usec.h"

enum refusal {
	REFUSAL_NO_NODE,     /* the view has none */
	REFUSAL_UNREACHABLE, /* it has, but they can't be connected */
	REFUSAL_FULL,        /* they have all the sessions they may */
	REFUSAL_HOLD_MAX,    /* too many wait */
	REFUSAL_CLOSING,     /* the listener */
	REFUSAL_STARVED,     /* no descriptors */
	REFUSAL_COUNT
};

enum {
	FAREWELL_MAX = 1024,        /* at a time, of a front */
	FAREWELL_BYTES = 64 * 1024, /* read from one client */
};

/* Two questions about encryption, and the close: three ways there and back. */
#define FAREWELL_TIME (5 * USEC_SEC)

struct session;

/* Ends a session to which no node has said anything, at once or in a moment. */
void farewell_begin(struct session *s, enum refusal why, usec_t now);

/* SESSION_FAREWELL: the client can be read. */
void farewell_read(struct session *s);

#endif
