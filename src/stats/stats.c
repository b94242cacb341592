#include "stats/stats.h"

const struct counter_info listen_counters[LISTEN_COUNTER_COUNT] = {
#define COUNTER_LISTEN(name, title, text) \
	[LISTEN_##name] = { #name, title, text },
#include "stats/counters.def"
};

const struct counter_info node_counters[NODE_COUNTER_COUNT] = {
#define COUNTER_NODE(name, title, text) [NODE_##name] = { #name, title, text },
#include "stats/counters.def"
};
