/*
 * report.h - the list of errors of one configuration, for people.
 *
 * One line an error: "FILE:LINE: [section] option: found ...: expected ...".
 * The caller owns path and text.  A file can hold more mistakes than anybody
 * reads: after REPORT_ERRORS_MAX one line says so, and the list is full.
 */
#ifndef REGENT_CONF_REPORT_H
#define REGENT_CONF_REPORT_H

#include "base/text.h"
#include "conf/conf.h"

#define REPORT_ERRORS_MAX 100
#define PLACE_SECTION_LEN 96

struct report {
	const char *path;
	struct text *out;
	unsigned n_errors;
};

struct place {
	int line;                        /* 0 is the whole file */
	char section[PLACE_SECTION_LEN]; /* "" is none */
	const char *option;              /* NULL is none */
};

struct place place_of_file(void);
struct place place_of_regent(const struct conf *conf, const char *option);
struct place place_of_cluster(
    const struct conf_cluster *cluster, const char *option);
struct place place_of_node(const struct conf_cluster *cluster,
    const struct conf_node *node, const char *option);
struct place place_of_listen(
    const struct conf_listen *listen, const char *option);

void report_add(struct report *report, const struct place *place,
    const char *fmt, ...) PRINTF_LIKE(3, 4);

bool report_is_full(const struct report *report);

#endif
