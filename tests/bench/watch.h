/*
 * watch.h - what the kernel has counted for the processes that are measured.
 *
 * CPU is the time on a processor of all threads by schedstat, exact to the
 * nanosecond up to the last tick: user and system together, as most of it is
 * system in a proxy.  Threads that end between two samples are lost.
 */
#ifndef REGENT_TESTS_BENCH_WATCH_H
#define REGENT_TESTS_BENCH_WATCH_H

#include <stdint.h>
#include <sys/types.h>

#define WATCH_MAX 8

struct watch {
	pid_t pid[WATCH_MAX];
	unsigned n_pids;
};

struct watch_sample {
	uint64_t cpu_ns;     /* of the watched processes */
	uint64_t machine_ns; /* of everything, in ticks of the kernel */
};

/* "PID,PID..."; ends the program when that is no list of processes. */
void watch_parse(struct watch *w, const char *list);

void watch_take(const struct watch *w, struct watch_sample *sample);

struct watch_memory {
	/*
	 * In pages that it has written to.  Clean ones are of files, and turn
	 * from shared to private when another process of the program ends.
	 */
	uint64_t private_bytes;
	uint64_t rss_bytes; /* resident, with those of files and libraries */
};

void watch_take_memory(const struct watch *w, struct watch_memory *m);

/* Open descriptors. */
unsigned watch_fd_count(const struct watch *w);

#endif
