#include "conf/diff.h"

#include "conf/option.h"

#include <assert.h>
#include <string.h>

/* The ids of one kind of thing: those of both snapshots are used. */
struct diff_ids {
	bool is_used[CONF_LISTENS_MAX];
	unsigned max;
};

static_assert(CONF_CLUSTERS_MAX <= CONF_LISTENS_MAX, "diff_ids is too small");
static_assert(CONF_NODES_MAX <= CONF_LISTENS_MAX, "diff_ids is too small");

static void
diff_take_free_id(struct diff_ids *ids, unsigned *id, const struct place *place,
    struct report *report)
{
	for (unsigned i = 0; i < ids->max; i++) {
		if (ids->is_used[i])
			continue;
		ids->is_used[i] = true;
		*id = i;
		return;
	}
	report_add(report, place,
	    "found no room beside what this reload removes: expected at most "
	    "%u old and new together; remove first, add in a second reload",
	    ids->max);
}

static void
diff_assign_clusters(
    struct conf *conf, const struct conf *old, struct report *report)
{
	struct diff_ids ids = { .max = CONF_CLUSTERS_MAX };

	for (unsigned i = 0; old != NULL && i < old->n_clusters; i++)
		ids.is_used[old->clusters[i].id] = true;
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		struct conf_cluster *c = &conf->clusters[i];
		struct place place = place_of_cluster(c, NULL);
		const struct conf_cluster *before =
		    old != NULL ? conf_find_cluster(old, c->name) : NULL;

		if (before != NULL)
			c->id = before->id;
		else
			diff_take_free_id(&ids, &c->id, &place, report);
	}
}

static void
diff_assign_nodes(struct conf_cluster *cluster, const struct conf_cluster *old,
    struct report *report)
{
	struct diff_ids ids = { .max = CONF_NODES_MAX };

	for (unsigned i = 0; old != NULL && i < old->n_nodes; i++)
		ids.is_used[old->nodes[i].id] = true;
	for (unsigned i = 0; i < cluster->n_nodes; i++) {
		struct conf_node *node = &cluster->nodes[i];
		struct place place = place_of_node(cluster, node, NULL);
		const struct conf_node *before =
		    old != NULL ? conf_find_node(old, node->name) : NULL;

		if (before != NULL)
			node->id = before->id;
		else
			diff_take_free_id(&ids, &node->id, &place, report);
	}
}

static void
diff_assign_listens(
    struct conf *conf, const struct conf *old, struct report *report)
{
	struct diff_ids ids = { .max = CONF_LISTENS_MAX };

	for (unsigned i = 0; old != NULL && i < old->n_listens; i++)
		ids.is_used[old->listens[i].id] = true;
	for (unsigned i = 0; i < conf->n_listens; i++) {
		struct conf_listen *l = &conf->listens[i];
		struct place place = place_of_listen(l, NULL);
		const struct conf_listen *before =
		    old != NULL ? conf_find_listen(old, l->name) : NULL;

		if (before != NULL)
			l->id = before->id;
		else
			diff_take_free_id(&ids, &l->id, &place, report);
	}
}

void
diff_assign_ids(
    struct conf *conf, const struct conf *old, struct report *report)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	CHECK(report != NULL);
	diff_assign_clusters(conf, old, report);
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		struct conf_cluster *c = &conf->clusters[i];

		diff_assign_nodes(c,
		    old != NULL ? conf_find_cluster(old, c->name) : NULL,
		    report);
	}
	diff_assign_listens(conf, old, report);
	for (unsigned i = 0; i < conf->n_listens; i++) {
		struct conf_listen *l = &conf->listens[i];
		const struct conf_cluster *c =
		    conf_find_cluster(conf, l->cluster_name);

		CHECK(c != NULL); /* check.c has made sure */
		l->cluster_id = c->id;
	}
}

static void
diff_report_restart(const struct option *o, const void *now, const void *before,
    const struct place *place, struct report *report)
{
	struct text found = TEXT_INIT;
	struct text in_force = TEXT_INIT;
	bool is_regent = strcmp(place->section, "regent") == 0;

	value_print(&o->rule, option_value(o, now), &found);
	value_print(&o->rule, option_value(o, before), &in_force);
	report_add(report, place,
	    "found %s: expected %s as now: changing %s needs a restart%s",
	    found.len > 0 ? found.at : "nothing",
	    in_force.len > 0 ? in_force.at : "nothing", o->name,
	    is_regent ? "" : " (or another name)");
	text_fini(&found);
	text_fini(&in_force);
}

static void
diff_check_body(const struct scope *scope, const void *now, const void *before,
    struct place place, struct report *report)
{
	for (unsigned i = 0; i < scope->n_options; i++) {
		const struct option *o = &scope->options[i];

		if (o->when != WHEN_RESTART ||
		    value_equal(&o->rule, option_value(o, now),
			option_value(o, before)))
			continue;
		place.option = o->name;
		diff_report_restart(o, now, before, &place, report);
	}
}

/* These tell roles with failover = follow, and none with any other. */
static bool
diff_has_told_roles(const struct conf_cluster *c)
{
	return (c->check == CHECK_HTTP || c->check == CHECK_EXEC) &&
	    c->failover == FAILOVER_FOLLOW;
}

static void
diff_check_roles(const struct conf_cluster *now, const struct conf_cluster *old,
    struct report *report)
{
	struct place place = place_of_cluster(now, "failover");

	if (now->check == old->check &&
	    diff_has_told_roles(now) != diff_has_told_roles(old))
		report_add(report, &place,
		    "found %s: expected %s as now: with check = %s nodes have "
		    "roles only when something else promotes, and to change "
		    "that needs a restart (or another name)",
		    conf_failover_names[now->failover],
		    conf_failover_names[old->failover],
		    conf_check_names[now->check]);
}

static void
diff_check_cluster(const struct conf_cluster *now,
    const struct conf_cluster *old, struct report *report)
{
	diff_check_body(option_scope(SCOPE_CLUSTER), now, old,
	    place_of_cluster(now, NULL), report);
	diff_check_roles(now, old, report);
	for (unsigned i = 0; i < now->n_nodes; i++) {
		const struct conf_node *node = &now->nodes[i];
		const struct conf_node *before =
		    conf_find_node(old, node->name);

		if (before != NULL)
			diff_check_body(option_scope(SCOPE_NODE), node, before,
			    place_of_node(now, node, NULL), report);
	}
}

void
diff_check_restart(
    const struct conf *conf, const struct conf *old, struct report *report)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	CHECK_OBJ(old, CONF_MAGIC);
	if (old->is_outline)
		return; /* this is a restart */
	diff_check_body(option_scope(SCOPE_REGENT), conf, old,
	    place_of_regent(conf, NULL), report);
	for (unsigned i = 0; i < conf->n_clusters; i++) {
		const struct conf_cluster *c = &conf->clusters[i];
		const struct conf_cluster *before =
		    conf_find_cluster(old, c->name);

		if (before != NULL)
			diff_check_cluster(c, before, report);
	}
	for (unsigned i = 0; i < conf->n_listens; i++) {
		const struct conf_listen *l = &conf->listens[i];
		const struct conf_listen *before =
		    conf_find_listen(old, l->name);

		if (before != NULL)
			diff_check_body(option_scope(SCOPE_LISTEN), l, before,
			    place_of_listen(l, NULL), report);
	}
}
