/*
 * script.h - a scenario as it is read from its file: settings, then blocks.
 *
 * A block begins at a time, may have a command that happens then, and has
 * expectations whose time counts from its beginning.
 */
#ifndef REGENT_TESTS_SCENARIO_SCRIPT_H
#define REGENT_TESTS_SCENARIO_SCRIPT_H

#include "words.h"

enum item_kind {
	ITEM_BLOCK,   /* a time, and perhaps a command */
	ITEM_TRIGGER, /* a command that waits for a phase */
	ITEM_EXPECT
};

/* When an expectation is looked at. */
enum when {
	WHEN_AT,    /* once, at `until` */
	WHEN_BY,    /* it becomes true, no later than `until` */
	WHEN_UNTIL, /* all the time up to `until` */
	WHEN_END    /* once, at the end of the scenario */
};

struct item {
	enum item_kind kind;
	unsigned line;
	usec_t from; /* the beginning of the block */

	bool has_command;
	bool is_setting; /* of a reload: command is a setting_name */
	int command;
	enum phase phase; /* ITEM_TRIGGER: happens when it begins */
	usec_t delay;     /* or so long after that */

	enum when when;
	usec_t until;
	enum condition condition;
	bool is_negated;

	struct args args;
	char text[LINE_MAX_LEN + 1]; /* the line, for people */
};

enum { SCRIPT_ITEMS_MAX = 160 };

struct script {
	const char *name; /* borrowed: in front of errors */
	struct setting setting;
	usec_t end;
	unsigned n_items;
	struct item items[SCRIPT_ITEMS_MAX];
};

/* The text of a file; errors say "name:line: what is wrong". */
int script_parse(struct script *s, const char *name, const char *text,
    struct err *err) MUST_CHECK;

/* The file at `path`, which must live as long as the script. */
int script_load(struct script *s, const char *path, struct err *err) MUST_CHECK;

#endif
