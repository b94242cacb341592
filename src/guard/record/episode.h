/*
 * episode.h - the last failover or switchover of a cluster, with the time of
 * each of its phases.
 *
 * Pure: filled step by step from what a brain did.  An episode begins when a
 * primary is no longer served as ever, and is over when the nodes that are up
 * follow the primary that came of it.
 */
#ifndef REGENT_GUARD_RECORD_EPISODE_H
#define REGENT_GUARD_RECORD_EPISODE_H

#include "guard/record/step.h"

enum episode_kind { EPISODE_NONE, EPISODE_FAILOVER, EPISODE_SWITCHOVER };

enum episode_end {
	EPISODE_OPEN,   /* under way */
	EPISODE_DONE,   /* another node is primary */
	EPISODE_UNDONE, /* the primary stayed, or came back */
};

/* What happened when; an instant that has not come is EPISODE_NEVER. */
enum instant {
	INSTANT_SIGN, /* the first sign of trouble, or the order */
	INSTANT_DOWN, /* the primary is given up */
	INSTANT_HELD, /* clients wait */
	INSTANT_BARRIER,
	INSTANT_INTENT,  /* a candidate is chosen */
	INSTANT_WRITTEN, /* the journal has it */
	INSTANT_FENCE,
	INSTANT_FENCED, /* or the fence failed, or took too long */
	INSTANT_PROMOTE,
	INSTANT_PROMOTED, /* the candidate has answered */
	INSTANT_VERIFIED, /* the candidate says that it is primary */
	INSTANT_PUBLISHED,
	INSTANT_RELEASED, /* every worker routes to it: clients go on */
	INSTANT_FOLLOWED, /* every node that is up follows it */
	INSTANT_COUNT
};

#define EPISODE_NEVER INT64_MIN

/* As people count them: from one instant to another. */
enum span {
	SPAN_DETECT,
	SPAN_DECIDE,
	SPAN_JOURNAL,
	SPAN_FENCE,
	SPAN_BARRIER,
	SPAN_CATCHUP, /* switchover: the last bytes */
	SPAN_PROMOTE,
	SPAN_VERIFY,
	SPAN_PUBLISH,
	SPAN_RELEASE,
	SPAN_REPOINT,
	SPAN_COUNT
};

extern const char *const span_names[SPAN_COUNT];
extern const char *const span_texts[SPAN_COUNT];
extern const char *const episode_names[];
extern const char *const episode_end_names[];

struct episode {
	enum episode_kind kind;
	enum episode_end end;
	const char *cause;   /* why it began; static text */
	const char *outcome; /* the last reason that was told */
	int from_slot;       /* the primary before, or NODE_NONE */
	char from[32];
	char to[32]; /* the candidate, then the primary */
	uint64_t from_epoch;
	uint64_t to_epoch;
	uint64_t loss_bytes; /* given up */
	unsigned attempts;   /* candidates that were tried */
	bool has_others;     /* there are nodes to follow the primary */
	usec_t ended_at;     /* it is no longer open since */
	usec_t at[INSTANT_COUNT];
	usec_t followed_at[NODES_MAX]; /* by slot; EPISODE_NEVER: not yet */
};

/* All zero: nothing has happened. */
struct episode_watch {
	usec_t ordered_at;
	struct episode last;
};

void episode_step(struct episode_watch *watch, const struct step *step);

/* False when the phase was not needed or has not begun; *until is
 * EPISODE_NEVER while it goes on. */
bool episode_span(
    const struct episode *e, enum span span, usec_t *from, usec_t *until);

/* The time that the record has of it; *until is USEC_NEVER while it goes on. */
void episode_bounds(const struct episode *e, usec_t *from, usec_t *until);

#endif
