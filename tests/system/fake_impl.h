/*
 * fake_impl.h - what fake_node.c and fake_conn.c share.  Nobody else
 * includes it.
 *
 * Connections belong to the thread of their node; scripts and what was seen
 * are under the node's lock; the rest is atomic.
 */
#ifndef REGENT_SYSTEM_FAKE_IMPL_H
#define REGENT_SYSTEM_FAKE_IMPL_H

#include "fake_node.h"

#include "base/text.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#define FAKE_CONNS_MAX 1024

struct fake_conn;

struct fake_node {
	struct resource resource;
	char name[16];
	uint16_t port;
	bool is_up; /* of the main thread */
	pthread_t thread;
	int listen_fd;
	int wake_fd;
	atomic_bool is_stopping;
	atomic_int kind;
	atomic_uint n_accepted;
	atomic_uint n_open;
	atomic_uint_least64_t n_bytes;
	struct fake_conn *conns[FAKE_CONNS_MAX];
	unsigned n_conns;
	pthread_mutex_t lock;
	/* Under lock: */
	char *role_reply;
	char *info_body;
	struct text seen; /* "\nCOMMAND ARG ARG" each */
};

/* NULL when the node closes what it accepts. */
struct fake_conn *fake_conn_open(struct fake_node *node, int fd);
void fake_conn_close(struct fake_conn **conn);

/* What to poll for. */
void fake_conn_want(const struct fake_conn *conn, struct pollfd *pfd);

/* Reads and writes what is possible; false when the connection is done. */
bool fake_conn_serve(struct fake_conn *conn);

#endif
