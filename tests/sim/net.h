/*
 * net.h - the network between regent's host and the nodes: delays, and
 * directions that are blocked.
 *
 * What is in a stream of an open connection is late, not lost: it is held
 * until the way is open.  What would open a connection is lost.
 */
#ifndef REGENT_TESTS_SIM_NET_H
#define REGENT_TESTS_SIM_NET_H

#include "heap.h"

struct world;

enum { NET_HELD_MAX = 512 };

struct net {
	uint8_t n_blocks[PLACE_COUNT][PLACE_COUNT]; /* 0: it is open */
	usec_t delay_us[2];                         /* least and most */
	usec_t extra_us; /* while a fault makes it slow */
	unsigned n_held;
	struct message held[NET_HELD_MAX];
};

/* Sends from one place to another; `m` says what. */
void net_send(struct world *w, struct message *m, int from, int to);

/* false: it did not arrive, now or ever. */
bool net_deliver(struct world *w, const struct message *m);

/* Whether both directions are open. */
bool net_is_open(const struct world *w, int a, int b);

/* A way is open when it was unblocked as often as it was blocked. */
void net_block(struct world *w, int from, int to);
void net_unblock(struct world *w, int from, int to);

/* One way, at present. */
usec_t net_delay(struct world *w);

#endif
