/*
 * hookenv.h - what a command of the configuration is told: its environment.
 *
 * A list of "NAME=value" that the owner frees.  It begins with the little of
 * our own environment that a shell needs, and no secret is ever in it: a
 * command finds the password where we found it, in password_file.
 */
#ifndef REGENT_GUARD_HOOKENV_H
#define REGENT_GUARD_HOOKENV_H

#include "base/check.h"
#include "base/endpoint.h"
#include "conf/conf.h"

enum { HOOKENV_MAX = 48 };

/* All zero is an empty one; the last of `at` is always NULL. */
struct hookenv {
	unsigned n;
	char *at[HOOKENV_MAX + 1];
};

/* Also what is true of the cluster as long as its section is in force. */
void hookenv_init(struct hookenv *e, const struct conf_cluster *section);
/* Into one that is empty; `list` ends with NULL, or is NULL. */
void hookenv_copy(struct hookenv *e, const char *const *list);
void hookenv_fini(struct hookenv *e);

/* `fmt` is the value. */
void hookenv_add(struct hookenv *e, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* NAME, NAME_ADDRESS, NAME_HOST, NAME_PORT; all empty without a node. */
void hookenv_add_node(struct hookenv *e, const char *name, const char *node,
    const struct endpoint *address);

/* What check_command is told, into one that is new. */
void hookenv_init_check(struct hookenv *e, const struct conf_cluster *section,
    const char *node, const struct endpoint *address);

/* For child_start. */
const char *const *hookenv_list(const struct hookenv *e);

#endif
