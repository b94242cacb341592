#include "relay/tcp/pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* One busy session must not keep a turn for itself. */
	PUMP_TURN_MAX = 512 * 1024,
	/* So many reads of so much in a row are a bulk transfer: pages are
	 * moved from here on, which costs less than half of copying them... */
	PUMP_LARGE = 16384,
	PUMP_LARGE_RUN = 4,
	/* ...and so little ends it: a message costs more by pipe. */
	PUMP_SMALL = 4096,
};

struct pump_rest {
	uint32_t at; /* first byte not yet written */
	uint32_t len;
	uint8_t bytes[];
};

size_t
pump_pending(const struct pump *p)
{
	if (p->rest != NULL)
		return p->rest->len - p->rest->at;
	return p->pipe != NULL ? p->pipe->len : 0;
}

/* 0 or more bytes written, or -1: failed for good. */
static ssize_t
pump_note_written(struct pump_move *m, ssize_t n)
{
	if (n == -EAGAIN)
		return 0;
	if (n < 0) {
		m->error = (int)n;
		return -1;
	}
	m->moved += (uint64_t)n;
	return n;
}

static enum pump_result
pump_flush_rest(struct pump *p, struct pump_move *m)
{
	struct pump_rest *rest = p->rest;
	ssize_t n = pump_note_written(m,
	    stream_write(
		m->sink, rest->bytes + rest->at, rest->len - rest->at));

	if (n < 0)
		return PUMP_SINK_FAILED;
	rest->at += (uint32_t)n;
	if (rest->at == rest->len) {
		free(rest);
		p->rest = NULL;
	}
	return PUMP_OK;
}

static enum pump_result
pump_flush_pipe(struct pump *p, struct pump_move *m)
{
	while (p->pipe->len > 0) {
		ssize_t n = pump_note_written(m, pipe_drain(p->pipe, m->sink));

		if (n < 0)
			return PUMP_SINK_FAILED;
		if (n == 0)
			break;
	}
	return PUMP_OK;
}

static enum pump_result
pump_flush(struct pump *p, struct pump_move *m)
{
	if (p->rest != NULL)
		return pump_flush_rest(p, m);
	if (p->pipe != NULL)
		return pump_flush_pipe(p, m);
	return PUMP_OK;
}

static enum pump_result
pump_keep(struct pump *p, const uint8_t *bytes, size_t len)
{
	p->rest = malloc(sizeof(*p->rest) + len);
	if (p->rest == NULL)
		return PUMP_NO_MEMORY;
	p->rest->at = 0;
	p->rest->len = (uint32_t)len;
	memcpy(p->rest->bytes, bytes, len);
	return PUMP_OK;
}

static enum pump_result
pump_write(struct pump *p, struct pump_move *m, size_t len)
{
	ssize_t n =
	    pump_note_written(m, stream_write(m->sink, m->scratch, len));

	if (n < 0)
		return PUMP_SINK_FAILED;
	if ((size_t)n < len)
		return pump_keep(p, m->scratch + n, len - (size_t)n);
	return PUMP_OK;
}

/* How the direction goes on: by pages, or by copies again. */
static void
pump_change_gear(struct pump *p, struct pump_move *m, size_t n_read)
{
	if (p->pipe != NULL) {
		if (p->pipe->len == 0 &&
		    (n_read < PUMP_SMALL || !m->is_spliced))
			pipe_give(m->pipes, &p->pipe);
		return;
	}
	p->n_large = n_read < PUMP_LARGE ? 0 : p->n_large + 1;
	if (p->n_large < PUMP_LARGE_RUN)
		return;
	p->n_large = 0;
	if (m->is_spliced && p->rest == NULL)
		p->pipe = pipe_take(m->pipes);
}

/* One read and its write.  *is_more: the source may have more right now. */
static enum pump_result
pump_round(struct pump *p, struct pump_move *m, bool *is_more)
{
	enum pump_result rc;
	ssize_t n = p->pipe != NULL
	    ? pipe_fill(p->pipe, m->source)
	    : stream_read(m->source, m->scratch, PUMP_SCRATCH);

	*is_more = false;
	if (n < 0 && n != -EAGAIN) {
		m->error = (int)n;
		return PUMP_SOURCE_FAILED;
	}
	if (n > 0) {
		rc = p->pipe != NULL ? pump_flush_pipe(p, m)
				     : pump_write(p, m, (size_t)n);
		/* A short read has emptied it. */
		*is_more = n >= PUMP_SCRATCH;
	} else {
		rc = PUMP_OK;
		p->is_at_end = n == 0 &&
		    (m->is_end == NULL || m->is_end(m->arg, m->moved));
	}
	pump_change_gear(p, m, n > 0 ? (size_t)n : 0);
	return rc;
}

enum pump_result
pump_run(struct pump *p, struct pump_move *m)
{
	enum pump_result rc;
	bool is_more = true;

	m->moved = 0;
	m->error = 0;
	rc = pump_flush(p, m);
	while (rc == PUMP_OK && is_more && m->moved < PUMP_TURN_MAX &&
	    pump_pending(p) == 0 && !p->is_at_end)
		rc = pump_round(p, m, &is_more);
	if (rc == PUMP_OK && p->is_at_end && pump_pending(p) == 0 &&
	    !p->is_shut) {
		if (!m->is_last)
			stream_shutdown_write(m->sink);
		p->is_shut = true;
	}
	return rc;
}

int
pump_wants_of_source(const struct pump *p)
{
	return pump_pending(p) == 0 && !p->is_at_end ? STREAM_READ : 0;
}

int
pump_wants_of_sink(const struct pump *p)
{
	return pump_pending(p) > 0 ? STREAM_WRITE : 0;
}

bool
pump_is_done(const struct pump *p)
{
	return p->is_shut;
}

void
pump_fini(struct pump *p, struct pipes *pipes)
{
	free(p->rest);
	p->rest = NULL;
	pipe_give(pipes, &p->pipe);
}
