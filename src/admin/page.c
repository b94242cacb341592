#include "admin/page.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ------------------------------------------------------------ */

static void
page_comma(struct page *page)
{
	char last = page->out->at[page->out->len - 1];

	if (last != '{' && last != '[')
		text_add(page->out, ",");
}

static void
page_key(struct page *page, const char *key)
{
	page_comma(page);
	text_add_json(page->out, key);
	text_add(page->out, ":");
}

static void
page_put_members(struct page *page, const struct table *t, size_t row)
{
	for (unsigned i = 0; i < t->n_columns; i++) {
		page_key(page, table_key(t, i));
		table_print_json(t, row, i, page->out);
	}
}

static void
page_put_objects(struct page *page, const char *name, const struct table *t)
{
	page_open_list(page, name);
	for (size_t row = 0; row < table_rows(t); row++) {
		page_open_item(page);
		page_put_members(page, t, row);
		page_close_item(page);
	}
	page_close_list(page);
}

/* ---- for people: a grid ---------------------------------------------- */

/* All cells as text, so that the width of a column is known. */
struct page_grid {
	const struct table *table;
	bool has_titles;
	struct text cells;
	size_t *ends; /* of cell i in `cells`, titles first */
	size_t n;
	unsigned *widths;
};

static unsigned
page_width(const char *s, size_t len)
{
	unsigned width = 0;

	/* Bytes that go on a UTF-8 character take no place. */
	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	return width;
}

static const char *
page_grid_at(const struct page_grid *g, size_t i, size_t *len)
{
	size_t from = i > 0 ? g->ends[i - 1] : 0;

	*len = g->ends[i] - from;
	return g->cells.at + from;
}

static void
page_grid_end_cell(struct page_grid *g)
{
	unsigned column = (unsigned)(g->n % g->table->n_columns), width;
	const char *s;
	size_t len;

	g->ends[g->n] = g->cells.len;
	s = page_grid_at(g, g->n, &len);
	width = page_width(s, len);
	if (width > g->widths[column])
		g->widths[column] = width;
	g->n++;
}

static void
page_grid_add_titles(struct page_grid *g)
{
	for (unsigned i = 0; i < g->table->n_columns; i++) {
		const char *s = g->table->columns[i].title;

		for (; *s != '\0'; s++) {
			char c = (char)toupper((unsigned char)*s);

			text_add_bytes(&g->cells, &c, 1);
		}
		page_grid_end_cell(g);
	}
}

static void
page_grid_fill(struct page_grid *g)
{
	size_t rows = table_rows(g->table);

	g->widths = mem_new(g->table->n_columns * sizeof(*g->widths));
	g->ends = mem_new((rows + 1) * g->table->n_columns * sizeof(*g->ends));
	if (g->has_titles)
		page_grid_add_titles(g);
	for (size_t row = 0; row < rows; row++)
		for (unsigned i = 0; i < g->table->n_columns; i++) {
			table_print_cell(g->table, row, i, &g->cells);
			page_grid_end_cell(g);
		}
}

static void
page_grid_fini(struct page_grid *g)
{
	text_fini(&g->cells);
	free(g->ends);
	free(g->widths);
}

static void
page_add_blanks(struct page *page, unsigned n)
{
	while (n-- > 0)
		text_add_bytes(page->out, " ", 1);
}

/* Texts to the left, numbers to the right; nothing behind the last column. */
static void
page_put_grid_cell(struct page *page, const struct page_grid *g, size_t i)
{
	unsigned column = (unsigned)(i % g->table->n_columns);
	enum cell_kind kind = g->table->columns[column].kind;
	bool is_left = kind == CELL_TEXT || kind == CELL_BOOL;
	const char *s;
	unsigned gap;
	size_t len;

	s = page_grid_at(g, i, &len);
	gap = g->widths[column] - page_width(s, len);
	page_add_blanks(page, column == 0 ? 2 * page->depth : 2);
	if (!is_left)
		page_add_blanks(page, gap);
	text_add_bytes(page->out, s, len);
	if (column + 1 == g->table->n_columns)
		text_add(page->out, "\n");
	else if (is_left)
		page_add_blanks(page, gap);
}

static void
page_put_grid(struct page *page, const struct table *t, bool has_titles)
{
	struct page_grid g = {
		.table = t,
		.has_titles = has_titles,
		.cells = TEXT_INIT,
	};

	page_grid_fill(&g);
	for (size_t i = 0; i < g.n; i++)
		page_put_grid_cell(page, &g, i);
	page_grid_fini(&g);
}

/* ---- both ------------------------------------------------------------ */

void
page_open(struct page *page, struct text *out, bool is_json)
{
	CHECK(out->len == 0);
	*page = (struct page){ .out = out, .is_json = is_json };
	if (is_json)
		text_add(out, "{");
}

void
page_close(struct page *page)
{
	CHECK(page->depth == 0);
	if (page->is_json)
		text_add(page->out, "}\n");
}

void
page_open_list(struct page *page, const char *name)
{
	if (!page->is_json)
		return;
	page_key(page, name);
	text_add(page->out, "[");
}

void
page_close_list(struct page *page)
{
	if (page->is_json)
		text_add(page->out, "]");
}

void
page_open_item(struct page *page)
{
	page->depth++;
	if (!page->is_json)
		return;
	page_comma(page);
	text_add(page->out, "{");
}

void
page_close_item(struct page *page)
{
	CHECK(page->depth > 0);
	page->depth--;
	if (page->is_json)
		text_add(page->out, "}");
}

/* Quotes what would not be one word. */
static void
page_put_pair_value(struct page *page, const char *s)
{
	bool is_word = strpbrk(s, " \t\"") == NULL;

	if (!is_word)
		text_add(page->out, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"')
			text_add(page->out, "\\");
		text_add_bytes(page->out, s, 1);
	}
	if (!is_word)
		text_add(page->out, "\"");
}

void
page_put_pairs(struct page *page, const struct table *t)
{
	struct text value = TEXT_INIT;

	CHECK(table_rows(t) == 1);
	if (page->is_json) {
		page_put_members(page, t, 0);
		return;
	}
	for (unsigned i = 0; i < t->n_columns; i++) {
		text_clear(&value);
		table_print_cell(t, 0, i, &value);
		text_addf(
		    page->out, "%s%s=", i > 0 ? " " : "", t->columns[i].title);
		page_put_pair_value(page, text_cstr(&value));
	}
	text_add(page->out, "\n");
	text_fini(&value);
}

void
page_put_facts(struct page *page, const struct table *t)
{
	CHECK(table_rows(t) == 1);
	if (page->is_json) {
		page_put_members(page, t, 0);
		return;
	}
	for (unsigned i = 0; i < t->n_columns; i++) {
		text_addf(page->out, "%s: ", t->columns[i].title);
		table_print_cell(t, 0, i, page->out);
		text_add(page->out, "\n");
	}
}

void
page_put_table(struct page *page, const char *name, const struct table *t)
{
	if (page->is_json)
		page_put_objects(page, name, t);
	else
		page_put_grid(page, t, true);
}

void
page_put_lines(struct page *page, const char *name, const struct table *t)
{
	if (page->is_json)
		page_put_objects(page, name, t);
	else
		page_put_grid(page, t, false);
}
