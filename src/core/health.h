/*
 * health.h - whether a node lives, from the verdicts of its probes.
 *
 * Unknown is not down: a failure of our own (VERDICT_LOCAL) changes nothing,
 * and a node that answers but won't say its role (VERDICT_ALIVE, _LOGIN) is
 * not dead.  A process that is gone is refused by its kernel: two refusals
 * some milliseconds apart are proof.  Silence needs `fall` failures.
 */
#ifndef REGENT_CORE_HEALTH_H
#define REGENT_CORE_HEALTH_H

#include "base/usec.h"

#include <stdbool.h>

enum verdict {
	VERDICT_OK,          /* answered, with its role if it has one */
	VERDICT_ALIVE,       /* answered, but is busy or loading */
	VERDICT_LOGIN,       /* refused our login: a configuration fault */
	VERDICT_LOST,        /* the kept connection ended */
	VERDICT_REFUSED,     /* connection refused: nobody listens */
	VERDICT_CLOSED,      /* accepted, then closed without an answer */
	VERDICT_UNWELL,      /* answered that it does not serve */
	VERDICT_SILENT,      /* connected, no answer in time */
	VERDICT_UNREACHABLE, /* no connection in time, no route */
	VERDICT_GARBAGE,     /* answered what no such server says */
	VERDICT_LOCAL,       /* we could not ask; says nothing of the node */
	VERDICT_COUNT
};

enum health_state {
	HEALTH_UNCHECKED, /* never answered yet */
	HEALTH_UP,
	HEALTH_SUSPECT, /* failed, not yet often enough */
	HEALTH_DOWN,
	HEALTH_COUNT
};

extern const char *const verdict_names[VERDICT_COUNT];
extern const char *const health_names[HEALTH_COUNT];

/* A doubt does not wait long because we could not ask. */
#define HEALTH_LOCAL_GAP (10 * USEC_MS)

/* Between the two refusals that prove a process dead. */
#define HEALTH_REFUSED_GAP (3 * USEC_MS)

/* So many falls in a row, each soon after the last rise, are flapping. */
enum { HEALTH_FLAPS = 3 };

struct health_policy {
	unsigned fall;
	unsigned rise;
	usec_t interval_us;
	usec_t flap_hold_us; /* up for so long is steady; 0: no damping */
};

struct health {
	enum health_state state;
	usec_t changed_at;
	usec_t judged_at;  /* last verdict that says something; 0: never */
	usec_t suspect_at; /* start of the present doubt; 0: none */
	usec_t refused_at; /* first refusal in a row; 0: none */
	usec_t probe_at;   /* when the next probe is due */
	unsigned fails;    /* in a row */
	unsigned oks;      /* in a row, while down */
	usec_t up_at;      /* it rose then; 0: never */
	unsigned falls;    /* in a row, each within flap_hold of its rise */
	enum verdict last;
};

/* Learns one verdict; true if the state changed.  Sets probe_at. */
bool health_learn(struct health *h, const struct health_policy *policy,
    enum verdict verdict, usec_t now);

/* A worker met trouble: doubt the node and probe it now. */
void health_doubt(struct health *h, usec_t now);

/* Our own clock can't be trusted: forget failures counted so far. */
void health_distrust(struct health *h, usec_t now);

/* Whether it rises and falls too often to be relied upon. */
bool health_is_flapping(
    const struct health *h, const struct health_policy *policy, usec_t now);

/* Up, or in doubt but not yet given up. */
bool health_is_serving(const struct health *h);

#endif
