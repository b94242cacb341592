/*
 * hash.h - numbers from bytes and from other numbers, as if at random: the
 * same on every machine and in every process.  Not against an adversary.
 */
#ifndef REGENT_BASE_HASH_H
#define REGENT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* All bits of the result depend on all of x; the finalizer of splitmix64. */
static inline uint64_t
hash_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* FNV-1a, mixed. */
static inline uint64_t
hash_bytes(const void *bytes, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const unsigned char *)bytes)[i]) *
		    UINT64_C(0x100000001b3);
	return hash_mix(h);
}

/* The next of a series that is determined by the first *seed: splitmix64. */
static inline uint64_t
hash_next(uint64_t *seed)
{
	*seed += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix(*seed);
}

#endif
