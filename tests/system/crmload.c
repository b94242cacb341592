/*
 * crmload - writes through a port and tells what was acknowledged.
 *
 *	crmload --port P [--protocol redis|postgres|mysql] [--host H]
 *	    [--writers N] [--rate N] [--seconds S] [--timeout MS]
 *	    [--password P] [--live]
 *
 * Runs for S seconds, or until SIGTERM, SIGINT or `quit`.  Commands are lines
 * on stdin, each answered with one line (see crmload_commands); --live adds a
 * line "t_ms acked errors rate" every 100 ms.  The last line is the report.
 */
#include "clock.h"
#include "load_tongue.h"
#ifdef HAVE_POSTGRES
#include "pg_load.h"
#endif
#ifdef HAVE_MYSQL
#include "maria_load.h"
#endif

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CRMLOAD_LIVE_US (100 * USEC_MS)
#define CRMLOAD_POLL_MS 20
#define CRMLOAD_LINE_MAX 256

struct crmload {
	struct load_options options;
	bool is_live;
	usec_t start;
	usec_t end; /* USEC_NEVER: until told */
	usec_t live_due;
	uint64_t live_acked; /* at the last live line */
	usec_t live_at;
	struct load *load;
	char line[CRMLOAD_LINE_MAX];
	size_t len;
	bool is_eof; /* of stdin: no more commands, the load goes on */
	bool is_quit;
};

typedef void crmload_command_fn(struct crmload *c, const char *args);

static volatile sig_atomic_t crmload_is_stopped;

static void
crmload_on_signal(int sig)
{
	(void)sig; /* both mean the same */
	crmload_is_stopped = 1;
}

static long long
crmload_ms(usec_t us)
{
	return us < 0 ? -1 : (long long)((us + USEC_MS / 2) / USEC_MS);
}

static void
crmload_report(struct crmload *c, const char *args)
{
	struct load_result r;

	(void)args; /* takes none */
	load_read(c->load, &r);
	printf("acked=%llu errors=%llu longest_gap_ms=%lld outage_ms=%lld "
	       "old_acked=%llu",
	    (unsigned long long)r.acked, (unsigned long long)r.errors,
	    crmload_ms(r.longest_gap_us), crmload_ms(r.outage_us),
	    (unsigned long long)r.old_acked);
	for (unsigned i = 0; i < LOAD_ERROR_COUNT; i++)
		printf(" %s=%llu", load_error_names[i],
		    (unsigned long long)r.kinds[i]);
	printf(" fresh_errors=%llu writer_gap_ms=%lld\n",
	    (unsigned long long)r.fresh_errors,
	    crmload_ms(r.longest_writer_gap_us));
}

static void
crmload_mark(struct crmload *c, const char *args)
{
	(void)args; /* takes none */
	load_mark(c->load);
	printf("marked\n");
}

static void
crmload_recovered(struct crmload *c, const char *args)
{
	usec_t outage_us;

	(void)args; /* takes none */
	if (load_is_recovered(c->load, &outage_us))
		printf("recovered %lld\n", crmload_ms(outage_us));
	else
		printf("waiting\n");
}

static void
crmload_verify(struct crmload *c, const char *args)
{
	const char *colon = strrchr(args, ':');
	uint64_t lost, acked;
	char host[64];

	if (colon == NULL || atoi(colon + 1) <= 0) {
		printf("error: verify HOST:PORT\n");
		return;
	}
	snprintf(host, sizeof(host), "%.*s", (int)(colon - args), args);
	if (load_count_lost(
		c->load, host, (uint16_t)atoi(colon + 1), &lost, &acked) != 0)
		printf("error: %s does not answer\n", args);
	else
		printf("lost %llu of %llu\n", (unsigned long long)lost,
		    (unsigned long long)acked);
}

static const struct {
	const char *name;
	const struct load_tongue *tongue;
} crmload_protocols[] = {
	{ .name = "redis", .tongue = &load_redis },
#ifdef HAVE_POSTGRES
	{ .name = "postgres", .tongue = &load_postgres },
#endif
#ifdef HAVE_MYSQL
	{ .name = "mysql", .tongue = &load_mariadb },
#endif
};

static void
crmload_hold_old(struct crmload *c, const char *args)
{
	(void)args; /* takes none */
	if (c->options.tongue != NULL && c->options.tongue != &load_redis) {
		printf("error: hold-old is of Redis only\n");
		return;
	}
	load_hold_old(c->load);
	printf("holding\n");
}

static void
crmload_quit(struct crmload *c, const char *args)
{
	(void)args; /* takes none */
	c->is_quit = true;
}

static const struct {
	const char *name;
	crmload_command_fn *run;
} crmload_commands[] = {
	{ .name = "mark", .run = crmload_mark },
	{ .name = "recovered?", .run = crmload_recovered },
	{ .name = "verify", .run = crmload_verify },
	{ .name = "hold-old", .run = crmload_hold_old },
	{ .name = "report", .run = crmload_report },
	{ .name = "quit", .run = crmload_quit },
};

static void
crmload_run_line(struct crmload *c, char *line)
{
	char *args = line + strcspn(line, " ");

	if (*args != '\0')
		*args++ = '\0';
	if (*line == '\0')
		return;
	for (size_t i = 0; i < ARRAY_LEN(crmload_commands); i++) {
		if (strcmp(line, crmload_commands[i].name) == 0) {
			crmload_commands[i].run(c, args);
			fflush(stdout);
			return;
		}
	}
	printf("error: unknown command %s\n", line);
	fflush(stdout);
}

static void
crmload_on_input(struct crmload *c)
{
	ssize_t n;
	char *end;

	n = read(0, c->line + c->len, sizeof(c->line) - 1 - c->len);
	if (n <= 0) {
		c->is_eof = n == 0 || errno != EINTR;
		return;
	}
	c->len += (size_t)n;
	c->line[c->len] = '\0';
	for (end = strchr(c->line, '\n'); end != NULL;
	     end = strchr(c->line, '\n')) {
		*end++ = '\0';
		crmload_run_line(c, c->line);
		c->len -= (size_t)(end - c->line);
		memmove(c->line, end, c->len + 1);
	}
	if (c->len == sizeof(c->line) - 1)
		c->len = 0; /* no command is that long */
}

static void
crmload_print_live(struct crmload *c, usec_t now)
{
	struct load_result r;
	usec_t span = now - c->live_at;

	if (!c->is_live || now < c->live_due)
		return;
	load_read(c->load, &r);
	printf("%lld %llu %llu %lld\n", crmload_ms(now - c->start),
	    (unsigned long long)r.acked, (unsigned long long)r.errors,
	    (long long)(r.acked - c->live_acked) * (long long)USEC_SEC /
		(long long)(span > 0 ? span : 1));
	fflush(stdout);
	c->live_acked = r.acked;
	c->live_at = now;
	c->live_due += CRMLOAD_LIVE_US;
	if (c->live_due < now)
		c->live_due = now;
}

static void
crmload_loop(struct crmload *c)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	usec_t now;

	for (now = clock_now(); now < c->end; now = clock_now()) {
		if (crmload_is_stopped || c->is_quit)
			break;
		in.fd = c->is_eof ? -1 : 0;
		if (poll(&in, 1, CRMLOAD_POLL_MS) > 0)
			crmload_on_input(c);
		crmload_print_live(c, clock_now());
	}
}

static _Noreturn void
crmload_usage(void)
{
	fprintf(stderr,
	    "usage: crmload --port P [--protocol redis|postgres|mysql]\n"
	    "    [--host H] [--writers N] [--rate N] [--seconds S]\n"
	    "    [--timeout MS] [--password P] [--live]\n");
	exit(64);
}

static const struct load_tongue *
crmload_find_protocol(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(crmload_protocols); i++)
		if (strcmp(name, crmload_protocols[i].name) == 0)
			return crmload_protocols[i].tongue;
	fprintf(stderr, "crmload: protocol %s is not built in\n", name);
	exit(64);
}

static void
crmload_take_option(struct crmload *c, int option, const char *value)
{
	switch (option) {
	case 'p':
		c->options.port = (uint16_t)atoi(value);
		break;
	case 'P':
		c->options.tongue = crmload_find_protocol(value);
		break;
	case 'h':
		c->options.host = value;
		break;
	case 'w':
		c->options.n_writers = (unsigned)atoi(value);
		break;
	case 'r':
		c->options.rate = (unsigned)atoi(value);
		break;
	case 's':
		c->end = clock_now() + (usec_t)(atof(value) * USEC_SEC);
		break;
	case 't':
		c->options.timeout_us = atoi(value) * USEC_MS;
		break;
	case 'a':
		c->options.password = value;
		break;
	case 'l':
		c->is_live = true;
		break;
	default:
		crmload_usage();
	}
}

static void
crmload_parse(struct crmload *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "protocol", required_argument, NULL, 'P' },
		{ "host", required_argument, NULL, 'h' },
		{ "writers", required_argument, NULL, 'w' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "password", required_argument, NULL, 'a' },
		{ "live", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		crmload_take_option(c, option, optarg);
	if (optind != argc || c->options.port == 0 ||
	    c->options.n_writers < 1 || c->options.n_writers > LOAD_WRITERS_MAX)
		crmload_usage();
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = crmload_on_signal };
	struct crmload c = {
		.options = { .n_writers = 1 },
		.end = USEC_NEVER,
	};

	crmload_parse(&c, argc, argv);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	c.start = clock_now();
	c.live_at = c.start;
	c.live_due = c.start + CRMLOAD_LIVE_US;
	c.load = load_start(&c.options);
	crmload_loop(&c);
	load_stop(c.load);
	crmload_report(&c, "");
	load_free(&c.load);
	return 0;
}
