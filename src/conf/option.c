#include "conf/option.h"

#include "base/mem.h"
#include "base/text.h"
#include "conf/conf.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* value.c stores an enumeration as an int. */
static_assert(sizeof(enum conf_protocol) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_sslmode) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_failover) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_check) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_mode) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_route) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_balance) == sizeof(int), "enum size");
static_assert(sizeof(enum conf_accel) == sizeof(int), "enum size");
static_assert(sizeof(enum log_level) == sizeof(int), "enum size");

/* clang-format off */
#define OPTION_NAMES_none      .list = NULL, .n = 0
#define OPTION_NAMES_protocol  .list = conf_protocol_names, .n = PROTOCOL_COUNT
#define OPTION_NAMES_sslmode   .list = conf_sslmode_names, .n = SSLMODE_COUNT
#define OPTION_NAMES_failover  .list = conf_failover_names, .n = FAILOVER_COUNT
#define OPTION_NAMES_check     .list = conf_check_names, .n = CHECK_COUNT
#define OPTION_NAMES_mode      .list = conf_mode_names, .n = MODE_COUNT
#define OPTION_NAMES_route     .list = conf_route_names, .n = ROUTE_COUNT
#define OPTION_NAMES_accel     .list = conf_accel_names, .n = ACCEL_COUNT
#define OPTION_NAMES_balance   .list = conf_balance_names, .n = BALANCE_COUNT
#define OPTION_NAMES_log_level .list = log_level_names, .n = LEVEL_COUNT

#define OPTION_ROW(body, type_, table, name_, member, default_, min_, max_, \
    when_, brief_, prose_) \
	{ \
		.name = #name_, \
		.rule = { \
			.type = VALUE_##type_, \
			.names = { OPTION_NAMES_##table }, \
			.min = (min_), \
			.max = (max_), \
			.default_text = (default_), \
		}, \
		.offset = offsetof(body, member), \
		.when = WHEN_##when_, \
		.brief = (brief_), \
		.prose = (prose_), \
	},
/* clang-format on */

static const struct option option_regent_rows[] = {
#define OPTION_REGENT(...) OPTION_ROW(struct conf, __VA_ARGS__)
#include "conf/options.def"
};

static const struct option option_cluster_rows[] = {
#define OPTION_CLUSTER(...) OPTION_ROW(struct conf_cluster, __VA_ARGS__)
#include "conf/options.def"
};

static const struct option option_node_rows[] = {
#define OPTION_NODE(...) OPTION_ROW(struct conf_node, __VA_ARGS__)
#include "conf/options.def"
};

static const struct option option_listen_rows[] = {
#define OPTION_LISTEN(...) OPTION_ROW(struct conf_listen, __VA_ARGS__)
#include "conf/options.def"
};

static_assert(ARRAY_LEN(option_regent_rows) <= OPTION_ROWS_MAX, "rows");
static_assert(ARRAY_LEN(option_cluster_rows) <= OPTION_ROWS_MAX, "rows");
static_assert(ARRAY_LEN(option_node_rows) <= OPTION_ROWS_MAX, "rows");
static_assert(ARRAY_LEN(option_listen_rows) <= OPTION_ROWS_MAX, "rows");

static const struct scope option_scopes[SCOPE_COUNT] = {
	[SCOPE_REGENT] = {
		.id = SCOPE_REGENT,
		.kind = "regent",
		.form = "[regent]",
		.about = "the process itself, at most once",
		.size = sizeof(struct conf),
		.options = option_regent_rows,
		.n_options = ARRAY_LEN(option_regent_rows),
	},
	[SCOPE_CLUSTER] = {
		.id = SCOPE_CLUSTER,
		.kind = "cluster",
		.form = "[cluster NAME]",
		.about = "nodes that replicate one data set",
		.size = sizeof(struct conf_cluster),
		.options = option_cluster_rows,
		.n_options = ARRAY_LEN(option_cluster_rows),
	},
	[SCOPE_NODE] = {
		.id = SCOPE_NODE,
		.kind = "node",
		.form = "[node CLUSTER/NAME]",
		.about = "a database server of a cluster",
		.size = sizeof(struct conf_node),
		.options = option_node_rows,
		.n_options = ARRAY_LEN(option_node_rows),
	},
	[SCOPE_LISTEN] = {
		.id = SCOPE_LISTEN,
		.kind = "listen",
		.form = "[listen NAME]",
		.about = "an address that clients connect to",
		.size = sizeof(struct conf_listen),
		.options = option_listen_rows,
		.n_options = ARRAY_LEN(option_listen_rows),
	},
};

const struct scope *
option_scope(enum option_scope id)
{
	CHECK(id < SCOPE_COUNT);
	return &option_scopes[id];
}

const struct scope *
option_find_scope(const char *kind)
{
	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		if (strcmp(option_scopes[i].kind, kind) == 0)
			return &option_scopes[i];
	return NULL;
}

const struct option *
option_find(const struct scope *scope, const char *name)
{
	for (unsigned i = 0; i < scope->n_options; i++)
		if (strcmp(scope->options[i].name, name) == 0)
			return &scope->options[i];
	return NULL;
}

const struct option *
option_suggest(const struct scope *scope, const char *name)
{
	const struct option *best = NULL;
	unsigned limit = 1 + (unsigned)strlen(name) / 4;

	for (unsigned i = 0; i < scope->n_options; i++) {
		const struct option *o = &scope->options[i];
		unsigned distance = text_distance(name, o->name);

		if (distance > limit)
			continue;
		best = o;
		if (distance == 0)
			break;
		limit = distance - 1;
	}
	return best;
}

void *
option_member(const struct option *option, void *body)
{
	CHECK(option != NULL && body != NULL);
	return (char *)body + option->offset;
}

const void *
option_value(const struct option *option, const void *body)
{
	CHECK(option != NULL && body != NULL);
	return (const char *)body + option->offset;
}

/* The text of a required option is "" until the file sets it. */
static void
option_set_default(const struct option *option, void *body)
{
	struct value_rule rule = option->rule;
	struct err err;
	int rc;

	if (rule.default_text == NULL)
		rule.default_text = "";
	rc = value_parse(
	    &rule, rule.default_text, option_member(option, body), &err);
	CHECK(rc == 0); /* else the row of options.def is wrong */
}

void *
option_new_body(const struct scope *scope)
{
	void *body = mem_new(scope->size);

	for (unsigned i = 0; i < scope->n_options; i++)
		option_set_default(&scope->options[i], body);
	return body;
}

void
option_fini_body(const struct scope *scope, void *body)
{
	for (unsigned i = 0; i < scope->n_options; i++) {
		const struct option *o = &scope->options[i];

		value_fini(&o->rule, option_member(o, body));
	}
}
