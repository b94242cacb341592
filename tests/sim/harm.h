/*
 * harm.h - what each kind of fault does when it begins, and how it is undone.
 */
#ifndef REGENT_TESTS_SIM_HARM_H
#define REGENT_TESTS_SIM_HARM_H

#include "fault.h"

void harm_begin(struct world *w, struct fault *f);
void harm_end(struct world *w, struct fault *f);

/* Whether it lasts, and has something to undo. */
bool harm_lasts(enum fault_kind kind);

#endif
