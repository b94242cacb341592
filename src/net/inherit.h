/*
 * inherit.h - listening sockets that somebody else has opened for us: the
 * service manager (sd_listen_fds(3)), or the process that we replace.
 *
 * Each is found by the address it is bound to, so that nothing but the
 * configuration says what it is for.  Main thread.
 */
#ifndef REGENT_NET_INHERIT_H
#define REGENT_NET_INHERIT_H

#include "base/err.h"
#include "base/endpoint.h"

struct inherited;

struct inherited *inherit_new(void);

/* Closes what nobody has taken, and logs each. */
void inherit_free(struct inherited **inherited);

/*
 * Those of LISTEN_FDS, if LISTEN_PID is us; takes these variables out of the
 * environment.  What is no listening stream socket is an error.
 */
int inherit_from_manager(struct inherited *inherited, struct err *err)
    MUST_CHECK;

/* Takes over a descriptor, unless it fails. */
int inherit_add(struct inherited *inherited, int fd, struct err *err)
    MUST_CHECK;

unsigned inherit_count(const struct inherited *inherited);

/* The next one that is bound there, for the caller to own; or -1. */
int inherit_take(struct inherited *inherited, const struct endpoint *ep);
int inherit_take_unix(struct inherited *inherited, const char *path);

#endif
