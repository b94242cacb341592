/* xoshiro256** by Blackman and Vigna, seeded by splitmix64. */
#include "dice.h"

#include "base/check.h"

static uint64_t
dice_rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

void
dice_seed(struct dice *d, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		d->state[i] = z ^ z >> 31;
	}
}

uint64_t
dice_draw(struct dice *d)
{
	uint64_t *s = d->state;
	uint64_t result = dice_rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = dice_rotate(s[3], 45);
	return result;
}

unsigned
dice_below(struct dice *d, unsigned n)
{
	CHECK(n > 0);
	return (unsigned)((dice_draw(d) >> 32) * n >> 32);
}

usec_t
dice_between(struct dice *d, usec_t lo, usec_t hi)
{
	CHECK(lo <= hi && hi - lo < UINT32_MAX);
	return lo + dice_below(d, (unsigned)(hi - lo) + 1);
}

bool
dice_chance(struct dice *d, unsigned permille)
{
	return dice_below(d, 1000) < permille;
}
