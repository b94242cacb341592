/*
 * load.h - what the modes of bench-load share: options, sockets, the window
 * of time that is measured, and the line of results.
 *
 * One thread, one epoll.  Anything unexpected (a connection refused, a wrong
 * byte, nothing for ten seconds) ends the program with 1 and one line: a
 * figure of a faulty run is worse than none.
 */
#ifndef REGENT_TESTS_BENCH_LOAD_H
#define REGENT_TESTS_BENCH_LOAD_H

#include "hist.h"
#include "talk.h"
#include "watch.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#define LOAD_STALL_MS 10000

struct load_options {
	struct sockaddr_in to;
	enum talk_tongue tongue;
	unsigned connections;
	unsigned pipeline;    /* requests in one write */
	size_t size;          /* payload bytes of a request */
	uint64_t warmup_ns;   /* not measured */
	uint64_t duration_ns; /* measured */
	uint64_t ops_max;     /* end after so many instead; 0: by time */
	bool has_rounds;      /* all connections send, then all wait */
	bool is_held;         /* idle: until standard input ends */
	bool counts_failures; /* connect: goes on after a failed connection */
	struct watch watch;
};

/* The measured window: counting starts when the warm-up is over. */
struct load_window {
	const struct load_options *options;
	uint64_t start_ns, stop_ns;
	bool is_open;
	uint64_t ops;
	uint64_t bytes;
	uint64_t failures;
	struct hist latency_ns;
	struct watch_sample before, after;
};

void load_ping(const struct load_options *o);
void load_bulk(const struct load_options *o);
void load_connect(const struct load_options *o);
void load_idle(const struct load_options *o);

/* Prints free ports, a line each. */
void load_print_ports(uint64_t n);

uint64_t load_now_ns(void);

/* A connected socket. */
int load_dial(const struct load_options *o);

void load_set_nonblocking(int fd);

/* epoll_ctl that can't fail; `data` comes back with each event. */
void load_register(int epoll, int op, int fd, uint32_t events, void *data);

/* One request and its reply over a blocking socket. */
void load_exchange(int fd, const struct talk *talk);

void load_window_start(struct load_window *w, const struct load_options *o);

/* Opens or ends the window when it is time; false when it is over. */
bool load_window_goes_on(struct load_window *w, uint64_t now_ns);

void load_window_count(struct load_window *w, uint64_t ops, uint64_t bytes);
void load_window_add(struct load_window *w, uint64_t ops, uint64_t took_ns);

/* Prints "key=value ..." of the window. */
void load_window_print(const struct load_window *w);

_Noreturn void load_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void load_die_errno(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
