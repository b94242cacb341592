/*
 * redis_examine.h - which commands of ours a Redis user may not run, by ACL
 * DRYRUN (Redis 7.0), which runs none of them.
 *
 * Pure: the questions, and what their answers mean.
 */
#ifndef REGENT_GUARD_DRIVER_REDIS_EXAMINE_H
#define REGENT_GUARD_DRIVER_REDIS_EXAMINE_H

#include "guard/driver/driver.h"
#include "wire/resp.h"

enum { REDIS_EXAMINE_ARGS = 4, REDIS_EXAMINE_N = 5 };

struct redis_privilege {
	const char *args[REDIS_EXAMINE_ARGS]; /* to be behind ACL DRYRUN user */
	size_t n_args;
	const char *rule; /* of ACL SETUSER: what grants it */
};

extern const struct redis_privilege redis_privileges[REDIS_EXAMINE_N];

/* The answer to the i-th question; they come in order, from the first. */
void redis_examine_take(struct contact_result *result, const char *user,
    unsigned i, const struct resp *reply);

#endif
