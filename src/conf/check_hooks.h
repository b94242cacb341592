/*
 * check_hooks.h - which commands and which checks make sense for a cluster;
 * a part of check.c.
 */
#ifndef REGENT_CONF_CHECK_HOOKS_H
#define REGENT_CONF_CHECK_HOOKS_H

#include "conf/conf.h"
#include "conf/report.h"

void check_hooks(const struct conf_cluster *c, struct report *report);

#endif
