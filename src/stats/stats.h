/*
 * stats.h - counters of one worker, written by it and read by the guard.
 *
 * Relaxed atomics, no lock, no line shared between writers: a sum over the
 * workers is made when somebody asks.
 */
#ifndef REGENT_STATS_STATS_H
#define REGENT_STATS_STATS_H

#include <stdatomic.h>
#include <stdint.h>

enum listen_counter {
#define COUNTER_LISTEN(name, title, text) LISTEN_##name,
#include "stats/counters.def"
	LISTEN_COUNTER_COUNT
};

enum node_counter {
#define COUNTER_NODE(name, title, text) NODE_##name,
#include "stats/counters.def"
	NODE_COUNTER_COUNT
};

struct counter_info {
	const char *name;
	const char *title;
	const char *text;
};

extern const struct counter_info listen_counters[LISTEN_COUNTER_COUNT];
extern const struct counter_info node_counters[NODE_COUNTER_COUNT];

struct listen_stats {
	_Atomic uint64_t at[LISTEN_COUNTER_COUNT];
};

struct node_stats {
	_Atomic uint64_t at[NODE_COUNTER_COUNT];
};

/* The owning worker only: no other thread writes, so load and store do. */
static inline void
stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static inline uint64_t
stats_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
