/*
 * act.h - carries the commands of a script out.
 */
#ifndef REGENT_TESTS_SCENARIO_ACT_H
#define REGENT_TESTS_SCENARIO_ACT_H

struct item;
struct stage;

void act(struct stage *stage, const struct item *item);

#endif
