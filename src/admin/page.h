/*
 * page.h - an answer: tables put together for people or as one JSON object.
 *
 * For people there are four looks of a table; in JSON a row is an object, and
 * a table a list of them under its name.  No look has an empty line.
 */
#ifndef REGENT_ADMIN_PAGE_H
#define REGENT_ADMIN_PAGE_H

#include "admin/table.h"

struct page {
	struct text *out;
	bool is_json;
	unsigned depth; /* of items */
};

void page_open(struct page *page, struct text *out, bool is_json);
void page_close(struct page *page);

/* A list of objects, such as clusters, each with its own pairs and tables. */
void page_open_list(struct page *page, const char *name);
void page_open_item(struct page *page);
void page_close_item(struct page *page);
void page_close_list(struct page *page);

/* The only row of a table: "a=1 b=2" in one line. */
void page_put_pairs(struct page *page, const struct table *t);

/* The same as "a: 1" in a line each. */
void page_put_facts(struct page *page, const struct table *t);

/* Columns under their titles, in capitals. */
void page_put_table(struct page *page, const char *name, const struct table *t);

/* Columns without titles, for logs. */
void page_put_lines(struct page *page, const char *name, const struct table *t);

#endif
