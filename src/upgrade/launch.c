#include "upgrade/launch.h"

#include "base/mem.h"
#include "net/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAUNCH_FD "REGENT_UPGRADE_FD"

static struct {
	char path[PATH_MAX];
	char **argv;
	char **env;
	int dir_fd;
	int channel_fd;
} launch = { .dir_fd = -1, .channel_fd = -1 };

/* What speaks of one process and not of the next. */
static bool
launch_is_passing(const char *variable)
{
	static const char *const names[] = { "LISTEN_PID=", "LISTEN_FDS=",
		"LISTEN_FDNAMES=", "WATCHDOG_PID=", LAUNCH_FD "=" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static char **
launch_copy(char **list, unsigned room, bool is_env)
{
	char **copy;
	unsigned n = 0, k = 0;

	while (list[n] != NULL)
		n++;
	copy = mem_new((n + room + 1) * sizeof(*copy));
	for (unsigned i = 0; i < n; i++)
		if (!is_env || !launch_is_passing(list[i]))
			copy[k++] = mem_strdup(list[i]);
	return copy;
}

/* Whether the path leads to the program that runs. */
static bool
launch_is_us(const char *path)
{
	struct stat there, ours;

	return stat(path, &there) == 0 && stat("/proc/self/exe", &ours) == 0 &&
	    there.st_ino == ours.st_ino && there.st_dev == ours.st_dev;
}

/* Not resolved any further: a link to a version leads to another one later. */
static bool
launch_try(const char *dir, size_t dir_len, const char *name)
{
	int n = snprintf(launch.path, sizeof(launch.path), "%.*s%s%s",
	    (int)dir_len, dir, dir_len > 0 ? "/" : "", name);

	return n > 0 && n < (int)sizeof(launch.path) &&
	    launch_is_us(launch.path);
}

static bool
launch_search(const char *name)
{
	const char *at = getenv("PATH");

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, ":");

		if (len > 0 && at[0] == '/' && launch_try(at, len, name))
			return true;
		at += len + (at[len] == ':');
	}
	return false;
}

static void
launch_find(const char *name)
{
	char here[PATH_MAX];
	ssize_t n;

	if (name[0] == '/' && launch_try("", 0, name))
		return;
	if (name[0] != '/' && strchr(name, '/') != NULL &&
	    getcwd(here, sizeof(here)) != NULL &&
	    launch_try(here, strlen(here), name))
		return;
	if (strchr(name, '/') == NULL && launch_search(name))
		return;
	n = readlink("/proc/self/exe", launch.path, sizeof(launch.path) - 1);
	launch.path[n > 0 ? n : 0] = '\0';
}

void
launch_init(char **argv, char **envp)
{
	const char *fd = getenv(LAUNCH_FD);

	launch.argv = launch_copy(argv, 0, false);
	launch.env = launch_copy(envp, 1, true);
	launch.dir_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	launch_find(argv[0] != NULL ? argv[0] : "");
	if (fd == NULL)
		return;
	launch.channel_fd = atoi(fd);
	unsetenv(LAUNCH_FD);
	if (fcntl(launch.channel_fd, F_SETFD, FD_CLOEXEC) != 0)
		launch.channel_fd = -1;
}

const char *
launch_path(void)
{
	return launch.path;
}

int
launch_channel_fd(void)
{
	return launch.channel_fd;
}

/* Onto itself takes its close-on-exec away, in the child. */
static int
launch_set_files(posix_spawn_file_actions_t *files, const void *arg)
{
	int fd = *(const int *)arg;
	int rc = posix_spawn_file_actions_adddup2(files, fd, fd);

	if (rc == 0 && launch.dir_fd >= 0)
		rc =
		    posix_spawn_file_actions_addfchdir_np(files, launch.dir_fd);
	return rc;
}

pid_t
launch_successor(int fd, struct err *err)
{
	const struct spawn_plan plan = {
		.path = launch.path,
		.argv = launch.argv,
		.env = launch.env,
		.set_files = launch_set_files,
		.arg = &fd,
	};
	char variable[32];
	unsigned n = 0;
	pid_t pid = -1;
	int rc;

	CHECK(launch.argv != NULL && fd > STDERR_FILENO);
	snprintf(variable, sizeof(variable), LAUNCH_FD "=%d", fd);
	while (launch.env[n] != NULL)
		n++;
	launch.env[n] = variable;
	rc = spawn_run(&pid, &plan);
	launch.env[n] = NULL;
	if (rc == 0)
		return pid;
	errno = rc;
	return err_errno(err, "%s", launch.path);
}
