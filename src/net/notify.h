/*
 * notify.h - the service manager's notification socket (sd_notify(3)).
 *
 * A few lines of datagram instead of a library; without NOTIFY_SOCKET in the
 * environment every call does nothing.  Guard thread only.
 */
#ifndef REGENT_NET_NOTIFY_H
#define REGENT_NET_NOTIFY_H

#include "base/check.h"
#include "base/usec.h"

/* Remembers NOTIFY_SOCKET and WATCHDOG_USEC, and takes them out of the
 * environment so that no child pretends to be us. */
void notify_init(void);

/* "READY=1", "STATUS=..." and so on, several separated by newlines. */
void notify_send(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Another process is the service: nothing is sent from here on. */
void notify_stop(void);

/* How often to send WATCHDOG=1 (half of what the manager allows); 0: never. */
usec_t notify_watchdog_interval(void);

#endif
