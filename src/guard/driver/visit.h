/*
 * visit.h - a contact that is connected anew for each probe and does nothing
 * else: what the drivers of nodes without roles share.
 *
 * The driver brings the ops of its dialog, and ends each probe by visit_done.
 */
#ifndef REGENT_GUARD_DRIVER_VISIT_H
#define REGENT_GUARD_DRIVER_VISIT_H

#include "guard/driver/dialog.h"

struct contact {
	struct dialog dialog;
	struct grave grave;
	struct endpoint address;
	const struct contact_ops *ops;
	void *arg;
};

struct contact *visit_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg,
    const struct dialog_ops *dialog_ops);

/* JOB_PROBE only: there is nothing else to do with such a node. */
void visit_start(struct contact *contact, const struct job *job, usec_t now);
void visit_close(struct contact **contact);

/* Hangs up, and brings the result. */
void visit_done(
    struct contact *contact, const struct contact_result *result, usec_t now);

#endif
