#include "guard/record/incident.h"

#include "guard/record/record_fields.h"
#include "guard/record/word.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { INCIDENT_VERSION = 1 };

/* ---- what is beside the tables of a line ------------------------------ */

struct incident_head_line {
	uint32_t version;
	struct incident_head head;
};

static const struct field incident_head_rows[] = {
	FIELD(struct incident_head_line, version, RECORD_ALWAYS),
	FIELD_AS(
	    struct incident_head_line, head.regent, "regent", RECORD_ALWAYS),
	FIELD_AS(
	    struct incident_head_line, head.wall_us, "wall_us", RECORD_ALWAYS),
	FIELD_AS(
	    struct incident_head_line, head.now_us, "now_us", RECORD_ALWAYS),
};

struct incident_checkpoint_line {
	usec_t at;
	uint64_t number;
	uint32_t n_nodes;
};

static const struct field incident_checkpoint_rows[] = {
	FIELD_AS(struct incident_checkpoint_line, at, "at_us", RECORD_ALWAYS),
	FIELD(struct incident_checkpoint_line, number, RECORD_ALWAYS),
	FIELD_AS(
	    struct incident_checkpoint_line, n_nodes, "nodes", RECORD_ALWAYS),
};

struct incident_node_line {
	int slot;
};

static const struct field incident_node_rows[] = {
	FIELD(struct incident_node_line, slot, RECORD_ALWAYS),
};

static const struct field incident_event_rows[] = {
	FIELD_AS(struct record_entry, now, "at_us", RECORD_ALWAYS),
};

struct incident_end_line {
	uint64_t events;
};

static const struct field incident_end_rows[] = {
	FIELD(struct incident_end_line, events, RECORD_ALWAYS),
};

#define INCIDENT_FIELDS(rows) \
	&(const struct fields) \
	{ \
		.at = rows, .n = ARRAY_LEN(rows) \
	}

/* ---- writing ---------------------------------------------------------- */

void
incident_write_head(const struct incident_head *head, struct text *out)
{
	struct incident_head_line line = { INCIDENT_VERSION, *head };

	text_add(out, "incident");
	fields_write(
	    INCIDENT_FIELDS(incident_head_rows), &line, RECORD_ALWAYS, out);
	text_add(out, "\n");
}

/* Also a slot that nobody has now: what it had may be found again. */
static bool
incident_has_node(const struct cluster *c, int slot)
{
	return !fields_are_zero(&record_node_fields, &c->nodes[slot]) ||
	    !fields_are_zero(&record_view_fields, &c->published.nodes[slot]);
}

static void
incident_write_node(const struct cluster *c, int slot, struct text *out)
{
	struct incident_node_line line = { slot };

	text_add(out, "node");
	fields_write(
	    INCIDENT_FIELDS(incident_node_rows), &line, RECORD_ALWAYS, out);
	fields_write(&record_node_fields, &c->nodes[slot], RECORD_ALWAYS, out);
	fields_write(
	    &record_view_fields, &c->published.nodes[slot], RECORD_ALWAYS, out);
	text_add(out, "\n");
}

void
incident_write_checkpoint(
    const struct record_checkpoint *checkpoint, struct text *out)
{
	const struct cluster *c = &checkpoint->cluster;
	struct incident_checkpoint_line line = {
		.at = checkpoint->at,
		.number = checkpoint->number,
	};

	for (int i = 0; i < NODES_MAX; i++)
		line.n_nodes += incident_has_node(c, i);
	text_add(out, "checkpoint");
	fields_write(INCIDENT_FIELDS(incident_checkpoint_rows), &line,
	    RECORD_ALWAYS, out);
	fields_write(&record_cluster_fields, c, RECORD_ALWAYS, out);
	text_add(out, "\n");
	for (int i = 0; i < NODES_MAX; i++)
		if (incident_has_node(c, i))
			incident_write_node(c, i, out);
}

void
incident_write_entry(const struct record_entry *entry, struct text *out)
{
	const struct event *ev = &entry->event;
	uint32_t mask = UINT32_C(1) << ev->kind;

	if (ev->has_report)
		mask |= RECORD_WITH_REPORT;
	text_add(out, "event");
	fields_write(
	    INCIDENT_FIELDS(incident_event_rows), entry, RECORD_ALWAYS, out);
	fields_write(&record_event_fields, ev, mask, out);
	fields_write(&record_entry_fields, entry, RECORD_ALWAYS, out);
	text_add(out, "\n");
}

void
incident_write_end(uint64_t events, struct text *out)
{
	struct incident_end_line line = { events };

	text_add(out, "end");
	fields_write(
	    INCIDENT_FIELDS(incident_end_rows), &line, RECORD_ALWAYS, out);
	text_add(out, "\n");
}

static uint64_t
incident_write_segment(const struct record_segment *s, struct text *out)
{
	incident_write_checkpoint(&s->checkpoint, out);
	for (unsigned i = 0; i < s->n; i++)
		incident_write_entry(&s->entries[i], out);
	return s->n;
}

void
incident_write(const struct recorder *recorder, const struct cluster *brain,
    const struct incident_head *head, struct text *out)
{
	struct record_checkpoint last = {
		.at = head->now_us,
		.number = record_count(recorder),
		.cluster = *brain,
	};
	uint64_t n = 0;

	incident_write_head(head, out);
	for (unsigned i = 0; i < recorder->n_segments; i++)
		n += incident_write_segment(recorder->segments[i], out);
	incident_write_checkpoint(&last, out);
	incident_write_end(n, out);
}

/* ---- reading ----------------------------------------------------------- */

/* The tables that the words of a line may come from. */
struct incident_target {
	const struct fields *fields;
	void *base;
};

enum { INCIDENT_TARGETS_MAX = 3 };

static int
incident_read_word(const struct incident_target *targets, unsigned n,
    const struct word *word, struct err *err)
{
	for (unsigned i = 0; i < n; i++) {
		int rc = fields_read(targets[i].fields, targets[i].base,
		    word->name, word->value, err);

		if (rc != -ENOENT)
			return rc;
	}
	return err_set(err, -ENOENT,
	    "%s: this version of regent knows no such "
	    "word in such a line",
	    word->name);
}

static int
incident_read_words(const struct incident_reader *r,
    const struct incident_target *targets, unsigned n, const char *at,
    struct err *err)
{
	struct word word;
	int rc;

	while ((rc = word_next(&at, &word, err)) == 1) {
		rc = incident_read_word(targets, n, &word, err);
		if (rc != 0 && !(rc == -ENOENT && r->is_lenient))
			return -EINVAL;
	}
	return rc;
}

static int
incident_read_head(
    struct incident_reader *r, const char *words, struct err *err)
{
	struct incident_head_line line = { .version = 0 };
	const struct incident_target target = {
		INCIDENT_FIELDS(incident_head_rows), &line
	};

	if (r->has_head)
		return err_set(err, -EINVAL, "a second beginning");
	if (incident_read_words(r, &target, 1, words, err) != 0)
		return -EINVAL;
	if (line.version != INCIDENT_VERSION)
		return err_set(err, -EINVAL,
		    "version=%u: this program reads version %d",
		    (unsigned)line.version, INCIDENT_VERSION);
	r->head = line.head;
	r->has_head = true;
	return INCIDENT_HEAD;
}

/* Whether the phase speaks of a primary that is served. */
static bool
incident_needs_primary(enum phase phase)
{
	return phase == PHASE_STEADY || phase == PHASE_PLAN ||
	    phase == PHASE_SWITCH || phase == PHASE_CATCHUP;
}

/* A brain trusts what it has made itself: no other cluster may reach one. */
static int
incident_check_cluster(const struct cluster *c, struct err *err)
{
	if (incident_needs_primary(c->phase) && c->primary < 0)
		return err_set(err, -EINVAL, "primary=none: not in phase %s",
		    phase_names[c->phase]);
	if (c->published.writer != NODE_NONE &&
	    c->published.writer != c->primary)
		return err_set(
		    err, -EINVAL, "published.writer: not the primary");
	if (c->policy.failover_limit > PROMOTIONS_MAX)
		return err_set(err, -EINVAL, "policy.failover_limit: above %d",
		    PROMOTIONS_MAX);
	if (c->n_slots > NODES_MAX)
		return err_set(err, -EINVAL, "n_slots: above %d", NODES_MAX);
	return 0;
}

static int
incident_end_checkpoint(struct incident_reader *r, struct err *err)
{
	if (r->n_nodes > 0)
		return INCIDENT_MORE;
	if (incident_check_cluster(&r->checkpoint.cluster, err) != 0)
		return -EINVAL;
	r->has_checkpoint = true;
	return INCIDENT_CHECKPOINT;
}

static int
incident_read_checkpoint(
    struct incident_reader *r, const char *words, struct err *err)
{
	struct incident_checkpoint_line line = { .at = 0 };
	struct record_checkpoint *checkpoint = &r->checkpoint;
	const struct incident_target targets[] = {
		{ INCIDENT_FIELDS(incident_checkpoint_rows), &line },
		{ &record_cluster_fields, &checkpoint->cluster },
	};

	memset(checkpoint, 0, sizeof(*checkpoint));
	checkpoint->cluster.magic = CLUSTER_MAGIC;
	if (incident_read_words(r, targets, ARRAY_LEN(targets), words, err) !=
	    0)
		return -EINVAL;
	if (line.n_nodes > NODES_MAX)
		return err_set(err, -EINVAL, "nodes=%u: at most %d",
		    (unsigned)line.n_nodes, NODES_MAX);
	checkpoint->at = line.at;
	checkpoint->number = line.number;
	r->n_nodes = line.n_nodes;
	r->has_checkpoint = false;
	return incident_end_checkpoint(r, err);
}

static int
incident_read_node(
    struct incident_reader *r, const char *words, struct err *err)
{
	struct incident_node_line line = { NODE_NONE };
	struct cluster *c = &r->checkpoint.cluster;
	struct node_view view = { .is_reader = false };
	struct node node;
	const struct incident_target targets[] = {
		{ INCIDENT_FIELDS(incident_node_rows), &line },
		{ &record_node_fields, &node },
		{ &record_view_fields, &view },
	};

	if (r->n_nodes == 0)
		return err_set(err, -EINVAL, "a node of no checkpoint");
	memset(&node, 0, sizeof(node));
	if (incident_read_words(r, targets, ARRAY_LEN(targets), words, err) !=
	    0)
		return -EINVAL;
	if (line.slot < 0)
		return err_set(err, -EINVAL, "slot is missing");
	c->nodes[line.slot] = node;
	c->published.nodes[line.slot] = view;
	r->n_nodes--;
	return incident_end_checkpoint(r, err);
}

static bool
incident_is_of_node(enum event_kind kind)
{
	switch (kind) {
	case EV_VERDICT:
	case EV_PASSIVE:
	case EV_ADMIN:
	case EV_REJOIN:
	case EV_NODE_ADD:
	case EV_NODE_REMOVE:
	case EV_NODE_MOVE:
		return true;
	case EV_TICK:
	case EV_RESULT:
	case EV_BARRIER:
	case EV_CLOCK:
	case EV_ORDER:
	case EV_PAUSE:
	case EV_POLICY:
	case EV_REPLAY:
	case EV_APPOINT:
		return false;
	case EV_COUNT:
		break;
	}
	CHECK_NEVER("unknown event");
}

static int
incident_check_event(const struct event *ev, struct err *err)
{
	const struct policy *p = &ev->policy;

	if ((incident_is_of_node(ev->kind) && ev->node < 0) ||
	    (ev->node == NODE_FOREIGN && ev->kind != EV_APPOINT))
		return err_set(err, -EINVAL, "kind=%s: of which node?",
		    event_names[ev->kind]);
	if (ev->kind == EV_POLICY &&
	    (p->health.fall < 1 || p->health.rise < 1 ||
		p->failover_limit > PROMOTIONS_MAX))
		return err_set(err, -EINVAL, "no policy has such limits");
	return 0;
}

static int
incident_read_event(
    struct incident_reader *r, const char *words, struct err *err)
{
	struct record_entry *e = &r->entry;
	const struct incident_target targets[] = {
		{ INCIDENT_FIELDS(incident_event_rows), e },
		{ &record_event_fields, &e->event },
		{ &record_entry_fields, e },
	};

	if (!r->has_checkpoint)
		return err_set(err, -EINVAL, "an event behind no checkpoint");
	memset(e, 0, sizeof(*e));
	if (incident_read_words(r, targets, ARRAY_LEN(targets), words, err) !=
		0 ||
	    incident_check_event(&e->event, err) != 0)
		return -EINVAL;
	r->n_entries++;
	return INCIDENT_ENTRY;
}

static int
incident_read_end(struct incident_reader *r, const char *words, struct err *err)
{
	struct incident_end_line line = { 0 };
	const struct incident_target target = {
		INCIDENT_FIELDS(incident_end_rows), &line
	};

	if (incident_read_words(r, &target, 1, words, err) != 0)
		return -EINVAL;
	if (line.events != r->n_entries || !r->has_checkpoint)
		return err_set(err, -EINVAL,
		    "events=%llu, but %llu were read: something is missing",
		    (unsigned long long)line.events,
		    (unsigned long long)r->n_entries);
	r->is_over = true;
	return INCIDENT_END;
}

typedef int incident_read_fn(
    struct incident_reader *r, const char *words, struct err *err);

static const struct {
	const char *name;
	incident_read_fn *read;
} incident_lines[] = {
	{ .name = "incident", .read = incident_read_head },
	{ .name = "checkpoint", .read = incident_read_checkpoint },
	{ .name = "node", .read = incident_read_node },
	{ .name = "event", .read = incident_read_event },
	{ .name = "end", .read = incident_read_end },
};

void
incident_reader_init(struct incident_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
}

int
incident_read(struct incident_reader *r, const char *line, struct err *err)
{
	size_t len = strcspn(line, " ");

	for (size_t i = 0; i < ARRAY_LEN(incident_lines); i++) {
		if (strlen(incident_lines[i].name) != len ||
		    strncmp(incident_lines[i].name, line, len) != 0)
			continue;
		if (r->is_over)
			return err_set(err, -EINVAL, "a line behind the end");
		if (!r->has_head && i > 0)
			break;
		if (r->n_nodes > 0 &&
		    incident_lines[i].read != incident_read_node)
			return err_set(err, -EINVAL,
			    "the checkpoint wants %u more nodes", r->n_nodes);
		return incident_lines[i].read(r, line + len, err);
	}
	return err_set(err, -EINVAL,
	    r->has_head ? "no line of an incident begins so"
			: "this is no record of regentctl: it does not begin "
			  "with `incident`");
}

/* ---- comparing --------------------------------------------------------- */

const struct field *
incident_differ(const struct cluster *a, const struct cluster *b, int *slot)
{
	const struct field *f = fields_differ(&record_cluster_fields, a, b);

	*slot = NODE_NONE;
	for (int i = 0; f == NULL && i < NODES_MAX; i++) {
		*slot = i;
		f = fields_differ(
		    &record_node_fields, &a->nodes[i], &b->nodes[i]);
		if (f == NULL)
			f = fields_differ(&record_view_fields,
			    &a->published.nodes[i], &b->published.nodes[i]);
	}
	return f;
}

static bool
incident_is_row_of(const struct fields *fields, const struct field *f)
{
	return f >= fields->at && f < fields->at + fields->n;
}

void
incident_print_member(
    const struct cluster *c, int slot, const struct field *f, struct text *out)
{
	if (slot < 0)
		field_print(f, c, out);
	else if (incident_is_row_of(&record_node_fields, f))
		field_print(f, &c->nodes[slot], out);
	else
		field_print(f, &c->published.nodes[slot], out);
}
