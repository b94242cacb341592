/*
 * json_check.h - whether a text is one JSON value (RFC 8259), and nothing
 * else.
 */
#ifndef REGENT_SYSTEM_JSON_CHECK_H
#define REGENT_SYSTEM_JSON_CHECK_H

#include <stdbool.h>

bool json_is_valid(const char *text);

#endif
