/*
 * option.h - the rows of options.def as tables, one per kind of section.
 *
 * Constant data.  A body is the struct that a section fills: struct conf,
 * conf_cluster, conf_node or conf_listen; rows know where in it their member
 * is.  Loading, printing and comparing walk these tables.
 */
#ifndef REGENT_CONF_OPTION_H
#define REGENT_CONF_OPTION_H

#include "conf/value.h"

enum option_scope {
	SCOPE_REGENT,
	SCOPE_CLUSTER,
	SCOPE_NODE,
	SCOPE_LISTEN,
	SCOPE_COUNT
};

enum option_when { WHEN_RELOAD, WHEN_RESTART };

struct option {
	const char *name;
	struct value_rule rule;
	size_t offset; /* of the member in the body */
	enum option_when when;
	const char *brief;
	const char *prose;
};

/* No scope has more rows; a static assertion keeps it true. */
#define OPTION_ROWS_MAX 64

struct scope {
	enum option_scope id;
	const char *kind; /* first word of a section */
	const char *form; /* how a section is written */
	const char *about;
	size_t size; /* of a body */
	const struct option *options;
	unsigned n_options;
};

const struct scope *option_scope(enum option_scope id);

/* NULL when there is none. */
const struct scope *option_find_scope(const char *kind);
const struct option *option_find(const struct scope *scope, const char *name);

/* The option whose name is most like `name`; NULL if none is like it. */
const struct option *option_suggest(
    const struct scope *scope, const char *name);

void *option_member(const struct option *option, void *body);
const void *option_value(const struct option *option, const void *body);

/* A body with all defaults; required members are unset. */
void *option_new_body(const struct scope *scope);

/* Frees what the members own, not the body. */
void option_fini_body(const struct scope *scope, void *body);

#endif
