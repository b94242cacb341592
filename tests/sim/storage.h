/*
 * storage.h - the data of a database: what it has received, what of that is
 * on its disk, and when a write may be acknowledged.
 */
#ifndef REGENT_TESTS_SIM_STORAGE_H
#define REGENT_TESTS_SIM_STORAGE_H

#include "database.h"

/* What a crash takes of the data. */
enum disk {
	DISK_KEEPS,  /* nothing */
	DISK_LAZY,   /* what was received a short time ago, acknowledged or
			not: Redis with appendfsync everysec */
	DISK_SYNCED, /* what nobody was told of: a write is sent to replicas,
			and acknowledged, when it is on disk: PostgreSQL */
};

/* The node makes the write `id`. */
void storage_write(struct world *w, int slot, uint32_t id);
/* It has received its history up to there. */
void storage_receive(struct world *w, int slot, uint64_t position);
/* It has other data now. */
void storage_replace(struct world *w, int slot, const struct data *data);
/* A history of its own begins. */
void storage_fork(struct world *w, int slot);
/* The process dies. */
void storage_crash(struct world *w, int slot);
/* It starts with less than it had. */
void storage_lose(struct world *w, int slot, enum memory_kind memory);
void storage_on_flushed(struct world *w, const struct message *m);

/* Up to where others may be told of it: replicas, upstream, clients. */
uint64_t storage_told(const struct world *w, int slot);

/* Answers the writes that are safe now. */
void storage_answer(struct world *w, int slot);

#endif
