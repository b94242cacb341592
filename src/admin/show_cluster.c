#include "admin/show.h"

#include "admin/call.h"
#include "core/candidate.h"
#include "core/rules.h"

/* One cluster as its configuration, its brain and the relay know it. */
struct show_cluster {
	const struct call *call;
	const struct conf_cluster *conf;
	const struct cluster *brain;
};

static const char *
show_slot_name(const struct cluster *c, int slot)
{
	if (slot == NODE_FOREIGN)
		return "foreign";
	return slot >= 0 ? c->nodes[slot].name : NULL;
}

/* Positions of MariaDB and MySQL are transactions. */
static void
show_init_table(struct table *t, const struct conf_cluster *conf,
    const struct column *bytes, const struct column *transactions, size_t n)
{
	table_init(
	    t, conf->protocol == PROTOCOL_MYSQL ? transactions : bytes, n);
}

/* ---- the line of a cluster ------------------------------------------- */

/* clang-format off */
#define SHOW_CLUSTER_COLUMNS(loss_title) \
	{ \
		{ .title = "cluster" }, \
		{ .title = "phase" }, \
		{ .title = "epoch", .kind = CELL_NUMBER }, \
		{ .title = "primary" }, \
		{ .title = "last_primary" }, \
		{ .title = "held", .kind = CELL_BOOL }, \
		{ .title = "failover" }, \
		{ .title = "paused", .kind = CELL_BOOL }, \
		{ .title = "sync_replicas", .kind = CELL_NUMBER }, \
		{ .title = loss_title, .kind = CELL_NUMBER }, \
		{ .title = "since", .key = "since_us", .kind = CELL_DURATION }, \
		{ .title = "why" }, \
	}
/* clang-format on */

static const struct column show_cluster_columns[] =
    SHOW_CLUSTER_COLUMNS("loss_bytes");
static const struct column show_cluster_columns_mysql[] =
    SHOW_CLUSTER_COLUMNS("loss_transactions");

static void
show_cluster_pairs(const struct show_cluster *s, struct page *page)
{
	const struct cluster *c = s->brain;
	struct table t;

	show_init_table(&t, s->conf, show_cluster_columns,
	    show_cluster_columns_mysql, ARRAY_LEN(show_cluster_columns));
	table_add_text(&t, c->name);
	table_add_text(&t, phase_names[c->phase]);
	table_add_number(&t, c->epoch);
	table_add_text(&t, show_slot_name(c, c->published.writer));
	table_add_text(&t, show_slot_name(c, c->primary));
	table_add_bool(&t, c->published.writer < 0);
	table_add_text(&t, conf_failover_names[s->conf->failover]);
	table_add_bool(&t, c->is_paused);
	table_add_number(&t, candidate_acks(c));
	table_add_number(&t, c->loss_bytes);
	table_add_duration(&t, s->call->now - c->phase_at);
	table_add_text(&t, c->why);
	page_put_pairs(page, &t);
	table_fini(&t);
}

/* ---- what it waits for ----------------------------------------------- */

static const struct column show_waits_columns[] = {
	{ .title = "waits_for" },
};

static void
show_fact_texts(uint64_t bits, const char *lead, struct text *out)
{
	for (unsigned i = 0; i < FACT_COUNT; i++) {
		if ((bits & UINT64_C(1) << i) == 0)
			continue;
		text_addf(out, "%s%s%s", out->len > 0 ? "; " : "", lead,
		    fact_texts[i]);
	}
}

static void
show_waits_text(const struct show_cluster *s, struct text *out)
{
	uint64_t missing, hindering;
	struct facts f;

	if (s->brain->phase != PHASE_HOLD && s->brain->phase != PHASE_LOST)
		return;
	facts_derive(&f, s->brain, NODE_NONE, s->call->now);
	rules_waiting(&f, &missing, &hindering);
	show_fact_texts(missing, "", out);
	show_fact_texts(hindering, "hindered: ", out);
}

/* In JSON the key is always there. */
static void
show_cluster_waits(const struct show_cluster *s, struct page *page)
{
	struct text text = TEXT_INIT;
	struct table t;

	show_waits_text(s, &text);
	if (text.len > 0 || page->is_json) {
		table_init(
		    &t, show_waits_columns, ARRAY_LEN(show_waits_columns));
		table_add_text(&t, text_cstr(&text));
		page_put_pairs(page, &t);
		table_fini(&t);
	}
	text_fini(&text);
}

/* ---- who appoints its primary ---------------------------------------- */

static const struct column show_appointed_columns[] = {
	{ .title = "appointed" },
	{ .title = "appointed_address" },
	{ .title = "sentinels_heard" },
};

static const struct column show_sentinel_columns[] = {
	{ .title = "sentinel" },
	{ .title = "heard", .kind = CELL_BOOL },
	{ .title = "epoch", .kind = CELL_NUMBER },
	{ .title = "appoints" },
	{ .title = "detail" },
};

static void
show_appointed_pairs(const struct show_cluster *s,
    const struct guard_appointed *it, struct page *page)
{
	struct table t;

	table_init(
	    &t, show_appointed_columns, ARRAY_LEN(show_appointed_columns));
	table_add_text(&t, show_slot_name(s->brain, it->node));
	table_add_text(&t, it->address);
	if (it->n_sentinels > 0)
		table_add_textf(&t, "%u/%u", it->n_heard, it->n_sentinels);
	else
		table_add_none(&t);
	page_put_pairs(page, &t);
	table_fini(&t);
}

static void
show_sentinel_row(const struct sentinel_state *state, struct table *t)
{
	char address[ENDPOINT_TEXT_LEN];

	table_add_text(t, endpoint_format(&state->address, address));
	table_add_bool(t, state->is_heard);
	if (state->is_heard) {
		table_add_number(t, state->epoch);
		table_add_text(t, state->primary);
	} else {
		table_add_none(t);
		table_add_none(t);
	}
	table_add_text(t, state->detail);
}

/* In JSON the keys are always there. */
static void
show_cluster_authority(const struct show_cluster *s, struct page *page)
{
	const struct guard *guard = s->call->world->guard;
	struct guard_appointed it = guard_appointed(guard, s->conf->id);
	struct sentinel_state state;
	struct table t;

	if (it.n_sentinels == 0 && !page->is_json)
		return;
	show_appointed_pairs(s, &it, page);
	table_init(&t, show_sentinel_columns, ARRAY_LEN(show_sentinel_columns));
	for (unsigned i = 0; guard_sentinel(guard, s->conf->id, i, &state); i++)
		show_sentinel_row(&state, &t);
	page_put_table(page, "sentinels", &t);
	table_fini(&t);
}

/* ---- its nodes ------------------------------------------------------- */

/* clang-format off */
#define SHOW_NODE_COLUMNS(lag_title) \
	{ \
		{ .title = "node" }, \
		{ .title = "address" }, \
		{ .title = "at" }, \
		{ .title = "role" }, \
		{ .title = "health" }, \
		{ .title = "admin" }, \
		{ .title = "standing" }, \
		{ .title = "read", .kind = CELL_BOOL }, \
		{ .title = lag_title, .kind = CELL_NUMBER }, \
		{ .title = "position", .kind = CELL_NUMBER }, \
		{ .title = "upstream" }, \
		{ .title = "priority", .kind = CELL_NUMBER }, \
		{ .title = "weight", .kind = CELL_NUMBER }, \
		{ .title = "sessions", .kind = CELL_NUMBER }, \
		{ .title = "verdict" }, \
		{ .title = "detail" }, \
	}
/* clang-format on */

static const struct column show_node_columns[] = SHOW_NODE_COLUMNS("lag_bytes");
static const struct column show_node_columns_mysql[] =
    SHOW_NODE_COLUMNS("lag_transactions");

/* Nodes without roles of their own have the one that we gave them. */
static const char *
show_node_role(const struct cluster *c, int slot)
{
	if (c->policy.has_roles)
		return role_names[c->nodes[slot].report.role];
	return slot == c->primary ? role_names[ROLE_PRIMARY] : NULL;
}

static const char *
show_node_standing(const struct cluster *c, int slot)
{
	const struct node *n = &c->nodes[slot];

	if (n->is_quarantined)
		return "QUARANTINED";
	if (n->is_excluded)
		return "EXCLUDED";
	if (n->is_flapping)
		return "FLAPPING";
	if (n->health.last == VERDICT_LOGIN)
		return "LOGIN";
	if (c->policy.has_roles && slot != c->primary &&
	    !view_is_following(c, slot))
		return "UNPROVEN";
	return "OK";
}

static void
show_node_position(const struct cluster *c, int slot, struct table *t)
{
	const struct report *r = &c->nodes[slot].report;

	if (!c->policy.has_roles || r->role == ROLE_UNKNOWN) {
		table_add_none(t);
		table_add_none(t);
		table_add_none(t);
		return;
	}
	table_add_number(t, view_lag_bytes(c, slot));
	table_add_number(t, r->position);
	table_add_text(
	    t, r->role == ROLE_REPLICA ? show_slot_name(c, r->upstream) : NULL);
}

static uint64_t
show_node_sessions(const struct show_cluster *s, unsigned node_id)
{
	const struct relay *relay = s->call->world->relay;
	uint64_t closed;

	closed = relay_node_counter(relay, s->conf->id, node_id, NODE_closed);
	return relay_node_counter(relay, s->conf->id, node_id, NODE_opened) -
	    closed;
}

static void
show_node_row(
    const struct show_cluster *s, const struct conf_node *conf, struct table *t)
{
	const struct cluster *c = s->brain;
	const struct node *n = &c->nodes[conf->id];
	const struct endpoint *at =
	    guard_node_address(s->call->world->guard, s->conf->id, conf->id);
	char address[ENDPOINT_TEXT_LEN];
	int slot = (int)conf->id;

	table_add_text(t, conf->name);
	table_add_text(t, endpoint_format(&conf->address, address));
	table_add_text(
	    t, endpoint_is_set(at) ? endpoint_format(at, address) : NULL);
	table_add_text(t, show_node_role(c, slot));
	table_add_text(t, health_names[n->health.state]);
	table_add_text(t, admin_names[n->admin]);
	table_add_text(t, show_node_standing(c, slot));
	table_add_bool(t, c->published.nodes[slot].is_reader);
	show_node_position(c, slot, t);
	table_add_number(t, n->priority);
	table_add_number(t, n->weight);
	table_add_number(t, show_node_sessions(s, conf->id));
	table_add_text(
	    t, n->health.judged_at != 0 ? verdict_names[n->health.last] : NULL);
	table_add_text(
	    t, guard_node_detail(s->call->world->guard, s->conf->id, conf->id));
}

static void
show_cluster_nodes(const struct show_cluster *s, struct page *page)
{
	struct table t;

	show_init_table(&t, s->conf, show_node_columns, show_node_columns_mysql,
	    ARRAY_LEN(show_node_columns));
	for (unsigned i = 0; i < s->conf->n_nodes; i++)
		show_node_row(s, &s->conf->nodes[i], &t);
	page_put_table(page, "nodes", &t);
	table_fini(&t);
}

static void
show_one_cluster(
    const struct call *call, const struct conf_cluster *conf, struct page *page)
{
	const struct show_cluster s = {
		.call = call,
		.conf = conf,
		.brain = guard_brain(call->world->guard, conf->id),
	};

	CHECK(s.brain != NULL);
	page_open_item(page);
	show_cluster_pairs(&s, page);
	show_cluster_waits(&s, page);
	show_cluster_authority(&s, page);
	show_cluster_nodes(&s, page);
	page_close_item(page);
}

void
show_cluster(struct call *call)
{
	const struct conf *conf = guard_conf(call->world->guard);
	const struct conf_cluster *only = NULL;
	const char *name = call_arg(call, 0);
	struct page page;

	if (name != NULL) {
		only = call_cluster(call, name);
		if (only == NULL)
			return;
	}
	call_open_page(call, &page);
	page_open_list(&page, "clusters");
	for (unsigned i = 0; i < conf->n_clusters; i++)
		if (only == NULL || only == &conf->clusters[i])
			show_one_cluster(call, &conf->clusters[i], &page);
	page_close_list(&page);
	call_done(call, &page);
}

/* ---- candidates ------------------------------------------------------ */

/* clang-format off */
#define SHOW_CANDIDATE_COLUMNS(lag_title) \
	{ \
		{ .title = "node" }, \
		{ .title = "fit", .kind = CELL_BOOL }, \
		{ .title = "best", .kind = CELL_BOOL }, \
		{ .title = "role" }, \
		{ .title = lag_title, .kind = CELL_NUMBER }, \
		{ .title = "position", .kind = CELL_NUMBER }, \
		{ .title = "upstream" }, \
		{ .title = "priority", .kind = CELL_NUMBER }, \
		{ .title = "reason" }, \
	}
/* clang-format on */

static const struct column show_candidate_columns[] =
    SHOW_CANDIDATE_COLUMNS("lag_bytes");
static const struct column show_candidate_columns_mysql[] =
    SHOW_CANDIDATE_COLUMNS("lag_transactions");

static void
show_candidate_row(
    const struct cluster *c, const struct conf_node *conf, struct table *t)
{
	int slot = (int)conf->id;
	enum fitness fitness = candidate_fitness(c, slot);

	table_add_text(t, conf->name);
	table_add_bool(t, fitness == FIT);
	table_add_bool(t, candidate_choose(c) == slot);
	table_add_text(t, show_node_role(c, slot));
	show_node_position(c, slot, t);
	table_add_number(t, c->nodes[slot].priority);
	table_add_text(t, fitness_texts[fitness]);
}

void
show_candidates(struct call *call)
{
	const struct conf_cluster *conf = call_cluster(call, call_arg(call, 0));
	struct table t;
	struct page page;

	if (conf == NULL)
		return;
	show_init_table(&t, conf, show_candidate_columns,
	    show_candidate_columns_mysql, ARRAY_LEN(show_candidate_columns));
	for (unsigned i = 0; i < conf->n_nodes; i++)
		show_candidate_row(guard_brain(call->world->guard, conf->id),
		    &conf->nodes[i], &t);
	call_open_page(call, &page);
	page_put_table(&page, "candidates", &t);
	call_done(call, &page);
	table_fini(&t);
}
