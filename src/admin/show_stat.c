#include "admin/show.h"

#include "admin/call.h"

/* ---- stat ------------------------------------------------------------ */

static const struct column show_listen_heads[] = {
	{ .title = "listener" },
	{ .title = "cluster" },
	{ .title = "now", .kind = CELL_NUMBER },
	{ .title = "held_now", .kind = CELL_NUMBER },
};

static const struct column show_node_heads[] = {
	{ .title = "node" },
	{ .title = "now", .kind = CELL_NUMBER },
	{ .title = "maxconn", .kind = CELL_NUMBER },
};

enum {
	SHOW_LISTEN_HEADS = ARRAY_LEN(show_listen_heads),
	SHOW_NODE_HEADS = ARRAY_LEN(show_node_heads),
};

/* A counter keeps its name in JSON, whatever its column is called. */
static void
show_counter_columns(
    struct column *columns, const struct counter_info *counters, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		columns[i] = (struct column){
			.title = counters[i].title,
			.key = counters[i].name,
			.kind = CELL_NUMBER,
		};
}

static uint64_t
show_listen_now(const struct relay *relay, unsigned id,
    enum listen_counter begun, enum listen_counter ended)
{
	/* The ended ones first, so that the difference is never negative. */
	uint64_t n_ended = relay_listen_counter(relay, id, ended);

	return relay_listen_counter(relay, id, begun) - n_ended;
}

static void
show_listen_row(
    const struct relay *relay, const struct conf_listen *conf, struct table *t)
{
	table_add_text(t, conf->name);
	table_add_text(t, conf->cluster_name);
	table_add_number(
	    t, show_listen_now(relay, conf->id, LISTEN_opened, LISTEN_closed));
	table_add_number(
	    t, show_listen_now(relay, conf->id, LISTEN_held, LISTEN_unheld));
	for (unsigned i = 0; i < LISTEN_COUNTER_COUNT; i++)
		table_add_number(t, relay_listen_counter(relay, conf->id, i));
}

static void
show_listen_stat(const struct call *call, struct page *page)
{
	struct column columns[SHOW_LISTEN_HEADS + LISTEN_COUNTER_COUNT];
	const struct conf *conf = guard_conf(call->world->guard);
	struct table t;

	for (unsigned i = 0; i < SHOW_LISTEN_HEADS; i++)
		columns[i] = show_listen_heads[i];
	show_counter_columns(
	    columns + SHOW_LISTEN_HEADS, listen_counters, LISTEN_COUNTER_COUNT);
	table_init(&t, columns, ARRAY_LEN(columns));
	for (unsigned i = 0; i < conf->n_listens; i++)
		show_listen_row(call->world->relay, &conf->listens[i], &t);
	page_put_table(page, "listeners", &t);
	table_fini(&t);
}

static void
show_node_stat_row(const struct relay *relay,
    const struct conf_cluster *cluster, const struct conf_node *node,
    struct table *t)
{
	uint64_t closed =
	    relay_node_counter(relay, cluster->id, node->id, NODE_closed);

	table_add_textf(t, "%s/%s", cluster->name, node->name);
	table_add_number(t,
	    relay_node_counter(relay, cluster->id, node->id, NODE_opened) -
		closed);
	table_add_number(t, (uint64_t)node->maxconn);
	for (unsigned i = 0; i < NODE_COUNTER_COUNT; i++)
		table_add_number(
		    t, relay_node_counter(relay, cluster->id, node->id, i));
}

static void
show_node_stat(const struct call *call, struct page *page)
{
	struct column columns[SHOW_NODE_HEADS + NODE_COUNTER_COUNT];
	const struct conf *conf = guard_conf(call->world->guard);
	struct table t;

	for (unsigned i = 0; i < SHOW_NODE_HEADS; i++)
		columns[i] = show_node_heads[i];
	show_counter_columns(
	    columns + SHOW_NODE_HEADS, node_counters, NODE_COUNTER_COUNT);
	table_init(&t, columns, ARRAY_LEN(columns));
	for (unsigned i = 0; i < conf->n_clusters; i++)
		for (unsigned j = 0; j < conf->clusters[i].n_nodes; j++)
			show_node_stat_row(call->world->relay,
			    &conf->clusters[i], &conf->clusters[i].nodes[j],
			    &t);
	page_put_table(page, "nodes", &t);
	table_fini(&t);
}

void
show_stat(struct call *call)
{
	struct page page;

	call_open_page(call, &page);
	show_listen_stat(call, &page);
	show_node_stat(call, &page);
	call_done(call, &page);
}

/* ---- sessions -------------------------------------------------------- */

/* More would hold up the guard for longer than its heart may pause. */
enum { SHOW_SESSIONS_MAX = 10000 };

static const struct column show_session_columns[] = {
	{ .title = "id", .kind = CELL_NUMBER },
	{ .title = "worker", .kind = CELL_NUMBER },
	{ .title = "listener" },
	{ .title = "client" },
	{ .title = "node" },
	{ .title = "state" },
	{ .title = "age", .key = "age_us", .kind = CELL_DURATION },
	{ .title = "idle", .key = "idle_us", .kind = CELL_DURATION },
	{ .title = "in", .key = "bytes_in", .kind = CELL_BYTES },
	{ .title = "out", .key = "bytes_out", .kind = CELL_BYTES },
};

static const struct column show_sessions_columns[] = {
	{ .title = "sessions_listed", .kind = CELL_NUMBER },
	{ .title = "sessions_left_out", .kind = CELL_NUMBER },
};

/* The listener and the node may have been removed since. */
static void
show_session_place(
    const struct conf *conf, const struct session_info *info, struct table *t)
{
	const struct conf_listen *listen =
	    conf_listen_by_id(conf, info->listen_id);
	const struct conf_cluster *cluster = listen != NULL
	    ? conf_cluster_by_id(conf, listen->cluster_id)
	    : NULL;
	const struct conf_node *node = cluster != NULL && info->node_id >= 0
	    ? conf_node_by_id(cluster, (unsigned)info->node_id)
	    : NULL;

	table_add_text(t, listen != NULL ? listen->name : NULL);
	table_add_text(t, info->client);
	table_add_text(t, node != NULL ? node->name : NULL);
}

static void
show_session_row(
    const struct conf *conf, const struct session_info *info, struct table *t)
{
	table_add_number(t, info->id);
	table_add_number(t, info->worker);
	show_session_place(conf, info, t);
	table_add_text(t, info->state);
	table_add_duration(t, info->age_us);
	table_add_duration(t, info->idle_us);
	table_add_number(t, info->bytes_in);
	table_add_number(t, info->bytes_out);
}

/* For people only where something is missing. */
static void
show_sessions_count(struct page *page, unsigned n, unsigned n_shown)
{
	struct table t;

	if (n == n_shown && !page->is_json)
		return;
	table_init(&t, show_sessions_columns, ARRAY_LEN(show_sessions_columns));
	table_add_number(&t, n_shown);
	table_add_number(&t, n - n_shown);
	page_put_pairs(page, &t);
	table_fini(&t);
}

static void
show_on_sessions(void *arg, const struct session_info *sessions, unsigned n)
{
	struct call *call = arg;
	const struct conf *conf = guard_conf(call->world->guard);
	unsigned n_shown = n < SHOW_SESSIONS_MAX ? n : SHOW_SESSIONS_MAX;
	struct table t;
	struct page page;

	table_init(&t, show_session_columns, ARRAY_LEN(show_session_columns));
	for (unsigned i = 0; i < n_shown; i++)
		show_session_row(conf, &sessions[i], &t);
	call_open_page(call, &page);
	page_put_table(&page, "sessions", &t);
	show_sessions_count(&page, n, n_shown);
	call_done(call, &page);
	table_fini(&t);
}

void
show_sessions(struct call *call)
{
	relay_list(call->world->relay, show_on_sessions, call);
}
