/*
 * action.h - everything the brain can want.  The guard carries actions out
 * in their order; those marked * are answered by EV_RESULT with their seq.
 */
#ifndef REGENT_CORE_ACTION_H
#define REGENT_CORE_ACTION_H

#include "base/check.h"
#include "base/usec.h"

#include <stdbool.h>
#include <stdint.h>

enum action_kind {
	ACT_PUBLISH, /* the view of the cluster has changed */
	ACT_JOURNAL, /* * write record, epoch, node: on disk before more */
	ACT_NOTE,    /* the same, but nobody waits for it */
	ACT_FENCE,   /* * node shall refuse writes for timeout_us */
	ACT_UNFENCE, /* node may take writes again; * if it has a seq */
	ACT_PROMOTE, /* * node becomes primary */
	ACT_DEMOTE,  /* * node, a primary, follows target and drops clients */
	ACT_REPOINT, /* * node, a replica, follows target */
	ACT_REDIAL,  /* * node, a replica, drops its link and dials anew */
	ACT_PERSIST, /* node shall remember its role over a restart */
	ACT_TELL,    /* a decision: level and why, for log and events */
	ACT_ANSWER,  /* to the operator's order: is_ok and why */
	ACT_COUNT
};

extern const char *const action_names[ACT_COUNT];

enum record { RECORD_INTENT, RECORD_PRIMARY, RECORD_COUNT };
extern const char *const record_names[RECORD_COUNT];

enum tell { TELL_NOTICE, TELL_WARN, TELL_ERROR };

struct action {
	enum action_kind kind;
	enum record record;
	enum tell tell;
	bool is_ok;
	int node;
	int target; /* ACT_TELL: hears the primary; ACT_ANSWER: was named */
	uint32_t seq;
	uint64_t epoch;
	usec_t timeout_us;
	uint64_t loss_bytes; /* ACT_TELL: what the decision gives up */
	const char *why;     /* static text */
};

enum { ACTIONS_MAX = 16 };

struct actions {
	unsigned n;
	struct action at[ACTIONS_MAX];
};

#endif
