/*
 * parcel.h - what processes of regent say to each other across an upgrade,
 * as bytes and back.
 *
 * Pure.  The bytes come from another version of the program: whatever is not
 * exactly a parcel is refused, and nothing is believed of its lengths.  Things
 * go by their names: numbers of clusters, nodes and listeners are each
 * process' own.
 */
#ifndef REGENT_UPGRADE_PARCEL_H
#define REGENT_UPGRADE_PARCEL_H

#include "base/err.h"
#include "base/text.h"
#include "base/usec.h"

#include <stdint.h>

enum {
	PARCEL_VERSION = 1,
	PARCEL_BYTES_MAX = 120 * 1024,
	PARCEL_CLUSTERS_MAX = 64,
	PARCEL_NODES_MAX = 16,
	PARCEL_COUNTS_MAX = 64,
	PARCEL_TEXT_LEN = 512,
	PARCEL_ADDR_LEN = 28, /* of a socket address */
};

enum parcel_kind {
	/* To the new process, before it takes over. */
	PARCEL_HELLO,   /* hello; with a text of names and a pidfd */
	PARCEL_SOCKETS, /* none; with listening sockets */
	PARCEL_STATE,   /* none; with a text of state and a lock */
	PARCEL_ELDER,   /* elder; with its channel and a pidfd */
	PARCEL_TAKE,    /* none: all was sent, and this process stands still */
	/* From it. */
	PARCEL_READY,  /* none */
	PARCEL_FAILED, /* text: why it will not take over */
	PARCEL_TAKEN,  /* none: it judges from here on */
	/* To an elder: a process that was replaced and has sessions. */
	PARCEL_VIEWS,  /* views */
	PARCEL_REOPEN, /* none: the log was moved away */
	/* From it. */
	PARCEL_ACK,     /* number: the serial that all its workers go by */
	PARCEL_OPEN,    /* number: sessions it has */
	PARCEL_TROUBLE, /* place */
	PARCEL_LISTEN_COUNTS,
	PARCEL_NODE_COUNTS,
	PARCEL_USED, /* used: sessions that a node has from it, when changed */
	PARCEL_BYE,  /* none: it has no session any more, and ends */
	PARCEL_KIND_COUNT
};

typedef char parcel_name[NAME_LEN_MAX + 1];

struct parcel_hello {
	parcel_name version; /* of the program */
	uint64_t pid;
	uint64_t n_sockets;
};

struct parcel_elder {
	uint64_t pid;
	uint64_t acked;
	uint64_t sessions;
	usec_t retired_at; /* monotonic */
};

struct parcel_node {
	parcel_name name;
	bool is_reader;
	uint8_t cut; /* enum cut */
	uint16_t weight;
	uint8_t addr_len; /* 0: none */
	uint8_t addr[PARCEL_ADDR_LEN];
};

struct parcel_cluster {
	parcel_name name;
	uint64_t epoch;
	parcel_name writer; /* "": none */
	uint8_t n_nodes;
	struct parcel_node nodes[PARCEL_NODES_MAX];
};

struct parcel_views {
	uint64_t serial;
	uint8_t n_clusters;
	struct parcel_cluster clusters[PARCEL_CLUSTERS_MAX];
};

struct parcel_place {
	parcel_name cluster; /* or a listener */
	parcel_name node;    /* "": of a listener */
};

struct parcel_used {
	struct parcel_place of;
	uint64_t n;
};

/* What was counted since the last such parcel. */
struct parcel_counts {
	struct parcel_place of;
	uint8_t n;
	struct {
		parcel_name name;
		uint64_t value;
	} at[PARCEL_COUNTS_MAX];
};

struct parcel {
	enum parcel_kind kind;
	union {
		uint64_t number;
		char text[PARCEL_TEXT_LEN];
		struct parcel_hello hello;
		struct parcel_elder elder;
		struct parcel_views views;
		struct parcel_place place;
		struct parcel_used used;
		struct parcel_counts counts;
	};
};

/* Returns the length; the buffer has PARCEL_BYTES_MAX bytes. */
size_t parcel_encode(const struct parcel *parcel, uint8_t *bytes);

/* 0, or negative with the reason.  `parcel` is all set then. */
int parcel_decode(struct parcel *parcel, const uint8_t *bytes, size_t len,
    struct err *err) MUST_CHECK;

#endif
