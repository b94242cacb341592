#include "pg_tool.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PG_TOOL_NOBODY 65534
#define PG_TOOL_MS 120000 /* a disk may be busy with others */

/* Debian keeps each version of the server in a directory of its own. */
bool
pg_tool_find_bin(char *buf, size_t size)
{
	static const char *const patterns[] = { "/usr/lib/postgresql/*/bin",
		"/usr/libexec/postgresql*", "/usr/bin" };
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_LEN(patterns) && !is_found; i++) {
		glob_t found;

		if (glob(patterns[i], 0, NULL, &found) != 0)
			continue;
		for (size_t j = 0; j < found.gl_pathc && !is_found; j++) {
			char initdb[SITE_PATH_LEN];

			snprintf(initdb, sizeof(initdb), "%s/initdb",
			    found.gl_pathv[j]);
			is_found = access(initdb, X_OK) == 0;
			snprintf(buf, size, "%s", found.gl_pathv[j]);
		}
		globfree(&found);
	}
	return is_found;
}

static void
pg_tool_add(struct pg_tool *tool, const char *const *args)
{
	for (size_t i = 0; args[i] != NULL; i++) {
		CHECK(tool->n + 1 < PG_TOOL_ARGS_MAX);
		tool->argv[tool->n++] = args[i];
	}
}

void
pg_tool_prepare(struct pg_tool *tool, const char *const *args)
{
	static const char *const demote[] = { "setpriv", "--reuid=65534",
		"--regid=65534", "--clear-groups", "--pdeathsig=KILL", NULL };

	memset(tool, 0, sizeof(*tool));
	if (geteuid() == 0)
		pg_tool_add(tool, demote);
	pg_tool_add(tool, args);
	if (strchr(tool->argv[0], '/') != NULL)
		snprintf(tool->path, sizeof(tool->path), "%s", tool->argv[0]);
	else
		CHECK(process_find(
		    tool->argv[0], tool->path, sizeof(tool->path)));
}

void
pg_tool_start(struct process *p, const char *const *args)
{
	struct pg_tool tool;

	pg_tool_prepare(&tool, args);
	process_start(p, tool.path, tool.argv);
}

void
pg_tool_must(struct site *site, const char *const *args)
{
	struct pg_tool tool;
	struct process p;
	int rc;

	pg_tool_prepare(&tool, args);
	process_init(&p, site, "tool");
	process_start(&p, tool.path, tool.argv);
	rc = process_wait(&p, PG_TOOL_MS);
	process_kill(&p);
	if (rc == 0)
		return;
	site_print_tail(args[0], p.log, 3000);
	fail_msg("%s: exit %d", args[0], rc);
}

void
pg_tool_make_dir(const char *path)
{
	CHECK(mkdir(path, 0700) == 0);
	pg_tool_give(path);
}

void
pg_tool_give(const char *path)
{
	struct stat st;

	CHECK(stat(path, &st) == 0);
	CHECK(chmod(path, S_ISDIR(st.st_mode) ? 0700 : 0600) == 0);
	if (geteuid() == 0)
		CHECK(chown(path, PG_TOOL_NOBODY, PG_TOOL_NOBODY) == 0);
}
