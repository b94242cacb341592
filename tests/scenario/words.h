/*
 * words.h - the phrases of scenarios, and how a line is read as one of them.
 *
 * A line is split into words; words_match() finds the phrase of a table that
 * they are, and what its capital words stand for.
 */
#ifndef REGENT_TESTS_SCENARIO_WORDS_H
#define REGENT_TESTS_SCENARIO_WORDS_H

#include "base/err.h"
#include "world.h"

enum command {
#define COMMAND(NAME, ...) COMMAND_##NAME,
#include "words.def"
	COMMAND_COUNT
};

enum condition {
#define CONDITION(NAME, ...) CONDITION_##NAME,
#include "words.def"
	CONDITION_COUNT
};

enum setting_name {
#define SETTING(NAME, ...) SETTING_##NAME,
#include "words.def"
	SETTING_COUNT
};

struct phrase {
	const char *words;
	const char *text; /* what it means */
	int64_t least, most;
};

struct phrases {
	const char *kind; /* "command" */
	unsigned n;
	const struct phrase *at;
};

extern const struct phrases words_commands, words_conditions, words_settings;

enum { WORDS_MAX = 16, WORD_MAX = 96, LINE_MAX_LEN = 255 };

/* A line, split. */
struct words {
	unsigned n;
	bool is_text[WORDS_MAX]; /* it stood in quotes */
	char *at[WORDS_MAX];
	char line[LINE_MAX_LEN + 1]; /* where the words lie */
};

/* What the capital words of a phrase stand for. */
struct args {
	int node[2]; /* NODE and PLACE, in their order */
	usec_t time;
	uint64_t number;
	enum phase phase;
	enum action_kind operation;
	char text[WORD_MAX];
};

/* Splits at blanks; a # outside of quotes ends the line. */
int words_split(struct words *w, const char *line, size_t len, struct err *err)
    MUST_CHECK;

/* A number with its unit, say 300ms. */
int words_time(const char *word, usec_t *time, struct err *err) MUST_CHECK;
int words_phase(const char *word, enum phase *phase, struct err *err)
    MUST_CHECK;

/*
 * Reads words first .. end-1 as a phrase: its index in the table, or a
 * negative code with what is wrong.
 */
int words_match(const struct phrases *phrases, const struct words *w,
    unsigned first, struct args *args, struct err *err) MUST_CHECK;

/* Puts a setting in its place. */
void words_set(struct setting *s, enum setting_name name, const struct args *a);

#endif
