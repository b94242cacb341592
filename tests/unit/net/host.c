#include "host.h"

#include "base/mem.h"
#include "net/sock.h"

#include <errno.h>
#include <stdlib.h>

static bool
host_may_accept(struct listener *l, usec_t now)
{
	(void)l;
	(void)now;
	return true;
}

static void
host_on_nobody(struct listener *l)
{
	(void)l;
}

static void
host_on_accept(struct listener *l, int fd, const struct addr *addr, usec_t now)
{
	struct host *h = container_of(l, struct host, listener);
	struct peer *p = mem_new(sizeof(*p));

	(void)addr;
	(void)now;
	assert_true(h->n_peers < HOST_PEERS_MAX);
	h->peers[h->n_peers++] = p;
	peer_adopt(p, h->trial, fd);
	p->is_echoing = h->is_echoing;
	if (h->greeting != NULL)
		peer_say(p, h->greeting);
}

static void
host_on_starved(struct listener *l, int error, usec_t now)
{
	(void)l;
	(void)now;
	fail_msg("accept: errno %d", error);
}

static const struct listener_ops host_ops = {
	.may_accept = host_may_accept,
	.on_nobody = host_on_nobody,
	.on_accept = host_on_accept,
	.on_starved = host_on_starved,
};

void
host_open(struct host *h, struct trial *t)
{
	*h = (struct host){ .trial = t };
	trial_endpoint(&h->address);
	host_reopen(h);
}

void
host_reopen(struct host *h)
{
	struct err err;
	int fd;

	fd = sock_listen(&h->address, true, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	listener_open(&h->listener, h->trial->loop, fd, &host_ops);
}

void
host_shut(struct host *h)
{
	listener_close(&h->listener);
}

void
host_close(struct host *h)
{
	host_shut(h);
	for (unsigned i = 0; i < h->n_peers; i++) {
		peer_close(h->peers[i]);
		free(h->peers[i]);
	}
	h->n_peers = 0;
}

struct peer *
host_last(const struct host *h)
{
	assert_true(h->n_peers > 0);
	return h->peers[h->n_peers - 1];
}

void
host_open_black_hole(struct endpoint *ep, int fds[3])
{
	trial_endpoint(ep);
	host_open_black_hole_at(ep, fds);
}

void
host_open_black_hole_at(const struct endpoint *ep, int fds[3])
{
	struct addr addr;

	addr_from_endpoint(&addr, ep);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fds[0], &addr.ss.any, addr.len), 0);
	assert_int_equal(listen(fds[0], 0), 0);
	for (int i = 1; i < 3; i++) {
		fds[i] = sock_connect(&addr);
		assert_true(fds[i] >= 0);
	}
}
