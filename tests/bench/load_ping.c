/*
 * bench-load ping: each connection sends a batch of requests and waits for
 * all replies, then sends the next.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PING_EVENTS 512

struct ping_conn {
	int fd;
	unsigned turn;
	size_t sent, got; /* of the batch on its way */
	uint64_t sent_ns;
	bool is_blocked; /* waits to be writable */
};

struct ping {
	const struct load_options *options;
	struct talk talk;
	struct load_window window;
	struct ping_conn *conns;
	unsigned resting; /* connections that wait for the others' replies */
	uint64_t issued;  /* requests sent, or being sent */
	int epoll;
};

static void
ping_send(struct ping *p, struct ping_conn *c)
{
	const struct talk_batch *b = talk_batch(&p->talk, c->turn);
	ssize_t n;

	while (c->sent < b->request_len) {
		n = send(c->fd, b->request + c->sent, b->request_len - c->sent,
		    MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			load_die_errno("send");
		c->sent += (size_t)n;
	}
	if (c->is_blocked != (c->sent < b->request_len)) {
		c->is_blocked = !c->is_blocked;
		load_register(p->epoll, EPOLL_CTL_MOD, c->fd,
		    c->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, c);
	}
}

/* Nothing is sent beyond what was asked for in number. */
static void
ping_begin(struct ping *p, struct ping_conn *c)
{
	if (p->options->ops_max > 0 && p->issued >= p->options->ops_max)
		return;
	p->issued += p->talk.per_batch;
	c->sent = c->got = 0;
	c->sent_ns = load_now_ns();
	ping_send(p, c);
}

static void
ping_begin_all(struct ping *p)
{
	p->resting = 0;
	for (unsigned i = 0; i < p->options->connections; i++)
		ping_begin(p, &p->conns[i]);
}

static void
ping_finish(struct ping *p, struct ping_conn *c)
{
	load_window_add(
	    &p->window, p->talk.per_batch, load_now_ns() - c->sent_ns);
	c->turn++;
	if (!p->options->has_rounds)
		ping_begin(p, c);
	else if (++p->resting == p->options->connections)
		ping_begin_all(p);
}

static void
ping_receive(struct ping *p, struct ping_conn *c)
{
	const struct talk_batch *b = talk_batch(&p->talk, c->turn);
	static char buf[256 * 1024];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		load_die_errno("recv");
	if (n == 0)
		load_die("a connection was closed before its reply");
	if (c->got + (size_t)n > b->reply_len ||
	    memcmp(buf, b->reply + c->got, (size_t)n) != 0)
		load_die("wrong reply: %.*s", (int)(n < 200 ? n : 200), buf);
	c->got += (size_t)n;
	if (c->got == b->reply_len)
		ping_finish(p, c);
}

/* Each connection goes the whole way once before anything is measured. */
static void
ping_open(struct ping *p)
{
	unsigned n = p->options->connections;

	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->conns = calloc(n, sizeof(*p->conns));
	if (p->epoll < 0 || p->conns == NULL)
		load_die_errno("no room for %u connections", n);
	for (unsigned i = 0; i < n; i++) {
		struct ping_conn *c = &p->conns[i];

		c->fd = load_dial(p->options);
		load_exchange(c->fd, &p->talk);
		load_set_nonblocking(c->fd);
		load_register(p->epoll, EPOLL_CTL_ADD, c->fd, EPOLLIN, c);
	}
}

static void
ping_turn(struct ping *p)
{
	struct epoll_event events[PING_EVENTS];
	int n = epoll_wait(p->epoll, events, PING_EVENTS, LOAD_STALL_MS);

	if (n < 0)
		load_die_errno("epoll_wait");
	if (n == 0)
		load_die("no reply for %d ms", LOAD_STALL_MS);
	for (int i = 0; i < n; i++) {
		struct ping_conn *c = events[i].data.ptr;

		if (events[i].events & EPOLLOUT)
			ping_send(p, c);
		if (events[i].events & ~(uint32_t)EPOLLOUT)
			ping_receive(p, c);
	}
}

static void
ping_close(struct ping *p)
{
	for (unsigned i = 0; i < p->options->connections; i++)
		close(p->conns[i].fd);
	close(p->epoll);
	free(p->conns);
	talk_fini(&p->talk);
}

void
load_ping(const struct load_options *o)
{
	static struct ping p;

	p.options = o;
	talk_init(&p.talk, o->tongue, o->pipeline, o->size);
	ping_open(&p);
	load_window_start(&p.window, o);
	load_window_goes_on(&p.window, load_now_ns());
	ping_begin_all(&p);
	while (load_window_goes_on(&p.window, load_now_ns()))
		ping_turn(&p);
	load_window_print(&p.window);
	ping_close(&p);
}
