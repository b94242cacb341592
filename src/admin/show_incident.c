#include "admin/show.h"

#include "admin/call.h"
#include "admin/show_time.h"
#include "guard/record/incident.h"
#include "guard/record/replay.h"

#include <stdio.h>
#include <string.h>

/* ---- record ---------------------------------------------------------- */

static const struct column show_record_columns[] = {
	{ .title = "line" },
};

static void
show_write_record(
    const struct call *call, const struct conf_cluster *conf, struct text *out)
{
	const struct admin_world *world = call->world;
	struct incident_head head = {
		.wall_us = show_wall_of(call->now, call->now),
		.now_us = call->now,
	};

	snprintf(head.regent, sizeof(head.regent), "%s", world->version);
	incident_write(guard_record(world->guard, conf->id),
	    guard_brain(world->guard, conf->id), &head, out);
}

/* The same lines, each the member of an object. */
static void
show_record_json(struct page *page, char *lines)
{
	struct table t;
	char *line;

	table_init(&t, show_record_columns, ARRAY_LEN(show_record_columns));
	while ((line = strsep(&lines, "\n")) != NULL)
		if (line[0] != '\0')
			table_add_text(&t, line);
	page_put_lines(page, "lines", &t);
	table_fini(&t);
}

void
show_record(struct call *call)
{
	const struct conf_cluster *conf = call_cluster(call, call_arg(call, 0));
	struct text lines = TEXT_INIT;
	struct page page;

	if (conf == NULL)
		return;
	show_write_record(call, conf, &lines);
	call_open_page(call, &page);
	if (call->is_json)
		show_record_json(&page, lines.at);
	else
		text_add_bytes(page.out, lines.at, lines.len);
	call_done(call, &page);
	text_fini(&lines);
}

/* ---- explain --------------------------------------------------------- */

/* What there is to explain, and with what. */
struct show_tale {
	const struct call *call;
	const struct conf_cluster *conf;
	const struct cluster *brain;
	const struct episode *episode;
	struct page page;
	struct table *sentences;
};

/* Positions of MariaDB and MySQL are transactions. */
/* clang-format off */
#define SHOW_EPISODE_COLUMNS(lost_key, lost_kind) \
	{ \
		{ .title = "cluster" }, \
		{ .title = "kind" }, \
		{ .title = "state" }, \
		{ .title = "began" }, \
		{ .title = "cause" }, \
		{ .title = "result" }, \
		{ .title = "from" }, \
		{ .title = "to" }, \
		{ .title = "epoch_before", .kind = CELL_NUMBER }, \
		{ .title = "epoch", .kind = CELL_NUMBER }, \
		{ .title = "attempts", .kind = CELL_NUMBER }, \
		{ .title = "lost", .key = lost_key, .kind = lost_kind }, \
		{ .title = "total", .key = "total_us", .kind = CELL_DURATION }, \
		{ .title = "outage", .key = "outage_us", .kind = CELL_DURATION }, \
	}
/* clang-format on */

static const struct column show_episode_columns[] =
    SHOW_EPISODE_COLUMNS("lost_bytes", CELL_BYTES);
static const struct column show_episode_columns_mysql[] =
    SHOW_EPISODE_COLUMNS("lost_transactions", CELL_NUMBER);

static void
show_add_between(struct table *t, usec_t from, usec_t until, usec_t now)
{
	if (from == EPISODE_NEVER)
		table_add_none(t);
	else
		table_add_duration(
		    t, (until != EPISODE_NEVER ? until : now) - from);
}

static void
show_episode(struct show_tale *tale)
{
	const struct episode *e = tale->episode;
	usec_t now = tale->call->now;
	char buf[SHOW_TIME_LEN];
	struct table t;

	table_init(&t,
	    tale->conf->protocol == PROTOCOL_MYSQL ? show_episode_columns_mysql
						   : show_episode_columns,
	    ARRAY_LEN(show_episode_columns));
	table_add_text(&t, tale->conf->name);
	table_add_text(&t, episode_names[e->kind]);
	table_add_text(&t, episode_end_names[e->end]);
	table_add_text(&t, show_format_instant(e->at[INSTANT_SIGN], now, buf));
	table_add_text(&t, e->cause);
	table_add_text(&t, e->outcome);
	table_add_text(&t, e->from);
	table_add_text(&t, e->to);
	table_add_number(&t, e->from_epoch);
	table_add_number(
	    &t, e->end != EPISODE_OPEN ? e->to_epoch : tale->brain->epoch);
	table_add_number(&t, e->attempts);
	table_add_number(&t, e->loss_bytes);
	show_add_between(&t, e->at[INSTANT_SIGN],
	    e->end == EPISODE_OPEN || e->at[INSTANT_PUBLISHED] != EPISODE_NEVER
		? e->at[INSTANT_RELEASED]
		: e->ended_at,
	    now);
	show_add_between(&t, e->at[INSTANT_HELD], e->at[INSTANT_RELEASED], now);
	page_put_facts(&tale->page, &t);
	table_fini(&t);
}

static const struct column show_phase_columns[] = {
	{ .title = "phase" },
	{ .title = "state" },
	{ .title = "time" },
	{ .title = "after", .key = "after_us", .kind = CELL_DURATION },
	{ .title = "took", .key = "took_us", .kind = CELL_DURATION },
	{ .title = "what" },
};

static void
show_phase(const struct show_tale *tale, enum span span, struct table *t)
{
	const struct episode *e = tale->episode;
	usec_t now = tale->call->now, from, until;
	char buf[SHOW_TIME_LEN];

	table_add_text(t, span_names[span]);
	if (!episode_span(e, span, &from, &until)) {
		table_add_none(t);
		table_add_none(t);
		table_add_none(t);
		table_add_none(t);
	} else {
		table_add_text(t, until != EPISODE_NEVER ? "done" : "so far");
		table_add_text(t, show_format_instant(from, now, buf));
		table_add_duration(t, from - e->at[INSTANT_SIGN]);
		show_add_between(t, from, until, now);
	}
	table_add_text(t, span_texts[span]);
}

static void
show_phases(struct show_tale *tale)
{
	struct table t;

	table_init(&t, show_phase_columns, ARRAY_LEN(show_phase_columns));
	for (int i = 0; i < SPAN_COUNT; i++)
		show_phase(tale, (enum span)i, &t);
	page_put_table(&tale->page, "phases", &t);
	table_fini(&t);
}

static const struct column show_follower_columns[] = {
	{ .title = "node" },
	{ .title = "follows_after",
	    .key = "follows_after_us",
	    .kind = CELL_DURATION },
	{ .title = "health" },
};

/* The other nodes, from when the new primary was routed. */
static void
show_followers(struct show_tale *tale)
{
	const struct episode *e = tale->episode;
	const struct cluster *c = tale->brain;
	struct table t;

	if (e->at[INSTANT_PUBLISHED] == EPISODE_NEVER || !c->policy.has_roles)
		return;
	table_init(&t, show_follower_columns, ARRAY_LEN(show_follower_columns));
	for (int i = 0; i < NODES_MAX; i++) {
		if (!c->nodes[i].is_used || i == c->primary)
			continue;
		table_add_text(&t, c->nodes[i].name);
		if (e->followed_at[i] != EPISODE_NEVER)
			table_add_duration(
			    &t, e->followed_at[i] - e->at[INSTANT_PUBLISHED]);
		else
			table_add_none(&t);
		table_add_text(&t, health_names[c->nodes[i].health.state]);
	}
	page_put_table(&tale->page, "followers", &t);
	table_fini(&t);
}

static const struct column show_sentence_columns[] = {
	{ .title = "time" },
	{ .title = "after", .key = "after_us", .kind = CELL_DURATION },
	{ .title = "sentence" },
};

static void
show_on_sentence(void *arg, usec_t then, const char *sentence)
{
	const struct show_tale *tale = arg;
	char buf[SHOW_TIME_LEN];

	table_add_text(
	    tale->sentences, show_format_instant(then, tale->call->now, buf));
	table_add_duration(
	    tale->sentences, then - tale->episode->at[INSTANT_SIGN]);
	table_add_text(tale->sentences, sentence);
}

static void
show_sentences(struct show_tale *tale)
{
	usec_t from, until;
	struct table t;

	table_init(&t, show_sentence_columns, ARRAY_LEN(show_sentence_columns));
	tale->sentences = &t;
	episode_bounds(tale->episode, &from, &until);
	replay_tell(guard_record(tale->call->world->guard, tale->conf->id),
	    from, until, show_on_sentence, tale);
	page_put_lines(&tale->page, "story", &t);
	table_fini(&t);
}

static const struct column show_nothing_columns[] = {
	{ .title = "cluster" },
	{ .title = "kind" },
};

static void
show_nothing(struct show_tale *tale)
{
	struct table t;

	if (!tale->call->is_json) {
		text_addf(tale->page.out,
		    "%s: no failover since regent started\n", tale->conf->name);
		return;
	}
	table_init(&t, show_nothing_columns, ARRAY_LEN(show_nothing_columns));
	table_add_text(&t, tale->conf->name);
	table_add_text(&t, episode_names[EPISODE_NONE]);
	page_put_facts(&tale->page, &t);
	table_fini(&t);
}

void
show_explain(struct call *call)
{
	const struct conf_cluster *conf = call_cluster(call, call_arg(call, 0));
	struct show_tale tale = { .call = call, .conf = conf };

	if (conf == NULL)
		return;
	tale.brain = guard_brain(call->world->guard, conf->id);
	tale.episode = guard_episode(call->world->guard, conf->id);
	call_open_page(call, &tale.page);
	if (tale.episode->kind == EPISODE_NONE) {
		show_nothing(&tale);
	} else {
		show_episode(&tale);
		show_phases(&tale);
		show_followers(&tale);
		show_sentences(&tale);
	}
	call_done(call, &tale.page);
}
