#include "fake_impl.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAKE_BACKLOG 1024

unsigned char
fake_byte(uint64_t i)
{
	return (unsigned char)((i * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

static void
fake_node_listen(struct fake_node *node)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int on = 1;

	node->listen_fd =
	    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(node->listen_fd >= 0);
	CHECK(setsockopt(node->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on,
		  sizeof(on)) == 0);
	addr.sin_port = htons(node->port);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(
	    bind(node->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	CHECK(listen(node->listen_fd, FAKE_BACKLOG) == 0);
}

static void
fake_node_accept(struct fake_node *node)
{
	struct fake_conn *conn;
	int fd;

	while (node->n_conns < FAKE_CONNS_MAX) {
		fd = accept4(
		    node->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		atomic_fetch_add(&node->n_accepted, 1);
		conn = fake_conn_open(node, fd);
		if (conn == NULL)
			continue;
		node->conns[node->n_conns++] = conn;
		atomic_store(&node->n_open, node->n_conns);
	}
}

static void
fake_node_drop(struct fake_node *node, unsigned i)
{
	fake_conn_close(&node->conns[i]);
	node->conns[i] = node->conns[--node->n_conns];
	atomic_store(&node->n_open, node->n_conns);
}

/* pfds: the wakeup, the listener, then one for each connection. */
static void
fake_node_turn(struct fake_node *node, struct pollfd *pfds)
{
	unsigned n = node->n_conns;

	pfds[0] = (struct pollfd){ .fd = node->wake_fd, .events = POLLIN };
	pfds[1] = (struct pollfd){ .fd = node->listen_fd, .events = POLLIN };
	for (unsigned i = 0; i < n; i++)
		fake_conn_want(node->conns[i], &pfds[2 + i]);
	if (poll(pfds, 2 + n, -1) < 0)
		return;
	/* Backwards: a dropped one is replaced by one that was served. */
	for (unsigned i = n; i-- > 0;)
		if (pfds[2 + i].revents != 0 &&
		    !fake_conn_serve(node->conns[i]))
			fake_node_drop(node, i);
	if (pfds[1].revents != 0)
		fake_node_accept(node);
}

static void *
fake_node_main(void *arg)
{
	struct fake_node *node = arg;
	struct pollfd *pfds =
	    mem_new((FAKE_CONNS_MAX + 2) * sizeof(struct pollfd));

	while (!atomic_load(&node->is_stopping))
		fake_node_turn(node, pfds);
	while (node->n_conns > 0)
		fake_node_drop(node, node->n_conns - 1);
	free(pfds);
	return NULL;
}

void
fake_node_up(struct fake_node *node)
{
	CHECK(!node->is_up);
	fake_node_listen(node);
	node->wake_fd = eventfd(0, EFD_CLOEXEC);
	CHECK(node->wake_fd >= 0);
	atomic_store(&node->is_stopping, false);
	node->is_up = true;
	CHECK(pthread_create(&node->thread, NULL, fake_node_main, node) == 0);
}

void
fake_node_down(struct fake_node *node)
{
	uint64_t one = 1;

	if (!node->is_up)
		return;
	node->is_up = false;
	atomic_store(&node->is_stopping, true);
	CHECK(write(node->wake_fd, &one, sizeof(one)) == sizeof(one));
	pthread_join(node->thread, NULL);
	close(node->wake_fd);
	close(node->listen_fd);
}

static void
fake_node_close(struct resource *res)
{
	struct fake_node *node = container_of(res, struct fake_node, resource);

	fake_node_down(node);
	pthread_mutex_destroy(&node->lock);
	free(node->role_reply);
	free(node->info_body);
	free(node->seen.at);
	free(node);
}

struct fake_node *
fake_node_start(struct site *site, const char *name, enum fake_kind kind)
{
	struct fake_node *node = mem_new(sizeof(*node));

	snprintf(node->name, sizeof(node->name), "%s", name);
	atomic_init(&node->kind, kind);
	CHECK(pthread_mutex_init(&node->lock, NULL) == 0);
	node->port = site_port();
	node->resource.close = fake_node_close;
	site_add(site, &node->resource);
	fake_node_script(node, "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
	    "# Replication\r\nrole:master\r\n");
	fake_node_up(node);
	return node;
}

uint16_t
fake_node_port(const struct fake_node *node)
{
	return node->port;
}

void
fake_node_become(struct fake_node *node, enum fake_kind kind)
{
	atomic_store(&node->kind, kind);
}

void
fake_node_script(
    struct fake_node *node, const char *role_reply, const char *info_body)
{
	pthread_mutex_lock(&node->lock);
	free(node->role_reply);
	free(node->info_body);
	node->role_reply = mem_strdup(role_reply);
	node->info_body = mem_strdup(info_body);
	pthread_mutex_unlock(&node->lock);
}

unsigned
fake_node_seen(struct fake_node *node, const char *words)
{
	const char *at;
	unsigned n = 0;
	char want[128];

	snprintf(want, sizeof(want), "\n%s", words);
	pthread_mutex_lock(&node->lock);
	at = text_cstr(&node->seen);
	while ((at = strcasestr(at, want)) != NULL) {
		n++;
		at++;
	}
	pthread_mutex_unlock(&node->lock);
	return n;
}

unsigned
fake_node_accepted(struct fake_node *node)
{
	return atomic_load(&node->n_accepted);
}

unsigned
fake_node_open(struct fake_node *node)
{
	return atomic_load(&node->n_open);
}

uint64_t
fake_node_bytes(struct fake_node *node)
{
	return atomic_load(&node->n_bytes);
}
