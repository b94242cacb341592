/*
 * No member of a cluster or an event is forgotten by a record: each one that
 * a header of core/ declares has a row in a table, and each row brings its
 * values back.
 */
#include "guard/record/record_fields.h"

#include "base/mem.h"
#include "core/event.h"
#include "guard/record/record.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The headers of the model, one behind the other. */
static char *model;

static char *
append_file(char *text, const char *name)
{
	char path[512], line[512];
	size_t len = text != NULL ? strlen(text) : 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/src/core/%s", TOP_SRCDIR, name);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("%s: not there", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		text = mem_resize(text, len + strlen(line) + 1);
		memcpy(text + len, line, strlen(line) + 1);
		len += strlen(line);
	}
	fclose(file);
	return text;
}

static int
read_model(void **state)
{
	(void)state;
	model = append_file(NULL, "health.h");
	model = append_file(model, "policy.h");
	model = append_file(model, "view.h");
	model = append_file(model, "report.h");
	model = append_file(model, "order.h");
	model = append_file(model, "model.h");
	model = append_file(model, "event.h");
	return 0;
}

static int
free_model(void **state)
{
	(void)state;
	free(model);
	return 0;
}

static const struct field *
find_field(const struct fields *fields, const char *name)
{
	for (unsigned i = 0; i < fields->n; i++)
		if (strcmp(fields->at[i].name, name) == 0)
			return &fields->at[i];
	return NULL;
}

static unsigned expect_rows(
    const struct fields *fields, const char *of, const char *prefix);

/* "type name", "type name[SIZE]" or "struct type name". */
static unsigned
expect_row_of(
    const struct fields *fields, const char *prefix, const char *member)
{
	char type[64] = "", name[64], path[128];
	size_t end = strcspn(member, "[;"), from = end;

	while (from > 0 &&
	    (isalnum((unsigned char)member[from - 1]) ||
		member[from - 1] == '_'))
		from--;
	assert_true(from > 0 && end - from < sizeof(name));
	snprintf(name, sizeof(name), "%.*s", (int)(end - from), member + from);
	if (strcmp(name, "magic") == 0 || strcmp(name, "nodes") == 0)
		return 0; /* the same in every cluster; tables of their own */
	snprintf(path, sizeof(path), "%s%s", prefix, name);
	if (sscanf(member, "struct %63s", type) == 1) {
		strcat(path, ".");
		return expect_rows(fields, type, path);
	}
	if (find_field(fields, path) == NULL)
		fail_msg(
		    "%s has no row in src/guard/record/record_fields.c", path);
	return 1;
}

/* Each member that the header declares; how many there are. */
static unsigned
expect_rows(const struct fields *fields, const char *of, const char *prefix)
{
	char start[80];
	const char *at;
	unsigned n = 0;

	snprintf(start, sizeof(start), "\nstruct %s {\n", of);
	at = strstr(model, start);
	if (at == NULL)
		fail_msg("struct %s: not found", of);
	for (at += strlen(start); *at == '\t' || *at == '\n';
	     at += strcspn(at, "\n") + 1)
		if (at[0] == '\t' && at[1] != '/' && at[1] != ' ')
			n += expect_row_of(fields, prefix, at + 1);
	assert_int_equal(strncmp(at, "};\n", 3), 0);
	assert_true(n > 0);
	return n;
}

/* A row more would be of no member, but that does not compile. */
static void
test_every_member_has_a_row(void **state)
{
	(void)state;
	assert_int_equal(expect_rows(&record_cluster_fields, "cluster", ""),
	    record_cluster_fields.n);
	assert_int_equal(
	    expect_rows(&record_node_fields, "node", ""), record_node_fields.n);
	assert_int_equal(expect_rows(&record_view_fields, "node_view", "view."),
	    record_view_fields.n);
	assert_int_equal(expect_rows(&record_event_fields, "event", ""),
	    record_event_fields.n);
}

/* Words of a line are told apart by their names alone. */
static void
test_names_are_unique_in_a_line(void **state)
{
	static const struct fields *const lines[][2] = {
		{ &record_cluster_fields, &record_cluster_fields },
		{ &record_node_fields, &record_view_fields },
		{ &record_event_fields, &record_entry_fields },
	};

	(void)state;
	for (size_t line = 0; line < ARRAY_LEN(lines); line++)
		for (unsigned i = 0; i < lines[line][0]->n; i++)
			for (unsigned j = 0; j < lines[line][1]->n; j++) {
				const struct field *a = &lines[line][0]->at[i];
				const struct field *b = &lines[line][1]->at[j];

				if (a != b)
					assert_string_not_equal(
					    a->name, b->name);
			}
}

/* ---- values come back ---------------------------------------------------- */

static void
expect_back(const struct field *f, const char *value)
{
	static char a[sizeof(struct cluster)], b[sizeof(struct cluster)];
	const struct fields one = { f, 1 };
	struct text text = TEXT_INIT;
	struct err err = { "" };

	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	if (fields_read(&one, a, f->name, value, &err) != 0)
		fail_msg("%s", err.text);
	field_print(f, a, &text);
	/* The text is quoted where the value has to be. */
	if (strchr(value, ' ') == NULL && f->kind != FIELD_TEXT &&
	    f->kind != FIELD_WHY)
		assert_string_equal(text_cstr(&text), value);
	assert_int_equal(fields_read(&one, b, f->name, value, &err), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_null(fields_differ(&one, a, b));
	text_fini(&text);
}

static void
expect_refused(const struct field *f, const char *value)
{
	static char base[sizeof(struct cluster)];
	const struct fields one = { f, 1 };
	struct err err = { "" };

	memset(base, 0, sizeof(base));
	if (fields_read(&one, base, f->name, value, &err) != -EINVAL)
		fail_msg("%s=%s: taken", f->name, value);
	assert_non_null(strstr(err.text, f->name));
	assert_true(fields_are_zero(&one, base) || f->kind == FIELD_TIMES);
}

static void
try_number(const struct field *f)
{
	char most[32], more[40];

	snprintf(most, sizeof(most), "%llu", ~0ULL >> (64 - 8 * f->size));
	snprintf(more, sizeof(more), "%s0", most);
	expect_back(f, "0");
	expect_back(f, most);
	expect_refused(f, more);
	expect_refused(f, "-1");
	expect_refused(f, "01");
	expect_refused(f, "1x");
	expect_refused(f, "");
}

static void
try_signed(const struct field *f)
{
	expect_back(f, "0");
	expect_back(f, "9223372036854775807");
	expect_back(f, "-9223372036854775807");
	expect_refused(f, "9223372036854775808");
	expect_refused(f, "-0");
	expect_refused(f, "+1");
}

static void
try_slot(const struct field *f)
{
	expect_back(f, "none");
	expect_back(f, "0");
	expect_back(f, "15");
	expect_refused(f, "16");
	expect_refused(f, "-1");
	if (f->slot_min == NODE_FOREIGN)
		expect_back(f, "foreign");
	else
		expect_refused(f, "foreign");
}

static void
try_enum(const struct field *f)
{
	for (unsigned i = 0; i < f->n_names; i++) {
		assert_non_null(f->names[i]);
		expect_back(f, f->names[i]);
	}
	expect_refused(f, "nothing of the kind");
}

static void
try_text(const struct field *f)
{
	char value[256];

	assert_true(f->size < sizeof(value) - 1);
	memset(value, 'x', sizeof(value));
	value[f->size] = '\0';
	expect_refused(f, value);
	value[f->size - 1] = '\0';
	expect_back(f, value);
	expect_back(f, "");
	expect_back(f, "\"quoted\\\xff\n");
}

static void
try_times(const struct field *f)
{
	struct text many = TEXT_INIT;

	expect_back(f, "0,7,-3");
	for (size_t i = 0; i < f->size / sizeof(usec_t); i++)
		text_addf(&many, "%s9223372036854775807", i > 0 ? "," : "");
	expect_back(f, text_cstr(&many));
	text_add(&many, ",1");
	expect_refused(f, text_cstr(&many));
	expect_refused(f, "1,,2");
	expect_refused(f, "1;2");
	text_fini(&many);
}

static void
try_field(const struct field *f)
{
	switch (f->kind) {
	case FIELD_BOOL:
		expect_back(f, "yes");
		expect_back(f, "no");
		expect_refused(f, "1");
		break;
	case FIELD_NUMBER:
		try_number(f);
		break;
	case FIELD_SIGNED:
		try_signed(f);
		break;
	case FIELD_SLOT:
		try_slot(f);
		break;
	case FIELD_ENUM:
		try_enum(f);
		break;
	case FIELD_TEXT:
		try_text(f);
		break;
	case FIELD_TIMES:
		try_times(f);
		break;
	case FIELD_RULE:
		expect_back(f, "none");
		for (unsigned i = 0; i < rules_n; i++)
			expect_back(f, rules[i].name);
		expect_refused(f, "no such rule");
		break;
	case FIELD_WHY:
		expect_back(f, "start");
		expect_back(f, "what another version says");
		break;
	}
}

static void
test_every_value_comes_back(void **state)
{
	static const struct fields *const all[] = { &record_cluster_fields,
		&record_node_fields, &record_view_fields, &record_event_fields,
		&record_entry_fields };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (unsigned j = 0; j < all[i]->n; j++)
			try_field(&all[i]->at[j]);
}

/*
 * Names that core/ does not count: a value that is added there does not
 * compile here before it has a name in src/guard/record/record_fields.c.
 */
static unsigned
count_modes(enum mode mode)
{
	switch (mode) {
	case MODE_AUTO:
	case MODE_FOLLOW:
	case MODE_MANUAL:
		break;
	}
	return 3;
}

static unsigned
count_outcomes(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_NONE:
	case OUTCOME_WAITING:
	case OUTCOME_OK:
	case OUTCOME_FAILED:
		break;
	}
	return 4;
}

static void
test_every_name_is_known(void **state)
{
	(void)state;
	assert_int_equal(
	    find_field(&record_cluster_fields, "policy.mode")->n_names,
	    count_modes(MODE_AUTO));
	assert_int_equal(
	    find_field(&record_cluster_fields, "fence.outcome")->n_names,
	    count_outcomes(OUTCOME_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_every_member_has_a_row, read_model, free_model),
		cmocka_unit_test(test_names_are_unique_in_a_line),
		cmocka_unit_test(test_every_value_comes_back),
		cmocka_unit_test(test_every_name_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
