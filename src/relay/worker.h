/*
 * worker.h - one thread of the data plane: a loop, its listeners, sessions
 * and counters.  Private to relay/.
 *
 * Everything here belongs to the worker thread but what is marked as shared.
 */
#ifndef REGENT_RELAY_WORKER_H
#define REGENT_RELAY_WORKER_H

#include "base/pool.h"
#include "net/mailbox.h"
#include "relay/doors.h"
#include "relay/queue.h"
#include "relay/relay.h"
#include "relay/room.h"
#include "relay/route.h"
#include "relay/routes.h"
#include "relay/share.h"
#include "relay/tcp/kernel.h"
#include "relay/tcp/pump.h"

#include <pthread.h>

#define WORKER_MAGIC 0x574f524bu

enum { WORKERS_MAX = 64 };

/* A node whose connection just failed is left alone for so long. */
#define WORKER_BAR (20 * USEC_MS)

/* All workers, from before the first thread runs until the last has ended. */
struct crew {
	unsigned n;
	struct worker *workers[WORKERS_MAX];
};

struct worker_node {
	usec_t barred_until;
	usec_t trouble_at; /* last told to the guard */
};

struct front;

struct worker {
	uint32_t magic;
	unsigned id;
	const struct crew *crew;
	struct share share;
	struct loop *loop;
	struct mailbox *inbox;
	pthread_t thread;
	const struct observer *observer;
	struct room *room; /* shared */

	/* Shared: the guard leaves the latest routes here. */
	_Atomic(struct routes *) pending;
	_Atomic uint64_t acked;
	_Atomic uint64_t asked; /* clusters that may have room, bits by id */
	struct queue_class queues[CONF_CLUSTERS_MAX][ROOM_QUEUES];
	struct listen_stats listen_stats[CONF_LISTENS_MAX];
	struct node_stats node_stats[CONF_CLUSTERS_MAX][NODES_MAX];

	bool is_draining; /* nothing is opened any more */
	struct routes *routes;
	struct routes *left; /* whose sessions are not cut yet, or NULL */
	const struct conf *conf;
	struct room_limits limits[CONF_CLUSTERS_MAX]; /* of conf */
	struct route_nodes known[CONF_CLUSTERS_MAX];  /* of conf */
	struct front *fronts[CONF_LISTENS_MAX];       /* by listener id */
	struct list closing; /* fronts a reload removed */
	struct worker_node nodes[CONF_CLUSTERS_MAX][NODES_MAX];
	struct pool sessions;
	struct pipes pipes;
	struct kernels *kernels; /* NULL: relays by itself */
	uint64_t next_session;
	uint64_t seed; /* for drawing nodes */
	uint8_t scratch[PUMP_SCRATCH];
};

/* What a reload (or the start) brings. */
struct worker_update {
	const struct conf *conf; /* a reference */
	struct doors doors;      /* this worker's new ones; owned */
	unsigned accel_max;      /* sessions for the kernel; 0: none */
};

/* The answer to a question for sessions; the asker frees it. */
struct worker_list {
	void *request;
	unsigned n;
	struct session_info *sessions;
};

enum worker_message_kind {
	WORKER_ROUTES,
	WORKER_CUT,  /* from a worker: all go by the new routes now */
	WORKER_ROOM, /* from a worker: see `asked` */
	WORKER_UPDATE,
	WORKER_DRAIN,
	WORKER_RETIRE, /* another process accepts from now on */
	WORKER_LIST,
	WORKER_STOP,
};

struct worker_message {
	enum worker_message_kind kind;
	struct worker_update *update;
	struct mailbox *reply_to; /* gets a struct worker_list * */
	void *request;
};

struct worker *worker_new(unsigned id, const struct crew *crew,
    struct room *room, const struct observer *observer, unsigned n_pipes);
int worker_start(struct worker *w) MUST_CHECK;

/* Any thread. */
void worker_post(struct worker *w, const struct worker_message *message);

/*
 * The front for a client that another worker has accepted.  Reloads and the
 * end reach workers one after the other: where this one does not have the
 * listener yet, or no more, there is one for this client alone.
 */
struct front *worker_front(struct worker *w, const struct conf *conf,
    const struct conf_listen *listen);

/* Guard thread. */
void worker_publish(struct worker *w, struct routes *routes);

/* Guard thread, after the thread was joined (or never started). */
void worker_free(struct worker **worker);

const struct cluster_view *worker_view(
    const struct worker *w, unsigned cluster_id);

/* Where the node is; not set if no client may be sent there. */
const struct addr *worker_addr(
    const struct worker *w, unsigned cluster_id, int slot);

/* A connection to the node failed: bars it for a moment, tells the guard. */
void worker_trouble(
    struct worker *w, unsigned cluster_id, int slot, usec_t now);
uint32_t worker_barred(const struct worker *w, unsigned cluster_id, usec_t now);

#endif
