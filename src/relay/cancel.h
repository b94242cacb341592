/*
 * cancel.h - a PostgreSQL client that asks to cancel a query of another
 * connection: only the node of that one knows the key, and nobody here knows
 * which it is.  All that may have it are asked, one after the other, as any
 * other ignores a key that is not its own.
 *
 * Never held, and no session of a node: where no node is, none runs a query.
 */
#ifndef REGENT_RELAY_CANCEL_H
#define REGENT_RELAY_CANCEL_H

#include "base/usec.h"

struct session;

/* The client's CancelRequest is there. */
void cancel_begin(struct session *s, usec_t now);

/* SESSION_CANCEL: the node can be written to, has answered, or is late. */
void cancel_write(struct session *s, usec_t now);
void cancel_read(struct session *s, usec_t now);
void cancel_late(struct session *s, usec_t now);

/* A view has come: it must not reach a node that was taken away. */
void cancel_reroute(struct session *s, usec_t now);

#endif
