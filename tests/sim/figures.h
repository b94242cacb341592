/*
 * figures.h - what many schedules have shown, summed.
 *
 * Plain bytes without pointers: a job hands them to its parent by a pipe.
 */
#ifndef REGENT_TESTS_SIM_FIGURES_H
#define REGENT_TESTS_SIM_FIGURES_H

#include "world.h"

enum { BROKEN_MAX = 3 };

struct figures {
	uint64_t n, n_broken, n_failovers, n_switchovers, n_acked;
	uint64_t lost[EXCUSE_COUNT]; /* acknowledged writes, by excuse */
	uint64_t n_steps, endings[END_COUNT], helds[END_COUNT], n_by_hand;
	usec_t recover_us; /* the longest, where no operator had to help */
	uint64_t recover_seed;
	uint64_t broken[BROKEN_MAX]; /* the first seeds, in their order */
};

/* Adds a schedule that has ended. */
void figures_add(struct figures *f, const struct world *w);

/* Adds what another job has summed. */
void figures_merge(struct figures *f, const struct figures *other);

void figures_print(const struct figures *f, double seconds, unsigned n_jobs);

#endif
