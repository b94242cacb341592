/*
 * database.h - a model of a database node that replicates like Redis.
 *
 * A primary forks a history of its own when it is promoted or restarted.  A
 * frozen node does nothing until it is resumed, and then first what lies in
 * its buffers.  Its data is in storage.c, its link in replication.c.
 */
#ifndef REGENT_TESTS_SIM_DATABASE_H
#define REGENT_TESTS_SIM_DATABASE_H

#include "annals.h"
#include "core/model.h"
#include "heap.h"

struct world;

enum link { LINK_DOWN, LINK_COPYING, LINK_UP };

/* How a node answers a probe while it serves its clients. */
enum mood { MOOD_WELL, MOOD_BUSY, MOOD_LOGIN, MOOD_GARBAGE, MOOD_CLOSED };

/* What is left of its data after a restart. */
enum memory_kind { MEMORY_ALL, MEMORY_OLDER, MEMORY_NONE };

enum { INBOX_MAX = 48, QUEUE_MAX = 32 };

#define NO_OPERATION UINT32_MAX

struct database {
	bool is_alive;
	bool is_frozen;
	enum mood mood;
	uint32_t place;      /* where its name leads */
	uint32_t place_from; /* since there it is the same server */
	uint32_t instance;
	struct data data;
	uint32_t history_prev;
	uint64_t forked_at;
	int upstream;     /* NODE_NONE: it is a primary */
	uint64_t flushed; /* of data: on its disk */
	bool is_flushing;
	uint32_t flush_id; /* outdated ones concern former data */
	bool is_disk_slow;
	bool is_lying; /* about its role */
	bool is_promoting;
	uint32_t promotion; /* an outdated one is over */
	uint32_t promoter;  /* the operation that waits, or NO_OPERATION */
	int saved_upstream; /* in its configuration file */
	usec_t paused_until;

	enum link link; /* to upstream */
	uint32_t link_id;
	uint32_t link_instance; /* of upstream, behind the link */
	bool is_flowing;        /* data is on its way */
	bool has_no_place;      /* a copy began: its own position is void */
	usec_t heard_at;
	uint64_t heard_position; /* sent by this link */
	struct data copy;

	uint64_t replicated[NODES_MAX]; /* acknowledged by replicas */
	unsigned n_waiting;             /* writes that are not safe yet */
	unsigned n_postponed;           /* writes that wait for the fence */
	unsigned n_inbox;
	/* What has a counter of its own comes last, and needs no clearing. */
	uint32_t waiting[QUEUE_MAX];
	uint32_t postponed[QUEUE_MAX];
	struct message inbox[INBOX_MAX];
};

void database_init(struct world *w, int slot, int upstream);

bool database_is_running(const struct database *db);
bool database_is_primary(const struct database *db);

void database_kill(struct world *w, int slot);
void database_start(struct world *w, int slot, enum memory_kind memory);
void database_freeze(struct world *w, int slot);
void database_resume(struct world *w, int slot);

/*
 * It becomes primary when it has applied what it has received; then the
 * operation of regent is answered, if it was one.
 */
void database_promote(struct world *w, int slot, uint32_t operation);
/* false: it can't now. */
bool database_follow(struct world *w, int slot, int upstream);
void database_fence(struct world *w, int slot, usec_t until);
void database_unfence(struct world *w, int slot);

/* Adds bytes that no client of regent wrote. */
void database_grow(struct world *w, int slot, uint64_t bytes);

/* What is true of it. */
void database_report(const struct world *w, int slot, struct report *report);
/* What it answers to a probe. */
void database_claim(const struct world *w, int slot, struct report *report);

/* A message that concerns the database itself, not regent. */
void database_on_message(struct world *w, const struct message *m);

/* Makes the write `id`, refuses it, or does so after the fence. */
void database_on_write(struct world *w, int slot, uint32_t id);

#endif
