/*
 * farm.h - a protocol = tcp cluster "farm" of fake nodes a, b and c, in this
 * order of priority, behind one regent with one listener.
 */
#ifndef REGENT_SYSTEM_FARM_H
#define REGENT_SYSTEM_FARM_H

#include "client.h"
#include "daemon.h"
#include "fake_node.h"

#define FARM_NODES 3
#define FARM_SETTLE_MS 10000

struct farm_options {
	enum fake_kind kind;
	const char *regent_lines;
	const char *cluster_lines;
	const char *listen_lines;
	const char *node_lines; /* more of each [node farm/...] */
	unsigned weight[FARM_NODES];
	bool is_down; /* the nodes start later */
};

struct farm {
	struct site *site;
	struct fake_node *node[FARM_NODES];
	struct daemon *daemon;
	uint16_t port;
};

/* Waits until every node that runs is up. */
void farm_open(
    struct farm *farm, struct site *site, const struct farm_options *options);

/* Writes the ini file again, with more at its end. */
void farm_configure(
    struct farm *farm, const struct farm_options *options, const char *more);

void farm_wait_up(struct farm *farm, unsigned node);
void farm_wait_down(struct farm *farm, unsigned node);

/* Opens a client and reads which node greets it; -1: nobody within `ms`. */
int farm_greet(struct farm *farm, int *fdp, int ms);

/* The same with a client that goes away. */
int farm_ask(struct farm *farm);

#endif
