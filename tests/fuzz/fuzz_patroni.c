/*
 * Any bytes as an answer of Patroni: the first one is the status, the rest is
 * the body, and what comes of it is within its bounds.
 */
#include "guard/driver/patroni_reply.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_report(const struct contact_result *result)
{
	const struct report *r = &result->report;

	CHECK(r->role == ROLE_PRIMARY || r->role == ROLE_REPLICA);
	CHECK(r->role == ROLE_REPLICA || !result->follows_leader);
	CHECK(!r->is_linked || result->follows_leader);
	CHECK(r->link_idle_us >= 0);
	CHECK(r->position <= INT64_MAX);
	CHECK(strnlen(r->history, sizeof(r->history)) < sizeof(r->history));
	CHECK(strnlen(r->instance, sizeof(r->instance)) < sizeof(r->instance));
	CHECK(!endpoint_is_set(&result->upstream));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 503, 401, 404 };
	struct contact_result result;
	enum verdict verdict;
	int status;

	if (size == 0)
		return 0;
	status = statuses[data[0] % ARRAY_LEN(statuses)];
	verdict =
	    patroni_read(&result, status, (const char *)data + 1, size - 1);
	CHECK(result.has_report == (verdict == VERDICT_OK));
	CHECK(strnlen(result.detail, sizeof(result.detail)) <
	    sizeof(result.detail));
	CHECK(result.detail[0] != '\0');
	if (verdict == VERDICT_OK)
		fuzz_report(&result);
	return 0;
}
