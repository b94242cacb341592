#include "admin/show.h"

#include "admin/call.h"
#include "admin/show_time.h"
#include "base/mem.h"

#include <stdlib.h>

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
	const struct recorder *recorder =
	    guard_record(call->world->guard, cluster->id);
	const struct record_line *line;

	CHECK(recorder != NULL);
	for (unsigned i = 0; (line = record_line_at(recorder, i)) != NULL;
	     i++) {
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
