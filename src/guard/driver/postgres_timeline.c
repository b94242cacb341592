#include "guard/driver/postgres_timeline.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
postgres_read_position(const char *text, uint64_t *position)
{
	unsigned long high, low;
	char *end;

	if (!isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	high = strtoul(text, &end, 16);
	if (*end != '/' || !isxdigit((unsigned char)end[1]))
		return false;
	low = strtoul(end + 1, &end, 16);
	if (errno != 0 || *end != '\0' || high > UINT32_MAX || low > UINT32_MAX)
		return false;
	*position = (uint64_t)high << 32 | low;
	return true;
}

bool
postgres_read_number(const char *text, uint64_t *number)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	*number = value;
	return errno == 0 && *end == '\0';
}

struct timeline_left {
	uint64_t timeline;
	uint64_t end;
};

/* "1\t0/3000148\tno recovery target specified", up to the end of the line. */
static bool
timeline_read_line(const char *line, struct timeline_left *left)
{
	char number[24], position[24];

	return sscanf(line, "%23[0-9] %23[0-9A-Fa-f/]", number, position) ==
	    2 &&
	    postgres_read_number(number, &left->timeline) &&
	    postgres_read_position(position, &left->end);
}

/* The next of the file from *at on; false if there is none. */
static bool
timeline_next(const struct postgres_course *course, size_t *at,
    struct timeline_left *left)
{
	bool is_one = false;

	while (!is_one && *at < course->len) {
		const char *from = course->file + *at;
		const char *nl = memchr(from, '\n', course->len - *at);
		size_t n = nl != NULL ? (size_t)(nl - from) : course->len - *at;
		char line[128];

		snprintf(line, sizeof(line), "%.*s", (int)n, from);
		is_one = timeline_read_line(line, left);
		*at += n + (nl != NULL);
	}
	return is_one;
}

bool
postgres_parent(
    const struct postgres_course *course, uint64_t *timeline, uint64_t *end)
{
	struct timeline_left left;
	size_t at = 0;

	*timeline = 0;
	while (timeline_next(course, &at, &left))
		if (left.timeline > *timeline &&
		    left.timeline < course->timeline) {
			*timeline = left.timeline;
			*end = left.end;
		}
	return *timeline != 0;
}

/* Where it left a timeline that is not its own; false if it never had it. */
static bool
timeline_find_end(
    const struct postgres_course *course, uint64_t timeline, uint64_t *end)
{
	struct timeline_left left;
	size_t at = 0;

	while (timeline_next(course, &at, &left))
		if (left.timeline == timeline) {
			*end = left.end;
			return true;
		}
	return false;
}

static const char *
timeline_format(uint64_t position, char buf[24])
{
	snprintf(
	    buf, 24, "%X/%X", (unsigned)(position >> 32), (unsigned)position);
	return buf;
}

#define TIMELINE_ADVICE "run pg_rewind or build it anew (rejoin_command)"

static bool
timeline_is_within(const struct postgres_course *mine,
    const struct postgres_course *primary, char *why, size_t size)
{
	uint64_t end = primary->position;
	bool is_left = mine->timeline != primary->timeline;
	char a[24], b[24];

	if (is_left && !timeline_find_end(primary, mine->timeline, &end)) {
		snprintf(why, size,
		    "diverged: its timeline %llu is not in the history of the "
		    "primary's, %llu: " TIMELINE_ADVICE,
		    (unsigned long long)mine->timeline,
		    (unsigned long long)primary->timeline);
		return false;
	}
	if (mine->position <= end)
		return true;
	snprintf(why, size,
	    "diverged: it has %s of timeline %llu, the primary %s "
	    "%s: " TIMELINE_ADVICE,
	    timeline_format(mine->position, a),
	    (unsigned long long)mine->timeline,
	    is_left ? "left it at" : "has up to", timeline_format(end, b));
	return false;
}

/*
 * Two standbys that are promoted apart from each other begin timelines of the
 * same number.
 */
static bool
timeline_is_same_origin(const struct postgres_course *mine,
    const struct postgres_course *primary, char *why, size_t size)
{
	uint64_t parent, began, left;
	char a[24], b[24];

	if (!postgres_parent(mine, &parent, &began) ||
	    !timeline_find_end(primary, parent, &left) || left == began)
		return true;
	snprintf(why, size,
	    "diverged: its timeline %llu began at %s, the primary left %llu at "
	    "%s: " TIMELINE_ADVICE,
	    (unsigned long long)mine->timeline, timeline_format(began, a),
	    (unsigned long long)parent, timeline_format(left, b));
	return false;
}

bool
postgres_can_follow(const struct postgres_course *mine,
    const struct postgres_course *primary, char *why, size_t size)
{
	/* A file that could not be had says nothing; 1 was made of none. */
	if (primary->timeline != mine->timeline && primary->timeline != 1 &&
	    primary->len == 0)
		return true;
	return timeline_is_within(mine, primary, why, size) &&
	    timeline_is_same_origin(mine, primary, why, size);
}
