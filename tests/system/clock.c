#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define CLOCK_STEP_US 1000
#define CLOCK_SANITIZER_SLOWDOWN 4

usec_t
clock_now(void)
{
	struct timespec ts;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	return (usec_t)ts.tv_sec * USEC_SEC + ts.tv_nsec / 1000;
}

int
clock_slowdown(void)
{
	const char *set = getenv("REGENT_TEST_SLOWDOWN");
	int factor = set != NULL ? atoi(set) : 1;

	if (factor < 1)
		factor = 1;
	return CLOCK_IS_SANITIZED ? factor * CLOCK_SANITIZER_SLOWDOWN : factor;
}

usec_t
clock_deadline(int ms)
{
	return clock_now() + ms * USEC_MS * clock_slowdown();
}

void
clock_sleep_until(usec_t when)
{
	struct timespec ts;

	ts.tv_sec = (time_t)(when / USEC_SEC);
	ts.tv_nsec = (long)(when % USEC_SEC) * 1000;
	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

bool
clock_step(usec_t deadline)
{
	usec_t now = clock_now();

	if (now >= deadline)
		return false;
	clock_sleep_until(now + CLOCK_STEP_US);
	return true;
}

bool
wait_until(clock_cond_fn *cond, void *arg, int ms)
{
	usec_t deadline = clock_deadline(ms);

	while (!cond(arg))
		if (!clock_step(deadline))
			return cond(arg);
	return true;
}
