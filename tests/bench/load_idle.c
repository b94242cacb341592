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
static void
idle_take_least_memory(const struct watch *w, struct watch_memory *least)
{
	struct watch_memory m;

	watch_take_memory(w, least);
	for (unsigned i = 0; i < 20; i++) {
		poll(NULL, 0, 50);
		watch_take_memory(w, &m);
		if (m.rss_bytes < least->rss_bytes)
			*least = m;
	}
}

/* Per session what is private, for a page of a library is nobody's. */
static void
idle_print(unsigned n, const struct watch_memory *before,
    const struct watch_memory *held, const struct watch_memory *after)
{
	double start = (double)before->private_bytes;

	printf("connections=%u", n);
	if (before->rss_bytes > 0)
		printf(" rss_before=%" PRIu64 " rss_held=%" PRIu64
		       " rss_after=%" PRIu64
		       " bytes_each=%.0f left_each=%.0f left_pct=%.1f",
		    before->rss_bytes, held->rss_bytes, after->rss_bytes,
		    ((double)held->private_bytes - start) / (double)n,
		    ((double)after->private_bytes - start) / (double)n,
		    100 *
			((double)after->rss_bytes / (double)before->rss_bytes -
			    1));
	putchar('\n');
}

void
load_idle(const struct load_options *o)
{
	const struct watch *w = &o->watch;
	unsigned n = o->connections, fds_before = watch_fd_count(w);
	struct watch_memory before, held, after;
	int *fds = calloc(n, sizeof(*fds));

	if (fds == NULL)
		load_die("no room for %u connections", n);
	watch_take_memory(w, &before);
	idle_open(o, fds);
	watch_take_memory(w, &held);
	if (o->is_held) {
		printf("holding=%u\n", n);
		fflush(stdout);
		idle_wait_for_end_of_input();
	}
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
	idle_wait_for_closes(w, fds_before);
	idle_take_least_memory(w, &after);
	idle_print(n, &before, &held, &after);
}
