/*
 * usec.h - time as a signed count of microseconds.
 *
 * A usec_t is either a duration or an instant of the monotonic clock; only
 * log lines know the wall clock.  Below net/ nobody reads a clock: `now` is
 * an argument.
 */
#ifndef REGENT_BASE_USEC_H
#define REGENT_BASE_USEC_H

#include <stdint.h>

typedef int64_t usec_t;

#define USEC_MS INT64_C(1000)
#define USEC_SEC INT64_C(1000000)
#define USEC_NEVER INT64_MAX

#endif
