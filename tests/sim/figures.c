#include "figures.h"

#include <inttypes.h>
#include <stdio.h>

/* Keeps the least seeds, in their order. */
static void
figures_note_broken(struct figures *f, uint64_t seed)
{
	uint64_t known = f->n_broken < BROKEN_MAX ? f->n_broken : BROKEN_MAX;
	uint64_t i = known;

	if (known == BROKEN_MAX && seed > f->broken[BROKEN_MAX - 1])
		return;
	if (known == BROKEN_MAX)
		i--;
	for (; i > 0 && f->broken[i - 1] > seed; i--)
		f->broken[i] = f->broken[i - 1];
	f->broken[i] = seed;
}

static void
figures_note_recovery(struct figures *f, usec_t recover_us, uint64_t seed)
{
	if (recover_us < f->recover_us ||
	    (recover_us == f->recover_us && seed >= f->recover_seed))
		return;
	f->recover_us = recover_us;
	f->recover_seed = seed;
}

void
figures_add(struct figures *f, const struct world *w)
{
	f->n++;
	f->n_failovers += w->n_failovers;
	f->n_switchovers += w->n_switchovers;
	f->n_acked += w->n_acked;
	for (int i = 0; i < EXCUSE_COUNT; i++)
		f->lost[i] += w->lost[i];
	f->n_steps += w->n_steps;
	f->endings[w->ending]++;
	f->helds[w->held]++;
	f->n_by_hand += w->is_by_hand;
	if (w->held == END_NONE)
		figures_note_recovery(f, w->recover_us, w->setting.seed);
	if (w->ending != END_FAILED)
		return;
	figures_note_broken(f, w->setting.seed);
	f->n_broken++;
}

void
figures_merge(struct figures *f, const struct figures *other)
{
	for (unsigned i = 0; i < BROKEN_MAX && i < other->n_broken; i++) {
		figures_note_broken(f, other->broken[i]);
		f->n_broken++;
	}
	if (other->n_broken > BROKEN_MAX)
		f->n_broken += other->n_broken - BROKEN_MAX;
	f->n += other->n;
	f->n_failovers += other->n_failovers;
	f->n_switchovers += other->n_switchovers;
	f->n_acked += other->n_acked;
	for (int i = 0; i < EXCUSE_COUNT; i++)
		f->lost[i] += other->lost[i];
	f->n_steps += other->n_steps;
	f->n_by_hand += other->n_by_hand;
	for (int i = 0; i < END_COUNT; i++) {
		f->endings[i] += other->endings[i];
		f->helds[i] += other->helds[i];
	}
	figures_note_recovery(f, other->recover_us, other->recover_seed);
}

static void
figures_print_operator(const struct figures *f)
{
	for (int i = END_NONE + 1; i < END_COUNT; i++)
		if (f->helds[i] > 0)
			printf("operator called %" PRIu64 " times: %s\n",
			    f->helds[i], ending_texts[i]);
	if (f->n_by_hand > 0)
		printf("operator had to work at a node %" PRIu64 " times\n",
		    f->n_by_hand);
	if (f->endings[END_FULL] > 0)
		printf("given up %" PRIu64 " times: %s\n", f->endings[END_FULL],
		    ending_texts[END_FULL]);
}

static void
figures_print_lost(const struct figures *f)
{
	uint64_t n = 0;

	for (int i = 0; i < EXCUSE_COUNT; i++)
		n += f->lost[i];
	printf("acked=%" PRIu64 " lost=%" PRIu64, f->n_acked, n);
	for (int i = EXCUSE_NONE + 1; i < EXCUSE_COUNT; i++)
		if (f->lost[i] > 0)
			printf(", %" PRIu64 " %s", f->lost[i], excuse_texts[i]);
	printf(", %" PRIu64 " against a promise\n", f->lost[EXCUSE_NONE]);
}

void
figures_print(const struct figures *f, double seconds, unsigned n_jobs)
{
	double rate = (double)f->n / seconds;

	printf("schedules=%" PRIu64 " broken=%" PRIu64 " steps=%" PRIu64
	       " seconds=%.1f schedules/s=%.0f jobs=%u schedules/s/job=%.0f\n",
	    f->n, f->n_broken, f->n_steps, seconds, rate, n_jobs,
	    rate / n_jobs);
	printf("failovers=%" PRIu64 " switchovers=%" PRIu64
	       " recover_max_ms=%lld (seed %" PRIu64 ")\n",
	    f->n_failovers, f->n_switchovers,
	    (long long)(f->recover_us / USEC_MS), f->recover_seed);
	figures_print_lost(f);
	figures_print_operator(f);
}
