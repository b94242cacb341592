#include "load_impl.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define VERIFY_BATCH 500

/* A writer's numbers as they were when the check began. */
struct verify {
	const struct load_tongue *tongue;
	void *conn;
	unsigned writer;
	uint64_t next;
	struct span *failed;
	size_t n_failed;
	size_t at_failed; /* first span that is not behind the cursor */
	uint64_t acked;
	uint64_t lost;
};

static void
verify_copy(struct verify *v, struct load *load, unsigned writer)
{
	struct writer *w = &load->writers[writer];
	size_t bytes;

	pthread_mutex_lock(&load->lock);
	bytes = w->n_failed * sizeof(w->failed[0]);
	v->writer = writer;
	v->next = w->next;
	v->n_failed = w->n_failed;
	v->at_failed = 0;
	v->failed = mem_new(bytes + 1);
	if (bytes > 0)
		memcpy(v->failed, w->failed, bytes);
	pthread_mutex_unlock(&load->lock);
}

/* Called with growing numbers only. */
static bool
verify_is_failed(struct verify *v, uint64_t number)
{
	while (
	    v->at_failed < v->n_failed && v->failed[v->at_failed].last < number)
		v->at_failed++;
	return v->at_failed < v->n_failed &&
	    v->failed[v->at_failed].first <= number;
}

static int
verify_batch(struct verify *v, uint64_t first, unsigned n)
{
	bool is_there[VERIFY_BATCH];

	if (v->tongue->find(v->conn, v->writer, first, n, is_there) != 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		if (verify_is_failed(v, first + i))
			continue;
		v->acked++;
		v->lost += !is_there[i];
	}
	return 0;
}

static int
verify_writer(struct verify *v)
{
	for (uint64_t at = 1; at < v->next; at += VERIFY_BATCH) {
		uint64_t left = v->next - at;

		if (verify_batch(v, at,
			left < VERIFY_BATCH ? (unsigned)left : VERIFY_BATCH) !=
		    0)
			return -1;
	}
	return 0;
}

int
load_count_lost(struct load *load, const char *host, uint16_t port,
    uint64_t *lost, uint64_t *acked)
{
	struct verify v = { 0 };
	int rc = 0;

	v.tongue = load->options.tongue;
	v.conn = v.tongue->open(&load->options, host, port);
	if (v.conn == NULL)
		return -1;
	for (unsigned i = 0; i < load->options.n_writers && rc == 0; i++) {
		verify_copy(&v, load, i);
		rc = verify_writer(&v);
		free(v.failed);
	}
	v.tongue->close(v.conn);
	*lost = v.lost;
	*acked = v.acked;
	return rc;
}
