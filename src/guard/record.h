/*
 * record.h - the flight recorder of one cluster: the last events with what
 * they made the brain do, and the timeline of decisions for people.
 *
 * Both are rings in memory.  The ring of events holds them whole, so a step
 * can be replayed with the input it had.
 */
#ifndef REGENT_GUARD_RECORD_H
#define REGENT_GUARD_RECORD_H

#include "core/failover.h"

#include <time.h>

enum { RECORD_EVENTS_MAX = 512, RECORD_LINES_MAX = 256 };

struct record_entry {
	usec_t now;
	enum phase phase; /* after the event */
	uint64_t epoch;
	const struct rule *rule; /* fired, or NULL */
	struct event event;
};

struct record_line {
	struct timespec wall;
	usec_t now;
	char node[32]; /* "" when it is of the cluster */
	char text[200];
};

struct record_ring {
	unsigned n_events; /* ever */
	unsigned n_lines;  /* ever */
	struct record_entry events[RECORD_EVENTS_MAX];
	struct record_line lines[RECORD_LINES_MAX];
};

void record_event(struct record_ring *ring, const struct cluster *cluster,
    const struct event *ev, const struct rule *rule, usec_t now);

/* Adds a line to the timeline; node may be NULL. */
void record_tell(struct record_ring *ring, usec_t now, const char *node,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The i-th oldest kept line or event; NULL behind the last. */
const struct record_line *record_line_at(
    const struct record_ring *ring, unsigned i);
const struct record_entry *record_event_at(
    const struct record_ring *ring, unsigned i);

#endif
