#include "admin/table.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_CELLS_MIN 64
#define TABLE_DIGITS_MAX 20 /* of a uint64_t */

void
table_init(struct table *t, const struct column *columns, unsigned n_columns)
{
	CHECK(columns != NULL && n_columns > 0);
	*t = (struct table){
		.columns = columns,
		.n_columns = n_columns,
		.words = TEXT_INIT,
	};
}

void
table_fini(struct table *t)
{
	free(t->cells);
	text_fini(&t->words);
	t->cells = NULL;
	t->n_cells = 0;
}

size_t
table_rows(const struct table *t)
{
	CHECK(t->n_cells % t->n_columns == 0);
	return t->n_cells / t->n_columns;
}

const char *
table_key(const struct table *t, unsigned column)
{
	const struct column *c = &t->columns[column];

	CHECK(column < t->n_columns);
	return c->key != NULL ? c->key : c->title;
}

/* ---- filling --------------------------------------------------------- */

static enum cell_kind
table_next_kind(const struct table *t)
{
	return t->columns[t->n_cells % t->n_columns].kind;
}

static void
table_add(struct table *t, struct cell cell)
{
	if (t->n_cells == t->cells_max) {
		t->cells_max =
		    t->cells_max > 0 ? 2 * t->cells_max : TABLE_CELLS_MIN;
		t->cells =
		    mem_resize(t->cells, t->cells_max * sizeof(*t->cells));
	}
	t->cells[t->n_cells++] = cell;
}

void
table_add_none(struct table *t)
{
	table_add(t, (struct cell){ .is_none = true });
}

void
table_add_text(struct table *t, const char *s)
{
	CHECK(table_next_kind(t) == CELL_TEXT);
	if (s == NULL || s[0] == '\0') {
		table_add_none(t);
		return;
	}
	table_add(t, (struct cell){ .number = t->words.len });
	text_add_bytes(&t->words, s, strlen(s) + 1);
}

void
table_add_textf(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	CHECK(vasprintf(&s, fmt, ap) >= 0);
	va_end(ap);
	table_add_text(t, s);
	free(s);
}

void
table_add_number(struct table *t, uint64_t n)
{
	CHECK(table_next_kind(t) == CELL_NUMBER ||
	    table_next_kind(t) == CELL_BYTES);
	table_add(t, (struct cell){ .number = n });
}

void
table_add_duration(struct table *t, usec_t us)
{
	CHECK(table_next_kind(t) == CELL_DURATION);
	table_add(t, (struct cell){ .number = us > 0 ? (uint64_t)us : 0 });
}

void
table_add_bool(struct table *t, bool is_true)
{
	CHECK(table_next_kind(t) == CELL_BOOL);
	table_add(t, (struct cell){ .number = is_true });
}

/* ---- one cell -------------------------------------------------------- */

/* Long lists are mostly numbers, and printf would be half of their time. */
static void
table_print_number(uint64_t n, struct text *out)
{
	char digits[TABLE_DIGITS_MAX];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	text_add_bytes(out, digits + at, sizeof(digits) - at);
}

static void
table_print_bytes(uint64_t n, struct text *out)
{
	static const char *const units[] = { "KB", "MB", "GB", "TB", "PB" };
	double value = (double)n / 1024;
	size_t i = 0;

	if (n < 1024) {
		table_print_number(n, out);
		return;
	}
	/* What would be rounded to 1024.0 is 1.0 of the next unit. */
	for (; value >= 1023.95 && i + 1 < ARRAY_LEN(units); i++)
		value /= 1024;
	text_addf(out, "%.1f%s", value, units[i]);
}

static void
table_print_duration(uint64_t us, struct text *out)
{
	unsigned long long s = us / USEC_SEC;

	if (us < USEC_MS)
		text_addf(out, "%lluus", (unsigned long long)us);
	else if (us < 100 * USEC_MS)
		text_addf(out, "%llu.%llums", (unsigned long long)us / USEC_MS,
		    (unsigned long long)us / 100 % 10);
	else if (us < USEC_SEC)
		text_addf(out, "%llums", (unsigned long long)us / USEC_MS);
	else if (s < 60)
		text_addf(
		    out, "%llu.%llus", s, (unsigned long long)us / 100000 % 10);
	else if (s < 3600)
		text_addf(out, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		text_addf(out, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		text_addf(out, "%llud%02lluh", s / 86400, s / 3600 % 24);
}

/* A line of the answer is a line of the table. */
static void
table_print_text(const char *s, struct text *out)
{
	for (; *s != '\0'; s++)
		text_add_bytes(out, *s == '\n' || *s == '\r' ? " " : s, 1);
}

static const struct cell *
table_cell(const struct table *t, size_t row, unsigned column)
{
	CHECK(row < table_rows(t) && column < t->n_columns);
	return &t->cells[row * t->n_columns + column];
}

void
table_print_cell(
    const struct table *t, size_t row, unsigned column, struct text *out)
{
	const struct cell *cell = table_cell(t, row, column);

	if (cell->is_none) {
		text_add(out, "-");
		return;
	}
	switch (t->columns[column].kind) {
	case CELL_TEXT:
		table_print_text(t->words.at + cell->number, out);
		break;
	case CELL_NUMBER:
		table_print_number(cell->number, out);
		break;
	case CELL_BYTES:
		table_print_bytes(cell->number, out);
		break;
	case CELL_DURATION:
		table_print_duration(cell->number, out);
		break;
	case CELL_BOOL:
		text_add(out, cell->number != 0 ? "yes" : "no");
		break;
	case CELL_KIND_COUNT:
		CHECK_NEVER("no kind of a cell");
	}
}

void
table_print_json(
    const struct table *t, size_t row, unsigned column, struct text *out)
{
	const struct cell *cell = table_cell(t, row, column);

	if (cell->is_none)
		text_add(out, "null");
	else if (t->columns[column].kind == CELL_TEXT)
		text_add_json(out, t->words.at + cell->number);
	else if (t->columns[column].kind == CELL_BOOL)
		text_add(out, cell->number != 0 ? "true" : "false");
	else
		table_print_number(cell->number, out);
}
