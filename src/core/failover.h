/*
 * failover.h - the brain of one cluster: one event in, at most one rule
 * fired, actions out.
 *
 * Pure: no clock, no I/O, no allocation, no log.  The same events at the same
 * times give the same actions, so an incident replays exactly.
 */
#ifndef REGENT_CORE_FAILOVER_H
#define REGENT_CORE_FAILOVER_H

#include "core/action.h"
#include "core/event.h"
#include "core/rules.h"

void cluster_init(struct cluster *c, const char *name);

/*
 * Learns the event, then fires the first rule that holds, appending its
 * actions.  Returns that rule, or NULL when none holds, or the event says
 * that it is only a part.  After a rule the caller steps again with EV_TICK
 * until NULL: the cluster has settled.
 */
const struct rule *failover_step(struct cluster *c, const struct event *ev,
    usec_t now, struct actions *actions);

/*
 * No more than this many rules fire between two settled states; a caller
 * that sees more has found a circle in the table.
 */
enum { FAILOVER_SETTLE_MAX = 4 * NODES_MAX };

/* Whether something with a deadline is under way: tick often. */
bool failover_is_busy(const struct cluster *c);

#endif
