/*
 * event.h - everything the brain can learn.  What is not in here, it can't
 * know: same events at the same times, same decisions.
 */
#ifndef REGENT_CORE_EVENT_H
#define REGENT_CORE_EVENT_H

#include "core/model.h"

enum event_kind {
	EV_TICK,        /* time passes */
	EV_VERDICT,     /* a probe ended: node, verdict, report if OK */
	EV_PASSIVE,     /* a worker met trouble with node */
	EV_RESULT,      /* an action ended: seq, is_ok, report if promoted */
	EV_BARRIER,     /* every worker acknowledged `epoch` */
	EV_CLOCK,       /* our own loop slept, or time jumped */
	EV_ORDER,       /* the operator: order */
	EV_ADMIN,       /* the operator: node, admin */
	EV_REJOIN,      /* the operator: node shall give up its data */
	EV_PAUSE,       /* the operator: is_ok = paused */
	EV_POLICY,      /* configuration: policy */
	EV_NODE_ADD,    /* configuration: node, name, priority... */
	EV_NODE_REMOVE, /* configuration: node */
	EV_NODE_MOVE,   /* its name has another address: node */
	EV_REPLAY,      /* at start, from the journal: memory */
	EV_APPOINT,     /* the authority: node is primary, or NODE_FOREIGN */
	EV_COUNT
};

extern const char *const event_names[EV_COUNT];

/* What a journal remembers of a cluster. */
struct memory {
	uint64_t epoch;
	uint64_t position;
	int primary;
	int intended;      /* NODE_NONE unless a promotion was left open */
	uint64_t promised; /* what `intended` must have */
	char history[HISTORY_LEN];
};

struct event {
	enum event_kind kind;
	int node;
	bool is_ok;
	bool is_more; /* of one configuration: learn, and decide later */
	bool has_report;
	enum verdict verdict;
	enum admin_state admin;
	struct order order;
	usec_t asked_at; /* when what has_report brings was asked for */
	uint32_t seq;
	uint64_t epoch;
	char name[32];
	unsigned priority;
	unsigned weight;
	bool is_backup;
	struct report report;
	struct policy policy;
	struct memory memory;
};

#endif
