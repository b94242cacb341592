/*
 * agent_reply.h - what the line of an agent says of its node.
 *
 * Pure: bytes in, a result out.  HAProxy's agents say a few words, separated
 * by blanks or commas, and maybe a reason behind a '#'.
 */
#ifndef REGENT_GUARD_DRIVER_AGENT_REPLY_H
#define REGENT_GUARD_DRIVER_AGENT_REPLY_H

#include "guard/driver/driver.h"

/* Fills all of *result: without a report, for an agent knows no roles. */
enum verdict agent_read(
    struct contact_result *result, const char *line, size_t len);

#endif
