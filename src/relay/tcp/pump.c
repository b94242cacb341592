#include "relay/tcp/pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One busy session must not keep a turn for itself. */
enum { PUMP_ROUNDS_MAX = 8 };

static enum pump_result
pump_write(
    struct pump_move *m, const uint8_t *bytes, size_t len, size_t *written)
{
	ssize_t n = stream_write(m->sink, bytes, len);

	*written = 0;
	if (n == -EAGAIN)
		return PUMP_OK;
	if (n < 0) {
		m->error = (int)n;
		return PUMP_SINK_FAILED;
	}
	*written = (size_t)n;
	m->moved += (uint64_t)n;
	return PUMP_OK;
}

static enum pump_result
pump_flush(struct pump *p, struct pump_move *m)
{
	enum pump_result rc;
	size_t n;

	if (p->rest == NULL)
		return PUMP_OK;
	rc = pump_write(m, p->rest + p->rest_at, p->rest_len, &n);
	p->rest_at += (uint32_t)n;
	p->rest_len -= (uint32_t)n;
	if (p->rest_len == 0)
		pump_fini(p);
	return rc;
}

static enum pump_result
pump_keep(struct pump *p, const uint8_t *bytes, size_t len)
{
	p->rest = malloc(len);
	if (p->rest == NULL)
		return PUMP_NO_MEMORY;
	memcpy(p->rest, bytes, len);
	p->rest_at = 0;
	p->rest_len = (uint32_t)len;
	return PUMP_OK;
}

/* One read and its write.  *is_more: the source may have more right now. */
static enum pump_result
pump_round(struct pump *p, struct pump_move *m, bool *is_more)
{
	enum pump_result rc;
	size_t written;
	ssize_t n;

	*is_more = false;
	n = stream_read(m->source, m->scratch, PUMP_SCRATCH);
	if (n == -EAGAIN)
		return PUMP_OK;
	if (n < 0) {
		m->error = (int)n;
		return PUMP_SOURCE_FAILED;
	}
	if (n == 0) {
		p->is_at_end = true;
		return PUMP_OK;
	}
	rc = pump_write(m, m->scratch, (size_t)n, &written);
	if (rc == PUMP_OK && written < (size_t)n)
		return pump_keep(p, m->scratch + written, (size_t)n - written);
	*is_more = n == PUMP_SCRATCH; /* a short read has emptied it */
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
	for (int i = 0; i < PUMP_ROUNDS_MAX && is_more; i++) {
		if (rc != PUMP_OK || p->rest != NULL || p->is_at_end)
			break;
		rc = pump_round(p, m, &is_more);
	}
	if (rc == PUMP_OK && p->is_at_end && p->rest == NULL && !p->is_shut) {
		if (!m->is_last)
			stream_shutdown_write(m->sink);
		p->is_shut = true;
	}
	return rc;
}

int
pump_wants_of_source(const struct pump *p)
{
	return p->rest == NULL && !p->is_at_end ? STREAM_READ : 0;
}

int
pump_wants_of_sink(const struct pump *p)
{
	return p->rest != NULL ? STREAM_WRITE : 0;
}

bool
pump_is_done(const struct pump *p)
{
	return p->is_shut;
}

void
pump_fini(struct pump *p)
{
	free(p->rest);
	p->rest = NULL;
	p->rest_at = 0;
	p->rest_len = 0;
}
