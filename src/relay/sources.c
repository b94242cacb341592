#include "relay/sources.h"

#include "base/hash.h"
#include "base/mem.h"
#include "core/rate.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	SOURCES_WAYS = 8, /* places that an address may have */
	SOURCES_BUCKETS = SOURCES_MAX / SOURCES_WAYS,
	SOURCES_LOCKS = 64,
};

#define SOURCES_MAGIC 0x534f5552u

struct source {
	uint64_t key;
	int64_t due_ns; /* of its rate */
	uint32_t n;     /* sessions */
};

struct sources {
	uint32_t magic;
	pthread_mutex_t locks[SOURCES_LOCKS];
	struct source at[SOURCES_BUCKETS][SOURCES_WAYS];
};

struct sources *
sources_new(void)
{
	struct sources *s = mem_new(sizeof(*s));

	s->magic = SOURCES_MAGIC;
	for (int i = 0; i < SOURCES_LOCKS; i++)
		CHECK(pthread_mutex_init(&s->locks[i], NULL) == 0);
	return s;
}

void
sources_free(struct sources **sources)
{
	struct sources *s = *sources;

	if (s == NULL)
		return;
	CHECK_OBJ(s, SOURCES_MAGIC);
	for (int i = 0; i < SOURCES_LOCKS; i++)
		CHECK(pthread_mutex_destroy(&s->locks[i]) == 0);
	s->magic = 0;
	free(s);
	*sources = NULL;
}

/* The one that remembers least is replaced, if it has no sessions. */
static struct source *
sources_find(struct source *bucket, uint64_t key)
{
	struct source *least = NULL;

	for (int i = 0; i < SOURCES_WAYS; i++) {
		struct source *one = &bucket[i];

		if (one->key == key && (one->n > 0 || one->due_ns > 0))
			return one;
		if (one->n == 0 &&
		    (least == NULL || one->due_ns < least->due_ns))
			least = one;
	}
	if (least != NULL)
		*least = (struct source){ .key = key };
	return least;
}

static enum source_answer
sources_judge(
    struct source *one, const struct source_limits *limits, usec_t now)
{
	if (limits->maxconn > 0 && one->n >= limits->maxconn)
		return SOURCE_REFUSED;
	if (limits->per_second > 0) {
		struct rate rate = rate_of(limits->per_second);

		if (rate_wait(&rate, one->due_ns, now) > 0)
			return SOURCE_REFUSED;
		one->due_ns = rate_next(&rate, one->due_ns, now);
	}
	one->n++;
	return SOURCE_WELCOME;
}

enum source_answer
sources_enter(struct sources *s, uint64_t key,
    const struct source_limits *limits, usec_t now, uint32_t *id)
{
	unsigned at = (unsigned)(key % SOURCES_BUCKETS);
	pthread_mutex_t *lock = &s->locks[at % SOURCES_LOCKS];
	enum source_answer answer = SOURCE_UNWATCHED;
	struct source *one;

	CHECK_OBJ(s, SOURCES_MAGIC);
	*id = 0;
	CHECK(pthread_mutex_lock(lock) == 0);
	one = sources_find(s->at[at], key);
	if (one != NULL)
		answer = sources_judge(one, limits, now);
	if (answer == SOURCE_WELCOME)
		*id = 1 + (uint32_t)(one - &s->at[0][0]);
	CHECK(pthread_mutex_unlock(lock) == 0);
	return answer;
}

void
sources_leave(struct sources *s, uint32_t id)
{
	unsigned at = (id - 1) / SOURCES_WAYS;
	pthread_mutex_t *lock = &s->locks[at % SOURCES_LOCKS];

	CHECK_OBJ(s, SOURCES_MAGIC);
	CHECK(id > 0 && id <= SOURCES_MAX);
	CHECK(pthread_mutex_lock(lock) == 0);
	CHECK(s->at[at][(id - 1) % SOURCES_WAYS].n > 0);
	s->at[at][(id - 1) % SOURCES_WAYS].n--;
	CHECK(pthread_mutex_unlock(lock) == 0);
}
