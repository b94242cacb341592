/*
 * check_mysql.h - what is for MariaDB and MySQL only, or not for them; a part
 * of check.c.
 */
#ifndef REGENT_CONF_CHECK_MYSQL_H
#define REGENT_CONF_CHECK_MYSQL_H

#include "conf/conf.h"
#include "conf/report.h"

void check_mysql(const struct conf_cluster *c, struct report *report);

#endif
