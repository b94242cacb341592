/*
 * hist.h - how often which duration was seen, for exact enough percentiles.
 *
 * The buckets are logarithmic with 64 steps an octave: a percentile is at
 * most 1.6 % above the true value, whatever its size.  A histogram is a plain
 * object of its user; adding never allocates.
 */
#ifndef REGENT_TESTS_BENCH_HIST_H
#define REGENT_TESTS_BENCH_HIST_H

#include <stdint.h>

#define HIST_STEPS 64
#define HIST_BUCKETS (HIST_STEPS * 59)

struct hist {
	uint64_t count;
	uint32_t bucket[HIST_BUCKETS];
};

void hist_clear(struct hist *h);
void hist_add(struct hist *h, uint64_t value);

/* The value below or at which `percent` of all are; 0 when there is none. */
uint64_t hist_percentile(const struct hist *h, double percent);

#endif
