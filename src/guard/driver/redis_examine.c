#include "guard/driver/redis_examine.h"

#include <stdio.h>
#include <string.h>

const struct redis_privilege redis_privileges[REDIS_EXAMINE_N] = {
	{ { "REPLICAOF", "NO", "ONE" }, 3, "+replicaof" },
	{ { "CLIENT", "PAUSE", "1", "WRITE" }, 4, "+client|pause" },
	{ { "CLIENT", "UNPAUSE" }, 2, "+client|unpause" },
	{ { "CLIENT", "KILL", "TYPE", "master" }, 4, "+client|kill" },
	{ { "CONFIG", "REWRITE" }, 2, "+config|rewrite" },
};

static void
redis_examine_lacks(
    struct contact_result *result, const char *user, const char *rule)
{
	size_t len;

	if (!result->is_lacking)
		snprintf(result->detail, sizeof(result->detail),
		    "not allowed: ACL SETUSER %.40s", user);
	result->is_lacking = true;
	len = strlen(result->detail);
	snprintf(
	    result->detail + len, sizeof(result->detail) - len, " %s", rule);
}

/* Who may not ask is told, and is not told to lack what it may well have. */
static void
redis_examine_refused(
    struct contact_result *result, const char *user, const struct resp *reply)
{
	char text[96];

	if (result->detail[0] != '\0')
		return;
	resp_copy(reply, text, sizeof(text));
	if (strncmp(text, "ERR unknown command", 19) == 0)
		return; /* before Redis 6 whoever is in may do everything */
	if (strncmp(text, "NOPERM", 6) == 0)
		snprintf(result->detail, sizeof(result->detail),
		    "privileges not checked: ACL SETUSER %.40s +acl|dryrun",
		    user);
	else
		snprintf(result->detail, sizeof(result->detail),
		    "privileges not checked: ACL DRYRUN: %.90s", text);
}

void
redis_examine_take(struct contact_result *result, const char *user, unsigned i,
    const struct resp *reply)
{
	CHECK(i < REDIS_EXAMINE_N);
	if (reply->type == RESP_ERROR)
		redis_examine_refused(result, user, reply);
	else if (reply->type != RESP_SIMPLE)
		redis_examine_lacks(result, user, redis_privileges[i].rule);
}
