/*
 * bench-load connect: so many clients at a time connect, send a request,
 * read the reply and close.
 */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_EVENTS 256

/*
 * A client's address is taken in turn from 127.0.1.1 to 127.0.1.64.  A closed
 * connection blocks its port for a second at least, and the kernel's search
 * for one that is not blocked would soon be what is measured.
 */
#define CONNECT_SOURCES 64

struct connect_client {
	int fd;
	size_t got;
	uint64_t start_ns;
	bool has_asked;
};

struct connect_load {
	const struct load_options *options;
	struct talk talk;
	struct load_window window;
	uint64_t issued;
	int epoll;
};

static void
connect_bind(const struct connect_load *l, int fd)
{
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr =
		    htonl(0x7f000101 + (uint32_t)(l->issued % CONNECT_SOURCES)),
	};
	int yes = 1;

	if (ntohl(l->options->to.sin_addr.s_addr) != INADDR_LOOPBACK)
		return;
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes,
		sizeof(yes)) != 0 ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		load_die_errno("bind to a loopback address");
}

static void
connect_begin(struct connect_load *l, struct connect_client *c)
{
	const struct sockaddr_in *to = &l->options->to;

	if (l->options->ops_max > 0 && l->issued >= l->options->ops_max)
		return;
	l->issued++;
	c->start_ns = load_now_ns();
	c->got = 0;
	c->has_asked = false;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		load_die_errno("socket");
	connect_bind(l, c->fd);
	if (connect(c->fd, (const struct sockaddr *)to, sizeof(*to)) != 0 &&
	    errno != EINPROGRESS)
		load_die_errno("connect");
	load_register(l->epoll, EPOLL_CTL_ADD, c->fd, EPOLLOUT, c);
}

/* errno says why; 0 is a close.  The first one is told in any case. */
static void
connect_fail(struct connect_load *l, struct connect_client *c, const char *what)
{
	if (!l->options->counts_failures)
		load_die("%s: %s", what,
		    errno != 0 ? strerror(errno) : "closed before the reply");
	if (l->window.failures++ == 0)
		fprintf(stderr, "bench-load: the first failure: %s: %s\n", what,
		    errno != 0 ? strerror(errno) : "closed before the reply");
	close(c->fd);
	connect_begin(l, c);
}

static void
connect_ask(struct connect_load *l, struct connect_client *c)
{
	const struct talk_batch *b = talk_batch(&l->talk, 0);
	socklen_t len = sizeof(errno);
	int error = 0;

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	errno = error;
	if (error != 0) {
		connect_fail(l, c, "connect");
		return;
	}
	if (send(c->fd, b->request, b->request_len, MSG_NOSIGNAL) !=
	    (ssize_t)b->request_len)
		load_die_errno(
		    "send of a request of %zu bytes", b->request_len);
	c->has_asked = true;
	load_register(l->epoll, EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
}

static void
connect_receive(struct connect_load *l, struct connect_client *c)
{
	const struct talk_batch *b = talk_batch(&l->talk, 0);
	static char buf[65536];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		errno = n < 0 ? errno : 0;
		connect_fail(l, c, "recv");
		return;
	}
	if (c->got + (size_t)n > b->reply_len ||
	    memcmp(buf, b->reply + c->got, (size_t)n) != 0)
		load_die("wrong reply: %.*s", (int)(n < 200 ? n : 200), buf);
	c->got += (size_t)n;
	if (c->got < b->reply_len)
		return;
	close(c->fd);
	load_window_add(&l->window, 1, load_now_ns() - c->start_ns);
	connect_begin(l, c);
}

static void
connect_turn(struct connect_load *l)
{
	struct epoll_event events[CONNECT_EVENTS];
	int n = epoll_wait(l->epoll, events, CONNECT_EVENTS, LOAD_STALL_MS);

	if (n < 0)
		load_die_errno("epoll_wait");
	if (n == 0)
		load_die("no reply for %d ms", LOAD_STALL_MS);
	for (int i = 0; i < n; i++) {
		struct connect_client *c = events[i].data.ptr;

		if (c->has_asked)
			connect_receive(l, c);
		else
			connect_ask(l, c);
	}
}

void
load_connect(const struct load_options *o)
{
	static struct connect_load l;
	struct connect_client *clients;

	l.options = o;
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	clients = calloc(o->connections, sizeof(*clients));
	if (l.epoll < 0 || clients == NULL)
		load_die_errno("no room for %u clients", o->connections);
	talk_init(&l.talk, o->tongue, o->pipeline, o->size);
	load_window_start(&l.window, o);
	load_window_goes_on(&l.window, load_now_ns());
	for (unsigned i = 0; i < o->connections; i++)
		connect_begin(&l, &clients[i]);
	while (load_window_goes_on(&l.window, load_now_ns()))
		connect_turn(&l);
	load_window_print(&l.window);
	talk_fini(&l.talk);
	free(clients);
	close(l.epoll);
}
