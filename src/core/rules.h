/*
 * rules.h - the one table that decides.
 *
 * A row fires when the cluster is in one of its phases, all facts of `when`
 * hold and none of `unless`.  The first row that fires wins; its effects are
 * applied in the order of enum effect, then the phase changes.  No row has a
 * hook: what is not in the table does not happen.
 */
#ifndef REGENT_CORE_RULES_H
#define REGENT_CORE_RULES_H

#include "core/action.h"
#include "core/facts.h"

enum effect {
	EFFECT_INFER,      /* take the node that replicas follow as primary */
	EFFECT_RECALL,     /* journal that the claimant is primary, first */
	EFFECT_ADOPT,      /* take the claimant as primary, route it */
	EFFECT_ELECT,      /* no roles: take the best node, route it */
	EFFECT_INTEND,     /* choose the candidate, journal the intent */
	EFFECT_HOLD,       /* route no writer: cut and hold clients */
	EFFECT_FENCE,      /* tell the old primary to refuse writes */
	EFFECT_FENCE_SOFT, /* the same where it may still be reached */
	EFFECT_PROMOTE,    /* tell the candidate to be primary */
	EFFECT_CROWN,      /* the candidate is the primary, route it */
	EFFECT_RESUME,     /* route the old primary again */
	EFFECT_EXCLUDE,    /* this candidate not again in this failover */
	EFFECT_ABANDON,    /* the intent is void: journal that too */
	EFFECT_JOURNAL_PAUSE, /* do not try the journal again at once */
	EFFECT_DEMOTE,        /* node: follow the primary, drop clients */
	EFFECT_REPOINT,       /* node: follow the primary */
	EFFECT_OPEN,          /* node, the primary: take writes */
	EFFECT_REDIAL,        /* node: dial the primary anew, as a proof */
	EFFECT_QUARANTINE,    /* node: carries nothing until proven */
	EFFECT_CLEAR,         /* node: quarantine is over */
	EFFECT_ANSWER_OK,     /* the operator's order is done */
	EFFECT_ANSWER_NO,     /* the operator's order can't be done */
	EFFECT_PUBLISH,       /* readers have changed */
	EFFECT_COUNT
};

extern const char *const effect_names[EFFECT_COUNT];

struct rule {
	const char *name;
	uint32_t in;     /* phases, bits */
	uint64_t when;   /* facts, bits */
	uint64_t unless; /* facts, bits */
	uint32_t then;   /* effects, bits */
	enum phase next; /* PHASE_COUNT: stays */
	enum tell tell;
	const char *why; /* NULL: not worth a line */
};

enum { RULES_OF_NODE = 6 };

extern const struct rule rules[];
extern const unsigned rules_n;

/* The first rule that fires, or NULL.  *node is set when it is of a node. */
const struct rule *rules_match(
    struct facts *f, const struct cluster *c, int *node, usec_t now);

/* Whether the rule speaks of one node. */
bool rule_is_of_node(const struct rule *rule);

/*
 * What a held cluster waits for: facts that the row that would promote still
 * lacks (bits in *missing) and those that forbid it (*hindering); while no
 * primary is known, somebody to be it.
 */
void rules_waiting(
    const struct facts *f, uint64_t *missing, uint64_t *hindering);

#endif
