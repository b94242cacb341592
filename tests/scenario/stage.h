/*
 * stage.h - plays a script in a world, and watches what it expects.
 *
 * Commands happen at their time; after each thing that happens in the world,
 * and whenever the brain is in another phase, expectations are looked at.
 * Those with `by` are met one after the other, in the order of the file, and
 * those with `until` begin when all `by` above them are met.
 */
#ifndef REGENT_TESTS_SCENARIO_STAGE_H
#define REGENT_TESTS_SCENARIO_STAGE_H

#include "base/text.h"
#include "script.h"

enum { DEEDS_MAX = 2048 };

/* Something that regent said or told a node. */
struct deed {
	enum action_kind kind;
	int node;
	bool is_ok;
	const char *why; /* static, or NULL */
};

/* What "since" counts from. */
struct since {
	unsigned n_deeds;
	unsigned n_acked;
	uint64_t n_cuts;
};

struct watch {
	bool is_active; /* its block has begun, it is not yet over */
	bool is_begun;  /* all that is before it in the file is met */
	struct since since;
};

struct stage {
	struct world *world;
	const struct script *script;
	struct watch watches[SCRIPT_ITEMS_MAX];
	unsigned n_deeds;
	struct deed deeds[DEEDS_MAX];

	/* Besides what the world has of its own. */
	bool is_crashing[RECORD_COUNT]; /* when such a line is on disk */
	enum luck luck[NODES_MAX][ACT_COUNT];
	enum command lies[NODES_MAX];

	usec_t acked_at; /* the last time; 0: never */
	unsigned n_acked;
	usec_t outage_us; /* longest between two */

	bool is_over;
	bool is_failed;
	struct text failure; /* for people */
};

/* Plays it; true when everything was as expected.  stage_fini() after it. */
bool stage_run(struct stage *stage, struct world *w,
    const struct script *script, enum story_mode mode);
void stage_fini(struct stage *stage);

/* Of a command that could not be carried out, or an order's answer. */
void stage_note(struct stage *stage, const struct deed *deed);

#endif
