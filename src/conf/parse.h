/*
 * parse.h - the bytes of a configuration become a list of sections.
 *
 * inih splits lines into name and value and knows what a comment is; sections
 * are found here, because inih cuts their names at 50 bytes, says nothing
 * when one is empty, and can't tell two of the same name apart.  Whatever is
 * wrong with one line, one name or one value is reported here; whether the
 * sections fit together is seen in build.c and check.c.
 */
#ifndef REGENT_CONF_PARSE_H
#define REGENT_CONF_PARSE_H

#include "conf/option.h"
#include "conf/report.h"

/* What the limits of conf.h add up to; looking for duplicates is quadratic. */
#define PARSE_SECTIONS_MAX \
	(1 + CONF_CLUSTERS_MAX * (1 + CONF_NODES_MAX) + CONF_LISTENS_MAX)

struct section {
	const struct scope *scope;
	char cluster[NAME_LEN_MAX + 1]; /* of a node, else "" */
	char name[NAME_LEN_MAX + 1];    /* "" for [regent] */
	int line;
	bool is_bad; /* reported: the section takes no further part */
	void *body;  /* owned until somebody takes it and nulls it */
	int option_lines[OPTION_ROWS_MAX]; /* 0 is not in the file */
};

/* Starts zeroed; the owner calls section_list_fini. */
struct section_list {
	struct section *at;
	unsigned n;
	unsigned cap;
};

void parse_bytes(struct section_list *list, const char *bytes, size_t len,
    struct report *report);
void section_list_fini(struct section_list *list);

struct place place_of_section(
    const struct section *section, const char *option);

#endif
