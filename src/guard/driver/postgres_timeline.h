/*
 * postgres_timeline.h - what PostgreSQL's timelines say of two servers: whether
 * the data of one is the beginning of the other's.
 *
 * Pure.  A promotion leaves a timeline at a position and begins another; the
 * history file of a timeline has a line for each that was left on the way to
 * it.  Positions are as in postgres_reply.h.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_TIMELINE_H
#define REGENT_GUARD_DRIVER_POSTGRES_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "16/B374D848"; false if it is no such text. */
bool postgres_read_position(const char *text, uint64_t *position);

/* A decimal number and nothing else. */
bool postgres_read_number(const char *text, uint64_t *number);

/* Where a server is; its file is borrowed, and empty if it is not known. */
struct postgres_course {
	uint64_t timeline;
	uint64_t position;
	const char *file;
	size_t len;
};

/*
 * The timeline that this one was made of, and where; false if the file does
 * not say.
 */
bool postgres_parent(
    const struct postgres_course *course, uint64_t *timeline, uint64_t *end);

/*
 * Whether a standby that has applied its log up to mine->position can follow
 * the primary.  false: never, and `why` says so to people.  true also where
 * the files don't tell.
 */
bool postgres_can_follow(const struct postgres_course *mine,
    const struct postgres_course *primary, char *why, size_t size);

#endif
