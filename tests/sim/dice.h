/*
 * dice.h - the only source of chance in the simulator: the same seed draws
 * the same story on every machine.
 */
#ifndef REGENT_TESTS_SIM_DICE_H
#define REGENT_TESTS_SIM_DICE_H

#include "base/usec.h"

#include <stdbool.h>

struct dice {
	uint64_t state[4];
};

void dice_seed(struct dice *d, uint64_t seed);
uint64_t dice_draw(struct dice *d);

/* 0 to n-1. */
unsigned dice_below(struct dice *d, unsigned n);

/* lo to hi, both included. */
usec_t dice_between(struct dice *d, usec_t lo, usec_t hi);

bool dice_chance(struct dice *d, unsigned permille);

#endif
