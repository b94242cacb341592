/*
 * hearing.h - the second opinion: whether a replica still receives from a
 * primary that we can't reach any more.
 *
 * A replica's word that its link is up is no proof: it says so until it has
 * noticed.  So it is told to drop the link and dial anew (ACT_REDIAL): where
 * that succeeds the primary lives, and only we are cut off from it.
 */
#ifndef REGENT_CORE_HEARING_H
#define REGENT_CORE_HEARING_H

#include "core/model.h"

enum hearing { HEARS_NOT, HEARS_MAYBE, HEARS, HEARING_COUNT };

/*
 * A replica has linked anew within this time if the primary lives: some round
 * trips, and one lost SYN, which its kernel sends again after 1 s.
 */
#define HEARING_REDIAL (1500 * USEC_MS)

/* HEARS_NOT unless the primary is known and down. */
enum hearing hearing_of(const struct cluster *c, int node, usec_t now);

/* The first node of which that is so, or NODE_NONE. */
int hearing_find(const struct cluster *c, enum hearing hearing, usec_t now);

/*
 * Whether a primary that is down may live all the same: a replica may hear
 * it, it has given one good answer, which is no rise yet but no reason to
 * promote either, or it was not asked since another node rose.
 */
bool hearing_is_open(const struct cluster *c, usec_t now);

/* Whether the node shall redial, to turn HEARS_MAYBE into proof. */
bool hearing_wants_proof(const struct cluster *c, int node, usec_t now);

#endif
