/*
 * rate.h - so many a second, and no more, kept as one instant.
 *
 * Pure.  The instant is when the next one would be due if all came evenly
 * (the "theoretical arrival time" of GCRA, ITU-T I.371); it may lie ahead by
 * as much as may come at once.  Instants are nanoseconds here: a million a
 * second are not a whole number of microseconds apart forever.
 */
#ifndef REGENT_CORE_RATE_H
#define REGENT_CORE_RATE_H

#include "base/usec.h"

#include <stdint.h>

struct rate {
	int64_t gap_ns;   /* between two */
	int64_t slack_ns; /* the instant may lie so far ahead */
};

/* A tenth of a second's worth may come at once, and one in any case. */
struct rate rate_of(int64_t per_second);

/* How long until the next one may come; 0: now. */
usec_t rate_wait(const struct rate *rate, int64_t due_ns, usec_t now);

/* The instant after one has come. */
int64_t rate_next(const struct rate *rate, int64_t due_ns, usec_t now);

#endif
