#include "answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
answer_copy_word(const char *at, char *value, size_t size)
{
	at += strspn(at, " \t");
	snprintf(value, size, "%.*s", (int)strcspn(at, " \t\r\n"), at);
	return value[0] != '\0';
}

static bool
answer_is_word_start(const char *text, const char *at)
{
	return at == text || isspace((unsigned char)at[-1]);
}

bool
answer_pair(const char *text, const char *key, char *value, size_t size)
{
	size_t len = strlen(key);

	value[0] = '\0';
	for (const char *at = strstr(text, key); at != NULL;
	     at = strstr(at + 1, key))
		if (answer_is_word_start(text, at) &&
		    (at[len] == '=' || at[len] == ':'))
			return answer_copy_word(at + len + 1, value, size);
	return false;
}

static bool
answer_is_word(const char *at, const char *word)
{
	size_t len = strlen(word);

	return strncasecmp(at, word, len) == 0 &&
	    (at[len] == '\0' || isspace((unsigned char)at[len]));
}

/* Position of the word in the line at `line`, -1 if it is not there. */
static int
answer_word_index(const char *line, const char *word)
{
	int index = 0;

	line += strspn(line, " \t");
	while (*line != '\0' && *line != '\n') {
		if (answer_is_word(line, word))
			return index;
		line += strcspn(line, " \t\r\n");
		line += strspn(line, " \t\r");
		index++;
	}
	return -1;
}

static bool
answer_word_at(const char *line, int index, char *value, size_t size)
{
	line += strspn(line, " \t");
	while (index > 0 && *line != '\0' && *line != '\n') {
		line += strcspn(line, " \t\r\n");
		line += strspn(line, " \t\r");
		index--;
	}
	return answer_copy_word(line, value, size);
}

static const char *
answer_next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : NULL;
}

bool
answer_cell(const char *text, const char *row, const char *column, char *value,
    size_t size)
{
	int index = -1;

	value[0] = '\0';
	for (const char *line = text; line != NULL;
	     line = answer_next_line(line)) {
		if (index >= 0 &&
		    answer_is_word(line + strspn(line, " \t"), row))
			return answer_word_at(line, index, value, size);
		if (answer_word_index(line, column) >= 0)
			index = answer_word_index(line, column);
	}
	return false;
}

unsigned
answer_line_count(const char *text)
{
	unsigned n = 0;

	for (const char *line = text; line != NULL;
	     line = answer_next_line(line))
		n += *line != '\n' && *line != '\0';
	return n;
}
