/*
 * holds.h - whether a condition of a script holds now.
 */
#ifndef REGENT_TESTS_SCENARIO_HOLDS_H
#define REGENT_TESTS_SCENARIO_HOLDS_H

#include <stdbool.h>

struct item;
struct since;
struct stage;

/* Negation is not looked at. */
bool holds(const struct stage *stage, const struct item *item,
    const struct since *since);

/* Acknowledged writes that the writer, or the last one, has not. */
unsigned holds_lost(const struct stage *stage);

#endif
