#include "zombie.h"

#include <stdio.h>

void
zombie_wake(struct zombie *z, struct redis_node *node,
    const struct redis_node *successor)
{
	z->successor_port = successor->port;
	z->resumed_us = monitor_wall_clock();
	redis_node_resume(node);
}

/*
 * A write that lay in the socket of the frozen node before the barrier may be
 * executed when it wakes up; its client was told that it was cut.  Anything
 * acknowledged, or sent on a connection that was cut, came after the barrier.
 */
static void
zombie_check_set(const struct monitor_set *set, void *arg)
{
	struct zombie *z = arg;
	unsigned long long number;
	unsigned writer;

	if (set->wall_us < z->resumed_us ||
	    set->source_port == z->successor_port)
		return;
	if (sscanf(set->key, "w%u:%llu", &writer, &number) != 2)
		fail_msg("%s was written after the barrier", set->key);
	if (load_is_acked(z->load, writer, number))
		fail_msg("%s is written in two places", set->key);
	z->n_late++;
}

unsigned
zombie_late_sets(struct zombie *z, struct monitor *monitor)
{
	monitor_each_set(monitor, zombie_check_set, z);
	return z->n_late;
}
