/*
 * crowd.h - regent's workers, and the clients that write through them: one
 * write at a time each, every one unique, acknowledgements remembered.
 */
#ifndef REGENT_TESTS_SIM_CROWD_H
#define REGENT_TESTS_SIM_CROWD_H

#include "core/view.h"
#include "heap.h"

struct world;

enum { WORKERS_MAX = 3, CLIENTS_MAX = 4 };

struct worker {
	struct cluster_view view; /* that it routes by */
	uint32_t places[NODES_MAX];
	uint64_t acked; /* serial */
	bool is_told;   /* a view is on its way */
};

struct client {
	int worker;
	int node;         /* of its session; NODE_NONE: none */
	uint32_t session; /* grows when it is cut */
	uint32_t turn;    /* of the message that wakes it */
	bool is_waiting;  /* for the answer to a write */
};

struct crowd {
	unsigned n_workers, n_clients;
	struct cluster_view pending; /* last published */
	uint32_t pending_places[NODES_MAX];
	uint64_t pending_serial;
	struct worker workers[WORKERS_MAX];
	struct client clients[CLIENTS_MAX];
};

void crowd_init(struct world *w);

/* Regent starts or is gone: nobody is routed. */
void crowd_reset(struct world *w);
void crowd_publish(struct world *w, const struct cluster_view *view);
uint64_t crowd_acked(const struct world *w);
void crowd_on_message(struct world *w, const struct message *m);

/* A node has died, or refused a write: sessions hear of it. */
void crowd_on_death(struct world *w, int slot);
void crowd_on_refused(struct world *w, uint32_t id);

/* The node answers the write. */
void crowd_answer(struct world *w, int slot, uint32_t id);

#endif
