/*
 * ward.h - one cluster in the guard's care: its brain, the probes of its
 * nodes, the operations under way, its flight record.
 *
 * Events go in by ward_step; the actions that come out are carried out by
 * execute.c.  Private to guard/.
 */
#ifndef REGENT_GUARD_WARD_H
#define REGENT_GUARD_WARD_H

#include "guard/authority/authority.h"
#include "guard/guard.h"
#include "guard/herald.h"
#include "guard/hook.h"
#include "guard/locate.h"
#include "guard/operate.h"
#include "guard/probe.h"

#define WARD_MAGIC 0x57415244u

struct ward_node {
	struct ward *ward;
	unsigned slot;
	struct probe probe;
	struct place place;
	struct place replication; /* where the other nodes reach it */
	bool is_withheld;         /* no client is sent to its address yet */
	bool is_answered;         /* a probe found it there */
	uint64_t left_serial;     /* publication that took the former one */
	char detail[160];         /* of the last probe */
	char trouble[160];        /* why it could not be made to follow; "" */
	enum admin_state agent_admin; /* what its agent has set */
	bool is_agent_refused;        /* and what it asks for can't be set */
};

enum { WARD_DEFERRED_MAX = 2 * NODES_MAX };

struct ward {
	uint32_t magic;
	struct guard *guard;
	unsigned id;
	struct loop *loop;
	const struct driver *driver;
	struct cluster brain;
	enum phase told_phase; /* as the log last said */
	bool is_stepping;      /* events that come meanwhile are deferred */
	unsigned n_deferred;
	struct event deferred[WARD_DEFERRED_MAX];
	uint64_t epoch_published;
	uint64_t epoch_serial; /* of the publication that began the epoch */
	bool is_epoch_acked;
	struct ward_node nodes[NODES_MAX];
	struct locate_alias aliases[LOCATE_ALIASES_MAX];
	const struct conf *conf; /* in force, with its own section */
	const struct conf_cluster *section;
	struct authority authority;
	struct list operations;
	struct list hooks; /* commands under way */
	struct herald herald;
	guard_answer_fn *answer; /* of the order under way, or NULL */
	void *answer_arg;
	struct recorder record;
	struct episode_watch episode;
};

struct ward *ward_new(
    struct guard *guard, struct loop *loop, const struct conf_cluster *conf);
void ward_free(struct ward **ward);

/* Takes its section of `conf` into force: policy, nodes, credentials. */
void ward_configure(struct ward *w, const struct conf *conf, usec_t now);

/* Feeds one event, then settles: fires rules until none holds. */
void ward_step(struct ward *w, const struct event *ev, usec_t now);
void ward_tick(struct ward *w, usec_t now);

/* Tells the brain how an action ended, if it waits for that. */
void ward_answer(struct ward *w, const struct operation_key *key,
    const struct contact_result *result, usec_t now);

/* How to reach a node of the ward; borrows its strings. */
struct contact_login ward_login(const struct ward *w, int slot);
const struct driver *ward_driver(const struct ward *w, int slot);

/* From now on the node is probed where it is, or is not. */
void ward_probe_anew(struct ward_node *n, usec_t now);

/* The node is at another address now, or at the first that its name has. */
void ward_move_node(struct ward_node *n, bool was_known, usec_t now);

/* What the brain knows of the cluster's data. */
struct lineage ward_lineage(const struct ward *w);

/* Says that the phase has changed, if it has. */
void ward_tell_phase(struct ward *w);

/* Adds to the timeline and the log: "cluster=... node=... text". */
void ward_tell(struct ward *w, enum log_level level, int slot, const char *fmt,
    ...) PRINTF_LIKE(4, 5);

#endif
