/*
 * show_time.h - instants for people: RFC 3339, UTC, with milliseconds.
 */
#ifndef REGENT_ADMIN_SHOW_TIME_H
#define REGENT_ADMIN_SHOW_TIME_H

#include "base/usec.h"

#include <time.h>

enum { SHOW_TIME_LEN = 40 };

/* Into `buf` of SHOW_TIME_LEN bytes, which is returned. */
const char *show_format_time(const struct timespec *wall, char *buf);

/* The guard knows the monotonic clock only; 1970 is 0. */
usec_t show_wall_of(usec_t then, usec_t now);
const char *show_format_instant(usec_t then, usec_t now, char *buf);

#endif
