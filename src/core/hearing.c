#include "core/hearing.h"

/* A new link proves that the primary lived then, not that it does now. */
#define HEARING_PROOF (5 * USEC_SEC)

/*
 * One replica after the other: one proof is enough, and a primary that waits
 * for acknowledgements is not left without any replica.
 */
#define HEARING_STAGGER (50 * USEC_MS)

static const struct health *
hearing_primary(const struct cluster *c)
{
	return &c->nodes[c->primary].health;
}

/*
 * Its kernel takes connections, and its process does not answer: then its
 * replicas hear nothing either, and need not be asked.  Any other failure may
 * be of the way to it, or of a firewall that refuses in its name.
 */
static bool
hearing_is_frozen(const struct cluster *c)
{
	return hearing_primary(c)->last == VERDICT_SILENT;
}

static bool
hearing_is_replica(const struct cluster *c, const struct node *n)
{
	return n->is_used && n->health.state == HEALTH_UP &&
	    n->report.role == ROLE_REPLICA && n->report.upstream == c->primary;
}

/* Told to redial since the doubt began. */
static bool
hearing_is_asked(const struct node *n, usec_t since)
{
	return n->redial.outcome != OUTCOME_NONE && n->redialed_at >= since;
}

/* And it was not yet seen what came of it. */
static bool
hearing_is_redialing(const struct node *n, usec_t since, usec_t now)
{
	if (n->redial.outcome == OUTCOME_WAITING)
		return true;
	return hearing_is_asked(n, since) &&
	    (n->report_at < n->redialed_at ||
		(!n->report.is_linked &&
		    now - n->redialed_at < HEARING_REDIAL));
}

/* Its position grew since the doubt began, or it has linked anew. */
static bool
hearing_is_proven(
    const struct cluster *c, const struct node *n, usec_t since, usec_t now)
{
	if (n->heard_at >= since && now - n->heard_at < c->policy.silence_us)
		return true;
	return hearing_is_asked(n, since) && n->redial.outcome == OUTCOME_OK &&
	    now - n->redialed_at < HEARING_PROOF;
}

enum hearing
hearing_of(const struct cluster *c, int node, usec_t now)
{
	const struct node *n = &c->nodes[node];
	usec_t since;

	CHECK_OBJ(c, CLUSTER_MAGIC);
	if (c->primary < 0 || hearing_primary(c)->state != HEALTH_DOWN ||
	    !hearing_is_replica(c, n))
		return HEARS_NOT;
	since = hearing_primary(c)->suspect_at;
	if (hearing_is_redialing(n, since, now))
		return HEARS_MAYBE;
	if (!n->report.is_linked)
		return HEARS_NOT;
	if (hearing_is_proven(c, n, since, now))
		return HEARS;
	if (n->report.link_idle_us >= c->policy.silence_us ||
	    (hearing_is_frozen(c) && !hearing_is_asked(n, since)))
		return HEARS_NOT;
	return HEARS_MAYBE;
}

int
hearing_find(const struct cluster *c, enum hearing hearing, usec_t now)
{
	for (int i = 0; i < c->n_slots; i++)
		if (hearing_of(c, i, now) == hearing)
			return i;
	return NODE_NONE;
}

/* A node rose after the primary was last asked: perhaps it did too. */
static bool
hearing_may_rise(const struct cluster *c)
{
	for (int i = 0; i < c->n_slots; i++)
		if (c->nodes[i].is_used && i != c->primary &&
		    c->nodes[i].health.up_at > c->nodes[c->primary].asked_at)
			return true;
	return false;
}

bool
hearing_is_open(const struct cluster *c, usec_t now)
{
	if (c->primary < 0 || hearing_primary(c)->state != HEALTH_DOWN)
		return false;
	return hearing_primary(c)->last == VERDICT_OK || hearing_may_rise(c) ||
	    hearing_find(c, HEARS_MAYBE, now) >= 0;
}

static bool
hearing_is_busy(const struct cluster *c, usec_t now)
{
	for (int i = 0; i < c->n_slots; i++) {
		const struct node *n = &c->nodes[i];

		if (n->redial.outcome == OUTCOME_WAITING ||
		    (n->redial.outcome != OUTCOME_NONE &&
			now - n->redialed_at < HEARING_STAGGER))
			return true;
	}
	return false;
}

bool
hearing_wants_proof(const struct cluster *c, int node, usec_t now)
{
	const struct node *n = &c->nodes[node];
	usec_t pause = n->redial.outcome == OUTCOME_FAILED ? HEARING_REDIAL
							   : HEARING_PROOF;

	if (hearing_of(c, node, now) != HEARS_MAYBE ||
	    hearing_is_busy(c, now) ||
	    now - hearing_primary(c)->changed_at < c->policy.unlink_us)
		return false;
	return n->redialed_at < hearing_primary(c)->suspect_at ||
	    now - n->redialed_at >= pause;
}
