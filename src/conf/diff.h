/*
 * diff.h - a new snapshot against the one in force.
 *
 * Gives the ids of the new snapshot, and finds the changes that only a
 * restart can bring into force.  Both are about names: what keeps its name is
 * the same thing, what has a new one is new.
 */
#ifndef REGENT_CONF_DIFF_H
#define REGENT_CONF_DIFF_H

#include "conf/conf.h"
#include "conf/report.h"

/*
 * Names that `old` knows keep their ids; new ones get an id that neither
 * snapshot uses, because sessions of the old one may still be counted there.
 * Also sets the cluster id of each listener.  `old` may be NULL.
 */
void diff_assign_ids(
    struct conf *conf, const struct conf *old, struct report *report);

/* Reports every changed option of what both have that needs a restart. */
void diff_check_restart(
    const struct conf *conf, const struct conf *old, struct report *report);

#endif
