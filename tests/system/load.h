/*
 * load.h - writers that know what was acknowledged to them.
 *
 * Each writer is a thread with one request outstanding at a time: SET w3:1842
 * 1842, or what load_tongue.h makes of it, numbers from 1 upwards, never used
 * twice.  A writer that is cut
 * connects again at once and goes on with the next number; it never repeats a
 * write.  So "acknowledged, yet absent" can be decided for every number, and
 * only the numbers that failed need to be remembered.
 *
 * No cmocka here: crmload uses this as well.  All functions may be called
 * while the writers run.
 */
#ifndef REGENT_SYSTEM_LOAD_H
#define REGENT_SYSTEM_LOAD_H

#include "base/usec.h"
#include "host.h"

#include <stdbool.h>
#include <stdint.h>

#define LOAD_WRITERS_MAX 64

enum load_error {
	LOAD_CUT,      /* the connection ended before the answer */
	LOAD_TIMEOUT,  /* no answer in time */
	LOAD_REFUSED,  /* no connection */
	LOAD_READONLY, /* answered -READONLY, or SQLSTATE 25006 */
	LOAD_REPLY,    /* any other error reply */
	LOAD_UNSYNCED, /* written, but too few replicas have it */
	LOAD_ERROR_COUNT
};

extern const char *const load_error_names[LOAD_ERROR_COUNT];

struct load_tongue;

struct load_options {
	const struct load_tongue *tongue; /* NULL: Redis */
	const char *host;                 /* NULL: 127.0.0.1 */
	uint16_t port;
	const struct host *from; /* where the writers are; NULL: here */
	const char *password;    /* NULL: none */
	unsigned n_writers;
	unsigned rate;     /* writes a second of each writer; 0: no limit */
	usec_t timeout_us; /* connect and answer; 0: 5 s */
	/*
	 * Replicas that must have a write (WAIT) before it counts as
	 * acknowledged, and how long they may take.  Redis only.
	 */
	unsigned sync_replicas;
	usec_t sync_us;
};

struct load_result {
	uint64_t acked;
	uint64_t errors; /* all kinds */
	uint64_t kinds[LOAD_ERROR_COUNT];
	/*
	 * Errors that ended a request that was the first on its connection:
	 * what an application sees that opens a connection for each request.
	 */
	uint64_t fresh_errors;
	char reply[128]; /* the last error reply */
	/* Time without an acknowledgement, of all and of the worst writer. */
	usec_t longest_gap_us;
	usec_t longest_writer_gap_us;
	usec_t outage_us;   /* see load_mark; -1 while waiting */
	uint64_t old_acked; /* see load_hold_old */
};

struct load *load_start(const struct load_options *options);

/* Stops and joins the writers; results stay.  May be called twice. */
void load_stop(struct load *load);
void load_free(struct load **load);

void load_read(struct load *load, struct load_result *result);

/*
 * Remembers now as the instant of a fault that is about to be made.  The
 * outage lasts from there to the first acknowledgement of a write that was
 * *sent* after a writer felt the fault (an error), over a connection that is
 * newer than the fault: answers that were already under way do not count, nor
 * those of a node that is still dying, one process after the other.
 */
void load_mark(struct load *load);
bool load_is_recovered(struct load *load, usec_t *outage_us);

/*
 * Redis only: from now on connections that broke stay open on the client's
 * side, and writes (SET old:5 5) go on over each of them, whatever becomes of
 * them.
 */
void load_hold_old(struct load *load);

/*
 * Counts acknowledged numbers that the server at host:port does not have.
 * Returns 0, or -1 when it could not be asked.
 */
int load_count_lost(struct load *load, const char *host, uint16_t port,
    uint64_t *lost, uint64_t *acked);

/* Whether the number of that writer was acknowledged. */
bool load_is_acked(struct load *load, unsigned writer, uint64_t number);

#endif
