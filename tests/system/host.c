#include "host.h"

#include "base/check.h"

#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

const char *
host_address(const struct host *host)
{
	return host != NULL ? host->address : "127.0.0.1";
}

int
host_here(void)
{
	int ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	CHECK(ns >= 0);
	return ns;
}

void
host_move(const struct host *host)
{
	if (host != NULL)
		CHECK(setns(host->ns, CLONE_NEWNET) == 0);
}

int
host_enter(const struct host *host)
{
	int was;

	if (host == NULL)
		return -1;
	was = host_here();
	host_move(host);
	return was;
}

void
host_leave(int was)
{
	if (was < 0)
		return;
	CHECK(setns(was, CLONE_NEWNET) == 0);
	close(was);
}
