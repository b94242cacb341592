/*
 * hook.h - what somebody who steers a world may want to hear of: a script
 * (tests/scenario).  A world that is drawn from a seed has no hooks.
 *
 * Hooks are called in the middle of things.  Only on_due may change the
 * world; the others look, and answer.
 */
#ifndef REGENT_TESTS_SIM_HOOK_H
#define REGENT_TESTS_SIM_HOOK_H

#include "core/action.h"
#include "core/model.h"

struct world;

/* What becomes of an operation that has arrived at its node. */
enum luck {
	LUCK_FAILS, /* it is answered with an error */
	LUCK_HANGS, /* it is neither carried out nor answered */
	LUCK_MUTE,  /* it is carried out, but not answered */
	LUCK_GOOD
};

struct hooks {
	/* What world_script_later() asked for is due. */
	void (*on_due)(struct world *w, int item);
	/* The brain is in another phase: some last no time at all. */
	void (*on_phase)(struct world *w);
	void (*on_action)(struct world *w, const struct action *a);
	/* The line is on disk, and regent has not heard of it: true: it is
	 * killed before it does. */
	bool (*on_line)(struct world *w, enum record record);
	enum luck (*on_operation)(struct world *w, const struct action *a);
	/* The node is about to say this of itself. */
	void (*on_report)(
	    const struct world *w, int slot, struct report *report);
};

#endif
