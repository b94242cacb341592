/*
 * bench-load idle: opens connections, each of which sends one request, holds
 * them, closes them, and tells how much memory the watched processes have
 * before, while and after.
 */
#include "load.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Some descriptors may come and go meanwhile, as those of probes do. */
#define IDLE_FD_SLACK 8

static void
idle_open(const struct load_options *o, int *fds)
{
	struct talk talk;

	talk_init(&talk, o->tongue, 1, o->size);
	for (unsigned i = 0; i < o->connections; i++) {
		fds[i] = load_dial(o);
		load_exchange(fds[i], &talk);
	}
	talk_fini(&talk);
}

static void
idle_wait_for_end_of_input(void)
{
	char buf[256];

	while (read(STDIN_FILENO, buf, sizeof(buf)) > 0)
		;
}

/* Until the processes have closed their side of all connections, too. */
static void
idle_wait_for_closes(const struct watch *w, unsigned fds_before)
{
	uint64_t deadline = load_now_ns() + LOAD_STALL_MS * UINT64_C(1000000);

	while (watch_fd_count(w) > fds_before + IDLE_FD_SLACK) {
		if (load_now_ns() > deadline)
			load_die("still %u descriptors open, %u before",
			    watch_fd_count(w), fds_before);
		poll(NULL, 0, 10);
	}
}

/* Memory may be given back a moment after: the least within a second. */
static uint64_t
idle_memory_after(const struct watch *w)
{
	uint64_t least = UINT64_MAX, bytes;

	for (unsigned i = 0; i < 20; i++) {
		bytes = watch_private_bytes(w);
		if (bytes < least)
			least = bytes;
		poll(NULL, 0, 50);
	}
	return least;
}

void
load_idle(const struct load_options *o)
{
	const struct watch *w = &o->watch;
	unsigned n = o->connections, fds_before = watch_fd_count(w);
	uint64_t before, held, after;
	int *fds = calloc(n, sizeof(*fds));

	if (fds == NULL)
		load_die("no room for %u connections", n);
	before = watch_private_bytes(w);
	idle_open(o, fds);
	held = watch_private_bytes(w);
	if (o->is_held) {
		printf("holding=%u\n", n);
		fflush(stdout);
		idle_wait_for_end_of_input();
	}
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
	idle_wait_for_closes(w, fds_before);
	after = idle_memory_after(w);
	printf("connections=%u before=%" PRIu64 " held=%" PRIu64
	       " after=%" PRIu64 " bytes_each=%.0f left_each=%.0f\n",
	    n, before, held, after, ((double)held - (double)before) / (double)n,
	    ((double)after - (double)before) / (double)n);
}
