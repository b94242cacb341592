/*
 * clock.h - time for the tests: the only place that sleeps.
 *
 * A test waits for a condition with a deadline, never for a time to pass.
 * Deadlines are generous and are stretched under sanitizers (or by the
 * environment variable REGENT_TEST_SLOWDOWN), so that a slow machine is not
 * a failed test.  Any thread may call these functions.
 */
#ifndef REGENT_SYSTEM_CLOCK_H
#define REGENT_SYSTEM_CLOCK_H

#include "base/check.h"
#include "base/usec.h"

#include <stdbool.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CLOCK_IS_SANITIZED true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CLOCK_IS_SANITIZED true
#endif
#ifndef CLOCK_IS_SANITIZED
#define CLOCK_IS_SANITIZED false
#endif

typedef bool clock_cond_fn(void *arg);

usec_t clock_now(void);

/* How many times slower than usual this run may be. */
int clock_slowdown(void);

/* The instant `ms` milliseconds from now, stretched. */
usec_t clock_deadline(int ms);

/* Sleeps one step of 1 ms; false once the deadline has passed. */
bool clock_step(usec_t deadline);

/* Steps until cond(arg) holds; false when it does not within `ms`. */
bool wait_until(clock_cond_fn *cond, void *arg, int ms) MUST_CHECK;

/* Sleeps up to an instant: paces load, is no substitute for a condition. */
void clock_sleep_until(usec_t when);

#endif
