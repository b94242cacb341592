#include "shrink.h"

#include <inttypes.h>
#include <stdio.h>

static int
shrink_run(struct world *w, const struct trial *trial)
{
	world_init(w, trial);
	world_run(w);
	return w->ending == END_FAILED ? w->jury.failed : 0;
}

/* Leaves out what can be left out, once; whether there was anything. */
static bool
shrink_once(struct world *w, struct trial *trial, int invariant)
{
	bool is_less = false;

	for (int i = 0; i < FAULTS_MAX; i++) {
		struct trial less = *trial;

		less.drop |= UINT32_C(1) << i;
		if (less.drop == trial->drop || i >= (int)w->n_faults ||
		    shrink_run(w, &less) != invariant)
			continue;
		*trial = less;
		is_less = true;
	}
	return is_less;
}

static void
shrink_print_fault(const struct world *w, unsigned i)
{
	const struct fault *f = &w->plan[i];

	printf("  %2u %-10s %8.4f s: %s %s\n", i, fault_names[f->kind],
	    (double)f->began_at / (double)USEC_SEC, world_name(f->node),
	    fault_texts[f->kind]);
}

static void
shrink_print_replay(const struct trial *trial)
{
	const char *comma = " --drop ";

	printf("all of it: regent-sim --replay %" PRIu64, trial->seed);
	if (trial->n_nodes > 0)
		printf(" --nodes %d", trial->n_nodes);
	for (int i = 0; i < FAULTS_MAX; i++) {
		if ((trial->drop & UINT32_C(1) << i) == 0)
			continue;
		printf("%s%d", comma, i);
		comma = ",";
	}
	printf("%s\n",
	    trial->faults == FAULTS_ALL ? "" : " and the same --faults");
}

void
shrink_print(struct world *w, const struct trial *trial)
{
	struct trial least = *trial;
	int invariant = shrink_run(w, trial);

	CHECK(invariant != 0);
	while (shrink_once(w, &least, invariant))
		continue;
	least.mode = STORY_TAIL;
	CHECK(shrink_run(w, &least) == invariant);
	printf("\nseed %" PRIu64 " breaks invariant %d (%s):\n  %s\n"
	       "faults that it takes:\n",
	    trial->seed, invariant, invariant_texts[invariant], w->jury.text);
	for (unsigned i = 0; i < w->n_faults; i++)
		if ((least.drop & UINT32_C(1) << i) == 0)
			shrink_print_fault(w, i);
	puts("the last events:");
	story_print(&w->story);
	shrink_print_replay(&least);
}
