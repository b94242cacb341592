/*
 * model.h - what the brain knows of one cluster.
 *
 * Plain data: a cluster is copied, compared and replayed as bytes.  The guard
 * owns one struct cluster for each [cluster]; only failover_step() changes
 * it.  Nodes are slots 0..NODES_MAX-1 that stay with a node for life.
 */
#ifndef REGENT_CORE_MODEL_H
#define REGENT_CORE_MODEL_H

#include "base/check.h"
#include "base/usec.h"
#include "core/order.h"
#include "core/policy.h"
#include "core/report.h"
#include "core/view.h"

#include <stdbool.h>
#include <stdint.h>

enum admin_state { ADMIN_READY, ADMIN_DRAIN, ADMIN_MAINT, ADMIN_COUNT };

/* An operation that the guard carries out and answers by EV_RESULT. */
enum outcome { OUTCOME_NONE, OUTCOME_WAITING, OUTCOME_OK, OUTCOME_FAILED };

struct task {
	enum outcome outcome;
	uint32_t seq; /* of the action; a result with another one is stale */
};

/* In a switchover: whatever there is, once it is told. */
#define PROMISED_ALL UINT64_MAX

struct node {
	bool is_used;
	char name[32];
	unsigned priority; /* 0: never promoted */
	unsigned weight;
	bool is_backup; /* reads only when no other reader is left */
	enum admin_state admin;
	struct health health;
	struct report report; /* role is ROLE_UNKNOWN when not believed */
	usec_t asked_at;      /* for its last verdict */
	usec_t report_at;     /* asked then: no older than that */
	usec_t reported_at;   /* it arrived then */
	usec_t proven_at;     /* last proof that it replicates the primary */
	usec_t heard_at;      /* it heard the primary after that */
	bool is_proven;
	bool is_quarantined;
	bool was_primary;  /* regent made it primary or routed it before */
	bool is_told;      /* to become primary, and nobody is routed since */
	uint64_t promised; /* what it had when it was chosen, or told */
	bool is_rejoin_ordered;
	bool is_excluded; /* its promotion failed a short time ago */
	usec_t excluded_at;
	bool is_flapping;
	struct task task; /* demote or repoint */
	unsigned task_fails;
	usec_t task_retry_at;
	struct task redial;
	usec_t redialed_at; /* the last redial ended then */
};

enum phase {
	PHASE_LEARN,   /* nothing is proven yet; clients wait */
	PHASE_STEADY,  /* one writer is routed */
	PHASE_HOLD,    /* the writer is gone; clients wait for a decision */
	PHASE_INTENT,  /* the promotion is being journaled */
	PHASE_FENCE,   /* waiting for the barrier and the fence */
	PHASE_PROMOTE, /* the candidate is becoming primary */
	PHASE_PLAN,    /* switchover: being journaled, still serving */
	PHASE_SWITCH,  /* switchover: clients held, waiting for the barrier */
	PHASE_CATCHUP, /* switchover: waiting for the last byte */
	PHASE_LOST,    /* no safe way on without the operator */
	PHASE_COUNT
};

extern const char *const admin_names[ADMIN_COUNT];
extern const char *const phase_names[PHASE_COUNT];

/*
 * What the incumbent took since it restarted, before anybody saw that it had:
 * given up when another is promoted over it.  It may restart again.
 */
struct branch {
	uint64_t bytes;
	bool is_acked; /* by as many replicas as are waited for */
};

#define CLUSTER_MAGIC 0x434c5553u

struct cluster {
	uint32_t magic;
	char name[32];
	struct policy policy;
	struct node nodes[NODES_MAX];
	uint8_t n_slots; /* none is used from here on */

	enum phase phase;
	usec_t phase_at;
	const char *why; /* of the last decision; static text */

	int primary;   /* the incumbent, up or not */
	int candidate; /* being promoted */
	int intended;  /* of a journaled promotion nobody has seen the end of */
	int told;      /* by the journal to be promoted, and it may yet be */
	int appointed; /* by the authority; NODE_FOREIGN: none of ours */

	/* The data that must survive: where the primary was last seen. */
	char history[HISTORY_LEN];
	char history_prev[HISTORY_LEN];
	uint64_t forked_at;
	uint64_t position;
	uint64_t furthest; /* that any node ever told of this history */
	struct branch branch;
	uint64_t mark;  /* switchover: the primary was there once */
	usec_t mark_at; /* its answer came then */

	unsigned acks; /* sync_replicas, as the routed primary last told */

	uint64_t epoch; /* grows when the writer changes, also to none */
	bool is_barrier_reached;
	usec_t barrier_at; /* no client was acknowledged since */
	bool is_paused;
	bool is_switching; /* the promotion under way is a switchover */
	bool is_fenced;    /* the primary was told to refuse writes */
	usec_t fenced_at;
	usec_t trusted_from; /* judge only by verdicts since then */

	struct order order;
	usec_t order_at;
	struct task journal;
	struct task recall; /* of `told`, in the journal */
	struct task fence;
	struct task promote;
	usec_t journal_retry_at;
	uint32_t seq; /* last one given to an action */

	usec_t promotions[PROMOTIONS_MAX]; /* ring of instants */
	unsigned n_promotions;             /* ever */
	uint64_t loss_bytes; /* given up by promotions, as far as known */

	struct cluster_view published;
};

#endif
