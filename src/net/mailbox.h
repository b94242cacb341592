/*
 * mailbox.h - a bounded queue of fixed-size messages from any thread to the
 * loop of one.  The only way, besides refcounted snapshots and counters, in
 * which threads talk.
 */
#ifndef REGENT_NET_MAILBOX_H
#define REGENT_NET_MAILBOX_H

#include "net/loop.h"

#include <stddef.h>

struct mailbox;
typedef void mailbox_fn(void *arg, const void *message, usec_t now);

/* Owned by the receiving thread, which frees it after senders are gone. */
struct mailbox *mailbox_new(struct loop *loop, size_t message_size,
    unsigned capacity, mailbox_fn *fn, void *arg);
void mailbox_free(struct mailbox **mailbox);

/* The receiver's last look, after senders are gone: hands over what waits. */
void mailbox_deliver(struct mailbox *mailbox);

/* Any thread.  Copies the message; false when the queue is full. */
bool mailbox_post(struct mailbox *mailbox, const void *message) MUST_CHECK;

#endif
