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

struct write {
	int client;
	uint32_t session; /* of the client; cut sessions hear nothing */
	int node;         /* that was asked to make it */
	bool is_executed;
	bool is_acked;    /* the client has seen it acknowledged */
	bool is_weak;     /* a node forgot it by itself: no promise holds */
	bool is_lost;     /* the routed writer does not have it */
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
