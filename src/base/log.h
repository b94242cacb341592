/*
 * log.h - one line per fact: "subject=name key=value ...".
 *
 * Any thread may log; a line is one write(2), so lines never mix.  Opening,
 * reopening and closing belong to the guard thread.  Levels: error = service
 * is hurt; warn = hurt soon, or a peer misbehaves; notice = state changes and
 * operator actions; info = per session; debug = for us.  Never a secret, and
 * no payload bytes above debug.
 */
#ifndef REGENT_BASE_LOG_H
#define REGENT_BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>

enum log_level {
	LEVEL_ERROR,
	LEVEL_WARN,
	LEVEL_NOTICE,
	LEVEL_INFO,
	LEVEL_DEBUG,
	LEVEL_COUNT
};

extern const char *const log_level_names[LEVEL_COUNT];

/*
 * Where lines go: "stderr" (the default), "syslog", or the path of a file
 * that is appended to.  On failure the old target stays in force.
 */
int log_open(const char *target, struct err *err) MUST_CHECK;

/* Opens the file again after it was rotated away; no-op otherwise. */
int log_reopen(struct err *err) MUST_CHECK;

void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);

void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define LOG_AT(level, ...) \
	(log_is_on(level) ? log_line(level, __VA_ARGS__) : (void)0)

#define log_error(...) LOG_AT(LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) LOG_AT(LEVEL_WARN, __VA_ARGS__)
#define log_notice(...) LOG_AT(LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) LOG_AT(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LEVEL_DEBUG, __VA_ARGS__)

#endif
