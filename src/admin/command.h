/*
 * command.h - the commands of the control socket: commands.def as a table,
 * and the text of a command matched against it.
 */
#ifndef REGENT_ADMIN_COMMAND_H
#define REGENT_ADMIN_COMMAND_H

#include "admin/call.h"

struct command {
	const char *name; /* one or two words */
	const char *args; /* how its arguments are written; "" is none */
	const char *brief;
	const char *prose;
	void (*run)(struct call *call);
};

extern const struct command commands[];
extern const unsigned commands_n;

/*
 * Runs the command that `text` is, or answers what is wrong with it.  The
 * words of the call stay in `text`, which is cut into them.
 */
void command_run(struct call *call, char *text);

/* Whether `prefix` is the name or its first word. */
bool command_is_under(const struct command *command, const char *prefix);

#endif
