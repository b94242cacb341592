/*
 * reload.h - regent's configuration: which nodes, which policy; in force at a
 * start and after a reload at any time.
 */
#ifndef REGENT_TESTS_SIM_RELOAD_H
#define REGENT_TESTS_SIM_RELOAD_H

#include "core/policy.h"

struct world;

/* As ward_configure() in src/guard/ward.c. */
void reload_apply(struct world *w);

/* Whether regent would take a configuration without the node now. */
bool reload_may_remove(const struct world *w, int slot);

/* Changes the configuration, and tells regent if it runs. */
void reload_set_node(struct world *w, int slot, bool is_configured);
void reload_set_policy(struct world *w, const struct policy *policy);

#endif
