/*
 * bench-server - the cheapest server there can be behind a proxy.
 *
 *   bench-server [PORT_ECHO PORT_SOURCE]
 *
 * Sends back what it gets at the first port; at the second, once it got a
 * byte, zeros until the client goes.  Without ports it takes free ones.
 * Prints "echo=PORT source=PORT" when it listens, and runs until a signal
 * ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_EVENTS 512
#define SERVER_BUF_BYTES (256 * 1024)

enum server_kind { SERVER_ECHO, SERVER_SOURCE };

/* A listening socket, or a connection that it accepted. */
struct server_conn {
	int fd;
	enum server_kind kind;
	bool is_listener;
	bool is_sending; /* registered for EPOLLOUT */
	char *rest;      /* of an echo that found the socket full */
	size_t rest_len;
};

static int server_epoll;
static char server_buf[SERVER_BUF_BYTES];

static _Noreturn void
server_die(const char *what)
{
	fprintf(stderr, "bench-server: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
server_register(struct server_conn *c, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	if (epoll_ctl(server_epoll, op, c->fd, &event) != 0)
		server_die("epoll_ctl");
}

static void
server_add(int fd, enum server_kind kind, bool is_listener)
{
	struct server_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		server_die("calloc");
	c->fd = fd;
	c->kind = kind;
	c->is_listener = is_listener;
	server_register(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void
server_close(struct server_conn *c)
{
	close(c->fd);
	free(c->rest);
	free(c);
}

static uint16_t
server_listen(const char *port, enum server_kind kind)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(at);
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(fd, (struct sockaddr *)&at, len) != 0 ||
	    listen(fd, 8192) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		server_die(port);
	server_add(fd, kind, true);
	return ntohs(at.sin_port);
}

static void
server_accept(struct server_conn *listener)
{
	int fd, yes = 1;

	while ((fd = accept4(listener->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (setsockopt(
			fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0)
			server_die("TCP_NODELAY");
		server_add(fd, listener->kind, false);
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		server_die("accept");
}

static void
server_set_sending(struct server_conn *c, bool is_sending, uint32_t events)
{
	if (c->is_sending != is_sending) {
		c->is_sending = is_sending;
		server_register(c, EPOLL_CTL_MOD, events);
	}
}

/* A full socket: what is left waits, and nothing is read meanwhile. */
static void
server_keep(struct server_conn *c, const char *bytes, size_t n)
{
	char *kept = n > 0 ? malloc(n) : NULL;

	if (n > 0) {
		if (kept == NULL)
			server_die("malloc");
		memcpy(kept, bytes, n);
	}
	free(c->rest);
	c->rest = kept;
	c->rest_len = n;
	server_set_sending(c, n > 0, n > 0 ? EPOLLOUT : EPOLLIN);
}

static void
server_echo(struct server_conn *c, const char *bytes, size_t n)
{
	ssize_t sent = send(c->fd, bytes, n, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN) {
		server_close(c);
		return;
	}
	if (sent < 0)
		sent = 0;
	if ((size_t)sent < n || c->is_sending)
		server_keep(c, bytes + sent, n - (size_t)sent);
}

/* Zeros: nobody has written into the buffer of a source. */
static void
server_pour(struct server_conn *c)
{
	static const char zeros[SERVER_BUF_BYTES];
	ssize_t n = send(c->fd, zeros, sizeof(zeros), MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		server_close(c);
}

static void
server_receive(struct server_conn *c)
{
	ssize_t n = recv(c->fd, server_buf, sizeof(server_buf), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		server_close(c);
	else if (c->kind == SERVER_ECHO)
		server_echo(c, server_buf, (size_t)n);
	else
		server_set_sending(c, true, EPOLLIN | EPOLLOUT);
}

static void
server_handle(struct server_conn *c, uint32_t events)
{
	if (c->is_listener)
		server_accept(c);
	else if (!(events & EPOLLOUT) || (events & (EPOLLERR | EPOLLHUP)))
		server_receive(c);
	else if (c->kind == SERVER_ECHO)
		server_echo(c, c->rest, c->rest_len);
	else if (events & EPOLLIN)
		server_receive(c);
	else
		server_pour(c);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[SERVER_EVENTS];
	struct rlimit limit;
	unsigned echo, source;
	int n;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		server_die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		server_die("setrlimit");
	server_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server_epoll < 0)
		server_die("epoll_create1");
	echo = server_listen(argc > 2 ? argv[1] : "0", SERVER_ECHO);
	source = server_listen(argc > 2 ? argv[2] : "0", SERVER_SOURCE);
	printf("echo=%u source=%u\n", echo, source);
	fflush(stdout);
	while ((n = epoll_wait(server_epoll, events, SERVER_EVENTS, -1)) >= 0)
		for (int i = 0; i < n; i++)
			server_handle(events[i].data.ptr, events[i].events);
	server_die("epoll_wait");
}
