/*
 * locate.h - where the nodes are: a name may lead to another server at any
 * time, and regent hears of it later.  As src/guard/locate.c.
 *
 * A place is a number that grows when the name of a node leads elsewhere.
 * Whatever is sent travels to the place that its sender knows, and is refused
 * there when the server is gone.
 */
#ifndef REGENT_TESTS_SIM_LOCATE_H
#define REGENT_TESTS_SIM_LOCATE_H

#include "core/view.h"
#include "heap.h"

struct world;

/* What is behind the name of a node that has moved. */
enum server {
	SERVER_SAME,    /* the same process by another address */
	SERVER_RESTART, /* the same data, started elsewhere */
	SERVER_OLDER,   /* restored from a backup */
	SERVER_EMPTY,   /* a new one without data */
	SERVER_FOREIGN, /* a primary with somebody else's data */
};

/* A node as the guard has found it. */
struct located {
	uint32_t place;
	bool is_withheld;     /* nobody is routed there */
	bool is_answered;     /* a probe, where it is now */
	uint64_t left_serial; /* no worker has it where it was since */
};

/* The name of the node leads to that server from now on. */
void locate_move(struct world *w, int slot, enum server server);

/* Regent starts, or has the node in its configuration: it finds it. */
void locate_find(struct world *w, int slot);
/* The answer to a look-up is on its way to regent, if it runs. */
void locate_tell(struct world *w, int slot);
void locate_on_moved(struct world *w, int slot);
/* Its probe was answered. */
void locate_found(struct world *w, int slot);
/* Workers have acknowledged. */
void locate_acked(struct world *w);
/* Takes nodes out of a view that are not yet found. */
void locate_withhold(const struct world *w, struct cluster_view *view);

/* Whether it was sent to a server that is not there any more. */
bool locate_is_astray(const struct world *w, const struct message *m);
void locate_refuse(struct world *w, const struct message *m);

#endif
