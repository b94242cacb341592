/*
 * patroni_reply.h - what Patroni's answer to GET /primary means to the guard.
 *
 * Pure: bytes in, facts out.  Facts about the fields, verified against 3.0:
 * status 200 says only that the node holds the leader lock; it comes already
 * while the node is still a replica, and still while PostgreSQL is stopping,
 * crashed or unknown.  Role and state are in the body.  The role of a primary
 * is "master" before 4.0 and "primary" since.
 */
#ifndef REGENT_GUARD_DRIVER_PATRONI_REPLY_H
#define REGENT_GUARD_DRIVER_PATRONI_REPLY_H

#include "guard/driver/driver.h"

/* VERDICT_OK with a report and a detail, or what such an answer is worth. */
enum verdict patroni_read(
    struct contact_result *result, int status, const char *body, size_t len);

#endif
