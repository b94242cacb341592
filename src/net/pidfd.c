#include "net/pidfd.h"

#include "base/check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int
pidfd_open_process(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd >= 0 ? fd : -errno;
}

void
pidfd_kill(int pidfd)
{
	CHECK(pidfd >= 0);
	(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

/* The kernel closes its files before it says that a process has ended. */
bool
pidfd_is_gone(int pidfd, usec_t patience)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	CHECK(pidfd >= 0);
	return poll(&p, 1, (int)(patience / USEC_MS)) == 1;
}
