/*
 * learn.h - how an event changes what the brain knows.  Decides nothing.
 */
#ifndef REGENT_CORE_LEARN_H
#define REGENT_CORE_LEARN_H

#include "core/event.h"

void learn_event(struct cluster *c, const struct event *ev, usec_t now);

/* All nodes shall be probed at once. */
void learn_hurry(struct cluster *c, usec_t now);

#endif
