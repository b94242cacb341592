/*
 * table.h - rows of typed cells: what every answer is made of.
 *
 * Filled cell by cell, a row after the other, in the order of the columns.
 * Knows how one cell looks to people and in JSON; page.h puts cells together.
 * People read 1.5MB and 3.2s, programs get the plain number under a key that
 * names the unit.
 */
#ifndef REGENT_ADMIN_TABLE_H
#define REGENT_ADMIN_TABLE_H

#include "base/text.h"
#include "base/usec.h"

#include <stdint.h>

enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_BYTES,
	CELL_DURATION, /* microseconds */
	CELL_BOOL,
	CELL_KIND_COUNT
};

struct column {
	const char *title;
	const char *key; /* in JSON; NULL: the title */
	enum cell_kind kind;
};

struct cell {
	bool is_none;
	uint64_t number; /* of a text: where it is in `words` */
};

struct table {
	const struct column *columns;
	unsigned n_columns;
	struct cell *cells;
	size_t n_cells;
	size_t cells_max;
	struct text words; /* of all texts, each with its end */
};

/* The columns are borrowed until table_fini. */
void table_init(
    struct table *t, const struct column *columns, unsigned n_columns);
void table_fini(struct table *t);

size_t table_rows(const struct table *t);

/* The next cell; its column must be of the same kind. */
void table_add_text(struct table *t, const char *s); /* NULL and "": none */
void table_add_textf(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void table_add_number(struct table *t, uint64_t n); /* also BYTES */
void table_add_duration(struct table *t, usec_t us);
void table_add_bool(struct table *t, bool is_true);
void table_add_none(struct table *t);

/* One cell for people ("-" is none) or as a JSON value. */
void table_print_cell(
    const struct table *t, size_t row, unsigned column, struct text *out);
void table_print_json(
    const struct table *t, size_t row, unsigned column, struct text *out);

const char *table_key(const struct table *t, unsigned column);

#endif
