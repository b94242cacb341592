/*
 * publish.h - what the guard tells the data plane, and what it hears back.
 *
 * The brains say how to route; where the nodes are the wards know.  Private
 * to guard/.
 */
#ifndef REGENT_GUARD_PUBLISH_H
#define REGENT_GUARD_PUBLISH_H

#include "base/usec.h"

struct guard;

/* Sends the present views of all wards to the data plane. */
void publish_views(struct guard *g);

/* Tells the wards which publications every worker has acknowledged. */
void publish_look_at_acked(struct guard *g, usec_t now);

#endif
