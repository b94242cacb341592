/*
 * jury.h - the invariants of the brain, looked at after every step.
 *
 * Written against the model's truth and against what the brain was told, not
 * with the brain's own functions.
 */
#ifndef REGENT_TESTS_SIM_JURY_H
#define REGENT_TESTS_SIM_JURY_H

#include "annals.h"
#include "core/failover.h"

struct world;

/* Invariants, by their number in the design. */
enum {
	INV_ONE_WRITER = 1,
	INV_NO_LOSS,
	INV_UNKNOWN,
	INV_SECOND_OPINION,
	INV_TWO_PRIMARIES,
	INV_UNPROVEN,
	INV_JOURNAL,
	INV_BOUNDED,
	INV_LIVE,
	INV_SANE, /* no number: settling ends */
	INV_OBEY, /* nor this: what the mode forbids */
	INV_COUNT
};

extern const char *const invariant_texts[INV_COUNT];

/* What is known of a node from its verdicts alone. */
struct witness {
	bool is_down;
	unsigned fails;    /* in a row */
	unsigned oks;      /* in a row, while down */
	usec_t refused_at; /* first in a row; 0: none */
	usec_t doubt_at;   /* first trouble since it was well; 0: none */
	usec_t judged_at;
	usec_t asked_at; /* for the last report that was believed */
	usec_t heard_at; /* and when it came */
	struct report report;
	bool is_proven;
	usec_t proven_at;
	usec_t advanced_at; /* it received something after that */
	bool is_strange;    /* it moved, and was not seen as ours since */
};

/* The promotion under way, as it was decided. */
struct promise {
	int node;
	bool is_asked; /* the node was told to become primary */
	bool is_forced;
	bool is_switchover;
	unsigned sync_replicas; /* in force then */
	int64_t max_loss_bytes;
};

struct jury {
	int failed; /* an invariant, or 0 */
	char text[256];
	struct witness witnesses[NODES_MAX];
	usec_t trusted_from;
	uint64_t epoch; /* last published */
	int writer;     /* last published; NODE_NONE: none */
	uint64_t writer_epoch;
	int epoch_writer;
	int routed; /* the last that was routed, in this life */
	usec_t routed_at;
	struct data known; /* where it was last seen while it was routed */
	struct data line; /* the data to keep: without what came after a loss */
	struct promise promise;
	bool is_loss_owed; /* what the writer lacks is to be judged yet */
	bool is_ordered;   /* a failover, and nobody was routed since */
	usec_t crowned_at[64];
	unsigned n_crowned; /* in this life, by the brain itself */
	usec_t left_at;     /* every worker has left the writer; 0: not yet */
	int incumbent;      /* the last one routed, also in an earlier life */
	int open;           /* an earlier life meant to promote it */
	int ordered;        /* an earlier life was ordered to promote it */
	bool is_blank;   /* regent remembers nothing, and has routed nobody */
	int told;        /* to become primary, ever since a writer was routed */
	int failed_node; /* its promotion failed, and nobody was routed */
	usec_t failed_at;
	int fenced_node; /* told to refuse writes, and not yet to take them */
	usec_t fenced_until;
	bool is_paused;
	bool is_robbed; /* the writer has lost data that it had */
};

void jury_init(struct world *w);
/* Regent has started: it knows only its journal. */
void jury_boot(struct world *w);
/* Before the brain learns it. */
void jury_event(struct world *w, const struct event *ev);
/* After each step of the brain. */
void jury_step(struct world *w, const struct rule *rule);
/* Before it is carried out. */
void jury_action(struct world *w, const struct action *a);
/* After a worker has taken a view. */
void jury_routes(struct world *w);
void jury_ack(struct world *w, const struct write *write, int worker);
/* A node has made the write; nobody has heard of it yet. */
void jury_made(struct world *w, const struct write *write);
/* The journal names the primary: no promotion is open any more. */
void jury_written(struct world *w);
/* A writer is routed: acknowledged writes that it lacks are lost. */
void jury_losses(struct world *w, int writer);
/* The node has other data than it had; its own doing. */
void jury_forgotten(struct world *w, int slot, const struct data *had);
/* A replica is about to be promoted without being named: is it the one? */
void election_decided(struct world *w, int node);
/* Somebody is routed that regent did not promote. */
void election_adopted(struct world *w, int node);
/* A writer is routed: its data counts from now on. */
void election_routed(struct world *w, int node);
/* It has told that it is the primary with our data, or no primary. */
bool election_is_ours(const struct world *w, int node);
/* The writer has told where its data is. */
void election_writer_reports(struct world *w, int node);
/* A node is told to refuse writes, or to take them again. */
void election_fenced(struct world *w, const struct action *a);
/* Bytes beyond max_lag that the replica lacked of what the writer had. */
uint64_t election_lag(const struct world *w, int node);
/* No rule fires any more. */
void election_settled(struct world *w);
/* Nodes or policy have changed: what is promised from now on. */
void jury_reconfigured(struct world *w);
/* The schedule is over: counts what was lost for good. */
void jury_end(struct world *w);

void jury_fail(struct world *w, int invariant, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
