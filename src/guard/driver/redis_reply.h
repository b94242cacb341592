/*
 * redis_reply.h - what the replies of a Redis server mean to the guard.
 *
 * Pure: bytes in, facts out.  Facts about the fields, verified against 7.0:
 * ROLE works while loading and while stale data is refused; a replica's own
 * offset in INFO is exact at read time, the primary's view of it is not.
 */
#ifndef REGENT_GUARD_DRIVER_REDIS_REPLY_H
#define REGENT_GUARD_DRIVER_REDIS_REPLY_H

#include "guard/driver/driver.h"
#include "wire/resp.h"

/* What an error reply says of the node. */
enum verdict redis_verdict_of_error(const struct resp *reply);

/* ROLE: role, position, upstream, link.  false if it is no such reply. */
bool redis_read_role(struct contact_result *result, const struct resp *reply);

/* INFO replication: history, position, link.  false if it is no such text. */
bool redis_read_replication(
    struct contact_result *result, const struct resp *reply);

/* INFO server: the run id, and the version. */
bool redis_read_server(struct contact_result *result, const struct resp *reply);

#endif
