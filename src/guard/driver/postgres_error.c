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

/* The first line says what; those behind it are advice for beginners. */
static void
postgres_first_line(char *buf, size_t size, const char *text)
{
	char line[320];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	postgres_flatten(buf, size, line);
}

/* Behind where we connected to, which is known. */
static const char *
postgres_skip_address(const char *message)
{
	static const char lead[] = "connection to server at ";
	const char *failed = strstr(message, " failed: ");

	if (strncmp(message, lead, strlen(lead)) != 0 || failed == NULL)
		return message;
	return failed + strlen(" failed: ");
}

static bool
postgres_is_end(const char *message)
{
	return strstr(message, "closed the connection unexpectedly") != NULL ||
	    strstr(message, "has been closed unexpectedly") != NULL ||
	    strstr(message, "EOF detected") != NULL;
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
	enum verdict verdict;
	char line[320];

	if (sqlstate != NULL) {
		postgres_first_line(line, sizeof(line), sqlstate + 7);
		snprintf(detail, size, "%s (SQLSTATE %.5s)", line, sqlstate);
		return postgres_verdict_of_sqlstate(sqlstate);
	}
	postgres_first_line(detail, size, postgres_skip_address(message));
	if (postgres_find_errno(message, &verdict))
		return verdict;
	if (postgres_is_end(message))
		return VERDICT_CLOSED;
	return postgres_is_login(message) ? VERDICT_LOGIN : VERDICT_GARBAGE;
}
