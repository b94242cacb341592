#include "load_impl.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define VERIFY_BATCH 500

/* A writer's numbers as they were when the check began. */
struct verify {
	redisContext *conn;
	unsigned writer;
	uint64_t next;
	struct span *failed;
	size_t n_failed;
	size_t at_failed; /* first span that is not behind the cursor */
	uint64_t batch[VERIFY_BATCH];
	unsigned n_batch;
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
verify_take_reply(struct verify *v, uint64_t number)
{
	redisReply *reply;
	int rc = -1;

	if (redisGetReply(v->conn, (void **)&reply) != REDIS_OK)
		return -1;
	if (reply->type == REDIS_REPLY_STRING) {
		v->lost += strtoull(reply->str, NULL, 10) != number;
		rc = 0;
	} else if (reply->type == REDIS_REPLY_NIL) {
		v->lost++;
		rc = 0;
	}
	freeReplyObject(reply);
	return rc;
}

static int
verify_flush(struct verify *v)
{
	for (unsigned i = 0; i < v->n_batch; i++)
		if (verify_take_reply(v, v->batch[i]) != 0)
			return -1;
	v->acked += v->n_batch;
	v->n_batch = 0;
	return 0;
}

static int
verify_writer(struct verify *v)
{
	for (uint64_t n = 1; n < v->next; n++) {
		if (verify_is_failed(v, n))
			continue;
		if (redisAppendCommand(v->conn, "GET w%u:%llu", v->writer,
			(unsigned long long)n) != REDIS_OK)
			return -1;
		v->batch[v->n_batch++] = n;
		if (v->n_batch == VERIFY_BATCH && verify_flush(v) != 0)
			return -1;
	}
	return verify_flush(v);
}

int
load_count_lost(struct load *load, const char *host, uint16_t port,
    uint64_t *lost, uint64_t *acked)
{
	struct verify v = { 0 };
	int rc = 0;

	v.conn = load_connect(&load->options, host, port);
	if (v.conn == NULL)
		return -1;
	for (unsigned i = 0; i < load->options.n_writers && rc == 0; i++) {
		verify_copy(&v, load, i);
		rc = verify_writer(&v);
		free(v.failed);
	}
	redisFree(v.conn);
	*lost = v.lost;
	*acked = v.acked;
	return rc;
}
