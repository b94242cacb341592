/*
 * replication.h - the link of a replica to its upstream: handshake, full
 * copies, the stream of data and its acknowledgements.
 *
 * A replica continues where it was if its data is a part of what the upstream
 * has, and else takes a full copy, as Redis does.
 */
#ifndef REGENT_TESTS_SIM_REPLICATION_H
#define REGENT_TESTS_SIM_REPLICATION_H

#include "database.h"

/* The link of the node is gone; it tries again within that time. */
void replication_restart(struct world *w, int slot, usec_t within);

/* Drops a link that is up and tries at once to link again. */
void replication_redial(struct world *w, int slot);

/* Sends what is new to all replicas of the node. */
void replication_flow(struct world *w, int slot);

/* Ends the links of all replicas of the node: they ask where to go on. */
void replication_drop(struct world *w, int slot);

/* A replica tells its upstream how much it has. */
void replication_confirm(struct world *w, int slot, uint64_t position);

/* Whether enough replicas have it. */
bool replication_is_done(const struct world *w, int slot, uint64_t position);

void replication_on_message(struct world *w, const struct message *m);

#endif
