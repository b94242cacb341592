#include "guard/driver/dialog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A deadline seen this much too late was slept over. */
#define DIALOG_LATE (50 * USEC_MS)

static void
dialog_fail(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	dialog_close(d);
	d->ops->on_failed(d, verdict, detail, now);
}

static void
dialog_fail_errno(struct dialog *d, int code, const char *what, usec_t now)
{
	char detail[128];

	snprintf(detail, sizeof(detail), "%s: %s", what, strerror(-code));
	dialog_fail(d, driver_verdict_of_errno(code), detail, now);
}

static void
dialog_on_readable(struct stream *stream, usec_t now)
{
	struct dialog *d = container_of(stream, struct dialog, stream);
	ssize_t n;

	if (d->in_len == sizeof(d->in)) {
		dialog_fail(d, VERDICT_GARBAGE, "the answer is too long", now);
		return;
	}
	n = stream_read(stream, d->in + d->in_len, sizeof(d->in) - d->in_len);
	if (n == -EAGAIN)
		return;
	if (n < 0) {
		dialog_fail_errno(d, (int)n, "read", now);
		return;
	}
	if (n == 0) {
		dialog_fail(d, VERDICT_CLOSED, "the node closed", now);
		return;
	}
	d->in_len += (size_t)n;
	d->ops->on_bytes(d, now);
}

static void
dialog_on_writable(struct stream *stream, usec_t now)
{
	struct dialog *d = container_of(stream, struct dialog, stream);
	int rc;

	if (d->is_connected) {
		dialog_flush(d, now);
		return;
	}
	rc = stream_connect_result(stream);
	if (rc != 0) {
		dialog_fail_errno(d, rc, "connect", now);
		return;
	}
	d->is_connected = true;
	stream_want(stream, STREAM_READ);
	d->ops->on_connected(d, now);
}

static const struct stream_ops dialog_stream_ops = {
	.on_readable = dialog_on_readable,
	.on_writable = dialog_on_writable,
};

/*
 * Our own lateness is not the node's: an answer that lies in the socket
 * counts, and when the loop slept over the deadline the node gets its time
 * again.
 */
static void
dialog_on_deadline(struct timer *timer, usec_t now)
{
	struct dialog *d = container_of(timer, struct dialog, timer);
	bool is_late = now - timer_deadline(timer) > DIALOG_LATE;

	if (d->is_connected) {
		dialog_on_readable(&d->stream, now);
		if (!dialog_is_open(d) || d->timeout_us == 0 ||
		    timer_is_set(timer))
			return; /* it has ended, answered, or was asked anew */
	}
	if (is_late) {
		timer_set(&d->timer, now + d->timeout_us);
		return;
	}
	if (d->is_connected)
		dialog_fail(d, VERDICT_SILENT, "no answer in time", now);
	else
		dialog_fail(
		    d, VERDICT_UNREACHABLE, "no connection in time", now);
}

void
dialog_init(struct dialog *d, struct loop *loop, const struct dialog_ops *ops)
{
	stream_init(&d->stream, loop, &dialog_stream_ops);
	timer_init(&d->timer, loop, dialog_on_deadline);
	d->ops = ops;
}

void
dialog_connect(struct dialog *d, const struct endpoint *address, usec_t now)
{
	struct addr addr;
	int rc;

	CHECK(!dialog_is_open(d));
	d->is_connected = false;
	d->out_len = 0;
	d->in_len = 0;
	addr_from_endpoint(&addr, address);
	rc = stream_connect(&d->stream, &addr);
	if (rc != 0)
		dialog_fail_errno(d, rc, "connect", now);
}

bool
dialog_is_open(const struct dialog *d)
{
	return stream_is_open(&d->stream);
}

void
dialog_set_timeout(struct dialog *d, usec_t timeout_us)
{
	d->timeout_us = timeout_us;
	if (timeout_us > 0)
		timer_set(&d->timer, loop_clock() + timeout_us);
	else
		timer_stop(&d->timer);
}

void
dialog_flush(struct dialog *d, usec_t now)
{
	ssize_t n = 0;

	if (d->out_len > 0)
		n = stream_write(&d->stream, d->out, d->out_len);
	if (n < 0 && n != -EAGAIN) {
		dialog_fail_errno(d, (int)n, "write", now);
		return;
	}
	if (n > 0) {
		d->out_len -= (size_t)n;
		memmove(d->out, d->out + n, d->out_len);
	}
	stream_want(
	    &d->stream, STREAM_READ | (d->out_len > 0 ? STREAM_WRITE : 0));
}

void
dialog_consume(struct dialog *d, size_t len)
{
	CHECK(len <= d->in_len);
	d->in_len -= len;
	memmove(d->in, d->in + len, d->in_len);
}

void
dialog_close(struct dialog *d)
{
	timer_stop(&d->timer);
	stream_close(&d->stream);
	d->is_connected = false;
}
