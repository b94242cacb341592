/*
 * front.h - a listener as one worker has it: accepts clients, knows its
 * sessions, and keeps those that wait for a node in order.
 *
 * Owned by its worker.  A front that a reload removed stops accepting and
 * goes away with its last session.
 */
#ifndef REGENT_RELAY_FRONT_H
#define REGENT_RELAY_FRONT_H

#include "net/listen.h"
#include "net/timer.h"
#include "relay/queue.h"
#include "relay/worker.h"

#define FRONT_MAGIC 0x46524f4eu

struct session;

struct front {
	uint32_t magic;
	struct list link; /* in worker.closing */
	struct grave grave;
	struct worker *worker;
	unsigned id; /* of the listener */
	const struct conf *conf;
	const struct conf_listen *listen;   /* in conf */
	const struct conf_cluster *cluster; /* in conf */
	struct list entries; /* its sockets, struct front_entry */
	struct timer resume; /* of accepting */
	struct timer retry;  /* of held sessions */
	struct queue queue;
	struct list sessions[7]; /* by enum session_state */
	unsigned n_held;
	unsigned n_farewells;
	unsigned n_sessions;
	int credit[NODES_MAX];
	bool is_closing;
	bool is_draining; /* now, without regard to rate_limit */
};

struct front *front_open(struct worker *w, const struct conf *conf,
    const struct conf_listen *listen);

/* Accepts from this socket, too, and owns it. */
void front_add(struct front *f, int fd);

/* Leaves its sockets alone: others accept from them. */
void front_leave(struct front *f);

/* Begins the session of a client that was accepted, here or by another
 * worker. */
void front_welcome(struct front *f, int fd, usec_t now);

/* The section has changed; sessions see it at once. */
void front_configure(
    struct front *f, const struct conf *conf, const struct conf_listen *listen);

/* Sets the options of a socket of one of its sessions. */
void front_tune(const struct front *f, int fd);

/* Another process accepts from now on; all it has go on. */
void front_retire(struct front *f);

/* Stops accepting and refuses waiting clients; ends with the last session. */
void front_close(struct front *f);

/* Before that: who waits to be accepted is, and then all may finish. */
void front_drain(struct front *f);

/* Ends every session of a closed front, and so the front itself. */
void front_kill(struct front *f);

/* The view of its cluster has changed from `old`; see session_reroute. */
void front_reroute(
    struct front *f, const struct cluster_view *old, bool may_cut, usec_t now);

/* A session of this front has gone, which its source counted (or 0). */
void front_forget(struct front *f, uint32_t source);

#endif
