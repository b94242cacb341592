/*
 * What the modes of bench-load share; see load.h.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* Between what services have and what the kernel gives to clients. */
#define LOAD_PORT_FIRST 12000
#define LOAD_PORT_LAST 31999

static void __attribute__((format(printf, 1, 0)))
load_vprint(const char *fmt, va_list args)
{
	fputs("bench-load: ", stderr);
	vfprintf(stderr, fmt, args);
}

void
load_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	load_vprint(fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void
load_die_errno(const char *fmt, ...)
{
	int error = errno;
	va_list args;

	va_start(args, fmt);
	load_vprint(fmt, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(1);
}

uint64_t
load_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool
load_port_is_free(uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free;

	if (fd < 0)
		load_die_errno("socket");
	is_free = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	close(fd);
	return is_free;
}

/* The first to be tried comes from the clock, so that two callers differ. */
void
load_print_ports(uint64_t n)
{
	unsigned span = LOAD_PORT_LAST - LOAD_PORT_FIRST + 1;
	unsigned from = (unsigned)(load_now_ns() / 1000 % span);

	for (unsigned i = 0; i < span && n > 0; i++) {
		unsigned port = LOAD_PORT_FIRST + (from + i) % span;

		if (!load_port_is_free((uint16_t)port))
			continue;
		printf("%u\n", port);
		n--;
	}
	if (n > 0)
		load_die("no free port between %d and %d", LOAD_PORT_FIRST,
		    LOAD_PORT_LAST);
}

int
load_dial(const struct load_options *o)
{
	const struct timeval patience = { .tv_sec = LOAD_STALL_MS / 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		load_die_errno("socket");
	if (setsockopt(
		fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
		load_die_errno("SO_RCVTIMEO");
	if (connect(fd, (const struct sockaddr *)&o->to, sizeof(o->to)) != 0)
		load_die_errno("connect to port %u", ntohs(o->to.sin_port));
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0)
		load_die_errno("TCP_NODELAY");
	return fd;
}

void
load_set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		load_die_errno("O_NONBLOCK");
}

void
load_register(int epoll, int op, int fd, uint32_t events, void *data)
{
	struct epoll_event event = { .events = events, .data.ptr = data };

	if (epoll_ctl(epoll, op, fd, &event) != 0)
		load_die_errno("epoll_ctl");
}

void
load_exchange(int fd, const struct talk *talk)
{
	const struct talk_batch *b = talk_batch(talk, 0);
	char buf[65536];
	size_t got = 0;
	ssize_t n;

	if (send(fd, b->request, b->request_len, MSG_NOSIGNAL) !=
	    (ssize_t)b->request_len)
		load_die_errno("send");
	while (got < b->reply_len) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0)
			load_die_errno("recv of the first reply");
		if (n == 0)
			load_die("closed before the first reply");
		if (got + (size_t)n > b->reply_len ||
		    memcmp(buf, b->reply + got, (size_t)n) != 0)
			load_die("wrong reply: %.*s", (int)n, buf);
		got += (size_t)n;
	}
}

void
load_window_start(struct load_window *w, const struct load_options *o)
{
	memset(w, 0, sizeof(*w));
	w->options = o;
	w->start_ns = load_now_ns() + o->warmup_ns;
	w->stop_ns = w->start_ns + o->duration_ns;
}

static void
load_window_open(struct load_window *w, uint64_t now_ns)
{
	watch_take(&w->options->watch, &w->before);
	w->start_ns = now_ns;
	w->is_open = true;
}

static void
load_window_end(struct load_window *w, uint64_t now_ns)
{
	watch_take(&w->options->watch, &w->after);
	w->stop_ns = now_ns;
	w->is_open = false;
}

bool
load_window_goes_on(struct load_window *w, uint64_t now_ns)
{
	uint64_t ops_max = w->options->ops_max;

	if (!w->is_open && now_ns >= w->start_ns)
		load_window_open(w, now_ns);
	if (!w->is_open)
		return true;
	if (ops_max > 0 ? w->ops < ops_max : now_ns < w->stop_ns)
		return true;
	load_window_end(w, now_ns);
	return false;
}

void
load_window_count(struct load_window *w, uint64_t ops, uint64_t bytes)
{
	if (w->is_open) {
		w->ops += ops;
		w->bytes += bytes;
	}
}

void
load_window_add(struct load_window *w, uint64_t ops, uint64_t took_ns)
{
	load_window_count(w, ops, 0);
	if (w->is_open)
		hist_add(&w->latency_ns, took_ns);
}

static void
load_window_print_latency(const struct hist *h)
{
	static const struct {
		const char *name;
		double percent;
	} rows[] = {
		{ "p50", 50 },
		{ "p90", 90 },
		{ "p99", 99 },
		{ "p999", 99.9 },
		{ "max", 100 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf(" %s=%.1f", rows[i].name,
		    (double)hist_percentile(h, rows[i].percent) / 1e3);
}

void
load_window_print(const struct load_window *w)
{
	double s = (double)(w->stop_ns - w->start_ns) / 1e9;
	double units = w->bytes > 0 ? (double)w->bytes / 1e6 : (double)w->ops;

	printf("seconds=%.3f", s);
	if (w->bytes > 0)
		printf(" bytes=%" PRIu64 " gbps=%.4f", w->bytes,
		    (double)w->bytes / 1e9 / s);
	else
		printf(
		    " ops=%" PRIu64 " rate=%.0f", w->ops, (double)w->ops / s);
	if (w->options->counts_failures)
		printf(" failed=%" PRIu64, w->failures);
	if (w->latency_ns.count > 0)
		load_window_print_latency(&w->latency_ns);
	if (w->options->watch.n_pids > 0 && units > 0)
		printf(" cpu_us=%.3f cpu_share=%.3f",
		    (double)(w->after.cpu_ns - w->before.cpu_ns) / 1e3 / units,
		    (double)(w->after.cpu_ns - w->before.cpu_ns) / 1e9 / s);
	if (units > 0)
		printf(" machine_us=%.3f",
		    (double)(w->after.machine_ns - w->before.machine_ns) / 1e3 /
			units);
	putchar('\n');
}
