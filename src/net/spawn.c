#include "net/spawn.h"

#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * All of our descriptors are close-on-exec from birth; those of libraries may
 * not be.  A kernel without this call (before 5.11) leaves it at that.
 */
static void
spawn_guard_descriptors(void)
{
#ifdef SYS_close_range
	const unsigned cloexec = 1u << 2; /* CLOSE_RANGE_CLOEXEC */

	(void)syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, cloexec);
#endif
}

static int
spawn_set_attributes(posix_spawnattr_t *attr, bool is_session)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t all, none;
	int rc;

	if (is_session)
		flags |= POSIX_SPAWN_SETSID;
	sigfillset(&all);
	sigemptyset(&none);
	rc = posix_spawnattr_setflags(attr, flags);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	return rc;
}

int
spawn_run(pid_t *pid, const struct spawn_plan *plan)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	rc = posix_spawnattr_init(&attr);
	if (rc != 0)
		return rc;
	rc = posix_spawn_file_actions_init(&files);
	if (rc != 0)
		goto out_attr;
	spawn_guard_descriptors();
	rc = spawn_set_attributes(&attr, plan->is_session);
	if (rc == 0)
		rc = plan->set_files(&files, plan->arg);
	if (rc == 0)
		rc = posix_spawn(
		    pid, plan->path, &files, &attr, plan->argv, plan->env);
	posix_spawn_file_actions_destroy(&files);
out_attr:
	posix_spawnattr_destroy(&attr);
	return rc;
}
