/*
 * guard.h - the control plane: probes nodes, feeds the brains, carries out
 * what they want, and tells the data plane where to route.
 *
 * Runs on the main loop.  Owns one ward (a cluster with its brain, probes and
 * operations) for each [cluster].  Only guard_post_trouble and
 * guard_post_acked may be called from other threads.
 */
#ifndef REGENT_GUARD_GUARD_H
#define REGENT_GUARD_GUARD_H

#include "base/err.h"
#include "base/text.h"
#include "conf/conf.h"
#include "guard/effects.h"
#include "guard/record/episode.h"
#include "guard/record/record.h"
#include "guard/authority/sentinel.h"
#include "net/loop.h"

struct guard;

/* What the guard of the process that we replace has left to us. */
struct guard_legacy {
	const char *state; /* of guard_save */
	int lock_fd;       /* of guard_lock_fd, to be owned */
};

/*
 * Opens the journal; NULL with the reason when state_dir can't be used, or
 * when what `legacy` (or NULL) brings does not go with the configuration.
 */
struct guard *guard_new(struct loop *loop, const struct conf *conf,
    const struct effects *effects, const struct guard_legacy *legacy,
    struct err *err) MUST_CHECK;

/* Publishes the first views and starts probing. */
void guard_start(struct guard *guard);
void guard_free(struct guard **guard);

/*
 * Takes a new snapshot into force; it was checked against the old one.
 * guard_may_apply says why not first: the primary of a cluster, or a node in
 * the middle of a failover, can't be taken away.
 */
int guard_may_apply(const struct guard *guard, const struct conf *conf,
    struct err *err) MUST_CHECK;
void guard_apply(struct guard *guard, const struct conf *conf);

/* From workers: connecting to a node failed, or it reset a session. */
void guard_post_trouble(
    struct guard *guard, unsigned cluster_id, unsigned node_id);
/* From workers: look at effects.acked again. */
void guard_post_acked(struct guard *guard);

/*
 * For an upgrade: whether nothing is under way that a successor could not go
 * on with (else *why, static text, says what is); what it needs, as lines;
 * the lock of the journal.
 */
bool guard_is_quiet(const struct guard *guard, const char **why);
void guard_save(const struct guard *guard, struct text *out);
int guard_lock_fd(const struct guard *guard);

/* The successor has failed: it may have looked at the journal. */
void guard_resume(struct guard *guard);

/* Another process is the guard from here on: this one knows and judges
 * nothing any more.  What workers post to it is lost. */
void guard_retire(struct guard *guard);

/* How an operator's order ended. */
typedef void guard_answer_fn(void *arg, bool is_ok, const char *text);

struct guard_request {
	enum order_kind kind;
	const char *cluster;
	const char *node; /* NULL: the best one */
	guard_answer_fn *answer;
	void *arg;
};

/*
 * Orders a switchover (while a primary serves) or a failover (while none
 * does).  Returns 0 and answers exactly once, maybe before it returns; or a
 * negative value with the reason.
 */
int guard_order(struct guard *guard, const struct guard_request *request,
    struct err *err) MUST_CHECK;

/* Whoever asked with `arg` is gone: nobody is to be answered. */
void guard_forget(struct guard *guard, const void *arg);

/* Sets a node's administrative state: a primary can't be taken away. */
int guard_set_admin(struct guard *guard, const char *cluster, const char *node,
    enum admin_state admin, struct err *err) MUST_CHECK;

/* The node gives up its data and follows the primary. */
int guard_rejoin(struct guard *guard, const char *cluster, const char *node,
    struct err *err) MUST_CHECK;

/* While paused nothing is promoted, demoted or repointed. */
int guard_pause(struct guard *guard, const char *cluster, bool is_paused,
    struct err *err) MUST_CHECK;

/* What there is to see; NULL when there is no such cluster. */
const struct conf *guard_conf(const struct guard *guard);
const struct cluster *guard_brain(const struct guard *guard, unsigned id);
const struct recorder *guard_record(
    const struct guard *guard, unsigned cluster_id);
const struct episode *guard_episode(
    const struct guard *guard, unsigned cluster_id);
const char *guard_node_detail(
    const struct guard *guard, unsigned cluster_id, unsigned node_id);

/* Where the node is; not set while its name has no address. */
const struct endpoint *guard_node_address(
    const struct guard *guard, unsigned cluster_id, unsigned node_id);

/* Whom the sentinels of a cluster appoint. */
struct guard_appointed {
	unsigned n_sentinels; /* 0: the nodes say it themselves */
	unsigned n_heard;
	int node; /* NODE_NONE: nobody yet, NODE_FOREIGN: none of ours */
	const char *address; /* as they say it; "" if not yet */
};

struct guard_appointed guard_appointed(
    const struct guard *guard, unsigned cluster_id);

/* The i-th sentinel of a cluster; false behind the last one. */
bool guard_sentinel(const struct guard *guard, unsigned cluster_id, unsigned i,
    struct sentinel_state *state);

/* How often the loop slept so long that judgement was suspended. */
uint64_t guard_stalls(const struct guard *guard);

#endif
