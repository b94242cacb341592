/*
 * Any bytes as the replies of a sentinel: each is read as every kind of reply
 * that the guard asks for, and what comes of it is within its bounds.
 */
#include "base/endpoint.h"
#include "guard/authority/appoint.h"
#include "guard/authority/sentinel_reply.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_primary(const struct resp *reply)
{
	char text[APPOINT_TEXT_LEN];

	memset(text, 'x', sizeof(text));
	if (!sentinel_read_primary(reply, text, sizeof(text)))
		return;
	CHECK(strnlen(text, sizeof(text)) < sizeof(text));
	CHECK(strrchr(text, ':') != NULL);
	for (const char *at = text; *at != '\0'; at++)
		CHECK((unsigned char)*at >= ' '); /* it goes to the log */
}

static void
fuzz_reply(struct appoint *appoint, const struct resp *reply)
{
	uint64_t epoch;

	fuzz_primary(reply);
	(void)sentinel_is_message(reply);
	if (!sentinel_read_epoch(reply, &epoch))
		return;
	CHECK(epoch <= INT64_MAX);
	(void)appoint_hear(appoint, (unsigned)(epoch % 3), epoch, "a:1", 1);
	CHECK(!appoint->is_made || appoint->primary[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct appoint appoint;

	appoint_init(&appoint, 3);
	for (;;) {
		long len = resp_length(at, (size_t)(end - at));
		struct resp reply;

		if (len <= 0)
			return 0;
		resp_read(&reply, at, at + len);
		fuzz_reply(&appoint, &reply);
		at += len;
	}
}
