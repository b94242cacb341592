/*
 * sentinel_reply.h - what the replies of a Redis Sentinel mean to the guard.
 *
 * Pure: bytes in, facts out.
 */
#ifndef REGENT_GUARD_AUTHORITY_SENTINEL_REPLY_H
#define REGENT_GUARD_AUTHORITY_SENTINEL_REPLY_H

#include "wire/resp.h"

/* SENTINEL MASTER name: the epoch of its configuration; false if it is no
 * such reply. */
bool sentinel_read_epoch(const struct resp *reply, uint64_t *epoch);

/* SENTINEL GET-MASTER-ADDR-BY-NAME name: "IP:PORT" in canonical form, or
 * "name:PORT" as it was said; false if it is no such reply. */
bool sentinel_read_primary(const struct resp *reply, char *text, size_t size);

/* What came over a subscribed connection tells of a switch. */
bool sentinel_is_message(const struct resp *reply);

#endif
