/*
 * check.h - assertions that stay on in production, and object magic.
 *
 * CHECK is for programming errors only: bytes from a socket, a file or a peer
 * are never checked with it.  A failed check prints where and what, and
 * aborts: a process that has lost its own invariants must not move data.
 */
#ifndef REGENT_BASE_CHECK_H
#define REGENT_BASE_CHECK_H

#include <stddef.h>

_Noreturn void check_fail(
    const char *file, int line, const char *func, const char *what);

#define CHECK(cond) \
	((cond) ? (void)0 : check_fail(__FILE__, __LINE__, __func__, #cond))

/* A place the program can't come to: `what` says what would be wrong. */
#define CHECK_NEVER(what) check_fail(__FILE__, __LINE__, __func__, what)

/* Every long-lived object starts with `uint32_t magic`. */
#define CHECK_OBJ(obj, want) CHECK((obj) != NULL && (obj)->magic == (want))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
