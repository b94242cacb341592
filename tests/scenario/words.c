#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct phrase words_command_rows[] = {
#define COMMAND(NAME, words, text) \
	[COMMAND_##NAME] = { words, text, 0, INT64_MAX },
#include "words.def"
};

static const struct phrase words_condition_rows[] = {
#define CONDITION(NAME, words, text) \
	[CONDITION_##NAME] = { words, text, 0, INT64_MAX },
#include "words.def"
};

static const struct phrase words_setting_rows[] = {
#define SETTING(NAME, words, member, value, least, most, text) \
	[SETTING_##NAME] = { words, text, least, most },
#include "words.def"
};

const struct phrases words_commands = { "command", COMMAND_COUNT,
	words_command_rows };
const struct phrases words_conditions = { "condition", CONDITION_COUNT,
	words_condition_rows };
const struct phrases words_settings = { "setting", SETTING_COUNT,
	words_setting_rows };

void
words_set(struct setting *s, enum setting_name name, const struct args *a)
{
	switch (name) {
#define SETTING(NAME, words, member, value, ...) \
	case SETTING_##NAME: \
		s->member = value; \
		break;
#include "words.def"
	case SETTING_COUNT:
		CHECK_NEVER("not a setting");
	}
}

/* The end of the word that starts at `p`; NULL: its quote is not closed. */
static char *
words_end(char *p)
{
	if (*p == '"')
		return strchr(p + 1, '"');
	while (*p != '\0' && *p != '#' && !isspace((unsigned char)*p))
		p++;
	return p;
}

/* Takes the word at *p and goes behind it. */
static int
words_take(struct words *w, char **p, struct err *err)
{
	char *start = *p, *end = words_end(start);

	if (end == NULL)
		return err_set(err, -EINVAL, "a quote is not closed");
	w->is_text[w->n] = *start == '"';
	w->at[w->n] = start;
	if (w->is_text[w->n])
		w->at[w->n]++;
	if (end - w->at[w->n] >= WORD_MAX)
		return err_set(
		    err, -EINVAL, "a word of more than %d bytes", WORD_MAX - 1);
	w->n++;
	*p = *end == '\0' || *end == '#' ? end : end + 1;
	if (*end == '#') /* nothing follows: ends the word and the line */
		*p = strchr(end, '\0');
	*end = '\0';
	return 0;
}

int
words_split(struct words *w, const char *line, size_t len, struct err *err)
{
	char *p = w->line;

	w->n = 0;
	if (len > LINE_MAX_LEN)
		return err_set(
		    err, -EINVAL, "a line of more than %d bytes", LINE_MAX_LEN);
	memcpy(w->line, line, len);
	w->line[len] = '\0';
	for (;;) {
		int rc;

		while (isspace((unsigned char)*p))
			p++;
		if (*p == '\0' || *p == '#')
			return 0;
		if (w->n == WORDS_MAX)
			return err_set(
			    err, -EINVAL, "more than %d words", WORDS_MAX);
		rc = words_take(w, &p, err);
		if (rc != 0)
			return rc;
	}
}

int
words_time(const char *word, usec_t *time, struct err *err)
{
	static const struct {
		const char *name;
		usec_t us;
	} units[] = { { "us", 1 }, { "ms", USEC_MS }, { "s", USEC_SEC },
		{ "min", 60 * USEC_SEC } };
	const char *unit = word + strspn(word, "0123456789.");
	char *end;
	double value = strtod(word, &end);

	if (isdigit((unsigned char)word[0]) && end == unit && value < 1e9)
		for (unsigned i = 0; i < ARRAY_LEN(units); i++)
			if (strcmp(unit, units[i].name) == 0) {
				*time =
				    (usec_t)(value * (double)units[i].us + 0.5);
				return 0;
			}
	return err_set(err, -EINVAL,
	    "'%s' is no time: a number with us, ms, s or min", word);
}

int
words_phase(const char *word, enum phase *phase, struct err *err)
{
	for (int i = 0; i < PHASE_COUNT; i++)
		if (strcmp(word, phase_names[i]) == 0) {
			*phase = (enum phase)i;
			return 0;
		}
	return err_set(err, -EINVAL, "'%s' is no phase", word);
}

static int
words_number(const char *word, uint64_t *number, struct err *err)
{
	char *end;

	*number = strtoull(word, &end, 10);
	if (isdigit((unsigned char)word[0]) && *end == '\0' &&
	    *number <= INT64_MAX)
		return 0;
	return err_set(err, -EINVAL, "'%s' is no number", word);
}

static int
words_operation(const char *word, enum action_kind *kind, struct err *err)
{
	static const enum action_kind kinds[] = { ACT_FENCE, ACT_UNFENCE,
		ACT_PROMOTE, ACT_DEMOTE, ACT_REPOINT, ACT_REDIAL, ACT_PERSIST };

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(word, action_names[kinds[i]]) == 0) {
			*kind = kinds[i];
			return 0;
		}
	return err_set(err, -EINVAL, "'%s' is no operation", word);
}

static int
words_place(const char *word, struct args *a, bool is_node, struct err *err)
{
	int *place = a->node[0] == PLACE_NONE ? &a->node[0] : &a->node[1];

	if (word[0] == 'n' && word[1] >= '1' && word[1] <= '9' &&
	    word[2] == '\0') {
		*place = word[1] - '1';
		return 0;
	}
	if (is_node)
		return err_set(err, -EINVAL, "'%s' is no node", word);
	if (strcmp(word, "regent") != 0)
		return err_set(
		    err, -EINVAL, "'%s' is neither a node nor regent", word);
	*place = PLACE_HOST;
	return 0;
}

/* What the word of a line must be where the phrase has `want`. */
static int
words_argument(const char *want, const char *word, struct args *a,
    const struct phrase *p, struct err *err)
{
	int64_t value;
	int rc;

	if (strcmp(want, "NODE") == 0 || strcmp(want, "PLACE") == 0)
		return words_place(word, a, want[0] == 'N', err);
	if (strcmp(want, "PHASE") == 0)
		return words_phase(word, &a->phase, err);
	if (strcmp(want, "OPERATION") == 0)
		return words_operation(word, &a->operation, err);
	if (strcmp(want, "TEXT") == 0) {
		snprintf(a->text, sizeof(a->text), "%s", word);
		return 0;
	}
	if (strcmp(want, "TIME") == 0) {
		rc = words_time(word, &a->time, err);
		value = a->time;
	} else {
		CHECK(strcmp(want, "NUMBER") == 0);
		rc = words_number(word, &a->number, err);
		value = (int64_t)a->number;
	}
	if (rc == 0 && (value < p->least || value > p->most))
		rc = err_set(err, -EINVAL, "%s is out of range", word);
	return rc;
}

/* The next word of a phrase; false at its end. */
static bool
words_next(const char **phrase, char want[WORD_MAX])
{
	size_t len = strcspn(*phrase, " ");

	CHECK(len < WORD_MAX);
	memcpy(want, *phrase, len);
	want[len] = '\0';
	*phrase += len;
	while (**phrase == ' ')
		(*phrase)++;
	return len > 0;
}

/* Returns 0 when the phrase fits, else how many words did in *n_good. */
static int
words_try(const struct phrase *p, const struct words *w, unsigned first,
    struct args *a, unsigned *n_good, struct err *err)
{
	const char *phrase = p->words;
	char want[WORD_MAX];

	*a = (struct args){ .node = { PLACE_NONE, PLACE_NONE } };
	for (unsigned i = first;; i++) {
		int rc;

		*n_good = i - first;
		if (!words_next(&phrase, want))
			return i == w->n ? 0
					 : err_set(err, -EINVAL,
					       "'%s' is too much", w->at[i]);
		if (i == w->n)
			return err_set(err, -EINVAL, "something is missing");
		if (isupper((unsigned char)want[0]))
			rc = (strcmp(want, "TEXT") == 0) == w->is_text[i]
			    ? words_argument(want, w->at[i], a, p, err)
			    : err_set(err, -EINVAL, "'%s' is no %s", w->at[i],
				  want);
		else
			rc = strcmp(want, w->at[i]) == 0
			    ? 0
			    : err_set(err, -EINVAL, "'%s' where '%s' stands",
				  w->at[i], want);
		if (rc != 0)
			return rc;
	}
}

int
words_match(const struct phrases *phrases, const struct words *w,
    unsigned first, struct args *args, struct err *err)
{
	unsigned best = 0, n_best = 0, n;
	struct err why = { "" }, found = { "" };

	for (unsigned i = 0; i < phrases->n; i++) {
		if (words_try(&phrases->at[i], w, first, args, &n, &why) == 0)
			return (int)i;
		if (n > n_best) {
			n_best = n;
			best = i;
			found = why;
		}
	}
	if (first == w->n)
		return err_set(err, -EINVAL, "a %s is missing", phrases->kind);
	if (n_best == 0)
		return err_set(err, -EINVAL, "unknown %s '%s'", phrases->kind,
		    w->at[first]);
	return err_set(
	    err, -EINVAL, "%s: %s", phrases->at[best].words, found.text);
}
