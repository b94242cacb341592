#include "admin/show.h"

#include "admin/call.h"
#include "base/mem.h"
#include "core/rules.h"

#include <stdlib.h>
#include <time.h>

enum { SHOW_TIME_LEN = 40 };

/* RFC 3339, UTC, with milliseconds. */
static const char *
show_format_time(const struct timespec *wall, char *buf)
{
	struct tm tm;
	size_t len;

	gmtime_r(&wall->tv_sec, &tm);
	len = strftime(buf, SHOW_TIME_LEN, "%Y-%m-%dT%H:%M:%S", &tm);
	text_append(
	    buf, SHOW_TIME_LEN, &len, ".%03ldZ", wall->tv_nsec / 1000000);
	return buf;
}

/* ---- events ---------------------------------------------------------- */

static const struct column show_event_columns[] = {
	{ .title = "time" },
	{ .title = "cluster" },
	{ .title = "node" },
	{ .title = "text" },
};

struct show_line {
	const struct conf_cluster *cluster;
	const struct record_line *line;
	unsigned order; /* in which they were told, at the same instant */
};

struct show_lines {
	struct show_line *at;
	unsigned n;
};

static int
show_compare_lines(const void *left, const void *right)
{
	const struct show_line *a = left, *b = right;

	if (a->line->now != b->line->now)
		return a->line->now < b->line->now ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void
show_collect_lines(const struct call *call, const struct conf_cluster *cluster,
    struct show_lines *lines)
{
	const struct record_ring *ring =
	    guard_record(call->world->guard, cluster->id);
	const struct record_line *line;

	CHECK(ring != NULL);
	for (unsigned i = 0; (line = record_line_at(ring, i)) != NULL; i++) {
		lines->at[lines->n] = (struct show_line){
			.cluster = cluster,
			.line = line,
			.order = lines->n,
		};
		lines->n++;
	}
}

static void
show_put_lines(struct call *call, const struct show_lines *lines)
{
	char buf[SHOW_TIME_LEN];
	struct table t;
	struct page page;

	table_init(&t, show_event_columns, ARRAY_LEN(show_event_columns));
	for (unsigned i = 0; i < lines->n; i++) {
		const struct show_line *l = &lines->at[i];

		table_add_text(&t, show_format_time(&l->line->wall, buf));
		table_add_text(&t, l->cluster->name);
		table_add_text(&t, l->line->node);
		table_add_text(&t, l->line->text);
	}
	call_open_page(call, &page);
	page_put_lines(&page, "events", &t);
	call_done(call, &page);
	table_fini(&t);
}

void
show_events(struct call *call)
{
	const struct conf *conf = guard_conf(call->world->guard);
	const struct conf_cluster *only = NULL;
	const char *name = call_arg(call, 0);
	struct show_lines lines = { .n = 0 };

	if (name != NULL) {
		only = call_cluster(call, name);
		if (only == NULL)
			return;
	}
	lines.at = mem_new(
	    (conf->n_clusters + 1) * RECORD_LINES_MAX * sizeof(*lines.at));
	for (unsigned i = 0; i < conf->n_clusters; i++)
		if (only == NULL || only == &conf->clusters[i])
			show_collect_lines(call, &conf->clusters[i], &lines);
	qsort(lines.at, lines.n, sizeof(*lines.at), show_compare_lines);
	show_put_lines(call, &lines);
	free(lines.at);
}

/* ---- record ---------------------------------------------------------- */

static const struct column show_record_columns[] = {
	{ .title = "time" },
	{ .title = "event" },
	{ .title = "node" },
	{ .title = "rule" },
	{ .title = "phase" },
	{ .title = "epoch", .kind = CELL_NUMBER },
	{ .title = "what" },
};

static const char *
show_event_node(const struct cluster *c, const struct event *ev)
{
	int slot = ev->kind == EV_ORDER ? ev->order.node : ev->node;

	return slot >= 0 && slot < NODES_MAX ? c->nodes[slot].name : NULL;
}

/* What of the report could have made a difference. */
static void
show_report(const struct event *ev, struct text *out)
{
	const struct report *r = &ev->report;

	if (!ev->has_report)
		return;
	text_addf(out, " role=%s position=%llu", role_names[r->role],
	    (unsigned long long)r->position);
	if (r->role == ROLE_REPLICA)
		text_addf(out, " linked=%s", r->is_linked ? "yes" : "no");
}

static void
show_event_what(const struct event *ev, struct text *out)
{
	switch (ev->kind) {
	case EV_VERDICT:
		text_add(out, verdict_names[ev->verdict]);
		show_report(ev, out);
		break;
	case EV_RESULT:
		text_addf(out, "%s seq=%u", ev->is_ok ? "ok" : "failed",
		    (unsigned)ev->seq);
		show_report(ev, out);
		break;
	case EV_BARRIER:
		text_addf(out, "epoch=%llu", (unsigned long long)ev->epoch);
		break;
	case EV_ORDER:
		text_add(out, order_names[ev->order.kind]);
		break;
	case EV_ADMIN:
		text_add(out, admin_names[ev->admin]);
		break;
	case EV_PAUSE:
		text_add(out, ev->is_ok ? "paused" : "resumed");
		break;
	case EV_REPLAY:
		text_addf(out, "epoch=%llu position=%llu",
		    (unsigned long long)ev->memory.epoch,
		    (unsigned long long)ev->memory.position);
		break;
	case EV_TICK:
	case EV_PASSIVE:
	case EV_CLOCK:
	case EV_REJOIN:
	case EV_POLICY:
	case EV_NODE_ADD:
	case EV_NODE_REMOVE:
	case EV_APPOINT:
	case EV_COUNT:
		break; /* the name says it all */
	}
}

/* The recorder knows the monotonic clock only. */
static void
show_wall_of(usec_t then, usec_t now, struct timespec *wall)
{
	usec_t us;

	clock_gettime(CLOCK_REALTIME, wall);
	us = wall->tv_sec * USEC_SEC + wall->tv_nsec / 1000 - (now - then);
	wall->tv_sec = us / USEC_SEC;
	wall->tv_nsec = us % USEC_SEC * 1000;
}

static void
show_record_row(const struct call *call, const struct cluster *c,
    const struct record_entry *e, struct table *t)
{
	struct text what = TEXT_INIT;
	char buf[SHOW_TIME_LEN];
	struct timespec wall;

	show_wall_of(e->now, call->now, &wall);
	show_event_what(&e->event, &what);
	table_add_text(t, show_format_time(&wall, buf));
	table_add_text(t, event_names[e->event.kind]);
	table_add_text(t, show_event_node(c, &e->event));
	table_add_text(t, e->rule != NULL ? e->rule->name : NULL);
	table_add_text(t, phase_names[e->phase]);
	table_add_number(t, e->epoch);
	table_add_text(t, text_cstr(&what));
	text_fini(&what);
}

void
show_record(struct call *call)
{
	const struct conf_cluster *conf = call_cluster(call, call_arg(call, 0));
	const struct record_entry *entry;
	const struct record_ring *ring;
	struct table t;
	struct page page;

	if (conf == NULL)
		return;
	ring = guard_record(call->world->guard, conf->id);
	CHECK(ring != NULL);
	table_init(&t, show_record_columns, ARRAY_LEN(show_record_columns));
	for (unsigned i = 0; (entry = record_event_at(ring, i)) != NULL; i++)
		show_record_row(
		    call, guard_brain(call->world->guard, conf->id), entry, &t);
	call_open_page(call, &page);
	page_put_table(&page, "record", &t);
	call_done(call, &page);
	table_fini(&t);
}
