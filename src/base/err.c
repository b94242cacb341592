#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	CHECK(err != NULL && code < 0);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int
err_errno(struct err *err, const char *fmt, ...)
{
	int saved = errno;
	const char *reason = strerror(saved);
	va_list ap;
	size_t len, room;

	CHECK(err != NULL && saved > 0);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	/* A long subject, such as a path, must not push the reason out. */
	room = sizeof(err->text) - sizeof(": ") - strlen(reason);
	if (len > room)
		len = room;
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", reason);
	return -saved;
}

void
err_prefix(struct err *err, const char *fmt, ...)
{
	struct err tail = *err;
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", tail.text);
}
