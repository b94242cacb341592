/*
 * monitor.h - what a node really executed, told by its MONITOR command.
 *
 * Counters of a node can't tell a client's write from a replicated one;
 * MONITOR names the source of each command.  A monitor is a resource of its
 * site.
 */
#ifndef REGENT_SYSTEM_MONITOR_H
#define REGENT_SYSTEM_MONITOR_H

#include "redis_node.h"

struct monitor;

struct monitor_set {
	usec_t wall_us;       /* when the node executed it, wall clock */
	char source[16];      /* address of the client */
	unsigned source_port; /* of the client; replicated: of the primary */
	char key[64];
};

typedef void monitor_set_fn(const struct monitor_set *set, void *arg);

struct monitor *monitor_start(struct site *site, struct redis_node *node);

/* Calls fn for each SET seen since the last call. */
void monitor_each_set(struct monitor *m, monitor_set_fn *fn, void *arg);

usec_t monitor_wall_clock(void);

#endif
