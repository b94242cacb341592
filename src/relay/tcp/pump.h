/*
 * pump.h - carries bytes from one stream to another: backpressure and
 * half-close, one direction each.
 *
 * Reads go into the worker's one scratch buffer; only what the other side
 * does not take at once is kept, in memory of just that size.  A direction
 * that carries much borrows a pipe, and its bytes stay in the kernel.  An
 * idle direction holds nothing.
 */
#ifndef REGENT_RELAY_TCP_PUMP_H
#define REGENT_RELAY_TCP_PUMP_H

#include "net/pipe.h"

#include <stdint.h>

enum { PUMP_SCRATCH = 65536 };

struct pump {
	struct pump_rest *rest; /* bytes read but not yet written, or NULL */
	struct pipe *pipe;      /* NULL: bytes are copied */
	bool is_at_end;         /* the source has sent all it will */
	bool is_shut;           /* and the sink was told */
	uint8_t n_large;        /* large reads in a row */
};

enum pump_result {
	PUMP_OK,
	PUMP_SOURCE_FAILED,
	PUMP_SINK_FAILED,
	PUMP_NO_MEMORY,
};

/* A move: where from, where to, what with; *moved counts written bytes. */
struct pump_move {
	struct stream *source;
	struct stream *sink;
	uint8_t *scratch;    /* PUMP_SCRATCH bytes */
	struct pipes *pipes; /* to borrow from... */
	bool is_spliced;     /* ...which is wanted */
	bool is_last;        /* the other direction is done: both will be
				closed, which says goodbye as well */
	/* Whether the source has ended when it says so, with `moved` bytes
	 * written by this move and nothing kept; NULL: it has. */
	bool (*is_end)(void *arg, uint64_t n_moved);
	void *arg;
	uint64_t moved;
	int error; /* negative errno value of a failure */
};

/* Moves what can be moved without blocking, within a turn's fair share. */
enum pump_result pump_run(struct pump *pump, struct pump_move *move);

/* What the direction wants to be told of, of its source and its sink. */
int pump_wants_of_source(const struct pump *pump);
int pump_wants_of_sink(const struct pump *pump);

/* Bytes that were read and not yet written. */
size_t pump_pending(const struct pump *pump);

/* Everything was carried and the end was told. */
bool pump_is_done(const struct pump *pump);

/* Throws away what is on its way. */
void pump_fini(struct pump *pump, struct pipes *pipes);

#endif
