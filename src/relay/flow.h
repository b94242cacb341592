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

/*
 * Connected, and not a byte has passed either way: the node can go without
 * the client's noticing.
 */
bool flow_is_quiet(const struct session *s);

#endif
