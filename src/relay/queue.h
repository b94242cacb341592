/*
 * queue.h - the clients of a front that wait: for a node, or for room at one.
 *
 * They are served in the order in which they began to wait.  Where nodes have
 * limits this holds across listeners and workers, for all clients that want
 * the same nodes (a class): each worker tells since when its first one waits,
 * a new client goes behind those who wait already, and whoever makes room
 * wakes the worker whose client is next.
 */
#ifndef REGENT_RELAY_QUEUE_H
#define REGENT_RELAY_QUEUE_H

#include "base/list.h"
#include "base/usec.h"
#include "conf/conf.h"

#include <stdatomic.h>

struct front;
struct session;
struct worker;

/* The fronts of a worker with clients of that class that wait. */
struct queue_class {
	struct list fronts;
	_Atomic usec_t since; /* shared: of the first client, or USEC_NEVER */
};

/* Of a front; in a class only where nodes have limits. */
struct queue {
	struct list link; /* in queue_class.fronts */
	usec_t since;     /* as last told, or USEC_NEVER */
	unsigned class;
};

void queue_init(struct front *f);
void queue_class_init(struct queue_class *class);

/* Into the list of those that are held, at its place. */
void queue_push(struct front *f, struct session *s);

/* After the clients of the front or its limits have changed. */
void queue_settle(struct front *f);

/* Whether others wait for the room that a new client would take. */
bool queue_has_others(const struct front *f);

/* Serves those that wait, as far as there are nodes. */
void queue_release(struct front *f, usec_t now);

/* Tries again after a moment. */
void queue_retry_later(struct front *f, usec_t now);

/* There may be room in the cluster: the next client of each class tries. */
void queue_wake(struct worker *w, unsigned cluster_id);

/* What another worker's queue_wake asks of this one. */
void queue_wake_asked(struct worker *w, usec_t now);

#endif
