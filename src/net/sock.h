/*
 * sock.h - sockets: creating, tuning, and the limit of open files.
 */
#ifndef REGENT_NET_SOCK_H
#define REGENT_NET_SOCK_H

#include "base/err.h"
#include "base/usec.h"
#include "net/addr.h"

#include <stdbool.h>

struct sock_tuning {
	usec_t keepalive_us;    /* idle time before keepalive; 0: off */
	usec_t user_timeout_us; /* TCP_USER_TIMEOUT; 0: the kernel's */
};

/*
 * TCP_NODELAY and the tuning; what a listening socket accepts has those of
 * the listening socket.  Failing options are not errors: the peer may be gone
 * already, which the next read tells.
 */
void sock_tune(int fd, const struct sock_tuning *tuning);

/*
 * Starts connecting without blocking.  Returns the descriptor or a negative
 * errno value; how it ended is known by sock_connect_result once writable.
 */
int sock_connect(const struct addr *addr);
int sock_connect_result(int fd);

/*
 * How far it is without waiting: 0 connected, -EALREADY still connecting, or
 * how it failed.  To a node on this machine it is known at once.
 */
int sock_connect_look(int fd, const struct addr *addr);

/* Whether a failed connect (a negative errno value) is our own trouble: no
 * descriptors, memory or ports.  It says nothing of the peer. */
bool sock_error_is_local(int code);

/* Closes so that unsent bytes are thrown away and the peer sees a reset. */
void sock_close_reset(int fd);

/*
 * A listening TCP socket in a SO_REUSEPORT group.  `is_first` makes sure that
 * nobody else listens there: the option alone would share the port silently
 * with another process of the same user.
 */
int sock_listen(const struct endpoint *ep, bool is_first, struct err *err)
    MUST_CHECK;

/* A listening unix socket with `mode`; a stale one is replaced, a live one
 * is an error. */
int sock_listen_unix(const char *path, unsigned mode, struct err *err)
    MUST_CHECK;

/* A blocking connection to a unix socket, for regentctl. */
int sock_connect_unix(const char *path, struct err *err) MUST_CHECK;

/* One accepted, non-blocking connection, or a negative errno value. */
int sock_accept(int listen_fd, struct addr *peer);

/* The address at the other end; false when it is gone. */
bool sock_peer(int fd, struct addr *peer);

/* Raises the soft limit of open files to the hard one; returns it. */
long sock_files_max(void);

#endif
