/*
 * narrate.h - what a brain saw and why it acted, in plain sentences.
 *
 * Pure: from one step to no, one or several sentences.  A step that changed
 * nothing worth a sentence has none.
 */
#ifndef REGENT_GUARD_RECORD_NARRATE_H
#define REGENT_GUARD_RECORD_NARRATE_H

#include "base/text.h"
#include "guard/record/step.h"

/* Adds a line for each sentence. */
void narrate_step(const struct step *step, struct text *out);

/* The two halves of it: what was seen, and what was done about it. */
void narrate_event(const struct step *step, struct text *out);
void narrate_decision(const struct step *step, struct text *out);

/* The name of a node, or what is instead of one. */
const char *narrate_node(const struct step *step, int slot);

#endif
