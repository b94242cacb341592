/*
 * annals.h - every write that was ever made, and the histories they are in:
 * the truth against which losses are measured.
 *
 * A history is a line of bytes that forks off another one at a position.  A
 * data set is a point on a history, and has all writes on the way there.
 */
#ifndef REGENT_TESTS_SIM_ANNALS_H
#define REGENT_TESTS_SIM_ANNALS_H

#include "base/usec.h"

#include <stdbool.h>

enum { HISTORIES_MAX = 256, WRITES_MAX = 2048 };

struct data {
	uint32_t history; /* 0: none */
	uint64_t position;
};

struct history {
	uint32_t parent; /* 0: none */
	uint64_t forked_at;
};

/* Why it was no broken promise that an acknowledged write was lost. */
enum excuse {
	EXCUSE_NONE,
	EXCUSE_ASYNC,    /* not synchronous, and within max_loss */
	EXCUSE_ORDER,    /* the operator ordered, or worked at a node */
	EXCUSE_NODES,    /* nodes themselves threw too many copies away */
	EXCUSE_CONFIG,   /* too few copies for a new configuration */
	EXCUSE_FOLLOWED, /* an outside authority decided */
	EXCUSE_COUNT
};

extern const char *const excuse_texts[EXCUSE_COUNT];

struct write {
	int client;
	uint32_t session; /* of the client; cut sessions hear nothing */
	int node;         /* that was asked to make it */
	uint32_t place;   /* and where */
	bool is_executed;
	bool is_acked;    /* the client has seen it acknowledged */
	bool is_lost;     /* the routed writer does not have it */
	enum excuse weak; /* no promise holds for it any more, by that */
	enum excuse excuse;
	struct data data; /* the point just behind it */
	usec_t acked_at;
};

struct annals {
	uint32_t n_histories;
	struct history histories[HISTORIES_MAX];
	uint32_t n_writes;
	struct write writes[WRITES_MAX];
};

void annals_init(struct annals *a);

/* A new history that shares `of` up to its position; 0 when full. */
uint32_t annals_fork(struct annals *a, const struct data *of);

/* Whether the data set has all bytes up to the point. */
bool annals_has(
    const struct annals *a, const struct data *set, const struct data *point);

#endif
