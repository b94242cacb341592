#include "conf/build.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Moves the body of a section into `to`. */
static void
build_take(struct section *section, void *to)
{
	memcpy(to, section->body, section->scope->size);
	free(section->body);
	section->body = NULL;
}

static unsigned
build_count(
    const struct section_list *list, enum option_scope id, const char *cluster)
{
	unsigned n = 0;

	for (unsigned i = 0; i < list->n; i++) {
		const struct section *s = &list->at[i];

		n += !s->is_bad && s->scope->id == id &&
		    strcmp(s->cluster, cluster) == 0;
	}
	return n;
}

/*
 * Reports the first section for which there is no room; it and those behind
 * it stay in the list.
 */
static bool
build_has_room(
    struct report *report, const struct section *s, unsigned n, unsigned max)
{
	struct place place = place_of_section(s, NULL);

	if (n < max)
		return true;
	if (n == max)
		report_add(report, &place,
		    "found one %s too many: expected at most %u",
		    s->scope->kind, max);
	return false;
}

static void
build_nodes(struct conf_cluster *cluster, struct section_list *list,
    struct report *report)
{
	unsigned n = build_count(list, SCOPE_NODE, cluster->name);
	unsigned seen = 0;

	cluster->nodes = mem_new((n + 1) * sizeof(*cluster->nodes));
	for (unsigned i = 0; i < list->n; i++) {
		struct section *s = &list->at[i];
		struct conf_node *node = &cluster->nodes[cluster->n_nodes];

		if (s->is_bad || s->scope->id != SCOPE_NODE ||
		    strcmp(s->cluster, cluster->name) != 0)
			continue;
		if (!build_has_room(report, s, seen++, CONF_NODES_MAX))
			continue;
		build_take(s, node);
		node->name = mem_strdup(s->name);
		node->line = s->line;
		cluster->n_nodes++;
	}
}

static void
build_clusters(
    struct conf *conf, struct section_list *list, struct report *report)
{
	unsigned n = build_count(list, SCOPE_CLUSTER, "");
	unsigned seen = 0;

	conf->clusters = mem_new((n + 1) * sizeof(*conf->clusters));
	for (unsigned i = 0; i < list->n; i++) {
		struct section *s = &list->at[i];
		struct conf_cluster *c = &conf->clusters[conf->n_clusters];

		if (s->is_bad || s->scope->id != SCOPE_CLUSTER)
			continue;
		if (!build_has_room(report, s, seen++, CONF_CLUSTERS_MAX))
			continue;
		build_take(s, c);
		c->name = mem_strdup(s->name);
		c->line = s->line;
		conf->n_clusters++;
		build_nodes(c, list, report);
	}
}

static void
build_listens(
    struct conf *conf, struct section_list *list, struct report *report)
{
	unsigned n = build_count(list, SCOPE_LISTEN, "");
	unsigned seen = 0;

	conf->listens = mem_new((n + 1) * sizeof(*conf->listens));
	for (unsigned i = 0; i < list->n; i++) {
		struct section *s = &list->at[i];
		struct conf_listen *l = &conf->listens[conf->n_listens];

		if (s->is_bad || s->scope->id != SCOPE_LISTEN)
			continue;
		if (!build_has_room(report, s, seen++, CONF_LISTENS_MAX))
			continue;
		build_take(s, l);
		l->name = mem_strdup(s->name);
		l->line = s->line;
		conf->n_listens++;
	}
}

/* The [regent] section is the snapshot itself; without one, all defaults. */
static struct conf *
build_regent(struct section_list *list)
{
	struct conf *conf;

	for (unsigned i = 0; i < list->n; i++) {
		struct section *s = &list->at[i];

		if (s->is_bad || s->scope->id != SCOPE_REGENT)
			continue;
		conf = s->body; /* ownership passes on */
		s->body = NULL;
		conf->line = s->line;
		return conf;
	}
	return option_new_body(option_scope(SCOPE_REGENT));
}

static bool
build_is_stray(const struct section_list *list, const struct section *node)
{
	if (node->is_bad || node->scope->id != SCOPE_NODE)
		return false;
	for (unsigned i = 0; i < list->n; i++) {
		const struct section *s = &list->at[i];

		if (!s->is_bad && s->scope->id == SCOPE_CLUSTER &&
		    strcmp(s->name, node->cluster) == 0)
			return false;
	}
	return true;
}

static void
build_report_strays(const struct section_list *list, struct report *report)
{
	for (unsigned i = 0; i < list->n; i++) {
		const struct section *s = &list->at[i];
		struct place place = place_of_section(s, NULL);

		if (build_is_stray(list, s))
			report_add(report, &place,
			    "found a node of no cluster: expected a section "
			    "[cluster %s]",
			    s->cluster);
	}
}

struct conf *
build_conf(struct section_list *list, struct report *report)
{
	struct conf *conf;

	CHECK(list != NULL && report != NULL);
	conf = build_regent(list);
	conf->magic = CONF_MAGIC;
	conf->path = mem_strdup(report->path);
	atomic_init(&conf->refs, 1);
	build_clusters(conf, list, report);
	build_listens(conf, list, report);
	build_report_strays(list, report);
	return conf;
}
