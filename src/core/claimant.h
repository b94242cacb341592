/*
 * claimant.h - who may be taken for the primary without being promoted: the
 * incumbent that came back, a node that somebody else promoted, or one whose
 * promotion was ours and came through late.
 */
#ifndef REGENT_CORE_CLAIMANT_H
#define REGENT_CORE_CLAIMANT_H

#include "core/model.h"

/*
 * Whether the data of `report` continues what the cluster must not lose.  An
 * incumbent under another history (it has restarted) is none before clients
 * have left it and its replicas were asked.
 */
bool claimant_is_heir(
    const struct cluster *c, int node, const struct report *report);

/*
 * The node that claims to be primary and may be believed: the ordered, the
 * intended, the incumbent, or the one that most replicas follow.  NODE_NONE
 * when nobody or more than one could be meant, and while it is unknown what
 * became of an intended promotion.
 */
int claimant_find(const struct cluster *c);

/* The node that replicas say they follow, when they agree; or NODE_NONE. */
int claimant_infer(const struct cluster *c);

#endif
