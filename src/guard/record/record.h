/*
 * record.h - the flight recorder of one cluster: the last events with what
 * they made the brain do, to be replayed, and the timeline of decisions for
 * people.
 *
 * Events are kept in segments, each with the brain before its first event.
 * When the newest is full another one begins, and when there are too many the
 * oldest goes, but none of the last failover: only of one that is longer than
 * everything there is room for the middle goes.  So there is always at least
 * one full segment of the latest events, and the whole of the last failover.
 *
 * A cluster's recorder takes at most RECORD_BYTES_MAX; a segment is allocated
 * when it begins.
 */
#ifndef REGENT_GUARD_RECORD_RECORD_H
#define REGENT_GUARD_RECORD_RECORD_H

#include "guard/record/step.h"

#include <time.h>

enum {
	RECORD_SEGMENT_EVENTS = 1000,
	RECORD_SEGMENTS_MAX = 4,
	RECORD_LINES_MAX = 256,
};

struct record_entry {
	usec_t now;
	enum phase phase;        /* after the event */
	uint64_t epoch;          /* after the event */
	const struct rule *rule; /* fired, or NULL */
	struct event event;
};

struct record_checkpoint {
	usec_t at;
	uint64_t number; /* of the first event behind it, counted from 0 */
	struct cluster cluster;
};

struct record_segment {
	struct record_checkpoint checkpoint;
	unsigned n;
	struct record_entry entries[RECORD_SEGMENT_EVENTS];
};

struct record_line {
	struct timespec wall;
	usec_t now;
	char node[32]; /* "" when it is of the cluster */
	char text[200];
};

/* Embedded in its owner; all zero is an empty one. */
struct recorder {
	unsigned n_segments;
	struct record_segment *segments[RECORD_SEGMENTS_MAX]; /* oldest first */
	usec_t kept_from; /* of the last failover; see record_keep */
	usec_t kept_until;
	unsigned n_lines; /* ever */
	struct record_line lines[RECORD_LINES_MAX];
};

#define RECORD_BYTES_MAX \
	(sizeof(struct recorder) + \
	    RECORD_SEGMENTS_MAX * sizeof(struct record_segment))

void record_fini(struct recorder *recorder);

/* Ticks that changed nothing are left out: replay needs them not. */
void record_step(struct recorder *recorder, const struct step *step);

/* Keeps what happened from then until then (USEC_NEVER: it goes on). */
void record_keep(struct recorder *recorder, usec_t from, usec_t until);

/* How many events were recorded ever. */
uint64_t record_count(const struct recorder *recorder);

/*
 * What the record of another process had, in its order: each segment, then
 * its entries.  More entries than a segment has room for are dropped.
 */
void record_restore_segment(
    struct recorder *recorder, const struct record_checkpoint *checkpoint);
void record_restore_entry(
    struct recorder *recorder, const struct record_entry *entry);
void record_restore_line(
    struct recorder *recorder, const struct record_line *line);

/* Adds a line to the timeline; node may be NULL. */
void record_tell(struct recorder *recorder, usec_t now, const char *node,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The i-th oldest line; NULL behind the last. */
const struct record_line *record_line_at(
    const struct recorder *recorder, unsigned i);

#endif
