/*
 * choice.h - the node that a client of a front gets: what route.h says of its
 * view, and room.h of the limits of the moment.
 *
 * A front of a cluster without limits looks at no counter but to compare
 * nodes, and one without slow_start at no clock.
 */
#ifndef REGENT_RELAY_CHOICE_H
#define REGENT_RELAY_CHOICE_H

#include "base/usec.h"

#include <stdbool.h>
#include <stdint.h>

struct front;
struct session;

/* Whether a node is left alone or spared at present: nobody says when that
 * ends. */
bool choice_must_look_again(const struct front *f, usec_t now);

/* Whether its cluster or a node of it has a maxconn. */
bool choice_is_limited(const struct front *f);

/* Whether the view has a node for its clients, reachable or not. */
bool choice_names_node(const struct front *f, usec_t now);

/* Whether one of these could be tried now: it has room, and was not just
 * tried in vain. */
bool choice_has_node(const struct front *f, usec_t now);

/* Whether it is room that its clients lack, rather than a node. */
bool choice_waits_for_room(const struct front *f, usec_t now);

/* A slot for one of its sessions, which counts there until choice_give; -1:
 * none has room. */
int choice_take(struct front *f, const struct session *s, usec_t now);
void choice_give(struct front *f, int slot);

#endif
