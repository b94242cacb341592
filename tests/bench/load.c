/*
 * bench-load - makes load for a proxy and prints what it saw, as one line
 * "key=value ...".
 *
 *   bench-load ping|bulk|connect|idle [OPTION]... [ADDRESS:]PORT
 *   bench-load ports N
 *
 * ping     each connection sends a request and waits for the reply
 * bulk     each connection downloads from bench-server's source
 * connect  connect, request, reply, close; again
 * idle     opens connections, one request each, holds and closes them; with
 *          --watch tells the memory of each moment
 * ports    prints N free ports below those that the kernel gives to clients
 *
 *   -c, --connections N   in parallel (1)
 *   -p, --protocol P      echo (bench-server) or redis (SET and GET in turn)
 *   -s, --size BYTES      of a request, or of a value (64)
 *   -P, --pipeline N      requests in one write, which is one batch (1)
 *   -t, --time SECONDS    measured (2)
 *   -w, --warmup SECONDS  before that (0.3)
 *   -n, --ops N           end after N requests; nothing before is warm-up
 *   -r, --rounds          all connections send before any of them goes on
 *   -W, --watch PID,...   also tell the CPU these processes took
 *   -H, --hold            idle: until standard input ends
 *   -f, --failures        connect: count them, and go on
 *
 * Latencies are microseconds of a batch, cpu_us and machine_us those of one
 * request; of a megabyte with bulk, of a connection with connect.
 */
#include "load.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct option load_long_options[] = {
	{ "connections", required_argument, NULL, 'c' },
	{ "protocol", required_argument, NULL, 'p' },
	{ "size", required_argument, NULL, 's' },
	{ "pipeline", required_argument, NULL, 'P' },
	{ "time", required_argument, NULL, 't' },
	{ "warmup", required_argument, NULL, 'w' },
	{ "ops", required_argument, NULL, 'n' },
	{ "rounds", no_argument, NULL, 'r' },
	{ "watch", required_argument, NULL, 'W' },
	{ "hold", no_argument, NULL, 'H' },
	{ "failures", no_argument, NULL, 'f' },
	{ NULL, 0, NULL, 0 },
};

static uint64_t
load_parse_count(const char *name, const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n == 0 ||
	    n > 1000000000)
		load_die("%s %s: expected 1 to 1000000000", name, text);
	return n;
}

static uint64_t
load_parse_seconds(const char *name, const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end != '\0' || !(s >= 0 && s <= 3600))
		load_die("%s %s: expected 0 to 3600 seconds", name, text);
	return (uint64_t)(s * 1e9);
}

static enum talk_tongue
load_parse_tongue(const char *text)
{
	if (strcmp(text, "echo") == 0)
		return TALK_ECHO;
	if (strcmp(text, "redis") == 0)
		return TALK_REDIS;
	load_die("--protocol %s: expected echo or redis", text);
}

static void
load_parse_address(struct sockaddr_in *to, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[64] = "127.0.0.1";

	if (colon != NULL)
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	to->sin_family = AF_INET;
	to->sin_port = htons((uint16_t)load_parse_count(
	    "port", colon != NULL ? colon + 1 : text));
	if (inet_pton(AF_INET, host, &to->sin_addr) != 1)
		load_die("%s: not a numeric address", host);
}

static void
load_parse_option(struct load_options *o, int letter, const char *arg)
{
	switch (letter) {
	case 'c':
		o->connections = (unsigned)load_parse_count("-c", arg);
		break;
	case 'p':
		o->tongue = load_parse_tongue(arg);
		break;
	case 's':
		o->size = load_parse_count("-s", arg);
		break;
	case 'P':
		o->pipeline = (unsigned)load_parse_count("-P", arg);
		break;
	case 't':
		o->duration_ns = load_parse_seconds("-t", arg);
		break;
	case 'w':
		o->warmup_ns = load_parse_seconds("-w", arg);
		break;
	case 'n':
		o->ops_max = load_parse_count("-n", arg);
		break;
	case 'r':
		o->has_rounds = true;
		break;
	case 'W':
		watch_parse(&o->watch, arg);
		break;
	case 'H':
		o->is_held = true;
		break;
	case 'f':
		o->counts_failures = true;
		break;
	default:
		load_die("the options are at the top of "
			 "tests/bench/load.c");
	}
}

static void
load_parse(struct load_options *o, int argc, char **argv)
{
	int letter;

	*o = (struct load_options){
		.connections = 1,
		.pipeline = 1,
		.size = 64,
		.warmup_ns = 300000000,
		.duration_ns = 2000000000,
	};
	while ((letter = getopt_long(argc, argv, "c:p:s:P:t:w:n:rW:Hf",
		    load_long_options, NULL)) != -1)
		load_parse_option(o, letter, optarg);
	if (optind != argc - 1)
		load_die("expected one [ADDRESS:]PORT");
	load_parse_address(&o->to, argv[optind]);
	if (o->ops_max > 0)
		o->warmup_ns = 0;
}

/* Thousands of connections need more than the customary 1024. */
static void
load_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		load_die_errno("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		load_die_errno("setrlimit");
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const struct load_options *o);
	} modes[] = {
		{ "ping", load_ping },
		{ "bulk", load_bulk },
		{ "connect", load_connect },
		{ "idle", load_idle },
	};
	struct load_options options;

	if (argc < 2)
		load_die("expected ping, bulk, connect, idle or ports");
	if (argc == 3 && strcmp(argv[1], "ports") == 0) {
		load_print_ports(load_parse_count("ports", argv[2]));
		return 0;
	}
	load_raise_limit();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].name) == 0) {
			load_parse(&options, argc - 1, argv + 1);
			modes[i].run(&options);
			return 0;
		}
	}
	load_die("%s: expected ping, bulk, connect, idle or ports", argv[1]);
}
