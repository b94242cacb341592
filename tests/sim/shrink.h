/*
 * shrink.h - what a broken schedule needs to break: its faults are left out
 * one by one as long as the same invariant is broken without them.
 */
#ifndef REGENT_TESTS_SIM_SHRINK_H
#define REGENT_TESTS_SIM_SHRINK_H

#include "world.h"

/* Prints what is broken, the faults that matter and the last events. */
void shrink_print(struct world *w, const struct trial *trial);

#endif
