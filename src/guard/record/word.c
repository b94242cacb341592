#include "guard/record/word.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char word_digits[] = "0123456789abcdef";

static bool
word_is_plain(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) &&
		    strchr("_.:+-/,", *s) == NULL)
			return false;
	return true;
}

static bool
word_is_printable(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

void
word_print(const char *value, struct text *out)
{
	if (word_is_plain(value)) {
		text_add(out, value);
		return;
	}
	text_add(out, "\"");
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		char hex[4] = { '\\', 'x', word_digits[c >> 4],
			word_digits[c & 15] };

		if (word_is_printable(c))
			text_add_bytes(out, value, 1);
		else
			text_add_bytes(out, hex, sizeof(hex));
	}
	text_add(out, "\"");
}

static int
word_hex(char c)
{
	const char *at = c != '\0' ? strchr(word_digits, c) : NULL;

	return at != NULL ? (int)(at - word_digits) : -1;
}

/* One character of a quoted value; false where it is not written so. */
static bool
word_take_char(const char **at, char *c)
{
	const char *s = *at;
	int high, low;

	if (word_is_printable((unsigned char)*s)) {
		*c = *s;
		*at = s + 1;
		return true;
	}
	if (s[0] != '\\' || s[1] != 'x')
		return false;
	high = word_hex(s[2]);
	low = high >= 0 ? word_hex(s[3]) : -1;
	if (low < 0)
		return false;
	*c = (char)(high * 16 + low);
	*at = s + 4;
	return *c != '\0' && !word_is_printable((unsigned char)*c);
}

static int
word_take_quoted(const char **at, struct word *word, struct err *err)
{
	size_t len = 0;

	(*at)++;
	while (**at != '"') {
		if (len + 1 >= sizeof(word->value) ||
		    !word_take_char(at, &word->value[len]))
			return err_set(err, -EINVAL,
			    "%s: its value is not quoted well", word->name);
		len++;
	}
	(*at)++;
	word->value[len] = '\0';
	return 0;
}

static int
word_take_plain(const char **at, struct word *word, struct err *err)
{
	size_t len = strcspn(*at, " ");

	if (len >= sizeof(word->value))
		return err_set(
		    err, -EINVAL, "%s: its value is too long", word->name);
	memcpy(word->value, *at, len);
	word->value[len] = '\0';
	if (!word_is_plain(word->value))
		return err_set(err, -EINVAL,
		    "%s: its value should be in quotes", word->name);
	*at += len;
	return 0;
}

int
word_next(const char **at, struct word *word, struct err *err)
{
	size_t len;
	int rc;

	*at += strspn(*at, " ");
	if (**at == '\0')
		return 0;
	len = strcspn(*at, "= ");
	if (len == 0 || len >= sizeof(word->name) || (*at)[len] != '=')
		return err_set(
		    err, -EINVAL, "\"%.40s\": expected name=value", *at);
	memcpy(word->name, *at, len);
	word->name[len] = '\0';
	*at += len + 1;
	rc = **at == '"' ? word_take_quoted(at, word, err)
			 : word_take_plain(at, word, err);
	if (rc == 0 && **at != ' ' && **at != '\0')
		rc = err_set(err, -EINVAL, "%s: there is more behind its value",
		    word->name);
	return rc == 0 ? 1 : rc;
}
