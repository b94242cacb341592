/*
 * pg_tool.h - the programs of PostgreSQL: where they are, and how they are
 * run by somebody who is not root.
 *
 * The server does not run as root, so root runs everything as nobody.
 */
#ifndef REGENT_SYSTEM_PG_TOOL_H
#define REGENT_SYSTEM_PG_TOOL_H

#include "process.h"

enum { PG_TOOL_ARGS_MAX = 24 };

struct pg_tool {
	char path[SITE_PATH_LEN];
	const char *argv[PG_TOOL_ARGS_MAX];
	size_t n;
};

/* The directory of initdb and postgres into buf; false if there is none. */
bool pg_tool_find_bin(char *buf, size_t size);

/* What to execute for args, which ends with NULL and is borrowed. */
void pg_tool_prepare(struct pg_tool *tool, const char *const *args);

/* Starts the program of args. */
void pg_tool_start(struct process *p, const char *const *args);

/* Runs it to its end and fails the test unless it exits with 0. */
void pg_tool_must(struct site *site, const char *const *args);

/* Makes a directory that they may write to. */
void pg_tool_make_dir(const char *path);

/* Makes something theirs alone. */
void pg_tool_give(const char *path);

#endif
