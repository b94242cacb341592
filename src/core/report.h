/*
 * report.h - what a node says of itself in one probe, in words that fit
 * every kind of database.
 */
#ifndef REGENT_CORE_REPORT_H
#define REGENT_CORE_REPORT_H

#include "base/usec.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HISTORY_LEN = 48, /* Redis replid, PostgreSQL timeline, GTID domain */
};

enum role { ROLE_UNKNOWN, ROLE_PRIMARY, ROLE_REPLICA, ROLE_COUNT };

/* What a node says of itself in one probe. */
struct report {
	enum role role;
	int upstream;           /* replica: slot it follows, or NODE_... */
	bool is_linked;         /* replica: its link to upstream is up */
	bool is_loading;        /* not fit to serve yet */
	bool is_never_promoted; /* its own configuration forbids it */
	bool is_read_only;      /* primary: it refuses writes until unfenced */
	int64_t link_idle_us;   /* replica: since it last heard upstream */
	uint64_t position;      /* received, in bytes of its history */
	uint64_t unapplied;     /* replica: of them, not yet to be read */
	uint32_t sync_replicas; /* primary: acknowledge before the client */
	uint64_t forked_at;     /* history_prev is shared up to here */
	char history[HISTORY_LEN];
	char history_prev[HISTORY_LEN]; /* "" if none */
	char instance[HISTORY_LEN];     /* differs after a restart */
};

enum { NODE_NONE = -1, NODE_FOREIGN = -2 };

extern const char *const role_names[ROLE_COUNT];

#endif
