/*
 * postgres_error.h - what PostgreSQL's and libpq's errors say of a node.
 *
 * Pure: texts in, verdicts out.
 */
#ifndef REGENT_GUARD_DRIVER_POSTGRES_ERROR_H
#define REGENT_GUARD_DRIVER_POSTGRES_ERROR_H

#include "guard/driver/driver.h"

/* What an error of this SQLSTATE says of the node. */
enum verdict postgres_verdict_of_sqlstate(const char *sqlstate);

/*
 * What a failed connection says of it, from libpq's message with verbosity
 * PQERRORS_VERBOSE; the part for people goes into detail.
 */
enum verdict postgres_verdict_of_message(
    const char *message, char *detail, size_t size);

/* Copies a text of several lines into one. */
void postgres_flatten(char *buf, size_t size, const char *text);

#endif
