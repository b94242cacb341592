#include "core/rate.h"

#include "base/check.h"

enum { RATE_NS_PER_US = 1000, RATE_BURSTS_PER_SECOND = 10 };

struct rate
rate_of(int64_t per_second)
{
	int64_t at_once = per_second / RATE_BURSTS_PER_SECOND;
	struct rate rate;

	CHECK(per_second > 0);
	rate.gap_ns = USEC_SEC * RATE_NS_PER_US / per_second;
	rate.slack_ns = at_once > 1 ? (at_once - 1) * rate.gap_ns : 0;
	return rate;
}

usec_t
rate_wait(const struct rate *rate, int64_t due_ns, usec_t now)
{
	int64_t ahead = due_ns - rate->slack_ns - now * RATE_NS_PER_US;

	return ahead > 0 ? (ahead + RATE_NS_PER_US - 1) / RATE_NS_PER_US : 0;
}

int64_t
rate_next(const struct rate *rate, int64_t due_ns, usec_t now)
{
	int64_t now_ns = now * RATE_NS_PER_US;

	return (due_ns > now_ns ? due_ns : now_ns) + rate->gap_ns;
}
