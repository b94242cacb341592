/*
 * word.h - words "name=value" of a line of text.
 *
 * A value that is not plain stands in quotes; a quote, a backslash and
 * whatever is not printable ASCII is written as \xHH, so that a line is a
 * line whatever a node calls itself.  Pure.
 */
#ifndef REGENT_GUARD_RECORD_WORD_H
#define REGENT_GUARD_RECORD_WORD_H

#include "base/err.h"
#include "base/text.h"

enum { WORD_NAME_MAX = 48, WORD_VALUE_MAX = 2048 };

struct word {
	char name[WORD_NAME_MAX];
	char value[WORD_VALUE_MAX]; /* without its quotes */
};

/* Takes the next word off *at: 1, or 0 at the end; negative: the reason. */
int word_next(const char **at, struct word *word, struct err *err) MUST_CHECK;

/* Adds a value, quoted unless it is plain. */
void word_print(const char *value, struct text *out);

#endif
