/*
 * guard.h - stands for regent's guard: runs the brain, probes, carries out
 * its actions, keeps the journal.  The same order of things as src/guard.
 */
#ifndef REGENT_TESTS_SIM_GUARD_H
#define REGENT_TESTS_SIM_GUARD_H

#include "core/failover.h"
#include "heap.h"
#include "locate.h"

struct world;

struct probe {
	bool is_asking;
	bool is_connected;
	uint32_t instance; /* behind the connection */
	uint32_t id;       /* of the question */
	uint32_t due_id;
	usec_t due_at;
	usec_t asked_at;
	usec_t answer_at; /* it arrives then; USEC_NEVER: none is on its way */
	struct report report;
};

struct operation {
	struct action action;
	uint32_t life;
	usec_t asked_at;
	bool is_over;
	bool is_ok;
	bool is_mute; /* the answer gets lost */
	bool has_report;
	struct report report;
};

enum { OPERATIONS_MAX = 64, LINES_MAX = 64 };

/* A line of the journal. */
struct line {
	enum record record;
	uint32_t seq; /* 0: nobody waits */
	uint64_t epoch;
	uint64_t position;
	uint64_t promised;
	unsigned sync_replicas; /* in force then, as max_loss */
	int64_t max_loss_bytes;
	bool is_ordered; /* the operator wanted it, whatever is lost */
	int node;
	int from;
	char history[HISTORY_LEN];
};

struct journal {
	unsigned n; /* in the queue; the first is being written */
	struct line queue[LINES_MAX];
	bool is_writing;
	bool has_memory;
	struct memory memory; /* what a start would read */
	struct line last;     /* on disk */
};

struct guard {
	bool is_running;
	bool is_started; /* views are published from now on */
	uint32_t life;
	usec_t asleep_until;
	usec_t beat_due; /* the next heartbeat */
	struct cluster brain;
	struct probe probes[NODES_MAX];
	struct located located[NODES_MAX];
	unsigned n_operations;
	struct operation operations[OPERATIONS_MAX];
	struct journal journal;
	uint64_t serial;
	uint64_t epoch_published;
	uint64_t epoch_serial;
	bool is_epoch_acked;
	bool is_order_open;
	unsigned crash_after; /* so many actions; 0: not by that */
	usec_t crash_us;      /* and is started again after that */
};

void guard_boot(struct world *w);
/* It is killed, and started again after a while, or USEC_NEVER. */
void guard_crash(struct world *w, usec_t while_us);
/* What a probe knew of the node is void. */
void guard_open_probe(struct world *w, int slot);
void guard_feed(struct world *w, const struct event *ev);
void guard_publish(struct world *w);
/* As if the node had answered that it failed. */
void guard_give_up_operation(struct world *w, struct operation *o);
void guard_on_message(struct world *w, const struct message *m);

/* At a node: a question, an operation of regent. */
void guard_on_ask(struct world *w, const struct message *m);
void guard_on_operation(struct world *w, const struct message *m);

/* The node has done it, or failed to: answers. */
void guard_finish_operation(struct world *w, uint32_t id, bool is_ok);

/* The node's kernel has accepted the connection of a probe. */
void guard_on_accept(struct world *w, int slot);

/* The question has not arrived, or its answer won't come in time. */
void guard_expect_silence(struct world *w, int slot, uint32_t id);

/* The answer to a question will not come. */
void guard_drop_answer(struct world *w, const struct message *m);

/* A node has died: what regent sees of it. */
void guard_on_death(struct world *w, int slot);

void journal_append(struct world *w, const struct action *a);
void journal_on_written(struct world *w);
void journal_crash(struct world *w);
/* The disk hangs no more. */
void journal_go_on(struct world *w);

#endif
