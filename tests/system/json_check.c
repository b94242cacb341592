#include "json_check.h"

#include <ctype.h>
#include <string.h>

#define JSON_DEPTH_MAX 64

/* Each returns what follows the value, or NULL when there is none. */
static const char *json_value(const char *at, int depth);

static const char *
json_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

static const char *
json_escape(const char *at)
{
	if (*at != 'u')
		return *at != '\0' && strchr("\"\\/bfnrt", *at) != NULL ? at + 1
									: NULL;
	at++;
	for (int i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)*at++))
			return NULL;
	return at;
}

static const char *
json_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	while (at != NULL && *at != '"') {
		if ((unsigned char)*at < ' ')
			return NULL;
		at = *at == '\\' ? json_escape(at + 1) : at + 1;
	}
	return at != NULL ? at + 1 : NULL;
}

static const char *
json_digits(const char *at)
{
	size_t n = strspn(at, "0123456789");

	return n > 0 ? at + n : NULL;
}

static const char *
json_number(const char *at)
{
	at += *at == '-';
	if (*at == '0')
		at++;
	else
		at = json_digits(at);
	if (at != NULL && *at == '.')
		at = json_digits(at + 1);
	if (at == NULL || (*at != 'e' && *at != 'E'))
		return at;
	at++;
	at += *at == '+' || *at == '-';
	return json_digits(at);
}

static const char *
json_member(const char *at, int depth)
{
	at = json_string(json_space(at));
	if (at == NULL)
		return NULL;
	at = json_space(at);
	return *at == ':' ? json_value(at + 1, depth) : NULL;
}

/* What is between the brackets of an array or an object. */
static const char *
json_list(const char *at, char end, int depth)
{
	at = json_space(at);
	if (*at == end)
		return at + 1;
	for (;;) {
		at =
		    end == '}' ? json_member(at, depth) : json_value(at, depth);
		if (at == NULL)
			return NULL;
		at = json_space(at);
		if (*at == end)
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static const char *
json_word(const char *at, const char *word)
{
	size_t len = strlen(word);

	return strncmp(at, word, len) == 0 ? at + len : NULL;
}

static const char *
json_value(const char *at, int depth)
{
	if (depth > JSON_DEPTH_MAX)
		return NULL;
	at = json_space(at);
	switch (*at) {
	case '{':
		return json_list(at + 1, '}', depth + 1);
	case '[':
		return json_list(at + 1, ']', depth + 1);
	case '"':
		return json_string(at);
	case 't':
		return json_word(at, "true");
	case 'f':
		return json_word(at, "false");
	case 'n':
		return json_word(at, "null");
	default:
		return json_number(at);
	}
}

bool
json_is_valid(const char *text)
{
	const char *end = json_value(text, 0);

	return end != NULL && *json_space(end) == '\0';
}
