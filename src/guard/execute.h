/*
 * execute.h - carries out what a brain wants, in its order.
 */
#ifndef REGENT_GUARD_EXECUTE_H
#define REGENT_GUARD_EXECUTE_H

#include "core/action.h"

struct ward;

void execute_actions(struct ward *w, const struct actions *actions, usec_t now);

#endif
