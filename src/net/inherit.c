#include "net/inherit.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/addr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	INHERIT_FIRST = 3, /* SD_LISTEN_FDS_START */
	/* Listeners of a configuration, times workers. */
	INHERIT_MAX = 128 * 64 + 1,
};

/* A long one is no path of ours. */
enum { INHERIT_PATH_LEN = sizeof(((struct sockaddr_un *)0)->sun_path) + 1 };

struct inherit_socket {
	int fd; /* -1: taken */
	struct addr addr;
	char path[INHERIT_PATH_LEN]; /* of a unix socket */
};

struct inherited {
	unsigned n;
	struct inherit_socket *at;
};

struct inherited *
inherit_new(void)
{
	return mem_new(sizeof(struct inherited));
}

static const char *
inherit_name(const struct inherit_socket *s, char buf[ADDR_TEXT_LEN])
{
	return s->path[0] != '\0' ? s->path : addr_format(&s->addr, buf);
}

void
inherit_free(struct inherited **inherited)
{
	struct inherited *in = *inherited;
	char buf[ADDR_TEXT_LEN];

	if (in == NULL)
		return;
	for (unsigned i = 0; i < in->n; i++) {
		if (in->at[i].fd < 0)
			continue;
		log_notice("inherited=%s action=close reason=\"nothing in the "
			   "configuration is bound there\"",
		    inherit_name(&in->at[i], buf));
		close(in->at[i].fd);
	}
	free(in->at);
	free(in);
	*inherited = NULL;
}

static bool
inherit_is_listening(int fd)
{
	int is_listening = 0;
	socklen_t len = sizeof(is_listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) ==
	    0 &&
	    is_listening != 0;
}

static void
inherit_look_at(struct inherit_socket *s)
{
	union {
		struct addr addr;
		struct sockaddr_un un;
	} name;
	socklen_t len = sizeof(name);
	size_t path_len;

	memset(&name, 0, sizeof(name));
	if (getsockname(s->fd, &name.addr.ss.any, &len) != 0)
		return;
	if (name.un.sun_family != AF_UNIX) {
		s->addr = name.addr;
		s->addr.len = len;
		return;
	}
	s->addr.ss.any.sa_family = AF_UNIX;
	path_len = len - offsetof(struct sockaddr_un, sun_path);
	memcpy(s->path, name.un.sun_path, path_len);
}

int
inherit_add(struct inherited *in, int fd, struct err *err)
{
	struct inherit_socket s = { .fd = fd };

	if (!inherit_is_listening(fd))
		return err_set(err, -ENOTSOCK,
		    "inherited descriptor %d: no listening stream socket", fd);
	if (in->n == INHERIT_MAX)
		return err_set(err, -ENFILE, "too many inherited sockets");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
		return err_errno(err, "inherited descriptor %d", fd);
	inherit_look_at(&s);
	in->at = mem_resize(in->at, (in->n + 1) * sizeof(*in->at));
	in->at[in->n++] = s;
	return 0;
}

int
inherit_from_manager(struct inherited *in, struct err *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	long n = 0;
	int rc = 0;

	if (pid != NULL && fds != NULL && atol(pid) == (long)getpid())
		n = atol(fds);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (long i = 0; rc == 0 && i < n; i++)
		rc = inherit_add(in, INHERIT_FIRST + (int)i, err);
	return rc;
}

unsigned
inherit_count(const struct inherited *in)
{
	unsigned n = 0;

	for (unsigned i = 0; i < in->n; i++)
		n += in->at[i].fd >= 0;
	return n;
}

static bool
inherit_is_same(const struct addr *a, const struct addr *b)
{
	if (a->ss.any.sa_family != b->ss.any.sa_family)
		return false;
	if (a->ss.any.sa_family == AF_INET)
		return a->ss.in4.sin_port == b->ss.in4.sin_port &&
		    a->ss.in4.sin_addr.s_addr == b->ss.in4.sin_addr.s_addr;
	return a->ss.any.sa_family == AF_INET6 &&
	    a->ss.in6.sin6_port == b->ss.in6.sin6_port &&
	    memcmp(&a->ss.in6.sin6_addr, &b->ss.in6.sin6_addr,
		sizeof(a->ss.in6.sin6_addr)) == 0;
}

static int
inherit_give(struct inherit_socket *s)
{
	int fd = s->fd;

	s->fd = -1;
	return fd;
}

int
inherit_take(struct inherited *in, const struct endpoint *ep)
{
	struct addr addr;

	addr_from_endpoint(&addr, ep);
	for (unsigned i = 0; i < in->n; i++)
		if (in->at[i].fd >= 0 &&
		    inherit_is_same(&in->at[i].addr, &addr))
			return inherit_give(&in->at[i]);
	return -1;
}

int
inherit_take_unix(struct inherited *in, const char *path)
{
	CHECK(path[0] != '\0');
	for (unsigned i = 0; i < in->n; i++)
		if (in->at[i].fd >= 0 && strcmp(in->at[i].path, path) == 0)
			return inherit_give(&in->at[i]);
	return -1;
}
