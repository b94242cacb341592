#include "conf/parse.h"

#include "base/mem.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* inih's own limit of a name. */
#define PARSE_NAME_MAX 49
#define PARSE_BLANKS " \t\r"
#define PARSE_FORMS \
	"[regent], [cluster NAME], [node CLUSTER/NAME] or [listen NAME]"
#define PARSE_NAME_FORM \
	"1 to 31 letters, digits, \"_\", \".\" or \"-\", the first a letter " \
	"or digit"

enum parse_where {
	WHERE_START,   /* before the first section */
	WHERE_SECTION, /* in the last one of the list */
	WHERE_SKIPPED, /* in one that can't be understood */
};

struct parse {
	struct section_list *list;
	struct report *report;
	const char *at; /* the bytes that are left */
	const char *end;
	int line;
	enum parse_where where;
	char title[PLACE_SECTION_LEN]; /* of the section, for messages */
	bool is_pending; /* inih has a line that gave no option yet */
};

struct place
place_of_section(const struct section *section, const char *option)
{
	struct place place = { .line = section->line, .option = option };
	const char *slash = section->cluster[0] != '\0' ? "/" : "";
	const char *gap = section->name[0] != '\0' ? " " : "";

	snprintf(place.section, sizeof(place.section), "%s%s%s%s%s",
	    section->scope->kind, gap, section->cluster, slash, section->name);
	return place;
}

static struct place
parse_place(const struct parse *p, const char *option)
{
	struct place place = { .line = p->line, .option = option };

	memcpy(place.section, p->title, sizeof(place.section));
	return place;
}

static struct section *
parse_section(const struct parse *p)
{
	CHECK(p->where == WHERE_SECTION && p->list->n > 0);
	return &p->list->at[p->list->n - 1];
}

/* ---- sections -------------------------------------------------------- */

static const struct section *
section_list_find(const struct section_list *list, const struct section *like)
{
	for (unsigned i = 0; i < list->n; i++) {
		const struct section *s = &list->at[i];

		if (!s->is_bad && s->scope == like->scope &&
		    strcmp(s->name, like->name) == 0 &&
		    strcmp(s->cluster, like->cluster) == 0)
			return s;
	}
	return NULL;
}

static void
section_list_add(struct section_list *list, const struct section *section)
{
	if (list->n == list->cap) {
		list->cap = list->cap > 0 ? 2 * list->cap : 16;
		list->at = mem_resize(list->at, list->cap * sizeof(*list->at));
	}
	list->at[list->n++] = *section;
}

void
section_list_fini(struct section_list *list)
{
	for (unsigned i = 0; i < list->n; i++) {
		struct section *s = &list->at[i];

		if (s->body != NULL)
			option_fini_body(s->scope, s->body);
		free(s->body);
	}
	free(list->at);
	*list = (struct section_list){ .at = NULL };
}

static bool
parse_take_name(char *to, const char *from, size_t len)
{
	if (len > NAME_LEN_MAX)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return text_is_name(to);
}

/* Fills the names of a section from what stands behind its kind. */
static bool
parse_section_names(struct section *s, const char *rest)
{
	const char *slash;

	if (s->scope->id == SCOPE_REGENT)
		return rest[0] == '\0';
	if (s->scope->id != SCOPE_NODE)
		return parse_take_name(s->name, rest, strlen(rest));
	slash = strchr(rest, '/');
	return slash != NULL &&
	    parse_take_name(s->cluster, rest, (size_t)(slash - rest)) &&
	    parse_take_name(s->name, slash + 1, strlen(slash + 1));
}

static void
parse_report_names(struct parse *p, const struct section *s, const char *rest)
{
	struct place place = parse_place(p, NULL);
	struct text found = TEXT_INIT;

	value_quote(rest, &found);
	report_add(p->report, &place, "found %s: expected %s%s",
	    text_cstr(&found), s->scope->form,
	    s->scope->id == SCOPE_REGENT ? " without a name"
					 : ", a name being " PARSE_NAME_FORM);
	text_fini(&found);
}

/* `text` is what stands between the brackets; it is cut into words here. */
static void
parse_open_section(struct parse *p, char *text)
{
	struct section section = { .line = p->line };
	size_t word = strcspn(text, PARSE_BLANKS);
	char *rest = text + word + strspn(text + word, PARSE_BLANKS);
	struct place place = parse_place(p, NULL);
	const struct section *first;

	text[word] = '\0';
	section.scope = option_find_scope(text);
	if (section.scope == NULL) {
		report_add(p->report, &place,
		    "found an unknown section: expected " PARSE_FORMS);
		p->where = WHERE_SKIPPED;
		return;
	}
	/* A bad section is still read, so that its options are checked. */
	if (!parse_section_names(&section, rest)) {
		section.is_bad = true;
		parse_report_names(p, &section, rest);
	} else if ((first = section_list_find(p->list, &section)) != NULL) {
		section.is_bad = true;
		report_add(p->report, &place,
		    "found it again: expected it once, line %d has it",
		    first->line);
	}
	section.body = option_new_body(section.scope);
	section_list_add(p->list, &section);
	p->where = WHERE_SECTION;
}

static bool
parse_has_room(struct parse *p)
{
	struct place place = { .line = p->line };

	if (p->list->n < PARSE_SECTIONS_MAX)
		return true;
	report_add(p->report, &place,
	    "found one section too many: expected at most %d",
	    PARSE_SECTIONS_MAX);
	p->at = p->end;
	p->where = WHERE_SKIPPED;
	return false;
}

/* A line that begins with "[". */
static void
parse_section_line(struct parse *p, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);
	const char *rest = close != NULL ? close + 1 : line + len;
	size_t skip = 0, text_len;
	struct place place = { .line = p->line };
	char text[PLACE_SECTION_LEN];

	p->where = WHERE_SKIPPED;
	p->title[0] = '\0';
	while (rest + skip < line + len && strchr(PARSE_BLANKS, rest[skip]))
		skip++;
	if (close == NULL || (rest + skip < line + len && rest[skip] != ';')) {
		report_add(p->report, &place,
		    "found a section that does not end with \"]\": "
		    "expected " PARSE_FORMS);
		return;
	}
	line++;
	line += strspn(line, PARSE_BLANKS);
	while (close > line && strchr(PARSE_BLANKS, close[-1]) != NULL)
		close--;
	text_len = (size_t)(close - line);
	if (text_len >= sizeof(text)) {
		report_add(p->report, &place,
		    "found a section name of %zu bytes: expected at most %zu",
		    text_len, sizeof(text) - 1);
		return;
	}
	memcpy(text, line, text_len);
	text[text_len] = '\0';
	snprintf(p->title, sizeof(p->title), "%s", text);
	if (parse_has_room(p))
		parse_open_section(p, text);
}

/* ---- options --------------------------------------------------------- */

/*
 * The text of a broken line is never shown: it may be a password whose "="
 * was forgotten.
 */
static void
parse_report_no_option(struct parse *p)
{
	struct place place = parse_place(p, NULL);

	report_add(p->report, &place,
	    "found neither an option nor a section: expected "
	    "\"name = value\" or \"[section]\"");
}

static bool
parse_is_option_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";

	return name[0] != '\0' && name[strspn(name, letters)] == '\0';
}

/* An option that another kind of section has is in the wrong section. */
static const struct scope *
parse_find_owner(const char *name)
{
	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		if (option_find(option_scope(i), name) != NULL)
			return option_scope(i);
	return NULL;
}

static void
parse_report_unknown(
    struct parse *p, const struct scope *scope, const char *name)
{
	struct place place = parse_place(p, name);
	const struct scope *owner = parse_find_owner(name);
	const struct option *like = option_suggest(scope, name);

	if (owner != NULL)
		report_add(p->report, &place,
		    "found an unknown option: expected it in %s", owner->form);
	else if (like != NULL)
		report_add(p->report, &place,
		    "found an unknown option: expected perhaps %s", like->name);
	else
		report_add(p->report, &place,
		    "found an unknown option: expected one of %s, see "
		    "regent.conf(5)",
		    scope->form);
}

static void
parse_set_option(struct parse *p, const char *name, const char *value)
{
	struct section *s = parse_section(p);
	const struct option *option = option_find(s->scope, name);
	struct place place = parse_place(p, name);
	struct err err;
	int *line;

	if (option == NULL) {
		parse_report_unknown(p, s->scope, name);
		return;
	}
	line = &s->option_lines[option - s->scope->options];
	if (*line != 0) {
		report_add(p->report, &place,
		    "found it again: expected it once, line %d has it", *line);
		return;
	}
	*line = p->line;
	if (value_parse(&option->rule, value, option_member(option, s->body),
		&err) != 0)
		report_add(p->report, &place, "%s", err.text);
}

/*
 * inih's section is not used: it is cut.  1 is "go on" for inih; what is
 * wrong was reported with more than the line number that inih would give.
 */
static int
parse_on_option(
    void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	struct place place;

	(void)section;
	if (name == NULL || value == NULL)
		return 1; /* some builds of inih call for these, too */
	p->is_pending = false;
	if (!parse_is_option_name(name)) {
		parse_report_no_option(p);
		return 1;
	}
	place = parse_place(p, NULL);
	if (strlen(name) > PARSE_NAME_MAX) {
		report_add(p->report, &place,
		    "found an option name of %zu bytes: expected at most %d",
		    strlen(name), PARSE_NAME_MAX);
		return 1;
	}
	place.option = name;
	if (p->where == WHERE_START)
		report_add(p->report, &place,
		    "found an option before the first section: expected "
		    "a section such as [regent]");
	else if (p->where == WHERE_SECTION)
		parse_set_option(p, name, value);
	return 1;
}

/* ---- lines ----------------------------------------------------------- */

static bool
parse_check_bytes(struct parse *p, const char *line, size_t len)
{
	struct place place = parse_place(p, NULL);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c >= ' ' || c == '\t') && c != 0x7f)
			continue;
		report_add(p->report, &place,
		    "found the byte 0x%02x: expected text", c);
		return false;
	}
	return true;
}

/*
 * inih would take ":" for "=", and a name with blanks: a forgotten "=" in
 * "bind 0.0.0.0:6379" would become a name and a value that nobody meant.
 */
static bool
parse_has_equals(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && line[i] != '=' && line[i] != ':')
		i++;
	return i < len && line[i] == '=';
}

/* Whether the line is for inih; all others become empty ones. */
static bool
parse_accept_line(struct parse *p, const char *line, size_t len, size_t max)
{
	struct place place;

	if (!parse_check_bytes(p, line, len))
		return false;
	if (len == 0 || line[0] == '#' || line[0] == ';')
		return false;
	if (line[0] == '[') {
		parse_section_line(p, line, len);
		return false;
	}
	if (len > max) {
		place = parse_place(p, NULL);
		report_add(p->report, &place,
		    "found a line of %zu bytes: expected at most %zu", len,
		    max);
		return false;
	}
	if (!parse_has_equals(line, len)) {
		parse_report_no_option(p);
		return false;
	}
	return true;
}

/* The line before gave no option: inih saw a comment before its "=". */
static void
parse_settle(struct parse *p)
{
	if (p->is_pending)
		parse_report_no_option(p);
	p->is_pending = false;
}

/*
 * fgets for inih.  Blanks at both ends are taken away, because inih takes an
 * indented line for more of the value above.  Always ends with a newline:
 * some builds of inih ask for the rest of a line that has none.
 */
static char *
parse_read_line(char *buf, int num, void *stream)
{
	struct parse *p = stream;
	const char *from, *to;
	size_t len = 0;

	CHECK(num > 2);
	parse_settle(p);
	if (p->at == p->end || report_is_full(p->report))
		return NULL;
	from = p->at;
	to = memchr(from, '\n', (size_t)(p->end - from));
	p->at = to != NULL ? to + 1 : p->end;
	p->line++;
	if (to == NULL)
		to = p->end;
	while (from < to && *from != '\0' && strchr(PARSE_BLANKS, *from))
		from++;
	while (from < to && to[-1] != '\0' && strchr(PARSE_BLANKS, to[-1]))
		to--;
	p->is_pending =
	    parse_accept_line(p, from, (size_t)(to - from), (size_t)num - 2);
	if (p->is_pending)
		len = (size_t)(to - from);
	memcpy(buf, from, len);
	memcpy(buf + len, "\n", 2);
	return buf;
}

static void
parse_check_required(struct parse *p, const struct section *s)
{
	for (unsigned i = 0; i < s->scope->n_options; i++) {
		const struct option *o = &s->scope->options[i];
		struct place place = place_of_section(s, o->name);
		struct text expected = TEXT_INIT;

		if (o->rule.default_text != NULL || s->option_lines[i] != 0)
			continue;
		value_describe(&o->rule, &expected);
		report_add(p->report, &place, "found nothing: expected %s",
		    text_cstr(&expected));
		text_fini(&expected);
	}
}

void
parse_bytes(struct section_list *list, const char *bytes, size_t len,
    struct report *report)
{
	static const char mark[] = "\xef\xbb\xbf"; /* UTF-8 byte order mark */
	struct parse p = {
		.list = list,
		.report = report,
		.at = bytes,
		.end = bytes + len,
		.where = WHERE_START,
	};

	CHECK(list != NULL && list->n == 0 && report != NULL);
	CHECK(bytes != NULL || len == 0);
	if (len >= 3 && memcmp(bytes, mark, 3) == 0)
		p.at += 3;
	/* Each line that inih calls an error was reported with its reason. */
	(void)ini_parse_stream(parse_read_line, &p, parse_on_option, &p);
	parse_settle(&p);
	for (unsigned i = 0; i < list->n; i++)
		if (!list->at[i].is_bad)
			parse_check_required(&p, &list->at[i]);
}
