#include "guard/driver/mysql_session.h"

#include <string.h>

static bool
session_has(const struct mysql_table *t, unsigned row, const char *column,
    const char *const *values)
{
	const char *cell = mysql_cell(t, row, column);

	for (size_t i = 0; cell != NULL && values[i] != NULL; i++)
		if (strcmp(cell, values[i]) == 0)
			return true;
	return false;
}

uint64_t
mysql_session_client(
    const struct mysql_table *t, unsigned row, const char *own_user)
{
	static const char *const commands[] = { "Binlog Dump",
		"Binlog Dump GTID", "Daemon", "Slave_IO", "Slave_SQL",
		"Slave_worker", NULL };
	const char *const users[] = { "system user", "event_scheduler",
		own_user, NULL };
	uint64_t id;

	if (session_has(t, row, "Command", commands) ||
	    session_has(t, row, "User", users) ||
	    !mysql_number(mysql_cell(t, row, "Id"), UINT64_MAX, &id))
		return 0;
	return id;
}

bool
mysql_session_is_waited_for(const struct mysql_table *t)
{
	static const char *const users[] = { "system user", NULL };
	static const char wait[] = "Waiting for table ";

	for (unsigned i = 0; i < t->n_rows; i++) {
		const char *state = mysql_cell(t, i, "State");

		if (session_has(t, i, "User", users) && state != NULL &&
		    strncmp(state, wait, strlen(wait)) == 0 &&
		    strstr(state, "lock") != NULL)
			return true;
	}
	return false;
}

bool
mysql_session_lacks_space(const struct mysql_table *t)
{
	static const char *const states[] = {
		"Waiting for someone to free space", NULL
	};

	for (unsigned i = 0; i < t->n_rows; i++)
		if (session_has(t, i, "State", states))
			return true;
	return false;
}
