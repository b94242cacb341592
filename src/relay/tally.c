#include "relay/tally.h"

#include "relay/relay_private.h"

#include <string.h>

uint64_t
relay_listen_counter(
    const struct relay *r, unsigned listen_id, enum listen_counter counter)
{
	uint64_t sum = r->others.listen[listen_id][counter];

	CHECK(listen_id < CONF_LISTENS_MAX && counter < LISTEN_COUNTER_COUNT);
	for (unsigned i = 0; i < r->crew.n; i++)
		sum += stats_get(
		    &r->crew.workers[i]->listen_stats[listen_id].at[counter]);
	return sum;
}

uint64_t
relay_node_counter(const struct relay *r, unsigned cluster_id, unsigned node_id,
    enum node_counter counter)
{
	uint64_t sum = r->others.node[cluster_id][node_id][counter];

	CHECK(cluster_id < CONF_CLUSTERS_MAX && node_id < NODES_MAX);
	CHECK(counter < NODE_COUNTER_COUNT);
	for (unsigned i = 0; i < r->crew.n; i++)
		sum += stats_get(&r->crew.workers[i]
				      ->node_stats[cluster_id][node_id]
				      .at[counter]);
	return sum;
}

static void
tally_add(struct relay_counts *counts, const char *name, uint64_t value)
{
	_Static_assert(
	    (int)LISTEN_COUNTER_COUNT <= (int)RELAY_COUNTS_MAX, "room");
	_Static_assert(
	    (int)NODE_COUNTER_COUNT <= (int)RELAY_COUNTS_MAX, "room");
	if (value == 0)
		return;
	counts->at[counts->n].name = name;
	counts->at[counts->n++].value = value;
}

static bool
tally_tell_listen(struct relay *r, const struct conf_listen *listen,
    relay_counts_fn *fn, void *arg)
{
	struct relay_counts counts = { .of = listen->name };
	uint64_t now[LISTEN_COUNTER_COUNT];
	uint64_t *told = r->told.listen[listen->id];

	for (int i = 0; i < LISTEN_COUNTER_COUNT; i++) {
		now[i] = relay_listen_counter(r, listen->id, i);
		tally_add(&counts, listen_counters[i].name, now[i] - told[i]);
	}
	if (counts.n == 0)
		return true;
	if (!fn(arg, &counts))
		return false;
	memcpy(told, now, sizeof(now));
	return true;
}

static bool
tally_tell_node(struct relay *r, const struct conf_cluster *cluster,
    const struct conf_node *node, relay_counts_fn *fn, void *arg)
{
	struct relay_counts counts = { .of = cluster->name,
		.node = node->name };
	uint64_t now[NODE_COUNTER_COUNT];
	uint64_t *told = r->told.node[cluster->id][node->id];

	for (int i = 0; i < NODE_COUNTER_COUNT; i++) {
		now[i] = relay_node_counter(r, cluster->id, node->id, i);
		tally_add(&counts, node_counters[i].name, now[i] - told[i]);
	}
	if (counts.n == 0)
		return true;
	if (!fn(arg, &counts))
		return false;
	memcpy(told, now, sizeof(now));
	return true;
}

bool
relay_tell_counts(struct relay *r, relay_counts_fn *fn, void *arg)
{
	bool is_told = true;

	for (unsigned i = 0; i < r->conf->n_listens && is_told; i++)
		is_told = tally_tell_listen(r, &r->conf->listens[i], fn, arg);
	for (unsigned i = 0; i < r->conf->n_clusters; i++) {
		const struct conf_cluster *c = &r->conf->clusters[i];

		for (unsigned k = 0; k < c->n_nodes && is_told; k++)
			is_told = tally_tell_node(r, c, &c->nodes[k], fn, arg);
	}
	return is_told;
}

void
relay_forget_told(struct relay *r)
{
	memset(&r->told, 0, sizeof(r->told));
	memset(r->told_used, 0, sizeof(r->told_used));
}

/* Before the first relay_commit what was prepared will be in force. */
static const struct conf *
tally_conf(const struct relay *r)
{
	return r->conf != NULL ? r->conf : r->prepared;
}

static void
tally_take_listen(
    struct relay *r, const char *listener, const char *counter, uint64_t value)
{
	const struct conf_listen *listen =
	    conf_find_listen(tally_conf(r), listener);

	for (int i = 0; listen != NULL && i < LISTEN_COUNTER_COUNT; i++)
		if (strcmp(listen_counters[i].name, counter) == 0)
			r->others.listen[listen->id][i] += value;
}

static void
tally_take_node(struct relay *r, const char *cluster, const char *node,
    const char *counter, uint64_t value)
{
	const struct conf_cluster *c =
	    conf_find_cluster(tally_conf(r), cluster);
	const struct conf_node *n = c != NULL ? conf_find_node(c, node) : NULL;

	for (int i = 0; n != NULL && i < NODE_COUNTER_COUNT; i++)
		if (strcmp(node_counters[i].name, counter) == 0)
			r->others.node[c->id][n->id][i] += value;
}

void
relay_take_count(struct relay *r, const char *of, const char *node,
    const char *counter, uint64_t value)
{
	CHECK_OBJ(r, RELAY_MAGIC);
	if (node == NULL)
		tally_take_listen(r, of, counter, value);
	else
		tally_take_node(r, of, node, counter, value);
}

/* ---- room --------------------------------------------------------------- */

static bool
tally_tell_used(struct relay *r, const struct conf_cluster *c,
    const struct conf_node *n, relay_used_fn *fn, void *arg)
{
	int64_t used = atomic_load(&r->room.clusters[c->id].node_used[n->id]) -
	    r->lent[c->id][n->id];
	int64_t *told = &r->told_used[c->id][n->id];

	if (used == *told)
		return true;
	if (!fn(arg, c->name, n->name, (uint64_t)used))
		return false;
	*told = used;
	return true;
}

bool
relay_tell_used(struct relay *r, relay_used_fn *fn, void *arg)
{
	bool is_told = true;

	for (unsigned i = 0; i < r->conf->n_clusters; i++) {
		const struct conf_cluster *c = &r->conf->clusters[i];

		for (unsigned k = 0; k < c->n_nodes && is_told; k++)
			is_told = tally_tell_used(r, c, &c->nodes[k], fn, arg);
	}
	return is_told;
}

/* Whoever waits may have room: each worker looks. */
static void
tally_wake(struct relay *r, unsigned cluster_id)
{
	static const struct worker_message message = { .kind = WORKER_ROOM };

	for (unsigned i = 0; i < r->n_started; i++) {
		struct worker *w = r->crew.workers[i];

		if (atomic_fetch_or(&w->asked, UINT64_C(1) << cluster_id) == 0)
			worker_post(w, &message);
	}
}

void
relay_lend(
    struct relay *r, const char *cluster, const char *node, int64_t change)
{
	const struct conf_cluster *c =
	    conf_find_cluster(tally_conf(r), cluster);
	const struct conf_node *n = c != NULL ? conf_find_node(c, node) : NULL;
	struct cluster_room *room;

	CHECK_OBJ(r, RELAY_MAGIC);
	if (n == NULL)
		return;
	/* It was lent under this name before the file took it away? */
	if (r->lent[c->id][n->id] + change < 0)
		change = -r->lent[c->id][n->id];
	room = &r->room.clusters[c->id];
	r->lent[c->id][n->id] += change;
	atomic_fetch_add(&room->node_used[n->id], change);
	atomic_fetch_add(&room->used, change);
	if (change < 0)
		tally_wake(r, c->id);
}

void
relay_take_back(struct relay *r)
{
	CHECK_OBJ(r, RELAY_MAGIC);
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		for (unsigned k = 0; k < CONF_NODES_MAX; k++) {
			int64_t lent = r->lent[i][k];

			if (lent == 0)
				continue;
			r->lent[i][k] = 0;
			atomic_fetch_sub(&r->room.clusters[i].used, lent);
			atomic_fetch_sub(
			    &r->room.clusters[i].node_used[k], lent);
			tally_wake(r, i);
		}
}
