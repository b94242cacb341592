/*
 * The file of an incident: what is written is read again, byte for byte, and
 * what nobody would write is refused with a reason.
 */
#include "guard/record/incident.h"

#include "drill.h"
#include "guard/record/field.h"
#include "guard/record/record_fields.h"

#include <stdio.h>
#include <string.h>

static const struct incident_head head = { "1.2.3", 1000000, 500 };

static int
read_line(
    struct incident_reader *r, const char *line, size_t len, struct err *err)
{
	char copy[8192];

	assert_true(len < sizeof(copy));
	memcpy(copy, line, len);
	copy[len] = '\0';
	return incident_read(r, copy, err);
}

/* ---- a line of each kind ---------------------------------------------- */

/* Fills every member that a row knows with something that is not zero. */
static void
fill(const struct fields *fields, void *base, unsigned salt)
{
	for (unsigned i = 0; i < fields->n; i++) {
		const struct field *f = &fields->at[i];
		char value[32];
		struct err err;
		int rc;

		snprintf(value, sizeof(value), "%u", 1 + (i + salt) % 15);
		if (f->kind == FIELD_BOOL)
			memcpy(value, "yes", 4);
		else if (f->kind == FIELD_ENUM)
			snprintf(value, sizeof(value), "%s",
			    f->names[1 + salt % (f->n_names - 1)]);
		else if (f->kind == FIELD_RULE)
			snprintf(value, sizeof(value), "%s",
			    rules[salt % rules_n].name);
		else if (f->kind == FIELD_WHY)
			snprintf(value, sizeof(value), "start");
		rc = fields_read(
		    &(struct fields){ f, 1 }, base, f->name, value, &err);
		if (rc != 0)
			fail_msg("%s", err.text);
	}
}

static void
expect_entry_back(const struct record_entry *e)
{
	static struct incident_reader r;
	struct text line = TEXT_INIT;
	struct err err = { "" };

	incident_reader_init(&r);
	r.has_head = true;
	r.has_checkpoint = true;
	incident_write_entry(e, &line);
	if (read_line(&r, line.at, line.len - 1, &err) != INCIDENT_ENTRY)
		fail_msg("%s: %s", err.text, line.at);
	assert_memory_equal(&r.entry, e, sizeof(*e));
	text_fini(&line);
}

static void
test_every_event_comes_back(void **state)
{
	struct record_entry e;

	(void)state;
	for (int kind = 0; kind < EV_COUNT; kind++) {
		memset(&e, 0, sizeof(e));
		fill(&record_event_fields, &e.event, (unsigned)kind);
		fill(&record_entry_fields, &e, (unsigned)kind);
		e.now = 123456789;
		e.event.kind = (enum event_kind)kind;
		expect_entry_back(&e);
		e.event.has_report = false;
		expect_entry_back(&e);
		/* All zero but for what such an event needs. */
		memset(&e, 0, sizeof(e));
		e.event.kind = (enum event_kind)kind;
		e.event.policy.health.fall = kind == EV_POLICY;
		e.event.policy.health.rise = kind == EV_POLICY;
		expect_entry_back(&e);
	}
}

static void
expect_checkpoint_back(const struct record_checkpoint *checkpoint)
{
	static struct incident_reader r;
	struct text lines = TEXT_INIT;
	struct err err = { "" };
	const char *at;
	int slot, item = INCIDENT_MORE;

	incident_reader_init(&r);
	r.has_head = true;
	incident_write_checkpoint(checkpoint, &lines);
	for (at = lines.at; *at != '\0'; at += strcspn(at, "\n") + 1) {
		assert_int_equal(item, INCIDENT_MORE);
		item = read_line(&r, at, strcspn(at, "\n"), &err);
		if (item < 0)
			fail_msg("%s", err.text);
	}
	assert_int_equal(item, INCIDENT_CHECKPOINT);
	assert_true(r.checkpoint.at == checkpoint->at);
	assert_true(r.checkpoint.number == checkpoint->number);
	assert_null(incident_differ(
	    &r.checkpoint.cluster, &checkpoint->cluster, &slot));
	assert_memory_equal(&r.checkpoint.cluster, &checkpoint->cluster,
	    sizeof(checkpoint->cluster));
	text_fini(&lines);
}

static void
test_every_checkpoint_comes_back(void **state)
{
	static struct record_checkpoint checkpoint;
	struct cluster *c = &checkpoint.cluster;

	(void)state;
	for (unsigned salt = 0; salt < 20; salt++) {
		memset(&checkpoint, 0, sizeof(checkpoint));
		checkpoint.at = salt;
		checkpoint.number = UINT64_MAX - salt;
		c->magic = CLUSTER_MAGIC;
		fill(&record_cluster_fields, c, salt);
		c->published.writer = (int16_t)c->primary;
		c->n_slots = NODES_MAX;
		for (unsigned i = 0; i < NODES_MAX; i += salt % 5 + 1) {
			fill(&record_node_fields, &c->nodes[i], salt + i);
			fill(&record_view_fields, &c->published.nodes[i], i);
		}
		expect_checkpoint_back(&checkpoint);
	}
	memset(&checkpoint, 0, sizeof(checkpoint));
	c->magic = CLUSTER_MAGIC;
	expect_checkpoint_back(&checkpoint);
}

/* ---- a whole record ------------------------------------------------------ */

static void
write_record(struct text *out)
{
	brain_init_steady(&drill.b, 3);
	brain_fail_over(&drill.b);
	brain_ask_all(&drill.b);
	incident_write(&drill.recorder, &drill.b.c, &head, out);
}

static int
read_record(struct incident_reader *r, const char *at, struct err *err)
{
	int item = INCIDENT_MORE;

	incident_reader_init(r);
	while (item >= 0 && *at != '\0') {
		size_t len = strcspn(at, "\n");

		item = read_line(r, at, len, err);
		at += len + (at[len] == '\n');
	}
	return item;
}

static void
test_record_is_read(void **state)
{
	static struct incident_reader r;
	struct text record = TEXT_INIT;
	struct err err = { "" };
	int slot;

	(void)state;
	write_record(&record);
	assert_int_equal(
	    strncmp(record.at, "incident version=1 regent=1.2.3 ", 32), 0);
	if (read_record(&r, record.at, &err) != INCIDENT_END)
		fail_msg("%s", err.text);
	assert_string_equal(r.head.regent, "1.2.3");
	assert_true(r.head.wall_us == 1000000 && r.head.now_us == 500);
	assert_true(r.n_entries == record_count(&drill.recorder));
	assert_null(incident_differ(&r.checkpoint.cluster, &drill.b.c, &slot));
	text_fini(&record);
}

/* Wherever it is cut, it is not whole. */
static void
test_every_prefix_is_found_out(void **state)
{
	static struct incident_reader r;
	struct text record = TEXT_INIT;
	struct err err;

	(void)state;
	write_record(&record);
	for (size_t len = record.len - 2; len > 0; len -= len > 700 ? 97 : 1) {
		record.at[len] = '\0';
		if (read_record(&r, record.at, &err) == INCIDENT_END)
			fail_msg("taken: %zu bytes", len);
	}
	text_fini(&record);
}

#define HEAD "incident version=1\n"
#define EMPTY HEAD "checkpoint nodes=0\n"

static void
test_bad_records_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} bad[] = {
		{ "error: no such cluster", "does not begin with" },
		{ "", "does not begin with" },
		{ "checkpoint nodes=0", "does not begin with" },
		{ "incident version=2", "version=2" },
		{ "incident", "version=0" },
		{ HEAD "incident version=1", "second" },
		{ HEAD "dance", "no line of an incident" },
		{ HEAD "events", "no line of an incident" },
		{ HEAD "event kind=tick", "behind no checkpoint" },
		{ HEAD "node slot=0", "no checkpoint" },
		{ HEAD "end events=0", "something is missing" },
		{ HEAD "checkpoint nodes=17", "nodes=17" },
		{ HEAD "checkpoint nodes=1\nevent kind=tick", "1 more nodes" },
		{ HEAD "checkpoint nodes=1\nnode name=a", "slot is missing" },
		{ HEAD "checkpoint nodes=1\nnode slot=16", "slot" },
		{ HEAD "checkpoint nodes=0 phase=STEADY primary=none",
		    "primary=none" },
		{ HEAD "checkpoint nodes=0 primary=1 published.writer=2",
		    "published.writer" },
		{ HEAD "checkpoint nodes=0 policy.failover_limit=65",
		    "failover_limit" },
		{ HEAD "checkpoint nodes=0 colour=red", "colour" },
		{ EMPTY "event kind=dance", "dance" },
		{ EMPTY "event kind=tick size=3", "size" },
		{ EMPTY "event kind=verdict node=none", "of which node" },
		{ EMPTY "event kind=passive node=16", "node" },
		{ EMPTY "event kind=policy", "limits" },
		{ EMPTY "event kind=tick rule=dance", "no such rule" },
		{ EMPTY "event kind=tick then.phase=LATE", "then.phase" },
		{ EMPTY "event name=\"x", "quoted" },
		{ EMPTY "end events=1", "events=1" },
		{ EMPTY "end events=0\nevent kind=tick", "behind the end" },
	};
	static struct incident_reader r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { "" };
		int item = bad[i].text[0] != '\0'
		    ? read_record(&r, bad[i].text, &err)
		    : (incident_reader_init(&r), read_line(&r, "", 0, &err));

		if (item >= 0)
			fail_msg("taken: %s", bad[i].text);
		if (strstr(err.text, bad[i].part) == NULL)
			fail_msg("%s: %s", bad[i].text, err.text);
	}
}

static void
test_difference_is_named(void **state)
{
	static struct cluster a, b;
	struct text value = TEXT_INIT;
	const struct field *f;
	int slot;

	(void)state;
	b.epoch = 7;
	f = incident_differ(&a, &b, &slot);
	assert_string_equal(f->name, "epoch");
	assert_int_equal(slot, NODE_NONE);
	incident_print_member(&b, slot, f, &value);
	b.epoch = 0;
	b.nodes[3].report.upstream = NODE_FOREIGN;
	f = incident_differ(&a, &b, &slot);
	assert_string_equal(f->name, "report.upstream");
	assert_int_equal(slot, 3);
	incident_print_member(&b, slot, f, &value);
	b.nodes[3].report.upstream = 0;
	b.published.nodes[15].cut = CUT_NOW;
	f = incident_differ(&a, &b, &slot);
	assert_string_equal(f->name, "view.cut");
	assert_int_equal(slot, 15);
	incident_print_member(&b, slot, f, &value);
	assert_string_equal(text_cstr(&value), "7foreignnow");
	text_fini(&value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_event_comes_back),
		cmocka_unit_test(test_every_checkpoint_comes_back),
		DRILL_TEST(test_record_is_read),
		DRILL_TEST(test_every_prefix_is_found_out),
		cmocka_unit_test(test_bad_records_are_refused),
		cmocka_unit_test(test_difference_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
