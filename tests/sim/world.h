/*
 * world.h - one schedule: everything there is, and the clock that moves it.
 *
 * A world is plain data.  It is seeded, runs until it is settled after the
 * last fault, and leaves a verdict and figures behind.
 */
#ifndef REGENT_TESTS_SIM_WORLD_H
#define REGENT_TESTS_SIM_WORLD_H

#include "jury.h"
#include "authority.h"
#include "crowd.h"
#include "database.h"
#include "dice.h"
#include "fault.h"
#include "guard.h"
#include "hook.h"
#include "net.h"
#include "storage.h"
#include "story.h"

/* How a schedule may end. */
enum ending {
	END_NONE,      /* it is still going on */
	END_SETTLED,   /* a writer is routed and writes are acknowledged */
	END_NOBODY,    /* held: no node is fit to be promoted */
	END_LOSS,      /* held: more than max_loss would be given up */
	END_POSITIONS, /* held: too few positions to be sure of no loss */
	END_MANUAL,    /* held: failover = manual */
	END_LIMIT,     /* held: failover_limit */
	END_UNKNOWN,   /* held: it can't be told who is primary */
	END_RIVAL,     /* a second primary is kept out, and is missing */
	END_FULL,      /* a table of the model was full: says nothing */
	END_FAILED,    /* an invariant was broken */
	END_COUNT
};

extern const char *const ending_texts[END_COUNT];

enum { SIM_NODES_MAX = 9 };

/* What is asked of a schedule; the seed draws the rest. */
struct trial {
	uint64_t seed;
	int n_nodes;     /* 0: drawn */
	uint64_t faults; /* kinds that are allowed, bits */
	uint32_t drop;   /* faults of its plan that are left out, bits */
	enum story_mode mode;
};

/* What does not change in a schedule. */
struct setting {
	uint64_t seed;
	int n_nodes;
	struct policy policy;
	unsigned priority[NODES_MAX];
	usec_t check_timeout_us;
	usec_t net_us[2]; /* of a script: least and most, one way */
	usec_t beat_us, beat_busy_us;
	usec_t disk_us[2];
	usec_t worker_us[2];
	usec_t think_us[2];
	usec_t lag_us[NODES_MAX]; /* of replication to the node */
	usec_t retry_us;          /* of a replica that lost its link */
	usec_t join_us;           /* of a replica that is told to follow */
	usec_t copy_us[2];        /* of a full copy */
	enum disk disk;
	usec_t flush_us;        /* until data is on the disk of a node */
	usec_t apply_us;        /* of what a promoted node has received */
	usec_t authority_us;    /* until it moves the primary */
	usec_t link_timeout_us; /* of a link that hears nothing */
	usec_t faults_until;
	unsigned n_workers, n_clients; /* 0: drawn */
	usec_t quiet_us;               /* nothing is waited for after that */
	bool may_forget;               /* nodes may come back with less data */
	bool keeps_one_dead;
	bool has_lasting_fence; /* until it is lifted, also over a restart */
};

struct world {
	const struct hooks *hooks; /* NULL: nobody listens */
	void *hooks_arg;
	struct trial trial;
	struct setting setting;
	struct policy policy; /* in force */
	bool is_configured[NODES_MAX];
	struct dice dice;
	usec_t now;
	struct heap heap;
	struct net net;
	struct annals annals;
	struct database dbs[NODES_MAX];
	struct guard guard;
	struct crowd crowd;
	struct authority authority;
	unsigned n_faults;
	struct fault plan[FAULTS_MAX];
	struct trouble trouble;
	struct jury jury;
	struct story story;
	bool is_healed;
	usec_t healed_at;
	usec_t heal_at;    /* at the latest */
	usec_t quiet_from; /* nothing is under way since */
	int dead;          /* the node that stays dead, or NODE_NONE */
	unsigned n_grants; /* of more time to recover */
	unsigned n_helped; /* times the operator had to */
	bool is_by_hand;   /* an order was not enough */
	enum ending ending;
	enum ending held; /* what the operator was called for */
	usec_t recover_us;
	unsigned n_failovers, n_switchovers, n_acked, n_steps;
	unsigned lost[EXCUSE_COUNT]; /* acknowledged writes, at the end */
};

/* The time to recover in, once faults have stopped. */
#define WORLD_PATIENCE (24 * USEC_SEC)
/* Meanwhile the operator looks so often, and helps after that. */
#define WORLD_GLANCE (3 * USEC_SEC)
#define WORLD_HELP (12 * USEC_SEC)

void world_init(struct world *w, const struct trial *trial);
/* One whose settings and faults are not drawn: nothing happens in it but what
 * a script makes happen, and nothing ends it. */
void world_init_scripted(struct world *w, const struct setting *setting,
    const struct hooks *hooks, void *arg);
void world_run(struct world *w);
/* The next thing happens; false when the schedule is over. */
bool world_step(struct world *w);

/* A history that begins with that data; 0 when there are too many. */
uint32_t world_fork(struct world *w, const struct data *of);

void world_push(struct world *w, const struct message *m);
/* Something to happen at the given place after a while. */
void world_later(struct world *w, struct message *m, usec_t after);

/* Looks whether anything is under way. */
void world_watch(struct world *w);

/* Calls the hook on_due at the given time. */
void world_script_later(struct world *w, int item, usec_t at);

const char *world_name(int place);

#endif
