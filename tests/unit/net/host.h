/*
 * host.h - a server in a test: takes whoever comes, greets, and echoes or
 * keeps what it hears.
 */
#ifndef REGENT_TESTS_NET_HOST_H
#define REGENT_TESTS_NET_HOST_H

#include "net/listen.h"
#include "peer.h"

enum { HOST_PEERS_MAX = 64 };

struct host {
	struct trial *trial;
	struct listener listener;
	struct endpoint address;
	const char *greeting; /* NULL: none */
	bool is_echoing;
	unsigned n_peers; /* ever accepted */
	struct peer *peers[HOST_PEERS_MAX];
};

/* Anywhere, or where it was before it was shut. */
void host_open(struct host *h, struct trial *t);
void host_reopen(struct host *h);

/* Nobody listens any more; those that came stay. */
void host_shut(struct host *h);

/* The same, and all that came are let go. */
void host_close(struct host *h);

/* Who came last; there must have been one. */
struct peer *host_last(const struct host *h);

/*
 * A port that drops whoever connects: its backlog is full and nobody takes
 * from it.  The descriptors are the caller's to close.
 */
void host_open_black_hole(struct endpoint *ep, int fds[3]);
void host_open_black_hole_at(const struct endpoint *ep, int fds[3]);

#endif
