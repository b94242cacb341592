/*
 * main.c - regent-sim: runs the brain through schedules of disasters, one a
 * seed, and looks for one that fools it.
 */
#include "jobs.h"
#include "rerun.h"
#include "shrink.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* From so many seeds on all cores are used. */
enum { MANY_SEEDS = 4000 };

struct options {
	struct jobs jobs;
	bool is_replay;
	const char *incident; /* a recorded one to replay, or NULL */
	bool is_quiet;
};

static const char main_usage[] =
    "usage: regent-sim [--seeds N] [--from SEED | --fresh] [--jobs N]\n"
    "                  [--nodes N] [--faults NAME,...] [--quiet] [--list]\n"
    "       regent-sim --replay SEED [--drop INDEX,...] [--nodes N]\n"
    "                  [--faults NAME,...]\n"
    "       regent-sim --replay FILE   what `regentctl record` has written\n"
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
main_number(const char *text, uint64_t most)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	if (end == text || *end != '\0' || n > most)
		main_refuse("not a number, or too large", text);
	return n;
}

static unsigned
main_fault(const char *name)
{
	unsigned i = 0;

	while (i < FAULT_COUNT && strcmp(name, fault_names[i]) != 0)
		i++;
	if (i == FAULT_COUNT)
		main_refuse("no such fault", name);
	return i;
}

static unsigned
main_index(const char *text)
{
	return (unsigned)main_number(text, FAULTS_MAX - 1);
}

/* Bits for the items of a list. */
static uint64_t
main_bits(char *list, unsigned (*item)(const char *text))
{
	uint64_t bits = 0;
	char *save = NULL;

	for (char *name = strtok_r(list, ",", &save); name != NULL;
	     name = strtok_r(NULL, ",", &save))
		bits |= UINT64_C(1) << item(name);
	return bits;
}

/* A seed is a number; whatever is none is a file. */
static void
main_take_replay(struct options *o, const char *text)
{
	char *end;

	(void)strtoull(text, &end, 0);
	if (end == text || *end != '\0') {
		o->incident = text;
		return;
	}
	o->is_replay = true;
	o->jobs.trial.seed = main_number(text, UINT64_MAX);
}

/* Options that say which schedules. */
static void
main_take_trial(struct options *o, int opt)
{
	struct trial *t = &o->jobs.trial;

	switch (opt) {
	case 'f':
		t->seed = main_number(optarg, UINT64_MAX);
		break;
	case 'R':
		t->seed = (uint64_t)time(NULL) << 20;
		break;
	case 'n':
		t->n_nodes = (int)main_number(optarg, SIM_NODES_MAX);
		break;
	case 'F':
		t->faults = main_bits(optarg, main_fault);
		break;
	case 'd':
		t->drop = (uint32_t)main_bits(optarg, main_index);
		break;
	case 'r':
		main_take_replay(o, optarg);
		break;
	default:
		main_help(stderr);
		exit(2);
	}
}

static void
main_take_option(struct options *o, int opt)
{
	switch (opt) {
	case 's':
		o->jobs.n = main_number(optarg, UINT32_MAX);
		break;
	case 'j':
		o->jobs.n_jobs = (unsigned)main_number(optarg, JOBS_MAX);
		break;
	case 'l':
		o->jobs.is_list = true;
		break;
	case 'q':
		o->is_quiet = true;
		break;
	case 'h':
		main_help(stdout);
		exit(0);
	default:
		main_take_trial(o, opt);
	}
}

static void
main_parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },
		{ "fresh", no_argument, NULL, 'R' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "faults", required_argument, NULL, 'F' },
		{ "replay", required_argument, NULL, 'r' },
		{ "drop", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	*o = (struct options){ .jobs = {
				   .trial = { .seed = 1, .faults = FAULTS_ALL },
				   .n = 1000,
			       } };
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1)
		main_take_option(o, opt);
	if (optind < argc)
		main_refuse("unexpected argument", argv[optind]);
	if (o->jobs.n_jobs == 0)
		o->jobs.n_jobs = o->jobs.n < MANY_SEEDS || o->jobs.is_list
		    ? 1
		    : jobs_cores();
}

static int
main_replay(struct world *w, struct trial *trial)
{
	trial->mode = STORY_ALL;
	world_init(w, trial);
	world_run(w);
	printf("seed %llu: %s\n", (unsigned long long)trial->seed,
	    ending_texts[w->ending]);
	return w->ending == END_FAILED;
}

static double
main_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
main_print_broken(
    struct world *w, const struct options *o, const struct figures *sum)
{
	struct trial trial = o->jobs.trial;

	for (unsigned i = 0; i < BROKEN_MAX && i < sum->n_broken; i++) {
		trial.seed = sum->broken[i];
		shrink_print(w, &trial);
	}
}

int
main(int argc, char **argv)
{
	static struct world world;
	struct figures sum = { .n = 0 };
	struct options options;
	unsigned n_dead;
	double start;

	main_parse(&options, argc, argv);
	if (options.incident != NULL)
		return rerun_file(options.incident);
	if (options.is_replay)
		return main_replay(&world, &options.jobs.trial);
	printf("seeds %llu to %llu\n",
	    (unsigned long long)options.jobs.trial.seed,
	    (unsigned long long)(options.jobs.trial.seed + options.jobs.n - 1));
	start = main_seconds();
	n_dead = jobs_run(&options.jobs, &sum);
	figures_print(&sum, main_seconds() - start, options.jobs.n_jobs);
	if (!options.is_quiet)
		main_print_broken(&world, &options, &sum);
	return sum.n_broken > 0 || n_dead > 0;
}
