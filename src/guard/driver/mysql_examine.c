/*
 * mysql_examine.c - which privileges of contrib/sql our user has not.
 */
#include "guard/driver/mysql_step.h"

#include <stdio.h>
#include <string.h>

/* As the files of contrib/sql grant them. */
static const char *const examine_needs[DIALECT_COUNT][8] = {
	[DIALECT_MARIADB] = { "SLAVE MONITOR", "REPLICATION SLAVE ADMIN",
	    "READ_ONLY ADMIN", "PROCESS", "CONNECTION ADMIN", "RELOAD" },
	[DIALECT_MYSQL] = { "REPLICATION CLIENT", "REPLICATION_SLAVE_ADMIN",
	    "SYSTEM_VARIABLES_ADMIN", "CONNECTION_ADMIN", "PROCESS", "RELOAD" },
};

/* "GRANT THIS, THAT ON *.* TO ..." has it; so has ALL PRIVILEGES. */
static bool
examine_grants(const char *grant, const char *privilege)
{
	const char *end = strstr(grant, " ON *.* TO ");
	size_t want = strlen(privilege);

	if (strncmp(grant, "GRANT ", 6) != 0 || end == NULL)
		return false;
	if (strncmp(grant, "GRANT ALL PRIVILEGES ", 21) == 0)
		return true;
	for (const char *at = grant + 6; at < end;) {
		size_t len = strcspn(at, ",");

		if (len > (size_t)(end - at))
			len = (size_t)(end - at);
		if (len == want && strncmp(at, privilege, len) == 0)
			return true;
		at += len;
		at += strspn(at, ", ");
	}
	return false;
}

static bool
examine_has(const struct mysql_table *t, const char *privilege)
{
	for (unsigned i = 0; i < t->n_rows; i++)
		if (t->n_columns > 0 && t->cells[i * t->n_columns] != NULL &&
		    examine_grants(t->cells[i * t->n_columns], privilege))
			return true;
	return false;
}

/* SUPER was the right to all that, and MariaDB took it apart in 10.11. */
static bool
examine_may(const struct mysql_script *s, const struct mysql_table *t,
    const char *privilege)
{
	bool is_part_of_super = strstr(privilege, "ADMIN") != NULL &&
	    (s->facts.dialect == DIALECT_MYSQL || s->facts.version < 101100);

	return examine_has(t, privilege) ||
	    (is_part_of_super && examine_has(t, "SUPER"));
}

static bool
examine_say(struct mysql_script *s)
{
	text_clear(&s->sql);
	text_add(&s->sql, "SHOW GRANTS"); /* also those of our roles */
	return true;
}

static void
examine_tell_version(struct mysql_script *s)
{
	unsigned version = s->facts.version;

	snprintf(s->result.server, sizeof(s->result.server), "%s %u.%u.%u",
	    s->facts.dialect == DIALECT_MARIADB ? "MariaDB" : "MySQL",
	    version / 10000, version / 100 % 100, version % 100);
}

static enum step_outcome
examine_take(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	const char *const *need = examine_needs[s->facts.dialect];
	size_t len = 0, size = sizeof(s->result.detail);

	(void)now;
	examine_tell_version(s);
	for (; *need != NULL; need++) {
		if (examine_may(s, t, *need))
			continue;
		if (!s->result.is_lacking)
			text_append(s->result.detail, size, &len,
			    "see contrib/sql; missing: %s", *need);
		else
			text_append(
			    s->result.detail, size, &len, ", %s", *need);
		s->result.is_lacking = true;
	}
	return STEP_OVER;
}

const struct mysql_step mysql_step_examine = {
	.name = "examine",
	.say = examine_say,
	.take = examine_take,
	.is_optional = true,
};
