#include "net/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
	struct sockaddr_un address;
	socklen_t len; /* 0: nobody wants to know */
	usec_t watchdog_us;
} notify;

static void
notify_init_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && atol(pid) != (long)getpid()))
		return;
	notify.watchdog_us = strtoll(usec, NULL, 10) / 2;
}

void
notify_init(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(notify.address.sun_path))
		return;
	notify.address.sun_family = AF_UNIX;
	memcpy(notify.address.sun_path, path, strlen(path));
	if (path[0] == '@') /* an abstract name begins with a zero byte */
		notify.address.sun_path[0] = '\0';
	notify.len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	notify_init_watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
notify_send(const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int fd;

	if (notify.len == 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* A manager that does not listen is no reason to stop the service. */
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (struct sockaddr *)&notify.address, notify.len);
	close(fd);
}

void
notify_stop(void)
{
	notify.len = 0;
	notify.watchdog_us = 0;
}

usec_t
notify_watchdog_interval(void)
{
	return notify.watchdog_us > 0 ? notify.watchdog_us : 0;
}
