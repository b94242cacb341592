/*
 * jobs.h - many schedules, on many cores: a child process for each job, which
 * runs every n-th seed and hands its figures back by a pipe.
 */
#ifndef REGENT_TESTS_SIM_JOBS_H
#define REGENT_TESTS_SIM_JOBS_H

#include "figures.h"

enum { JOBS_MAX = 256 };

struct jobs {
	struct trial trial; /* its seed is the first */
	uint64_t n;         /* seeds */
	unsigned n_jobs;
	bool is_list; /* prints a line a schedule, as they come */
};

/*
 * Runs them all.  A job that dies (an assertion of the brain, a sanitizer) is
 * told with the seed it died of; returns how many did.
 */
unsigned jobs_run(const struct jobs *jobs, struct figures *sum);

/* As many as there are cores. */
unsigned jobs_cores(void);

#endif
