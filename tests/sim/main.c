/*
 * main.c - regent-sim: runs the brain through schedules of disasters, one a
 * seed, and looks for one that fools it.
 */
#include "world.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
	uint64_t from, n;
	int n_nodes; /* 0: drawn */
	uint32_t faults;
	bool is_replay;
	bool is_fresh;
	bool is_quiet;
	bool is_list;
};

/* Figures over all schedules. */
struct sum {
	uint64_t n, n_broken, n_failovers, n_switchovers, n_acked, n_lost;
	uint64_t n_steps, endings[END_COUNT], helds[END_COUNT], by_hand;
	usec_t recover_us;
	uint64_t recover_seed;
};

static const char main_usage[] =
    "usage: regent-sim [--seeds N] [--from SEED | --fresh] [--nodes N]\n"
    "                  [--faults NAME,...] [--quiet] [--list]\n"
    "       regent-sim --replay SEED [--nodes N] [--faults NAME,...]\n"
    "faults:";

static void
main_help(FILE *file)
{
	fputs(main_usage, file);
	for (int i = 0; i < FAULT_COUNT; i++)
		fprintf(
		    file, "%s%s", i % 8 == 0 ? "\n  " : " ", fault_names[i]);
	fputs("\n", file);
}

static _Noreturn void
main_refuse(const char *what, const char *value)
{
	fprintf(stderr, "regent-sim: %s: %s\n", what, value);
	main_help(stderr);
	exit(2);
}

static uint64_t
main_number(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	if (end == text || *end != '\0')
		main_refuse("not a number", text);
	return n;
}

static uint32_t
main_faults(char *list)
{
	uint32_t bits = 0;
	char *save = NULL;

	for (char *name = strtok_r(list, ",", &save); name != NULL;
	     name = strtok_r(NULL, ",", &save)) {
		int i = 0;

		while (i < FAULT_COUNT && strcmp(name, fault_names[i]) != 0)
			i++;
		if (i == FAULT_COUNT)
			main_refuse("no such fault", name);
		bits |= UINT32_C(1) << i;
	}
	return bits;
}

static void
main_take_option(struct options *o, int opt)
{
	switch (opt) {
	case 's':
		o->n = main_number(optarg);
		break;
	case 'f':
		o->from = main_number(optarg);
		break;
	case 'n':
		o->n_nodes = (int)main_number(optarg);
		if (o->n_nodes < 1 || o->n_nodes > 9)
			main_refuse("1 to 9 nodes", optarg);
		break;
	case 'F':
		o->faults = main_faults(optarg);
		break;
	case 'r':
		o->is_replay = true;
		o->from = main_number(optarg);
		o->n = 1;
		break;
	case 'R':
		o->from = (uint64_t)time(NULL) << 20;
		break;
	case 'l':
		o->is_list = true;
		break;
	case 'q':
		o->is_quiet = true;
		break;
	case 'h':
		main_help(stdout);
		exit(0);
	default:
		main_help(stderr);
		exit(2);
	}
}

static void
main_parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },
		{ "fresh", no_argument, NULL, 'R' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "faults", required_argument, NULL, 'F' },
		{ "replay", required_argument, NULL, 'r' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	*o = (struct options){ .from = 1, .n = 1000, .faults = UINT32_MAX };
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1)
		main_take_option(o, opt);
	if (optind < argc)
		main_refuse("unexpected argument", argv[optind]);
}

static void
main_run(struct world *w, const struct options *o, uint64_t seed,
    enum story_mode mode)
{
	w->story.mode = mode;
	w->story.n = 0;
	w->faults = o->faults;
	world_init(w, seed, o->n_nodes);
	world_run(w);
}

static void
main_add(struct sum *sum, const struct world *w)
{
	sum->n++;
	sum->n_failovers += w->n_failovers;
	sum->n_switchovers += w->n_switchovers;
	sum->n_acked += w->n_acked;
	sum->n_lost += w->n_lost;
	sum->n_steps += w->n_steps;
	sum->endings[w->ending]++;
	sum->helds[w->held]++;
	sum->by_hand += w->is_by_hand;
	if (w->held == END_NONE && w->recover_us > sum->recover_us) {
		sum->recover_us = w->recover_us;
		sum->recover_seed = w->setting.seed;
	}
}

static void
main_print_one(const struct world *w)
{
	printf("seed=%llu nodes=%d sync=%u failovers=%u switchovers=%u "
	       "acked=%u lost=%u recover_ms=%lld steps=%u end=\"%s\" "
	       "held=\"%s\" by_hand=%d\n",
	    (unsigned long long)w->setting.seed, w->setting.n_nodes,
	    w->setting.policy.sync_replicas, w->n_failovers, w->n_switchovers,
	    w->n_acked, w->n_lost, (long long)(w->recover_us / USEC_MS),
	    w->n_steps, ending_texts[w->ending],
	    w->held == END_NONE ? "" : ending_texts[w->held], w->is_by_hand);
}

static void
main_print_broken(struct world *w, const struct options *o, uint64_t seed)
{
	main_run(w, o, seed, STORY_TAIL);
	printf("\nseed %llu breaks invariant %d (%s):\n  %s\n"
	       "the last events (all of them: --replay %llu):\n",
	    (unsigned long long)seed, w->jury.failed,
	    invariant_texts[w->jury.failed], w->jury.text,
	    (unsigned long long)seed);
	story_print(&w->story);
}

static void
main_print_sum(const struct sum *sum, double seconds)
{
	printf("schedules=%llu broken=%llu seconds=%.1f schedules/s=%.0f "
	       "steps=%llu\n",
	    (unsigned long long)sum->n, (unsigned long long)sum->n_broken,
	    seconds, (double)sum->n / seconds,
	    (unsigned long long)sum->n_steps);
	printf("failovers=%llu switchovers=%llu recover_max_ms=%lld (seed "
	       "%llu) acked=%llu lost=%llu\n",
	    (unsigned long long)sum->n_failovers,
	    (unsigned long long)sum->n_switchovers,
	    (long long)(sum->recover_us / USEC_MS),
	    (unsigned long long)sum->recover_seed,
	    (unsigned long long)sum->n_acked, (unsigned long long)sum->n_lost);
	for (int i = END_NONE + 1; i < END_COUNT; i++)
		if (sum->helds[i] > 0)
			printf("operator called %llu times: %s\n",
			    (unsigned long long)sum->helds[i], ending_texts[i]);
	if (sum->by_hand > 0)
		printf("operator had to work at a node %llu times\n",
		    (unsigned long long)sum->by_hand);
	if (sum->endings[END_FULL] > 0)
		printf("given up %llu times: %s\n",
		    (unsigned long long)sum->endings[END_FULL],
		    ending_texts[END_FULL]);
}

static int
main_replay(struct world *w, const struct options *o)
{
	main_run(w, o, o->from, STORY_ALL);
	printf("seed %llu: %s\n", (unsigned long long)o->from,
	    ending_texts[w->ending]);
	return w->ending == END_FAILED;
}

int
main(int argc, char **argv)
{
	static struct world world;
	struct sum sum = { .n = 0 };
	struct options options;
	struct timespec start, end;

	main_parse(&options, argc, argv);
	if (options.is_replay)
		return main_replay(&world, &options);
	printf("seeds %llu to %llu\n", (unsigned long long)options.from,
	    (unsigned long long)(options.from + options.n - 1));
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint64_t i = 0; i < options.n; i++) {
		main_run(&world, &options, options.from + i, STORY_NONE);
		main_add(&sum, &world);
		if (options.is_list)
			main_print_one(&world);
		if (world.ending != END_FAILED)
			continue;
		if (++sum.n_broken <= 3 && !options.is_quiet)
			main_print_broken(&world, &options, options.from + i);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	main_print_sum(&sum,
	    (double)(end.tv_sec - start.tv_sec) +
		(double)(end.tv_nsec - start.tv_nsec) / 1e9);
	return sum.n_broken > 0;
}
