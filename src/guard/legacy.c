#include "guard/legacy.h"

#include "base/list.h"
#include "base/mem.h"
#include "guard/guard_private.h"
#include "guard/record/incident.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One node as it was left. */
struct legacy_node {
	char name[NAME_LEN_MAX + 1];
	char named[ENDPOINT_TEXT_LEN];   /* as it was configured */
	char address[ENDPOINT_TEXT_LEN]; /* where it was; "": nowhere */
	enum admin_state agent;
	char detail[160];
};

struct legacy_ward {
	struct list link;
	char name[NAME_LEN_MAX + 1];
	char protocol[NAME_LEN_MAX + 1];
	unsigned n_nodes;
	struct legacy_node nodes[NODES_MAX];
	struct incident_reader reader;
	bool has_brain;
	bool is_given;
	struct record_checkpoint brain;
	struct recorder record;
};

struct legacy {
	uint64_t serial;
	uint64_t stalls;
	struct list wards;
	struct legacy_ward *last; /* whose lines come */
};

/* ---- writing ----------------------------------------------------------- */

/* Each line of the text behind a word. */
static void
legacy_write_lines(const char *word, const struct text *lines, struct text *out)
{
	const char *at = text_cstr(lines);

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		text_addf(out, "%s %.*s\n", word, (int)len, at);
		at += len + (at[len] == '\n');
	}
}

static void
legacy_write_node(const struct ward *w, unsigned slot, struct text *out)
{
	const struct ward_node *n = &w->nodes[slot];
	char named[ENDPOINT_TEXT_LEN], address[ENDPOINT_TEXT_LEN] = "-";

	if (endpoint_is_set(&n->place.address) && !n->is_withheld)
		endpoint_format(&n->place.address, address);
	text_addf(out, "node %s %s %s %d\n", w->brain.nodes[slot].name,
	    endpoint_format(&n->place.named, named), address,
	    (int)n->agent_admin);
	if (n->detail[0] != '\0' && strchr(n->detail, '\n') == NULL)
		text_addf(out, "detail %s\n", n->detail);
}

static void
legacy_write_timeline(const struct recorder *record, struct text *out)
{
	const struct record_line *line;

	for (unsigned i = 0; (line = record_line_at(record, i)) != NULL; i++)
		if (strchr(line->text, '\n') == NULL)
			text_addf(out, "line %lld %ld %lld %s %s\n",
			    (long long)line->wall.tv_sec, line->wall.tv_nsec,
			    (long long)line->now,
			    line->node[0] != '\0' ? line->node : "-",
			    line->text);
}

static void
legacy_write_ward(const struct ward *w, struct text *out)
{
	const struct incident_head head = {
		.regent = PACKAGE_VERSION,
		.now_us = loop_clock(),
	};
	struct text lines = TEXT_INIT;

	text_addf(out, "cluster %s %s\n", w->brain.name,
	    conf_protocol_names[w->section->protocol]);
	for (unsigned i = 0; i < NODES_MAX; i++)
		if (w->brain.nodes[i].is_used)
			legacy_write_node(w, i, out);
	legacy_write_timeline(&w->record, out);
	incident_write(&w->record, &w->brain, &head, &lines);
	legacy_write_lines("brain", &lines, out);
	text_fini(&lines);
}

void
legacy_write(const struct guard *g, struct text *out)
{
	text_addf(out, "guard %llu %llu\n", (unsigned long long)g->serial,
	    (unsigned long long)g->stalls);
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		if (g->wards[i] != NULL)
			legacy_write_ward(g->wards[i], out);
}

/* ---- reading ----------------------------------------------------------- */

typedef int legacy_read_fn(
    struct legacy *l, const char *words, struct err *err);

static int
legacy_damaged(struct err *err, const char *what)
{
	return err_set(err, -EINVAL, "the state of the old process: %s", what);
}

static int
legacy_read_guard(struct legacy *l, const char *words, struct err *err)
{
	unsigned long long serial, stalls;

	if (sscanf(words, "%llu %llu", &serial, &stalls) != 2)
		return legacy_damaged(err, "no serial");
	l->serial = serial;
	l->stalls = stalls;
	return 0;
}

static int
legacy_read_cluster(struct legacy *l, const char *words, struct err *err)
{
	struct legacy_ward *w = mem_new(sizeof(*w));

	list_init(&w->link);
	incident_reader_init(&w->reader);
	w->reader.is_lenient = true;
	list_push(&l->wards, &w->link);
	l->last = w;
	if (sscanf(words, "%31s %31s", w->name, w->protocol) != 2)
		return legacy_damaged(err, "a cluster without a name");
	return 0;
}

static int
legacy_read_node(struct legacy *l, const char *words, struct err *err)
{
	struct legacy_ward *w = l->last;
	struct legacy_node *n;
	int agent;

	_Static_assert(ENDPOINT_TEXT_LEN == 264, "the widths below");
	if (w == NULL || w->n_nodes == NODES_MAX)
		return legacy_damaged(err, "a node too many");
	n = &w->nodes[w->n_nodes++];
	if (sscanf(words, "%31s %263s %263s %d", n->name, n->named, n->address,
		&agent) != 4 ||
	    agent < 0 || agent >= ADMIN_COUNT)
		return legacy_damaged(err, "a node without an address");
	n->agent = (enum admin_state)agent;
	return 0;
}

static int
legacy_read_detail(struct legacy *l, const char *words, struct err *err)
{
	struct legacy_ward *w = l->last;

	if (w == NULL || w->n_nodes == 0)
		return legacy_damaged(err, "a detail of no node");
	snprintf(w->nodes[w->n_nodes - 1].detail, sizeof(w->nodes[0].detail),
	    "%s", words);
	return 0;
}

static int
legacy_read_line(struct legacy *l, const char *words, struct err *err)
{
	struct record_line line = { .now = 0 };
	long long sec, now;
	int text_at = 0;

	if (l->last == NULL ||
	    sscanf(words, "%lld %ld %lld %31s %n", &sec, &line.wall.tv_nsec,
		&now, line.node, &text_at) < 4 ||
	    text_at == 0)
		return legacy_damaged(err, "a line of no time");
	line.wall.tv_sec = (time_t)sec;
	line.now = now;
	if (strcmp(line.node, "-") == 0)
		line.node[0] = '\0';
	snprintf(line.text, sizeof(line.text), "%s", words + text_at);
	record_restore_line(&l->last->record, &line);
	return 0;
}

static void
legacy_take_entry(struct legacy_ward *w)
{
	if (w->has_brain)
		record_restore_segment(&w->record, &w->brain);
	w->has_brain = false; /* something comes behind it */
	record_restore_entry(&w->record, &w->reader.entry);
}

/* What can't be read of the record is missing there; the brain must not be. */
static int
legacy_read_brain(struct legacy *l, const char *words, struct err *err)
{
	struct legacy_ward *w = l->last;
	struct err ignored;
	int rc;

	if (w == NULL)
		return legacy_damaged(err, "a brain of no cluster");
	rc = incident_read(&w->reader, words, &ignored);
	if (rc == INCIDENT_CHECKPOINT) {
		w->brain = w->reader.checkpoint;
		w->has_brain = true;
	} else if (rc == INCIDENT_ENTRY) {
		legacy_take_entry(w);
	} else if (rc < 0 && strncmp(words, "checkpoint ", 11) == 0) {
		w->has_brain = false;
	}
	return 0;
}

static const struct {
	const char *word;
	legacy_read_fn *read;
} legacy_lines[] = {
	{ .word = "guard", .read = legacy_read_guard },
	{ .word = "cluster", .read = legacy_read_cluster },
	{ .word = "node", .read = legacy_read_node },
	{ .word = "detail", .read = legacy_read_detail },
	{ .word = "line", .read = legacy_read_line },
	{ .word = "brain", .read = legacy_read_brain },
};

/* A word that we do not know is of another version, or of another folder. */
static int
legacy_read_one(struct legacy *l, const char *line, struct err *err)
{
	size_t len = strcspn(line, " ");

	for (size_t i = 0; i < ARRAY_LEN(legacy_lines); i++)
		if (strlen(legacy_lines[i].word) == len &&
		    strncmp(legacy_lines[i].word, line, len) == 0)
			return legacy_lines[i].read(
			    l, line + len + (line[len] == ' '), err);
	return 0;
}

static int
legacy_check(const struct legacy *l, struct err *err)
{
	LIST_FOREACH (it, &l->wards) {
		const struct legacy_ward *w =
		    LIST_ENTRY(it, struct legacy_ward, link);

		if (!w->has_brain)
			return err_set(err, -EINVAL,
			    "the state of cluster %s can't be read by this "
			    "version",
			    w->name);
		if (strcmp(w->brain.cluster.name, w->name) != 0)
			return legacy_damaged(err, "a brain of another name");
	}
	return 0;
}

struct legacy *
legacy_read(const char *text, struct err *err)
{
	struct legacy *l = mem_new(sizeof(*l));
	char *copy = mem_strdup(text), *rest = copy, *line;
	int rc = 0;

	list_init(&l->wards);
	while (rc == 0 && (line = strsep(&rest, "\n")) != NULL)
		rc = legacy_read_one(l, line, err);
	free(copy);
	if (rc == 0)
		rc = legacy_check(l, err);
	if (rc != 0)
		legacy_free(&l);
	return l;
}

void
legacy_free(struct legacy **legacy)
{
	struct legacy *l = *legacy;

	if (l == NULL)
		return;
	LIST_FOREACH_SAFE (it, &l->wards) {
		struct legacy_ward *w =
		    LIST_ENTRY(it, struct legacy_ward, link);

		record_fini(&w->record);
		list_remove(it);
		free(w);
	}
	free(l);
	*legacy = NULL;
}

/* ---- giving ------------------------------------------------------------ */

static struct legacy_ward *
legacy_find(const struct legacy *l, const char *cluster)
{
	LIST_FOREACH (it, &l->wards) {
		struct legacy_ward *w =
		    LIST_ENTRY(it, struct legacy_ward, link);

		if (strcmp(w->name, cluster) == 0)
			return w;
	}
	return NULL;
}

static void
legacy_give_one(struct legacy_ward *from, struct ward *to)
{
	to->brain = from->brain.cluster;
	to->told_phase = to->brain.phase;
	record_fini(&to->record);
	to->record = from->record; /* its segments pass */
	memset(&from->record, 0, sizeof(from->record));
	from->is_given = true;
}

void
legacy_give(struct legacy *l, struct guard *g)
{
	g->serial = l->serial;
	g->stalls = l->stalls;
	for (unsigned i = 0; i < g->conf->n_clusters; i++) {
		const struct conf_cluster *conf = &g->conf->clusters[i];
		struct legacy_ward *from = legacy_find(l, conf->name);

		if (from != NULL &&
		    strcmp(conf_protocol_names[conf->protocol],
			from->protocol) == 0)
			legacy_give_one(from, g->wards[conf->id]);
	}
}

bool
legacy_has(const struct legacy *l, const char *cluster)
{
	const struct legacy_ward *w = legacy_find(l, cluster);

	return w != NULL && w->is_given;
}

static void
legacy_settle_node(
    const struct legacy_node *from, struct ward_node *to, usec_t now)
{
	const struct event move = {
		.kind = EV_NODE_MOVE,
		.node = (int)to->slot,
	};
	char named[ENDPOINT_TEXT_LEN];
	struct endpoint ep;
	struct err err;

	to->agent_admin = from->agent;
	memcpy(to->detail, from->detail, sizeof(to->detail));
	if (strcmp(endpoint_format(&to->place.named, named), from->named) !=
	    0) {
		ward_step(to->ward, &move, now);
		return;
	}
	if (endpoint_is_set(&to->place.address) ||
	    endpoint_parse(&ep, from->address, &err) != 0)
		return;
	to->place.address = ep;
	to->is_withheld = false;
	ward_probe_anew(to, now);
}

void
legacy_settle(struct legacy *l, struct guard *g, usec_t now)
{
	LIST_FOREACH (it, &l->wards) {
		struct legacy_ward *from =
		    LIST_ENTRY(it, struct legacy_ward, link);
		struct err ignored;
		struct ward *w = guard_ward(g, from->name, &ignored);

		for (unsigned i = 0;
		     w != NULL && from->is_given && i < from->n_nodes; i++) {
			int slot = guard_slot(w, from->nodes[i].name, &ignored);

			if (slot >= 0)
				legacy_settle_node(
				    &from->nodes[i], &w->nodes[slot], now);
		}
	}
}
