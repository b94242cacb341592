/*
 * err.h - the text of an operating error, for people.
 *
 * A function that can fail returns 0 or a negative errno value and puts what
 * failed, where and why into the caller's struct err.  Text grows outwards:
 * each layer that knows more puts it in front ("node crm/a: connect: ...").
 */
#ifndef REGENT_BASE_ERR_H
#define REGENT_BASE_ERR_H

#include "base/check.h"

struct err {
	char text[512];
};

/* Sets the text; returns `code`, which must be negative. */
int err_set(struct err *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Sets the text followed by ": " and strerror(errno); returns -errno. */
int err_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts text and ": " in front of what is there. */
void err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
