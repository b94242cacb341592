#include "guard/driver/postgres_conninfo.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/*
 * A receiver sets this parameter itself, behind what it reads here, so no
 * value of it has an effect.
 */
#define CONNINFO_IDLE_KEY "fallback_application_name"
#define CONNINFO_IDLE_VALUE "regent"

#define CONNINFO_PORT 5432

/* "keyword = 'value'" in the text, the value as it is written there. */
struct conninfo_option {
	const char *key;
	size_t key_len;
	const char *raw;
	size_t raw_len;
};

static const char *
conninfo_skip(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* The end of the value that begins here; NULL when it has none. */
static const char *
conninfo_value_end(const char *at)
{
	bool is_quoted = *at == '\'';

	if (is_quoted)
		at++;
	while (*at != '\0' && (is_quoted || !isspace((unsigned char)*at))) {
		if (is_quoted && *at == '\'')
			return at + 1;
		if (*at == '\\' && at[1] != '\0')
			at++;
		at++;
	}
	return is_quoted ? NULL : at;
}

/*
 * Reads one option and moves *at behind it; false at the end, and where there
 * is none, which leaves *at before it.  libpq's own parser would refuse the
 * keywords of servers that are newer than it.
 */
static bool
conninfo_next(struct conninfo_option *option, const char **at)
{
	const char *p = conninfo_skip(*at), *end;

	*at = p;
	option->key = p;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	option->key_len = (size_t)(p - option->key);
	p = conninfo_skip(p);
	if (option->key_len == 0 || *p != '=')
		return false;
	option->raw = conninfo_skip(p + 1);
	end = conninfo_value_end(option->raw);
	if (end == NULL)
		return false;
	option->raw_len = (size_t)(end - option->raw);
	*at = end;
	return true;
}

static bool
conninfo_is(const struct conninfo_option *option, const char *key)
{
	return strlen(key) == option->key_len &&
	    memcmp(option->key, key, option->key_len) == 0;
}

/* The next letter of a value, without quotes and escapes; 0 at its end. */
static char
conninfo_letter(const char **at, const char *end)
{
	if (*at < end && **at == '\\')
		(*at)++;
	return *at < end ? *(*at)++ : '\0';
}

static void
conninfo_bounds(
    const struct conninfo_option *option, const char **at, const char **end)
{
	bool is_quoted = option->raw_len >= 2 && option->raw[0] == '\'';

	*at = option->raw + is_quoted;
	*end = option->raw + option->raw_len - is_quoted;
}

/* What is too long is cut. */
static void
conninfo_value(const struct conninfo_option *option, char *buf, size_t size)
{
	const char *at, *end;
	size_t len = 0;
	char letter;

	conninfo_bounds(option, &at, &end);
	while (len + 1 < size && (letter = conninfo_letter(&at, end)) != '\0')
		buf[len++] = letter;
	buf[len] = '\0';
}

static void
conninfo_begin(struct text *out, const char *key, size_t len)
{
	if (out->len > 0)
		text_add(out, " ");
	text_add_bytes(out, key, len);
	text_add(out, "='");
}

static void
conninfo_add_letter(struct text *out, char letter)
{
	if (letter == '\'' || letter == '\\')
		text_add(out, "\\");
	text_add_bytes(out, &letter, 1);
}

static void
conninfo_add(struct text *out, const char *key, const char *value)
{
	conninfo_begin(out, key, strlen(key));
	for (; *value != '\0'; value++)
		conninfo_add_letter(out, *value);
	text_add(out, "'");
}

static void
conninfo_add_option(struct text *out, const struct conninfo_option *option)
{
	const char *at, *end;
	char letter;

	conninfo_bounds(option, &at, &end);
	conninfo_begin(out, option->key, option->key_len);
	while ((letter = conninfo_letter(&at, end)) != '\0')
		conninfo_add_letter(out, letter);
	text_add(out, "'");
}

/* It had a password in it. */
static void
conninfo_forget(struct text *text)
{
	if (text->at != NULL)
		explicit_bzero(text->at, text->cap);
	text_fini(text);
}

static bool
conninfo_is_uri(const char *conninfo)
{
	return strncmp(conninfo, "postgresql://", 13) == 0 ||
	    strncmp(conninfo, "postgres://", 11) == 0;
}

/* As keywords and values, whatever it was; false if it can't be read. */
static bool
conninfo_spell(struct text *out, const char *conninfo)
{
	PQconninfoOption *options;

	if (!conninfo_is_uri(conninfo)) {
		text_add(out, conninfo);
		return true;
	}
	options = PQconninfoParse(conninfo, NULL);
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		if (o->val != NULL)
			conninfo_add(out, o->keyword, o->val);
	PQconninfoFree(options);
	return options != NULL;
}

static bool
conninfo_read_port(const char *text, uint16_t *port)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	number = strtoul(text, &end, 10);
	*port = (uint16_t)number;
	return *end == '\0' && number > 0 && number <= UINT16_MAX;
}

static bool
conninfo_find_upstream(struct endpoint *upstream, const char *conninfo)
{
	char host[ENDPOINT_HOST_LEN + 1] = "", hostaddr[64] = "";
	char port_text[16] = "";
	uint16_t port = CONNINFO_PORT;
	struct conninfo_option option;

	while (conninfo_next(&option, &conninfo))
		if (conninfo_is(&option, "host"))
			conninfo_value(&option, host, sizeof(host));
		else if (conninfo_is(&option, "hostaddr"))
			conninfo_value(&option, hostaddr, sizeof(hostaddr));
		else if (conninfo_is(&option, "port"))
			conninfo_value(&option, port_text, sizeof(port_text));
	if (*conninfo != '\0' ||
	    (*port_text != '\0' && !conninfo_read_port(port_text, &port)))
		return false;
	return endpoint_from_named(
	    upstream, *hostaddr != '\0' ? hostaddr : host, port);
}

void
postgres_read_upstream(struct endpoint *upstream, const char *conninfo)
{
	struct text spelt = TEXT_INIT;

	if (!conninfo_spell(&spelt, conninfo) ||
	    !conninfo_find_upstream(upstream, text_cstr(&spelt)))
		memset(upstream, 0, sizeof(*upstream));
	conninfo_forget(&spelt);
}

/* All options but those in `except`; false where it can't be read. */
static bool
conninfo_copy(struct text *out, const char *conninfo, const char *const *except)
{
	struct conninfo_option option;

	while (conninfo_next(&option, &conninfo)) {
		bool is_kept = true;

		for (size_t i = 0; except[i] != NULL; i++)
			if (conninfo_is(&option, except[i]))
				is_kept = false;
		if (is_kept)
			conninfo_add_option(out, &option);
	}
	return *conninfo == '\0';
}

bool
postgres_lead_to(
    struct text *out, const char *conninfo, const struct endpoint *target)
{
	static const char *const except[] = { "host", "hostaddr", "port",
		NULL };
	struct text spelt = TEXT_INIT;
	bool is_read = conninfo_spell(&spelt, conninfo) &&
	    conninfo_copy(out, text_cstr(&spelt), except);
	char port[8];

	conninfo_forget(&spelt);
	snprintf(port, sizeof(port), "%u", (unsigned)target->port);
	conninfo_add(out, "host", target->host);
	conninfo_add(out, "port", port);
	return is_read;
}

static bool
conninfo_is_stirred(const char *conninfo)
{
	struct conninfo_option option;
	char value[sizeof(CONNINFO_IDLE_VALUE) + 1] = "";

	while (conninfo_next(&option, &conninfo))
		if (conninfo_is(&option, CONNINFO_IDLE_KEY))
			conninfo_value(&option, value, sizeof(value));
	return strcmp(value, CONNINFO_IDLE_VALUE) == 0;
}

bool
postgres_stir(struct text *out, const char *conninfo)
{
	static const char *const except[] = { CONNINFO_IDLE_KEY, NULL };
	struct text spelt = TEXT_INIT;
	bool is_read = conninfo_spell(&spelt, conninfo) &&
	    conninfo_copy(out, text_cstr(&spelt), except);

	if (!conninfo_is_stirred(text_cstr(&spelt)))
		conninfo_add(out, CONNINFO_IDLE_KEY, CONNINFO_IDLE_VALUE);
	conninfo_forget(&spelt);
	return is_read;
}
