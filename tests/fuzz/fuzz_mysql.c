/*
 * Any tables as the answers of a MariaDB or MySQL server: the first byte says
 * of which dialect and to which question, then come lines of cells between
 * '|', the first one being the names.  What comes of it is within its bounds.
 */
#include "guard/driver/mysql_reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_CELLS_MAX = 256 };

struct fuzz_table {
	struct mysql_table table;
	const char *cells[FUZZ_CELLS_MAX];
};

/* A byte 0x01 alone is SQL's NULL.  Rows that are too short are left out. */
static void
fuzz_parse(struct fuzz_table *t, char *text)
{
	unsigned n = 0;

	memset(t, 0, sizeof(*t));
	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		unsigned first = n;

		for (char *cell; (cell = strsep(&line, "|")) != NULL;) {
			if (n == FUZZ_CELLS_MAX)
				return;
			t->cells[n++] = strcmp(cell, "\x01") != 0 ? cell : NULL;
		}
		if (first == 0)
			t->table.n_columns = n;
		else if (n - first == t->table.n_columns)
			t->table.n_rows++;
		else
			n = first;
		t->table.names = t->cells;
		t->table.cells = t->cells + t->table.n_columns;
	}
}

static bool
fuzz_has_names(const struct fuzz_table *t)
{
	for (unsigned i = 0; i < t->table.n_columns; i++)
		if (t->table.names[i] == NULL)
			return false;
	return true;
}

static void
fuzz_report(const struct mysql_facts *facts)
{
	struct contact_result result = { .verdict = VERDICT_OK };
	const struct report *r = &result.report;
	const struct lineage known = {
		.forked_at = 150, .history = "0-1@150", .history_prev = "0-2@20"
	};

	mysql_report(&result, facts, &known);
	CHECK(result.has_report);
	CHECK(r->role == ROLE_PRIMARY || r->role == ROLE_REPLICA);
	CHECK(r->forked_at <= r->position);
	CHECK(strnlen(r->history, HISTORY_LEN) < HISTORY_LEN);
	CHECK(strnlen(r->history_prev, HISTORY_LEN) < HISTORY_LEN);
	CHECK(strnlen(r->instance, HISTORY_LEN) < HISTORY_LEN);
	CHECK(r->role == ROLE_REPLICA || !endpoint_is_set(&result.upstream));
	CHECK(strnlen(facts->upstream.io_error, MYSQL_ERROR_LEN) <
	    MYSQL_ERROR_LEN);
}

static void
fuzz_texts(const char *text)
{
	const char *list = text;
	char name[REIGN_NAME_LEN];
	struct gtid gtid, found[2];
	struct reign reign;
	uint64_t n;

	while (gtid_next(&list, &gtid) == 1)
		;
	(void)gtid_of_domain(text, 0, found, 2);
	if (reign_parse(&reign, text))
		reign_format(&reign, name);
	(void)gtid_set_count(text, &n);
	(void)mysql_errno_of_text(text);
}

static void
fuzz_tables(struct mysql_facts *facts, char *text)
{
	typedef bool read_fn(
	    struct mysql_facts * facts, const struct mysql_table *t);
	static read_fn *const readers[] = { mysql_read_who,
		mysql_read_upstreams, mysql_read_received, mysql_read_sync,
		mysql_read_start };
	struct fuzz_table t;

	/* Tables between 0x02, one for each question in turn. */
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		char *part = strsep(&text, "\x02");

		if (part == NULL)
			break;
		fuzz_parse(&t, part);
		if (!fuzz_has_names(&t) || !readers[i](facts, &t.table))
			return;
	}
	fuzz_report(facts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const versions[] = { "10.11.19-MariaDB", "8.4.3" };
	struct mysql_facts facts;
	char *text;

	if (size == 0)
		return 0;
	memset(&facts, 0, sizeof(facts));
	CHECK(mysql_read_version(&facts, versions[data[0] % 2]));
	text = malloc(size);
	CHECK(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	fuzz_texts(text);
	(void)mysql_read_version(&(struct mysql_facts){ 0 }, text);
	fuzz_tables(&facts, text);
	free(text);
	return 0;
}
