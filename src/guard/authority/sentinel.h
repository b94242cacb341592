/*
 * sentinel.h - asks every sentinel of one cluster whom it takes for the
 * primary, and listens for switches between two questions.
 *
 * Two connections to each: one to ask, one that is subscribed, because a
 * subscribed one can't ask before RESP3.  What they say together is decided
 * by appoint.h.  A sentinel that does not answer loses its voice until it
 * does; without any the last appointment stands.  Owned by an authority;
 * guard thread only.
 */
#ifndef REGENT_GUARD_AUTHORITY_SENTINEL_H
#define REGENT_GUARD_AUTHORITY_SENTINEL_H

#include "guard/authority/appoint.h"
#include "net/loop.h"

struct sentinels_ops {
	/* Another primary is appointed: "IP:PORT" or "name:PORT". */
	void (*on_appointed)(void *arg, const char *primary, usec_t now);
	/* A sentinel began to answer, or not to; detail says why. */
	void (*on_changed)(void *arg, const struct endpoint *sentinel,
	    bool is_heard, const char *detail);
};

struct sentinels_plan {
	struct loop *loop;
	const struct endpoint_list *addresses; /* borrowed for the call */
	const char *name;                      /* of the cluster, copied */
	const char *user;                      /* "" if none, copied */
	const char *password;                  /* "" if none, copied */
	usec_t interval_us;
	usec_t timeout_us;
	const struct sentinels_ops *ops;
	void *arg;
};

/* One of them, to be shown. */
struct sentinel_state {
	struct endpoint address;
	bool is_heard;
	uint64_t epoch;
	char primary[APPOINT_TEXT_LEN];
	char detail[96]; /* why it is not heard */
};

struct sentinels;

struct sentinels *sentinels_open(const struct sentinels_plan *plan);
void sentinels_close(struct sentinels **sentinels);

/* What has been appointed so far. */
const struct appoint *sentinels_appoint(const struct sentinels *sentinels);

/* The i-th; false behind the last one. */
bool sentinels_state(const struct sentinels *sentinels, unsigned i,
    struct sentinel_state *state);

#endif
