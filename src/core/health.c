#include "core/health.h"

#include "base/check.h"

const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_OK] = "ok",
	[VERDICT_ALIVE] = "alive",
	[VERDICT_LOGIN] = "login-refused",
	[VERDICT_LOST] = "connection-lost",
	[VERDICT_REFUSED] = "refused",
	[VERDICT_CLOSED] = "closed",
	[VERDICT_UNWELL] = "unwell",
	[VERDICT_SILENT] = "silent",
	[VERDICT_UNREACHABLE] = "unreachable",
	[VERDICT_GARBAGE] = "garbage",
	[VERDICT_LOCAL] = "local-error",
};

const char *const health_names[HEALTH_COUNT] = {
	[HEALTH_UNCHECKED] = "UNCHECKED",
	[HEALTH_UP] = "UP",
	[HEALTH_SUSPECT] = "SUSPECT",
	[HEALTH_DOWN] = "DOWN",
};

static bool
health_set(struct health *h, enum health_state state, usec_t now)
{
	if (h->state == state)
		return false;
	h->state = state;
	h->changed_at = now;
	return true;
}

static bool
health_learn_ok(
    struct health *h, const struct health_policy *policy, usec_t now)
{
	h->fails = 0;
	h->refused_at = 0;
	h->probe_at = now + policy->interval_us;
	if (h->state == HEALTH_DOWN && ++h->oks < policy->rise) {
		h->probe_at = now + HEALTH_REFUSED_GAP;
		return false;
	}
	h->oks = 0;
	h->suspect_at = 0;
	if (h->state == HEALTH_DOWN || h->state == HEALTH_UNCHECKED)
		h->up_at = now;
	return health_set(h, HEALTH_UP, now);
}

/* It lives, but proves nothing that it has not proven before. */
static bool
health_learn_alive(
    struct health *h, const struct health_policy *policy, usec_t now)
{
	h->fails = 0;
	h->oks = 0;
	h->refused_at = 0;
	h->probe_at = now + policy->interval_us;
	if (h->state != HEALTH_SUSPECT)
		return false;
	h->suspect_at = 0;
	return health_set(h, HEALTH_UP, now);
}

/*
 * A kept connection is silent when the node is frozen and when the way to it
 * is cut: only the second question, over a new connection, tells which.
 */
static bool
health_is_given_up(const struct health *h, const struct health_policy *policy,
    enum verdict verdict, usec_t now)
{
	if (verdict == VERDICT_SILENT && h->fails < 2)
		return false;
	if (h->fails >= policy->fall)
		return true;
	return verdict == VERDICT_REFUSED && h->refused_at != 0 &&
	    now - h->refused_at >= HEALTH_REFUSED_GAP;
}

/*
 * Silence has taken its time already; a refusal comes at once, and is proof.
 * What closes or talks nonsense lives, and is given time after the first try.
 */
static usec_t
health_retry(const struct health *h, const struct health_policy *policy,
    enum verdict verdict)
{
	if (verdict == VERDICT_SILENT || verdict == VERDICT_UNREACHABLE)
		return 0;
	if (verdict == VERDICT_REFUSED || h->fails == 1)
		return HEALTH_REFUSED_GAP;
	return policy->interval_us;
}

static bool
health_fall(struct health *h, const struct health_policy *policy, usec_t now)
{
	bool is_soon = h->up_at > 0 && now - h->up_at < policy->flap_hold_us;

	h->falls = is_soon ? h->falls + 1 : 1;
	return health_set(h, HEALTH_DOWN, now);
}

static bool
health_learn_failure(struct health *h, const struct health_policy *policy,
    enum verdict verdict, usec_t now)
{
	h->fails++;
	h->oks = 0;
	if (h->suspect_at == 0)
		h->suspect_at = now;
	h->probe_at = now + policy->interval_us;
	if (h->state == HEALTH_DOWN)
		return false;
	if (health_is_given_up(h, policy, verdict, now))
		return health_fall(h, policy, now);
	if (verdict != VERDICT_REFUSED)
		h->refused_at = 0;
	else if (h->refused_at == 0)
		h->refused_at = now;
	h->probe_at = now + health_retry(h, policy, verdict);
	if (h->state == HEALTH_UNCHECKED)
		return false;
	return health_set(h, HEALTH_SUSPECT, now);
}

bool
health_learn(struct health *h, const struct health_policy *policy,
    enum verdict verdict, usec_t now)
{
	CHECK(verdict < VERDICT_COUNT);
	CHECK(policy->fall >= 1 && policy->rise >= 1);
	h->last = verdict;
	if (verdict == VERDICT_LOCAL) {
		h->probe_at = now +
		    (h->state == HEALTH_SUSPECT ? HEALTH_LOCAL_GAP
						: policy->interval_us);
		return false;
	}
	if (verdict == VERDICT_LOST) {
		health_doubt(h, now);
		return h->state == HEALTH_SUSPECT && h->changed_at == now;
	}
	h->judged_at = now;
	if (verdict == VERDICT_OK)
		return health_learn_ok(h, policy, now);
	if (verdict == VERDICT_ALIVE || verdict == VERDICT_LOGIN)
		return health_learn_alive(h, policy, now);
	return health_learn_failure(h, policy, verdict, now);
}

void
health_doubt(struct health *h, usec_t now)
{
	if (h->state == HEALTH_SUSPECT || h->state == HEALTH_DOWN)
		return; /* the next probe is due in a moment, or known */
	if (health_set(
		h, h->state == HEALTH_UP ? HEALTH_SUSPECT : h->state, now))
		h->suspect_at = now;
	h->probe_at = now;
}

void
health_distrust(struct health *h, usec_t now)
{
	h->fails = 0;
	h->refused_at = 0;
	h->probe_at = now;
}

bool
health_is_flapping(
    const struct health *h, const struct health_policy *policy, usec_t now)
{
	return h->falls >= HEALTH_FLAPS &&
	    now - h->up_at < policy->flap_hold_us;
}

bool
health_is_serving(const struct health *h)
{
	return h->state == HEALTH_UP || h->state == HEALTH_SUSPECT;
}
