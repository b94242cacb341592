/*
 * talk.h - the bytes of a batch of requests and of the reply it must get.
 *
 * echo: the reply is the request.  redis: SET and GET in turn, of one key
 * whose value never changes, so every reply is known beforehand.  All
 * connections share one object, which nobody changes.
 */
#ifndef REGENT_TESTS_BENCH_TALK_H
#define REGENT_TESTS_BENCH_TALK_H

#include <stddef.h>

enum talk_tongue { TALK_ECHO, TALK_REDIS };

struct talk_batch {
	char *request, *reply;
	size_t request_len, reply_len;
};

/* With one request a batch, SET and GET are a batch each, taken in turn. */
struct talk {
	struct talk_batch batch[2];
	unsigned per_batch;
};

void talk_init(
    struct talk *t, enum talk_tongue tongue, unsigned pipeline, size_t size);
void talk_fini(struct talk *t);

/* The batch of a connection's turn 0, 1, 2, ... */
const struct talk_batch *talk_batch(const struct talk *t, unsigned turn);

#endif
