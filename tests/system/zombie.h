/*
 * zombie.h - a frozen primary that wakes up behind its successor: whether a
 * write reached it that came after the barrier.
 */
#ifndef REGENT_TESTS_SYSTEM_ZOMBIE_H
#define REGENT_TESTS_SYSTEM_ZOMBIE_H

#include "load.h"
#include "monitor.h"

struct zombie {
	struct load *load;
	unsigned successor_port;
	usec_t resumed_us;
	unsigned n_late;
};

/* Resumes the frozen node. */
void zombie_wake(struct zombie *z, struct redis_node *node,
    const struct redis_node *successor);

/*
 * How many writes it executed after it woke up that nobody was told of: they
 * lay in its sockets before the barrier.  Fails for any other.
 */
unsigned zombie_late_sets(struct zombie *z, struct monitor *monitor);

#endif
