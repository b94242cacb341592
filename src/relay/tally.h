/*
 * tally.h - counters across processes: what others have counted for us is
 * added to what our workers count, and what was told to another is told once.
 * Private to relay/; the guard thread's.
 */
#ifndef REGENT_RELAY_TALLY_H
#define REGENT_RELAY_TALLY_H

#include "conf/conf.h"
#include "stats/stats.h"

struct tally {
	uint64_t listen[CONF_LISTENS_MAX][LISTEN_COUNTER_COUNT];
	uint64_t node[CONF_CLUSTERS_MAX][CONF_NODES_MAX][NODE_COUNTER_COUNT];
};

#endif
