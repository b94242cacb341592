/*
 * appoint.h - whom the sentinels of a cluster appoint, of what each says.
 *
 * Pure.  Sentinels give each configuration an epoch that a majority of them
 * has granted, so the greatest epoch is the newest and needs no other voice.
 * What is not newer must be said by a majority: a sentinel that was cut off,
 * and goes on telling an old primary, never wins.
 */
#ifndef REGENT_GUARD_AUTHORITY_APPOINT_H
#define REGENT_GUARD_AUTHORITY_APPOINT_H

#include "base/endpoint.h"
#include "base/usec.h"

enum { APPOINT_TEXT_LEN = 80 };

/*
 * Configurations only go backwards when sentinels lost their files or were
 * reset by hand; a majority must say so for this long.
 */
#define APPOINT_SETBACK (10 * USEC_SEC)

/* What one sentinel says; primary is "IP:PORT", or "name:PORT". */
struct appoint_voice {
	bool is_heard; /* it answers; what it said before does not count */
	uint64_t epoch;
	char primary[APPOINT_TEXT_LEN];
};

struct appoint {
	unsigned n; /* sentinels */
	struct appoint_voice voices[ENDPOINT_LIST_MAX];
	bool is_made;
	uint64_t epoch;
	char primary[APPOINT_TEXT_LEN]; /* "" while nobody is appointed */
	usec_t setback_at; /* a majority says so since then; 0: none does */
	struct appoint_voice setback;
};

void appoint_init(struct appoint *a, unsigned n);

/* Both return whether another primary is appointed now. */
bool appoint_hear(struct appoint *a, unsigned i, uint64_t epoch,
    const char *primary, usec_t now);
bool appoint_lose(struct appoint *a, unsigned i, usec_t now);

unsigned appoint_n_heard(const struct appoint *a);

#endif
