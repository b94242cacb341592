/*
 * Any bytes as the replies of a Redis server: each is read as every kind of
 * reply that the guard asks for, and what comes of it is within its bounds.
 */
#include "guard/driver/redis_reply.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
fuzz_is_terminated(const char *s, size_t size)
{
	return strnlen(s, size) < size;
}

static void
fuzz_result(const struct contact_result *result)
{
	const struct report *r = &result->report;
	struct endpoint ep;

	CHECK(r->role < ROLE_COUNT);
	CHECK(r->link_idle_us >= 0);
	CHECK(r->position <= INT64_MAX && r->forked_at <= INT64_MAX);
	CHECK(fuzz_is_terminated(r->history, sizeof(r->history)));
	CHECK(fuzz_is_terminated(r->history_prev, sizeof(r->history_prev)));
	CHECK(fuzz_is_terminated(r->instance, sizeof(r->instance)));
	/* An upstream is an address or a name, or there is none. */
	if (endpoint_is_set(&result->upstream)) {
		CHECK(endpoint_from_named(
		    &ep, result->upstream.host, result->upstream.port));
		CHECK(endpoint_equal(&ep, &result->upstream));
	}
}

static void
fuzz_role(struct contact_result *result, const struct resp *reply)
{
	if (!redis_read_role(result, reply))
		return;
	CHECK(result->report.role != ROLE_UNKNOWN);
	CHECK(result->report.role == ROLE_REPLICA ||
	    !endpoint_is_set(&result->upstream));
	fuzz_result(result);
}

static void
fuzz_reply(struct contact_result *result, const struct resp *reply)
{
	static const enum role roles[] = { ROLE_PRIMARY, ROLE_REPLICA };
	struct contact_result fresh = { .verdict = VERDICT_OK };
	enum verdict verdict = redis_verdict_of_error(reply);

	CHECK(verdict == VERDICT_LOGIN || verdict == VERDICT_ALIVE ||
	    verdict == VERDICT_GARBAGE);
	fuzz_role(&fresh, reply);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		result->report.role = roles[i];
		(void)redis_read_replication(result, reply);
		fuzz_result(result);
	}
	(void)redis_read_server(result, reply);
	fuzz_result(result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct contact_result result = { .verdict = VERDICT_OK };

	for (;;) {
		long len = resp_length(at, (size_t)(end - at));
		struct resp reply;

		if (len <= 0)
			return 0;
		resp_read(&reply, at, at + len);
		fuzz_reply(&result, &reply);
		at += len;
	}
}
