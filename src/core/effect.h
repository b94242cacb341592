/*
 * effect.h - what a rule that fired does: changes the model and appends
 * actions.  Decides nothing.
 */
#ifndef REGENT_CORE_EFFECT_H
#define REGENT_CORE_EFFECT_H

#include "core/rules.h"

/* `facts` are those that fired the rule, `node` the one it speaks of. */
void effect_apply(struct cluster *c, const struct rule *rule,
    const struct facts *facts, int node, usec_t now, struct actions *actions);

#endif
