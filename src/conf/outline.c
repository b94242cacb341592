#include "conf/outline.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
outline_write(const struct conf *conf, struct text *out)
{
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		const struct conf_cluster *c = &conf->clusters[i];

		text_addf(out, "cluster %u %s\n", c->id, c->name);
		for (unsigned k = 0; k < c->n_nodes; k++)
			text_addf(out, "node %u %u %s\n", c->id, c->nodes[k].id,
			    c->nodes[k].name);
	}
	for (unsigned i = 0; i < conf->n_listens; i++)
		text_addf(out, "listen %u %s\n", conf->listens[i].id,
		    conf->listens[i].name);
}

static bool
outline_add_cluster(struct conf *conf, unsigned id, const char *name)
{
	struct conf_cluster *c;

	if (id >= CONF_CLUSTERS_MAX || conf_cluster_by_id(conf, id) != NULL ||
	    conf_find_cluster(conf, name) != NULL)
		return false;
	conf->clusters =
	    mem_resize(conf->clusters, (conf->n_clusters + 1) * sizeof(*c));
	c = &conf->clusters[conf->n_clusters++];
	memset(c, 0, sizeof(*c));
	c->id = id;
	c->name = mem_strdup(name);
	return true;
}

static bool
outline_add_node(
    struct conf *conf, unsigned cluster_id, unsigned id, const char *name)
{
	struct conf_cluster *c =
	    (struct conf_cluster *)conf_cluster_by_id(conf, cluster_id);
	struct conf_node *n;

	if (c == NULL || id >= CONF_NODES_MAX ||
	    conf_node_by_id(c, id) != NULL || conf_find_node(c, name) != NULL)
		return false;
	c->nodes = mem_resize(c->nodes, (c->n_nodes + 1) * sizeof(*n));
	n = &c->nodes[c->n_nodes++];
	memset(n, 0, sizeof(*n));
	n->id = id;
	n->name = mem_strdup(name);
	return true;
}

static bool
outline_add_listen(struct conf *conf, unsigned id, const char *name)
{
	struct conf_listen *l;

	if (id >= CONF_LISTENS_MAX || conf_listen_by_id(conf, id) != NULL ||
	    conf_find_listen(conf, name) != NULL)
		return false;
	conf->listens =
	    mem_resize(conf->listens, (conf->n_listens + 1) * sizeof(*l));
	l = &conf->listens[conf->n_listens++];
	memset(l, 0, sizeof(*l));
	l->id = id;
	l->name = mem_strdup(name);
	return true;
}

static bool
outline_read_line(struct conf *conf, const char *line)
{
	char name[NAME_LEN_MAX + 1];
	unsigned a, b;

	_Static_assert(NAME_LEN_MAX == 31, "the widths below");
	if (sscanf(line, "cluster %u %31s", &a, name) == 2)
		return text_is_name(name) && outline_add_cluster(conf, a, name);
	if (sscanf(line, "node %u %u %31s", &a, &b, name) == 3)
		return text_is_name(name) && outline_add_node(conf, a, b, name);
	if (sscanf(line, "listen %u %31s", &a, name) == 2)
		return text_is_name(name) && outline_add_listen(conf, a, name);
	return true;
}

const struct conf *
outline_read(const char *text, struct err *err)
{
	char *copy = mem_strdup(text), *rest = copy, *line;
	struct conf *conf = mem_new(sizeof(*conf));
	const struct conf *done = conf;
	bool is_good = true;

	conf->magic = CONF_MAGIC;
	atomic_init(&conf->refs, 1);
	conf->is_outline = true;
	while (is_good && (line = strsep(&rest, "\n")) != NULL)
		is_good = outline_read_line(conf, line);
	free(copy);
	if (is_good)
		return done;
	err_set(err, -EINVAL, "the names of the old process are damaged");
	conf_unref(&done);
	return NULL;
}
