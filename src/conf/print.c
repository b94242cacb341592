#include "conf/print.h"

#include "conf/option.h"

#include <string.h>

#define PRINT_WIDTH 78
#define PRINT_RULE \
	"; -----------------------------------" \
	"---------------------------------------\n"

/* ---- a snapshot ------------------------------------------------------ */

static void
print_assignment(struct text *out, const char *name, const char *value)
{
	/* Behind a blank, ";" would begin a comment. */
	const char *gap = value[0] == '\0' || value[0] == ';' ? "" : " ";

	text_addf(out, "%s =%s%s\n", name, gap, value);
}

static void
print_body(const struct scope *scope, const void *body, struct text *out)
{
	struct text value = TEXT_INIT;

	for (unsigned i = 0; i < scope->n_options; i++) {
		const struct option *o = &scope->options[i];

		text_clear(&value);
		value_print(&o->rule, option_value(o, body), &value);
		print_assignment(out, o->name, text_cstr(&value));
	}
	text_fini(&value);
}

/*
 * A password that came from a file is not the file's second way to give one,
 * so its line stays empty.
 */
static void
print_cluster(const struct conf_cluster *cluster, struct text *out)
{
	static char no_password[] = "";
	struct conf_cluster shown = *cluster;

	if (cluster->password_file[0] != '\0')
		shown.password = no_password;
	if (cluster->sentinel_password_file[0] != '\0')
		shown.sentinel_password = no_password;
	text_addf(out, "\n[cluster %s]\n", cluster->name);
	print_body(option_scope(SCOPE_CLUSTER), &shown, out);
	for (unsigned i = 0; i < cluster->n_nodes; i++) {
		const struct conf_node *node = &cluster->nodes[i];

		text_addf(out, "\n[node %s/%s]\n", cluster->name, node->name);
		print_body(option_scope(SCOPE_NODE), node, out);
	}
}

void
conf_print(const struct conf *conf, struct text *out)
{
	CHECK_OBJ(conf, CONF_MAGIC);
	CHECK(out != NULL);
	text_add(out, "[regent]\n");
	print_body(option_scope(SCOPE_REGENT), conf, out);
	for (unsigned i = 0; i < conf->n_clusters; i++)
		print_cluster(&conf->clusters[i], out);
	for (unsigned i = 0; i < conf->n_listens; i++) {
		text_addf(out, "\n[listen %s]\n", conf->listens[i].name);
		print_body(option_scope(SCOPE_LISTEN), &conf->listens[i], out);
	}
}

/* ---- the sample file ------------------------------------------------- */

static const char print_sample_head[] =
    "; regent.ini - one Redis data set on three nodes behind two addresses.\n"
    ";\n"
    "; A line that begins with ; or # is a comment, and so is the end of a\n"
    "; line behind a blank and a ;.  A line such as \";name = value\" shows a\n"
    "; default: take the ; away to change it.  The second half of this file\n"
    "; shows every option; regent.conf(5) is the manual.\n";

static const char print_sample_middle[] =
    "\n" PRINT_RULE
    "; Every option with its default.  To change one, copy its line into a\n"
    "; section above: a section may be in the file only once.\n" PRINT_RULE;

/* One line of the example; a row with a section begins it. */
struct print_line {
	enum option_scope scope;
	const char *section;
	const char *about;
	const char *option; /* NULL is none */
	const char *value;  /* NULL is the default, as a comment */
};

/* clang-format off */
static const struct print_line print_lines[] = {
	{ .scope = SCOPE_REGENT, .section = "regent",
	  .about = "the process itself" },
	{ .scope = SCOPE_REGENT, .option = "workers" },
	{ .scope = SCOPE_REGENT, .option = "control_socket" },
	{ .scope = SCOPE_REGENT, .option = "state_dir" },
	{ .scope = SCOPE_REGENT, .option = "log" },
	{ .scope = SCOPE_CLUSTER, .section = "cluster crm",
	  .about = "nodes that replicate one data set" },
	{ .scope = SCOPE_CLUSTER, .option = "protocol", .value = "redis" },
	{ .scope = SCOPE_CLUSTER, .option = "failover" },
	{ .scope = SCOPE_CLUSTER, .option = "password_file" },
	{ .scope = SCOPE_NODE, .section = "node crm/a" },
	{ .scope = SCOPE_NODE, .option = "address",
	  .value = "10.0.0.11:6379" },
	{ .scope = SCOPE_NODE, .section = "node crm/b" },
	{ .scope = SCOPE_NODE, .option = "address",
	  .value = "10.0.0.12:6379" },
	{ .scope = SCOPE_NODE, .section = "node crm/c" },
	{ .scope = SCOPE_NODE, .option = "address",
	  .value = "10.0.0.13:6379" },
	{ .scope = SCOPE_LISTEN, .section = "listen crm-write",
	  .about = "clients that read and write" },
	{ .scope = SCOPE_LISTEN, .option = "bind", .value = "0.0.0.0:6379" },
	{ .scope = SCOPE_LISTEN, .option = "cluster", .value = "crm" },
	{ .scope = SCOPE_LISTEN, .option = "route" },
	{ .scope = SCOPE_LISTEN, .section = "listen crm-read",
	  .about = "clients that only read" },
	{ .scope = SCOPE_LISTEN, .option = "bind", .value = "0.0.0.0:6380" },
	{ .scope = SCOPE_LISTEN, .option = "cluster", .value = "crm" },
	{ .scope = SCOPE_LISTEN, .option = "route", .value = "replica" },
};
/* clang-format on */

static const char *
print_default(const struct option *o)
{
	return o->rule.default_text != NULL ? o->rule.default_text : "";
}

static void
print_sample_line(const struct print_line *line, struct text *out)
{
	const struct option *o;

	if (line->section != NULL) {
		text_addf(out, "\n[%s]", line->section);
		if (line->about != NULL)
			text_addf(out, " ; %s", line->about);
		text_add(out, "\n");
		return;
	}
	o = option_find(option_scope(line->scope), line->option);
	CHECK(o != NULL);
	if (line->value == NULL)
		text_add(out, ";");
	print_assignment(
	    out, o->name, line->value != NULL ? line->value : print_default(o));
}

/* What the example gives to an option that has no default. */
static const char *
print_sample_value(const struct scope *scope, const struct option *o)
{
	if (o->rule.default_text != NULL)
		return o->rule.default_text;
	for (unsigned i = 0; i < ARRAY_LEN(print_lines); i++) {
		const struct print_line *line = &print_lines[i];

		if (line->scope == scope->id && line->option != NULL &&
		    strcmp(line->option, o->name) == 0)
			return line->value;
	}
	CHECK(o == NULL); /* a required option needs a row above */
	return NULL;
}

static const char *
print_sample_section(const struct scope *scope)
{
	unsigned i = 0;

	while (print_lines[i].scope != scope->id)
		i++;
	return print_lines[i].section;
}

/* Breaks text into comment lines; a word is never cut. */
static void
print_comment(struct text *out, const char *text)
{
	size_t col = 0;

	for (;;) {
		size_t word = strcspn(text, " ");

		if (col > 0 && col + 1 + word > PRINT_WIDTH) {
			text_add(out, "\n");
			col = 0;
		}
		text_add(out, col == 0 ? "; " : " ");
		text_add_bytes(out, text, word);
		col += word + (col == 0 ? 2 : 1);
		text += word;
		if (*text == '\0')
			break;
		text++;
	}
	text_add(out, "\n");
}

/* What is allowed, what holds otherwise, and when a change takes effect. */
static void
print_limits(const struct option *o, struct text *out)
{
	text_add(out, "Takes ");
	value_describe(&o->rule, out);
	if (o->rule.default_text == NULL)
		text_add(out, "; required");
	else if (o->rule.default_text[0] == '\0')
		text_add(out, "; not set by default");
	else
		text_addf(out, "; default %s", o->rule.default_text);
	text_add(out,
	    o->when == WHEN_RESTART ? "; changed by restart only."
				    : "; changed by reload.");
}

static void
print_sample_option(
    const struct scope *scope, const struct option *o, struct text *out)
{
	struct text about = TEXT_INIT;

	text_addf(&about, "%s: %s", o->name, o->brief);
	text_add(out, "\n");
	print_comment(out, about.at);
	if (o->prose[0] != '\0')
		print_comment(out, o->prose);
	text_clear(&about);
	print_limits(o, &about);
	print_comment(out, about.at);
	text_add(out, ";");
	print_assignment(out, o->name, print_sample_value(scope, o));
	text_fini(&about);
}

void
conf_print_sample(struct text *out)
{
	CHECK(out != NULL);
	text_add(out, print_sample_head);
	for (unsigned i = 0; i < ARRAY_LEN(print_lines); i++)
		print_sample_line(&print_lines[i], out);
	text_add(out, print_sample_middle);
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		const struct scope *scope = option_scope(i);

		text_addf(out, "\n; %s: %s\n", scope->form, scope->about);
		text_addf(out, ";[%s]\n", print_sample_section(scope));
		for (unsigned j = 0; j < scope->n_options; j++)
			print_sample_option(scope, &scope->options[j], out);
	}
}

/* ---- the manual page ------------------------------------------------- */

static void
print_man_bytes(struct text *out, const char *text, size_t len)
{
	/* roff would take these at the start of a line for a request. */
	if (len > 0 && (text[0] == '.' || text[0] == '\''))
		text_add(out, "\\&");
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			text_add(out, "\\e");
		else
			text_add_bytes(out, text + i, 1);
	}
	text_add(out, "\n");
}

/* mdoc wants each sentence on a line of its own. */
static void
print_man_prose(struct text *out, const char *text)
{
	const char *end;

	while ((end = strstr(text, ". ")) != NULL) {
		print_man_bytes(out, text, (size_t)(end + 1 - text));
		text = end + 2;
	}
	if (text[0] != '\0')
		print_man_bytes(out, text, strlen(text));
}

static void
print_man_option(const struct option *o, struct text *out)
{
	struct text limits = TEXT_INIT;

	text_addf(out, ".It Cm %s No \\(em \"%s\"\n", o->name, o->brief);
	print_man_prose(out, o->prose);
	print_limits(o, &limits);
	print_man_prose(out, limits.at);
	text_fini(&limits);
}

void
conf_print_man(struct text *out)
{
	CHECK(out != NULL);
	for (unsigned i = 0; i < SCOPE_COUNT; i++) {
		const struct scope *scope = option_scope(i);

		text_addf(out, ".Ss \"%s\"\n", scope->form);
		text_addf(out, "Describes %s.\n", scope->about);
		text_add(out, ".Bl -tag -width Ds\n");
		for (unsigned j = 0; j < scope->n_options; j++)
			print_man_option(&scope->options[j], out);
		text_add(out, ".El\n");
	}
}
