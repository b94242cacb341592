/*
 * main.c - regent-scenario: plays scenarios to the brain, one file each, and
 * tells which of them went otherwise than expected.
 */
#include "stage.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	uint64_t n_seeds; /* 0: the one of the file */
	enum story_mode mode;
};

/* Large, and one of each is enough. */
static struct script main_script;
static struct stage main_stage;
static struct world main_world;

static void
main_print_phrases(const struct phrases *phrases)
{
	printf("\n%ss:\n", phrases->kind);
	for (unsigned i = 0; i < phrases->n; i++)
		printf(
		    "  %-30s %s\n", phrases->at[i].words, phrases->at[i].text);
}

static void
main_help(void)
{
	puts(
	    "usage: regent-scenario [--seeds N] [--story] FILE...\n"
	    "\n"
	    "Plays each scenario to the brain of regent in the world of\n"
	    "regent-sim.  The same file tells the same story every time.\n"
	    "\n"
	    "  --seeds N  play each N times, with other delays of the "
	    "network,\n"
	    "             the disk and the clients: seeds 1 to N\n"
	    "  --story    print everything that happens\n"
	    "  --help     print this\n"
	    "\n"
	    "A file has settings first, then lines of these kinds; # begins\n"
	    "a comment:\n"
	    "  at TIME COMMAND                   a block begins: it happens\n"
	    "  at TIME expect [no] CONDITION     a block begins: it holds\n"
	    "  expect [no] CONDITION by TIME     it comes to hold\n"
	    "  expect [no] CONDITION until TIME  it holds all the time\n"
	    "  expect [no] CONDITION at TIME     it holds then\n"
	    "  expect [no] CONDITION             it holds at the end\n"
	    "  never CONDITION                   not until the end\n"
	    "  on PHASE [after TIME] COMMAND     when that phase next begins\n"
	    "  at TIME set SETTING               a reload with another value\n"
	    "  end TIME                          no earlier; else the end is\n"
	    "                                    the last time of the file\n"
	    "\n"
	    "The expectations of a block are looked at after its command, in\n"
	    "the order of the file: what stands below a `by` waits until that\n"
	    "is met.  In conditions, `since` is the beginning of the block, "
	    "or\n"
	    "for `until` and `never` the time when they were begun with.");
	main_print_phrases(&words_commands);
	main_print_phrases(&words_conditions);
	main_print_phrases(&words_settings);
}

static _Noreturn void
main_usage(void)
{
	fputs("regent-scenario: see --help\n", stderr);
	exit(2);
}

static void
main_parse(struct options *o, int argc, char **argv)
{
	static const struct option table[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "story", no_argument, NULL, 'y' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .mode = STORY_TAIL };
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 's':
			o->n_seeds = strtoull(optarg, NULL, 10);
			if (o->n_seeds == 0)
				main_usage();
			break;
		case 'y':
			o->mode = STORY_ALL;
			break;
		case 'h':
			main_help();
			exit(0);
		default:
			main_usage();
		}
	}
	if (optind == argc)
		main_usage();
}

static bool
main_play(const struct options *o)
{
	struct stage *st = &main_stage;
	bool is_ok = stage_run(st, &main_world, &main_script, o->mode);

	if (!is_ok) {
		printf("%sseed %llu; the last events:\n",
		    text_cstr(&st->failure),
		    (unsigned long long)main_script.setting.seed);
		if (o->mode == STORY_TAIL)
			story_print(&main_world.story);
	}
	stage_fini(st);
	return is_ok;
}

static bool
main_test(const struct options *o, const char *path)
{
	struct err err;

	if (script_load(&main_script, path, &err) != 0) {
		puts(err.text);
		return false;
	}
	if (o->n_seeds == 0)
		return main_play(o);
	for (uint64_t seed = 1; seed <= o->n_seeds; seed++) {
		main_script.setting.seed = seed;
		if (!main_play(o))
			return false;
	}
	return true;
}

/* In the words of cmocka, so that each scenario counts as a test. */
static int
main_test_all(const struct options *o, char **paths, unsigned n)
{
	unsigned n_failed = 0;
	bool *failed = calloc(n, sizeof(*failed));

	CHECK(failed != NULL);
	printf("[==========] Running %u test(s).\n", n);
	for (unsigned i = 0; i < n; i++) {
		printf("[ RUN      ] %s\n", paths[i]);
		failed[i] = !main_test(o, paths[i]);
		n_failed += failed[i];
		printf("[ %s ] %s\n", failed[i] ? " FAILED " : "      OK",
		    paths[i]);
	}
	printf("[==========] %u test(s) run.\n", n);
	printf("[  PASSED  ] %u test(s).\n", n - n_failed);
	if (n_failed > 0)
		printf("[  FAILED  ] %u test(s), listed below:\n", n_failed);
	for (unsigned i = 0; i < n; i++)
		if (failed[i])
			printf("[  FAILED  ] %s\n", paths[i]);
	free(failed);
	return n_failed > 0;
}

int
main(int argc, char **argv)
{
	struct options options;

	main_parse(&options, argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return main_test_all(
	    &options, argv + optind, (unsigned)(argc - optind));
}
