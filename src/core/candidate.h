/*
 * candidate.h - which replica is the safest to promote, and why the others
 * are not: furthest received position in the same history, then priority,
 * then name.
 */
#ifndef REGENT_CORE_CANDIDATE_H
#define REGENT_CORE_CANDIDATE_H

#include "core/model.h"

enum fitness {
	FIT,
	UNFIT_UNUSED,
	UNFIT_DOWN,     /* does not answer */
	UNFIT_STALE,    /* not asked since clients left the primary */
	UNFIT_ADMIN,    /* drain or maint */
	UNFIT_PRIORITY, /* priority 0, or forbidden by the node itself */
	UNFIT_ROLE,     /* not a replica, or its role is unknown */
	UNFIT_HISTORY,  /* its data is not of this history */
	UNFIT_LOADING,  /* still loading or copying its data */
	UNFIT_QUARANTINED,
	UNFIT_EXCLUDED, /* its promotion failed just now */
	UNFIT_FLAPPING, /* it rises and falls too often */
	FITNESS_COUNT
};

extern const char *const fitness_texts[FITNESS_COUNT];

enum fitness candidate_fitness(const struct cluster *c, int node);

/* The node to promote (the ordered one if there is an order), or NODE_NONE. */
int candidate_choose(const struct cluster *c);

/* Replicas that acknowledge a write before the client is answered. */
unsigned candidate_acks(const struct cluster *c);

/* Whether two histories have the same name; "" is none. */
bool candidate_is_same(const char *a, const char *b);

/*
 * A replica's data is ours when it is of the present history, or of the one
 * before it and not past the fork: past it lie writes nobody may keep.
 */
bool candidate_is_ours(const struct cluster *c, const struct report *r);

/* Whether the data is of our history, or forked off it. */
bool candidate_is_kin(const struct cluster *c, const struct report *r);

/* Whether it was asked when its data could grow through us no more. */
bool candidate_is_fresh(const struct cluster *c, int node);

/* Whether its position is evidence of how far the data has come. */
bool candidate_is_witness(const struct cluster *c, int node);

/*
 * Whether enough replicas have told their position since clients left the
 * primary.  With acknowledgements from k of n replicas any n-k+1 of them
 * contain one that has every acknowledged write; without, every replica that
 * answers at all must have been asked.
 */
bool candidate_is_counted(const struct cluster *c);

/* The furthest position of our history that another than the primary has. */
uint64_t candidate_furthest(const struct cluster *c);

/* The cluster's branch, with what the nodes tell of it now. */
struct branch candidate_branch(const struct cluster *c);

/* How far our history is known to have come. */
uint64_t candidate_known(const struct cluster *c);

/* How far such data is ours: what follows a fork is not. */
uint64_t candidate_shared(const struct cluster *c, const struct report *report);

/* Whether a is the better of two fit nodes. */
bool candidate_is_better(const struct cluster *c, int a, int b);

#endif
