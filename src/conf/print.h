/*
 * print.h - documents that come from the rows of options.def.
 */
#ifndef REGENT_CONF_PRINT_H
#define REGENT_CONF_PRINT_H

#include "base/text.h"
#include "conf/conf.h"

/* etc/regent.ini: a working example, then every option with its default. */
void conf_print_sample(struct text *out);

/* The option tables of regent.conf(5), in mdoc. */
void conf_print_man(struct text *out);

/* A snapshot as an ini file with every value in force; secrets as "***". */
void conf_print(const struct conf *conf, struct text *out);

#endif
