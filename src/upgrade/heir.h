/*
 * heir.h - the new process of an upgrade, from its first instruction until it
 * has taken over.
 *
 * It reads what the old one gives, says when it is ready, waits until the old
 * one stands still, and takes over.  All of it before its loop runs: nothing
 * else is to be done meanwhile, and the old one serves until the end.
 */
#ifndef REGENT_UPGRADE_HEIR_H
#define REGENT_UPGRADE_HEIR_H

#include "base/err.h"
#include "conf/conf.h"
#include "net/inherit.h"
#include "upgrade/seed.h"

struct heir;

/* Reads names and sockets from the channel, which it owns.  NULL with the
 * reason, which the old one is told too. */
struct heir *heir_open(int fd, struct err *err) MUST_CHECK;

/* What was not given away is closed: the old one sees that we have failed. */
void heir_free(struct heir **heir);

/* For conf_load, borrowed. */
const struct conf *heir_outline(const struct heir *heir);

/* The sockets; the caller's from now on. */
struct inherited *heir_take_sockets(struct heir *heir);

/* All is open but what only one process can have: waits for that.  From its
 * return on until heir_take_over the old process stands still. */
int heir_await(struct heir *heir, struct err *err) MUST_CHECK;

/* What the old one has written down, borrowed; the lock of its journal, the
 * caller's from now on. */
const char *heir_state(const struct heir *heir);
int heir_take_lock(struct heir *heir);

/* We are the guard: the old one is an elder, and so are those it had. */
int heir_take_over(struct heir *heir, struct err *err) MUST_CHECK;

/* The elders, each the caller's from now on; false behind the last. */
bool heir_take_elder(struct heir *heir, struct elder_seed *seed);

/* Why we will not; says nothing when nobody listens any more. */
void heir_fail(struct heir *heir, const char *why);

#endif
