/*
 * facts.h - named truths derived from a cluster by pure functions.  Rules
 * read facts and nothing else.
 */
#ifndef REGENT_CORE_FACTS_H
#define REGENT_CORE_FACTS_H

#include "core/model.h"

enum fact {
#define FACT(NAME, name, text) FACT_##NAME,
#include "core/facts.def"
#undef FACT
	FACT_COUNT
};

_Static_assert(FACT_COUNT <= 64, "facts are bits of a uint64_t");

#define F(NAME) (UINT64_C(1) << FACT_##NAME)

/* Facts of a cluster at one instant, with the nodes they speak of. */
struct facts {
	uint64_t bits;
	int claimant;
	int candidate; /* best one now */
	int inferred;
};

extern const char *const fact_names[FACT_COUNT];
extern const char *const fact_texts[FACT_COUNT];

/* `node` adds the facts of that node; NODE_NONE leaves them false. */
void facts_derive(
    struct facts *f, const struct cluster *c, int node, usec_t now);

/* Whether the fact speaks of one node rather than of the cluster. */
bool fact_is_of_node(enum fact fact);

#endif
