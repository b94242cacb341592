#include "hist.h"

#include <string.h>

/* Values below 2 * HIST_STEPS have a bucket each. */
static unsigned
hist_bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < 2 * HIST_STEPS)
		return (unsigned)value;
	shift = 57 - (unsigned)__builtin_clzll(value);
	return shift * HIST_STEPS + (unsigned)(value >> shift);
}

/* The greatest value of a bucket. */
static uint64_t
hist_bucket_end(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * HIST_STEPS)
		return bucket;
	shift = bucket / HIST_STEPS - 1;
	return ((uint64_t)(bucket - shift * HIST_STEPS + 1) << shift) - 1;
}

void
hist_clear(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

void
hist_add(struct hist *h, uint64_t value)
{
	h->count++;
	h->bucket[hist_bucket_of(value)]++;
}

uint64_t
hist_percentile(const struct hist *h, double percent)
{
	uint64_t rank, seen = 0;

	if (h->count == 0)
		return 0;
	rank = (uint64_t)(percent / 100 * (double)h->count + 0.999999);
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= rank && seen > 0)
			return hist_bucket_end(i);
	}
	return UINT64_MAX;
}
