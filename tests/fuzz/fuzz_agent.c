/*
 * Any bytes as the line of an agent: what comes of it is a verdict with a
 * text of one line, and never a role.
 */
#include "guard/driver/agent_reply.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contact_result result;
	enum verdict verdict;

	memset(&result, 0xff, sizeof(result));
	verdict = agent_read(&result, (const char *)data, size);
	CHECK(verdict == result.verdict);
	CHECK(verdict == VERDICT_OK || verdict == VERDICT_UNWELL ||
	    verdict == VERDICT_GARBAGE);
	CHECK(!result.has_report && !result.follows_leader);
	CHECK(verdict != VERDICT_GARBAGE || !result.has_admin);
	CHECK(!result.has_admin || result.admin < ADMIN_COUNT);
	CHECK(strnlen(result.detail, sizeof(result.detail)) <
	    sizeof(result.detail));
	for (const char *at = result.detail; *at != '\0'; at++)
		CHECK((unsigned char)*at >= ' ' && *at != '"');
	return 0;
}
