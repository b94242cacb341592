#include "net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCK_BACKLOG = 4096, SOCK_KEEPALIVE_PROBES = 3 };

static void
sock_set_int(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void
sock_tune(int fd, const struct sock_tuning *tuning)
{
	sock_set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	sock_set_int(fd, SOL_SOCKET, SO_KEEPALIVE, tuning->keepalive_us > 0);
	sock_set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	    (int)(tuning->user_timeout_us / USEC_MS));
	if (tuning->keepalive_us > 0) {
		int idle =
		    (int)((tuning->keepalive_us + USEC_SEC - 1) / USEC_SEC);
		int interval = idle / SOCK_KEEPALIVE_PROBES;

		sock_set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
		sock_set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL,
		    interval > 0 ? interval : 1);
		sock_set_int(
		    fd, IPPROTO_TCP, TCP_KEEPCNT, SOCK_KEEPALIVE_PROBES);
	}
}

int
sock_connect(const struct addr *addr)
{
	int fd, rc;

	fd = socket(addr->ss.any.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	do
		rc = connect(fd, &addr->ss.any, addr->len);
	while (rc != 0 && errno == EINTR);
	if (rc != 0 && errno != EINPROGRESS) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int
sock_connect_result(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	return -error;
}

int
sock_connect_look(int fd, const struct addr *addr)
{
	return connect(fd, &addr->ss.any, addr->len) == 0 ? 0 : -errno;
}

bool
sock_error_is_local(int code)
{
	switch (-code) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EADDRNOTAVAIL:
	case EACCES:
	case EPERM:
		return true;
	default:
		return false;
	}
}

void
sock_close_reset(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static int
sock_bind(const struct addr *addr, bool is_shared)
{
	int fd, rc;

	fd = socket(addr->ss.any.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	sock_set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (is_shared)
		sock_set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (addr->ss.any.sa_family ==
	    AF_INET6) /* [::] takes IPv4 clients too */
		sock_set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	rc = bind(fd, &addr->ss.any, addr->len);
	if (rc == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int
sock_listen(const struct endpoint *ep, bool is_first, struct err *err)
{
	char text[ENDPOINT_TEXT_LEN];
	struct addr addr;
	int fd;

	addr_from_endpoint(&addr, ep);
	endpoint_format(ep, text);
	if (is_first) {
		fd = sock_bind(&addr, false);
		if (fd >= 0 && listen(fd, 1) != 0) {
			close(fd);
			fd = -errno;
		}
		if (fd < 0) {
			errno = -fd;
			return err_errno(err, "bind %s", text);
		}
		close(fd);
	}
	fd = sock_bind(&addr, true);
	if (fd < 0) {
		errno = -fd;
		return err_errno(err, "bind %s", text);
	}
	if (listen(fd, SOCK_BACKLOG) == 0)
		return fd;
	err_errno(err, "listen %s", text);
	close(fd);
	return -EADDRINUSE;
}

static int
sock_unix_address(struct sockaddr_un *un, const char *path, struct err *err)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path))
		return err_set(err, -ENAMETOOLONG,
		    "control socket %s: a path of a unix socket has at most "
		    "%zu bytes",
		    path, sizeof(un->sun_path) - 1);
	memcpy(un->sun_path, path, strlen(path));
	return 0;
}

int
sock_connect_unix(const char *path, struct err *err)
{
	struct sockaddr_un un;
	int fd, rc;

	rc = sock_unix_address(&un, path, err);
	if (rc != 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "socket");
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	rc = err_errno(err, "control socket %s", path);
	close(fd);
	return rc;
}

/*
 * A socket nobody answers on was left by a process that was killed.  connect
 * refuses what is no socket in the same way: that is not ours to remove.
 */
static int
sock_unix_clear(const char *path, struct err *err)
{
	struct err ignored;
	struct stat st;
	int fd;

	if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return err_set(err, -EEXIST,
		    "control socket %s: there is a file that is no socket",
		    path);
	fd = sock_connect_unix(path, &ignored);
	if (fd >= 0) {
		close(fd);
		return err_set(err, -EADDRINUSE,
		    "control socket %s: another regent answers there", path);
	}
	if (fd == -ECONNREFUSED && unlink(path) != 0)
		return err_errno(err, "control socket %s", path);
	return 0;
}

int
sock_listen_unix(const char *path, unsigned mode, struct err *err)
{
	struct sockaddr_un un;
	int fd, rc;

	rc = sock_unix_address(&un, path, err);
	if (rc == 0)
		rc = sock_unix_clear(path, err);
	if (rc != 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "socket");
	/* Nobody can connect before listen(), so the mode is never too wide. */
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0 &&
	    chmod(path, mode) == 0 && listen(fd, 64) == 0)
		return fd;
	rc = err_errno(err, "control socket %s", path);
	close(fd);
	return rc;
}

int
sock_accept(int listen_fd, struct addr *peer)
{
	int fd;

	peer->len = sizeof(peer->ss);
	do
		fd = accept4(listen_fd, &peer->ss.any, &peer->len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	return fd >= 0 ? fd : -errno;
}

bool
sock_peer(int fd, struct addr *peer)
{
	peer->len = sizeof(peer->ss);
	return getpeername(fd, &peer->ss.any, &peer->len) == 0;
}

long
sock_files_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		rlim_t soft = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			limit.rlim_cur = soft;
	}
	return (long)limit.rlim_cur;
}
