/*
 * check.h - whether the sections of a configuration fit together.
 *
 * Sees a built snapshot before any password_file was read, so that two ways
 * to give a password can be told apart.  Adds to the report, changes nothing.
 */
#ifndef REGENT_CONF_CHECK_H
#define REGENT_CONF_CHECK_H

#include "conf/conf.h"
#include "conf/report.h"

void check_conf(const struct conf *conf, struct report *report);

#endif
