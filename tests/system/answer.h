/*
 * answer.h - reads values out of the answers of the control socket.
 *
 * Answers are for people: pairs "key=value" (or "key: value") and tables with
 * a heading row.  Each function writes "" when there is no such value.
 */
#ifndef REGENT_SYSTEM_ANSWER_H
#define REGENT_SYSTEM_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

/* The value behind "key=" or "key:", up to white space. */
bool answer_pair(const char *text, const char *key, char *value, size_t size);

/*
 * The cell of the row that starts with `row` under the heading `column`;
 * columns are separated by white space, and no cell is empty.
 */
bool answer_cell(const char *text, const char *row, const char *column,
    char *value, size_t size);

/* Number of lines with at least one character. */
unsigned answer_line_count(const char *text);

#endif
