#include "guard/driver/postgres_error.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum verdict
postgres_verdict_of_sqlstate(const char *sqlstate)
{
	/* By the class or the whole code, the first that fits. */
	static const struct {
		const char *code;
		enum verdict verdict;
	} rows[] = {
		{ "57P01", VERDICT_LOST },   /* terminated */
		{ "57P02", VERDICT_LOST },   /* another backend crashed */
		{ "57P03", VERDICT_ALIVE },  /* starting, stopping */
		{ "57014", VERDICT_SILENT }, /* its own statement_timeout */
		{ "53", VERDICT_ALIVE },     /* too many connections, memory */
		{ "55", VERDICT_ALIVE },     /* promoted between two looks */
		{ "40", VERDICT_ALIVE },     /* a conflict with recovery */
		{ "28", VERDICT_LOGIN },     /* password, pg_hba.conf, role */
		{ "3D", VERDICT_LOGIN },     /* no such database */
		{ "42", VERDICT_LOGIN }, /* no privilege, no such function */
		{ "0A", VERDICT_LOGIN }, /* not in this version */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strncmp(sqlstate, rows[i].code, strlen(rows[i].code)) == 0)
			return rows[i].verdict;
	return VERDICT_GARBAGE;
}

void
postgres_flatten(char *buf, size_t size, const char *text)
{
	size_t len = 0;

	CHECK(size > 0);
	for (; *text != '\0' && len + 1 < size; text++)
		if (!isspace((unsigned char)*text))
			buf[len++] = *text;
		else if (len > 0 && buf[len - 1] != ' ')
			buf[len++] = ' ';
	while (len > 0 && buf[len - 1] == ' ')
		len--;
	buf[len] = '\0';
}

/*
 * The SQLSTATE in "FATAL:  28P01: password ..."; NULL when there is none.  It
 * has a digit in it, which severities have not.
 */
static const char *
postgres_find_sqlstate(const char *message)
{
	const char *at = message;

	while ((at = strstr(at, ": ")) != NULL) {
		const char *code = at + 1 + strspn(at + 1, " ");
		size_t len =
		    strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (len == 5 && code[5] == ':' && code[6] == ' ' &&
		    strcspn(code, "0123456789") < len)
			return code;
		at += 2;
	}
	return NULL;
}

/*
 * libpq tells errors of sockets by strerror alone; here is the same one, in
 * the same language.
 */
static bool
postgres_find_errno(const char *message, enum verdict *verdict)
{
	static const int codes[] = { ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT,
		EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL,
		EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES, EPERM };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (strstr(message, strerror(codes[i])) == NULL)
			continue;
		*verdict = driver_verdict_of_errno(-codes[i]);
		return true;
	}
	return false;
}

/* Of a login that fails on our side of the connection. */
static bool
postgres_is_login(const char *message)
{
	static const char *const parts[] = { "SSL", "certificate", "password",
		"authentication", "SCRAM", "channel binding", "sslmode" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(message, parts[i]) != NULL)
			return true;
	return false;
}

enum verdict
postgres_verdict_of_message(const char *message, char *detail, size_t size)
{
	const char *sqlstate = postgres_find_sqlstate(message);
	char line[320], *end;
	enum verdict verdict;

	if (sqlstate != NULL) {
		postgres_flatten(line, sizeof(line), sqlstate);
		end = strstr(line, " LOCATION: ");
		if (end != NULL)
			*end = '\0';
		snprintf(detail, size, "%s (SQLSTATE %.5s)", line + 7, line);
		return postgres_verdict_of_sqlstate(line);
	}
	postgres_flatten(detail, size, message);
	if (postgres_find_errno(message, &verdict))
		return verdict;
	if (strstr(message, "closed the connection unexpectedly") != NULL)
		return VERDICT_CLOSED;
	return postgres_is_login(message) ? VERDICT_LOGIN : VERDICT_GARBAGE;
}
