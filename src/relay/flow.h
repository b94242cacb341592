/*
 * flow.h - a session that is connected to its node: bytes both ways, until
 * both sides have said goodbye.  SESSION_OPEN.
 */
#ifndef REGENT_RELAY_FLOW_H
#define REGENT_RELAY_FLOW_H

#include "base/usec.h"

#include <stdbool.h>

struct session;

/* The connection to its node has just come about. */
void flow_begin(struct session *s, usec_t now);

void flow_client_readable(struct session *s, usec_t now);
void flow_client_writable(struct session *s, usec_t now);
void flow_backend_readable(struct session *s, usec_t now);
void flow_backend_writable(struct session *s, usec_t now);
void flow_late(struct session *s, usec_t now);

/* A side is broken: the session ends.  `error` is a negative errno value. */
void flow_fail(struct session *s, bool is_backend, int error, usec_t now);

/*
 * Whether another node can take the place of this one without the client's
 * noticing: it was told nothing yet, and what it said can be said again.
 */
bool flow_is_unanswered(const struct session *s);

#endif
