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

_Static_assert(FACT_COUNT < 64, "facts are bits of a uint64_t");

#define F(NAME) (UINT64_C(1) << FACT_##NAME)

/*
 * Facts of a cluster at one instant, with the nodes they speak of.  A fact is
 * looked at when somebody asks for it and is then known until the end.
 */
struct facts {
	const struct cluster *c;
	usec_t now;
	int slot;       /* facts of a node are of this one, or NODE_NONE */
	uint64_t known; /* looked at */
	uint64_t bits;  /* and true */
	int claimant;   /* set once CLAIMANT is known */
	int candidate;  /* best one now; set once CANDIDATE is known */
	int inferred;   /* set once INFERRED is known */
};

extern const char *const fact_names[FACT_COUNT];
extern const char *const fact_texts[FACT_COUNT];

/* The cluster must not change while its facts are in use. */
void facts_begin(struct facts *f, const struct cluster *c, usec_t now);

/* From now on the facts of a node are those of this one. */
void facts_speak_of(struct facts *f, int node);

/* Whether all facts of `when` hold and none of `unless`. */
bool facts_hold(struct facts *f, uint64_t when, uint64_t unless);

/* Begins and looks at everything; NODE_NONE leaves facts of a node false. */
void facts_derive(
    struct facts *f, const struct cluster *c, int node, usec_t now);

/* Whether the fact speaks of one node rather than of the cluster. */
bool fact_is_of_node(enum fact fact);

#endif
