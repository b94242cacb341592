/*
 * dialog.h - a connection with a deadline, an out and an in buffer: the part
 * that drivers with a wire codec of their own share.
 *
 * Owned by its driver's contact and embedded in it.
 */
#ifndef REGENT_GUARD_DRIVER_DIALOG_H
#define REGENT_GUARD_DRIVER_DIALOG_H

#include "guard/driver/driver.h"
#include "net/stream.h"
#include "net/timer.h"

enum { DIALOG_OUT_MAX = 4096, DIALOG_IN_MAX = 65536 };

struct dialog;

struct dialog_ops {
	/* Connected: write the first request, or be done. */
	void (*on_connected)(struct dialog *d, usec_t now);
	/* d->in holds more bytes; consume what is complete. */
	void (*on_bytes)(struct dialog *d, usec_t now);
	/* It ended or could not be: the dialog is closed already. */
	void (*on_failed)(struct dialog *d, enum verdict verdict,
	    const char *detail, usec_t now);
};

struct dialog {
	struct stream stream;
	struct timer timer;
	const struct dialog_ops *ops;
	usec_t timeout_us;
	bool is_connected;
	size_t out_len;
	size_t in_len;
	char out[DIALOG_OUT_MAX];
	char in[DIALOG_IN_MAX];
};

void dialog_init(
    struct dialog *d, struct loop *loop, const struct dialog_ops *ops);

/* Starts connecting; a failure comes by on_failed, maybe before it returns. */
void dialog_connect(
    struct dialog *d, const struct endpoint *address, usec_t now);
bool dialog_is_open(const struct dialog *d);

/* on_failed comes when nothing ends the job in that time; 0: no limit. */
void dialog_set_timeout(struct dialog *d, usec_t timeout_us);

/* Sends d->out as far as the socket takes it now, the rest later. */
void dialog_flush(struct dialog *d, usec_t now);
void dialog_consume(struct dialog *d, size_t len);
void dialog_close(struct dialog *d);

#endif
