/*
 * story.h - what happened, in words; only written when somebody wants it.
 */
#ifndef REGENT_TESTS_SIM_STORY_H
#define REGENT_TESTS_SIM_STORY_H

#include "base/check.h"
#include "core/view.h"

#include <stdbool.h>

struct world;

enum { STORY_LINES = 40, STORY_WIDTH = 240, STORY_TEXT = 200 };

enum story_mode { STORY_NONE, STORY_TAIL, STORY_ALL };

struct story {
	enum story_mode mode;
	unsigned n; /* lines ever */
	char lines[STORY_LINES][STORY_WIDTH];
	char last[NODES_MAX][STORY_TEXT]; /* of each node, by story_tell_of */
};

void story_tell(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What is often the same: a tail has it only when it has changed. */
void story_tell_of(struct world *w, int slot, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Costs nothing while nobody listens. */
#define STORY(w, ...) \
	((w)->story.mode == STORY_NONE ? (void)0 : story_tell(w, __VA_ARGS__))

#define STORY_OF(w, slot, ...) \
	((w)->story.mode == STORY_NONE ? (void)0 \
				       : story_tell_of(w, slot, __VA_ARGS__))

/* Prints the last lines. */
void story_print(const struct story *story);

#endif
