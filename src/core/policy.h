/*
 * policy.h - what the operator configured for one cluster, in the brain's own
 * words: core/ knows nothing of files.
 */
#ifndef REGENT_CORE_POLICY_H
#define REGENT_CORE_POLICY_H

#include "core/health.h"

#include <stdint.h>

enum { PROMOTIONS_MAX = 64 }; /* remembered for failover_limit */

enum mode { MODE_AUTO, MODE_FOLLOW, MODE_MANUAL };

/* What the operator configured; changed by EV_POLICY only. */
struct policy {
	enum mode mode;
	bool has_roles;     /* false: any healthy node may be the writer */
	bool has_authority; /* MODE_FOLLOW: EV_APPOINT says who is primary */
	bool
	    counts_transactions; /* positions and limits do, instead of bytes */
	struct health_policy health;
	unsigned sync_replicas;
	int64_t max_loss_bytes;
	int64_t max_lag_bytes;   /* 0: no limit */
	unsigned failover_limit; /* 0: no limit, <= PROMOTIONS_MAX */
	usec_t failover_window_us;
	usec_t fence_timeout_us;
	usec_t promote_timeout_us;
	usec_t silence_us; /* a link that is alive is never quiet longer */
	usec_t unlink_us;  /* until a replica knows that its primary ended */
};

/* What positions are numbers of, for people. */
static inline const char *
policy_unit(const struct policy *policy)
{
	return policy->counts_transactions ? "transactions" : "bytes";
}

#endif
