#include "admin/command.h"

#include "admin/act.h"
#include "admin/show.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct command commands[] = {
#define COMMAND(name_, args_, run_, brief_, prose_) \
	{ .name = name_, \
		.args = args_, \
		.brief = brief_, \
		.prose = prose_, \
		.run = run_ },
#include "admin/commands.def"
};

const unsigned commands_n = ARRAY_LEN(commands);

/* Two of the name, the arguments, json, and one that is too many. */
enum { COMMAND_WORDS_MAX = 2 + CALL_ARGS_MAX + 2, COMMAND_NAME_LEN = 64 };

/* The words of a command as they came. */
struct command_line {
	char *words[COMMAND_WORDS_MAX];
	unsigned n;
};

/* ---- finding it ------------------------------------------------------ */

static void
command_split(struct command_line *line, char *text)
{
	char *word;

	line->n = 0;
	while ((word = strsep(&text, " \t")) != NULL)
		if (word[0] != '\0' && line->n < COMMAND_WORDS_MAX)
			line->words[line->n++] = word;
}

/* How many words of the line are the name; 0: it is another command. */
static unsigned
command_match(const struct command *command, const struct command_line *line)
{
	const char *space = strchr(command->name, ' ');
	size_t first = strcspn(command->name, " ");

	if (strlen(line->words[0]) != first ||
	    strncmp(line->words[0], command->name, first) != 0)
		return 0;
	if (space == NULL)
		return 1;
	return line->n > 1 && strcmp(line->words[1], space + 1) == 0 ? 2 : 0;
}

bool
command_is_under(const struct command *command, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(command->name, prefix, len) == 0 &&
	    (command->name[len] == '\0' || command->name[len] == ' ');
}

/* ---- what was meant -------------------------------------------------- */

/* The best guess so far, and how far off a better one may be. */
struct command_guess {
	char name[COMMAND_NAME_LEN];
	unsigned limit;
};

static void
command_guess_by(
    struct command_guess *guess, const char *found, const char *name)
{
	unsigned distance = text_distance(found, name);

	if (distance >= guess->limit)
		return;
	guess->limit = distance;
	snprintf(guess->name, sizeof(guess->name), "%s", name);
}

static void
command_start_guess(struct command_guess *guess, const char *found)
{
	guess->name[0] = '\0';
	guess->limit = 2 + (unsigned)strlen(found) / 4;
}

/* Both words first, if there are two; then the first one alone. */
static void
command_suggest(
    struct command_guess *guess, const char *both, const char *first)
{
	const char *space = strchr(both, ' ');
	char name[COMMAND_NAME_LEN];

	command_start_guess(guess, space != NULL ? space + 1 : "");
	for (unsigned i = 0; space != NULL && i < commands_n; i++)
		if (strchr(commands[i].name, ' ') != NULL)
			command_guess_by(guess, both, commands[i].name);
	if (guess->name[0] != '\0')
		return;
	command_start_guess(guess, first);
	for (unsigned i = 0; i < commands_n; i++) {
		snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(commands[i].name, " "), commands[i].name);
		command_guess_by(guess, first, name);
	}
}

static bool
command_is_group(const char *word)
{
	for (unsigned i = 0; i < commands_n; i++)
		if (strchr(commands[i].name, ' ') != NULL &&
		    command_is_under(&commands[i], word))
			return true;
	return false;
}

static void
command_fail_unknown(struct call *call, const struct command_line *line)
{
	const char *first = line->words[0];
	const char *second = line->n > 1 ? line->words[1] : "";
	struct command_guess guess;
	char found[COMMAND_NAME_LEN];

	if (command_is_group(first) && line->n == 1) {
		call_fail(call, "`%s` is not a whole command; see `help %s`",
		    first, first);
		return;
	}
	snprintf(found, sizeof(found), "%s%s%s", first, line->n > 1 ? " " : "",
	    second);
	command_suggest(&guess, found, first);
	if (!command_is_group(first))
		snprintf(found, sizeof(found), "%s", first);
	/* The first word alone was right. */
	if (strcmp(guess.name, first) == 0)
		guess.name[0] = '\0';
	call_fail(call, "unknown command `%s`;%s%s%s see `help`", found,
	    guess.name[0] != '\0' ? " did you mean `" : "", guess.name,
	    guess.name[0] != '\0' ? "`?" : "");
}

/* ---- its arguments --------------------------------------------------- */

/* One argument as a row of the table describes it. */
struct command_arg {
	char text[COMMAND_NAME_LEN]; /* without [] */
	bool is_optional;
	bool is_literal;
};

/* Takes the next one from *spec; false when there is none but flags. */
static bool
command_next_arg(const char **spec, struct command_arg *arg)
{
	size_t len = strcspn(*spec, " ");

	if (len == 0 || strncmp(*spec, "[--", 3) == 0)
		return false;
	arg->is_optional = **spec == '[';
	snprintf(arg->text, sizeof(arg->text), "%.*s",
	    (int)(arg->is_optional ? len - 2 : len), *spec + arg->is_optional);
	arg->is_literal = islower((unsigned char)arg->text[0]) != 0;
	*spec += len;
	*spec += strspn(*spec, " ");
	return true;
}

/* Whether the word is one of those separated by |. */
static bool
command_is_one_of(const char *word, const char *list)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t n = strcspn(list, "|");

		if (n == len && strncmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == '|');
	}
	return false;
}

static bool
command_fits(const struct command_arg *arg, const char *word)
{
	const char *slash = strchr(word, '/');

	if (arg->is_literal)
		return command_is_one_of(word, arg->text);
	if (strchr(arg->text, '/') == NULL)
		return true;
	return slash != NULL && slash > word && slash[1] != '\0' &&
	    strchr(slash + 1, '/') == NULL;
}

static int
command_check_args(
    const struct command *command, const struct call *call, struct err *err)
{
	const char *spec = command->args;
	struct command_arg arg;
	unsigned n = 0;

	while (command_next_arg(&spec, &arg)) {
		if (n < call->n_args && !command_fits(&arg, call->args[n]))
			return err_set(err, -1, "found \"%s\", expected %s",
			    call->args[n], arg.text);
		if (n >= call->n_args && !arg.is_optional)
			return err_set(err, -1, "%s is missing", arg.text);
		n++;
	}
	if (call->n_args > n)
		return err_set(err, -1, "too many words");
	return 0;
}

/* There is one flag only; where the table has it, it stands last. */
static int
command_take_flag(struct call *call, const struct command *command,
    const char *word, struct err *err)
{
	if (strcmp(word, "--force") != 0 ||
	    strstr(command->args, "[--force]") == NULL)
		return err_set(err, -1, "unknown option %s", word);
	call->is_forced = true;
	return 0;
}

static int
command_take_args(struct call *call, const struct command *command,
    const struct command_line *line, unsigned from, struct err *err)
{
	for (; from < line->n; from++) {
		char *word = line->words[from];

		if (strncmp(word, "--", 2) == 0) {
			if (command_take_flag(call, command, word, err) != 0)
				return -1;
		} else if (call->n_args == CALL_ARGS_MAX) {
			return err_set(err, -1, "too many words");
		} else {
			call->args[call->n_args++] = word;
		}
	}
	return 0;
}

static void
command_start(struct call *call, const struct command *command,
    const struct command_line *line, unsigned n_name)
{
	struct err err;

	call->name = command->name;
	if (command_take_args(call, command, line, n_name, &err) == 0 &&
	    command_check_args(command, call, &err) == 0) {
		command->run(call);
		return;
	}
	call_fail(call, "%s; usage: %s%s%s", err.text, command->name,
	    command->args[0] != '\0' ? " " : "", command->args);
}

void
command_run(struct call *call, char *text)
{
	struct command_line line;

	CHECK(!call->is_answered);
	command_split(&line, text);
	CHECK(line.n > 0);
	if (line.n > 1 && strcmp(line.words[line.n - 1], "json") == 0) {
		call->is_json = true;
		line.n--;
	}
	for (unsigned i = 0; i < commands_n; i++) {
		unsigned n_name = command_match(&commands[i], &line);

		if (n_name == 0)
			continue;
		command_start(call, &commands[i], &line, n_name);
		return;
	}
	command_fail_unknown(call, &line);
}
