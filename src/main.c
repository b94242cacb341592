/*
 * main.c - the command line of the daemon, and its exit status.
 */
#include "app.h"
#include "conf/load.h"
#include "guard/examine.h"
#include "upgrade/heir.h"
#include "upgrade/launch.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#define MAIN_CONF_DEFAULT SYSCONFDIR "/regent/regent.ini"

struct options {
	const char *path;
	bool is_daemon;
	bool is_test;
	bool is_probe;
};

static void
main_print_usage(FILE *out)
{
	fprintf(out,
	    "usage: regent [-c FILE] [--daemon] [-t [--probe]] [-V] [-h]\n"
	    "  -c, --config FILE  configuration (default " MAIN_CONF_DEFAULT
	    ")\n"
	    "  -d, --daemon       run in the background\n"
	    "  -t, --test         check the configuration and exit\n"
	    "  -p, --probe        with -t: log in at every node too, and tell "
	    "what is missing\n"
	    "  -V, --version      version and features\n"
	    "  -h, --help         this text\n"
	    "Signals: HUP reload, TERM and INT stop now, QUIT stop "
	    "gracefully, USR1 reopen the log, USR2 upgrade.\n");
}

static void
main_print_version(void)
{
	printf("regent %s\nfeatures: %s\n", PACKAGE_VERSION, APP_FEATURES);
}

/* Returns -1 to go on, or the exit status. */
static int
main_parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "daemon", no_argument, NULL, 'd' },
		{ "test", no_argument, NULL, 't' },
		{ "probe", no_argument, NULL, 'p' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "c:dtpVh", longs, NULL)) != -1) {
		switch (opt) {
		case 'c':
			o->path = optarg;
			break;
		case 'd':
			o->is_daemon = true;
			break;
		case 't':
			o->is_test = true;
			break;
		case 'p':
			o->is_probe = true;
			break;
		case 'V':
			main_print_version();
			return EXIT_SUCCESS;
		case 'h':
			main_print_usage(stdout);
			return EXIT_SUCCESS;
		default:
			main_print_usage(stderr);
			return EX_USAGE;
		}
	}
	if (o->is_probe && !o->is_test) {
		fprintf(stderr, "regent: --probe goes with --test\n");
		return EX_USAGE;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "regent: unexpected argument: %s\n", argv[optind]);
	main_print_usage(stderr);
	return EX_USAGE;
}

static int
main_probe(const struct conf *conf)
{
	static const int codes[] = {
		[EXAMINE_WELL] = EXIT_SUCCESS,
		[EXAMINE_LACKING] = EX_NOPERM,
		[EXAMINE_UNANSWERED] = EX_UNAVAILABLE,
	};
	enum examine_outcome outcome;
	struct text table = TEXT_INIT;
	struct err err;
	int code = EX_OSERR;

	signal(SIGPIPE, SIG_IGN);
	if (examine_nodes(conf, &table, &outcome, &err) == 0) {
		printf("%s", text_cstr(&table));
		code = codes[outcome];
	} else {
		fprintf(stderr, "regent: cannot probe: %s\n", err.text);
	}
	text_fini(&table);
	return code;
}

/* The file is good. */
static int
main_test(const struct options *o, const struct conf *conf)
{
	int status = EXIT_SUCCESS;

	printf("%s: ok\n", o->path);
	if (o->is_probe)
		status = main_probe(conf);
	conf_unref(&conf);
	return status;
}

/* One line an error; the process that we were to replace is told, too. */
static int
main_refuse(struct heir *heir, const struct text *errors)
{
	fprintf(stderr, "%s", text_cstr(errors));
	if (heir != NULL)
		heir_fail(heir, text_cstr(errors));
	return EX_CONFIG;
}

/* A daemon changes its directory, and must still find its file on reload. */
static int
main_run(const struct options *o, struct heir *heir)
{
	char *path = realpath(o->path, NULL);
	struct text errors = TEXT_INIT;
	const struct conf *conf;
	int status;

	conf = conf_load(path != NULL ? path : o->path,
	    heir != NULL ? heir_outline(heir) : NULL, &errors);
	free(path);
	if (conf == NULL) {
		status = main_refuse(heir, &errors);
		heir_free(&heir);
	} else if (o->is_test) {
		status = main_test(o, conf);
	} else {
		status = app_run(conf, o->is_daemon, heir);
	}
	text_fini(&errors);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = { .path = MAIN_CONF_DEFAULT };
	struct heir *heir = NULL;
	struct err err;
	int status;

	launch_init(argv, environ);
	status = main_parse(&o, argc, argv);
	if (status >= 0)
		return status;
	if (launch_channel_fd() >= 0) {
		heir = heir_open(launch_channel_fd(), &err);
		if (heir == NULL) {
			fprintf(stderr, "regent: upgrade: %s\n", err.text);
			return EX_PROTOCOL;
		}
	}
	return main_run(&o, heir);
}
