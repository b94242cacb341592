/*
 * docgen.c - prints the documents that come from options.def, commands.def
 * and the rules of core/.
 *
 * Built, never installed: `make docs` writes them into the source tree, and
 * `make docs-check` compares them with what is there.
 */
#include "conf/print.h"
#include "docgen_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- the commands of regentctl(1), in mdoc --------------------------- */

struct docgen_command {
	const char *name;
	const char *args;
	const char *brief;
	const char *prose;
};

static const struct docgen_command docgen_commands[] = {
#define COMMAND(name_, args_, run_, brief_, prose_) \
	{ .name = name_, .args = args_, .brief = brief_, .prose = prose_ },
#include "admin/commands.def"
};

/* "CLUSTER [NODE] a|b" becomes "Ar CLUSTER Op Ar NODE Cm a | b". */
static void
docgen_arg(const char *arg, size_t len, struct text *out)
{
	bool is_optional = arg[0] == '[';

	if (is_optional) {
		text_add(out, " Op");
		arg++;
		len -= 2;
	}
	if (strncmp(arg, "--", 2) == 0) {
		text_addf(out, " Fl %.*s", (int)len - 1, arg + 1);
		return;
	}
	text_add(out, islower((unsigned char)arg[0]) ? " Cm " : " Ar ");
	for (; len > 0; arg++, len--)
		text_addf(out, *arg == '|' ? " %c " : "%c", *arg);
}

static void
docgen_args(const char *args, struct text *out)
{
	while (*args != '\0') {
		size_t len = strcspn(args, " ");

		docgen_arg(args, len, out);
		args += len + (args[len] == ' ');
	}
}

/* mdoc wants each sentence on a line of its own. */
static void
docgen_prose(const char *prose, struct text *out)
{
	const char *end;

	for (; (end = strstr(prose, ". ")) != NULL; prose = end + 2)
		text_addf(out, "%.*s\n", (int)(end + 1 - prose), prose);
	if (prose[0] != '\0')
		text_addf(out, "%s\n", prose);
}

static void
docgen_print_commands(struct text *out)
{
	text_add(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < ARRAY_LEN(docgen_commands); i++) {
		const struct docgen_command *c = &docgen_commands[i];

		text_addf(out, ".It Cm %s", c->name);
		docgen_args(c->args, out);
		text_addf(out, "\n%c%s.\n", toupper((unsigned char)c->brief[0]),
		    c->brief + 1);
		docgen_prose(c->prose, out);
	}
	text_add(out, ".El\n");
}

/* ---- all of them ----------------------------------------------------- */

struct docgen_document {
	const char *name;
	void (*print)(struct text *out);
};

static const struct docgen_document docgen_documents[] = {
	{ .name = "sample", .print = conf_print_sample },
	{ .name = "man", .print = conf_print_man },
	{ .name = "commands", .print = docgen_print_commands },
	{ .name = "diagram", .print = docgen_print_diagram },
	{ .name = "rules", .print = docgen_print_rules },
	{ .name = "facts", .print = docgen_print_facts },
};

static int
docgen_write(const struct docgen_document *document)
{
	struct text out = TEXT_INIT;
	int rc = 0;

	document->print(&out);
	if (fwrite(out.at, 1, out.len, stdout) != out.len ||
	    fflush(stdout) != 0) {
		perror("docgen");
		rc = 1;
	}
	text_fini(&out);
	return rc;
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(docgen_documents); i++)
		if (strcmp(argv[1], docgen_documents[i].name) == 0)
			return docgen_write(&docgen_documents[i]);
	fprintf(stderr,
	    "usage: docgen sample | man | commands | diagram | rules | "
	    "facts\n");
	return 2;
}
