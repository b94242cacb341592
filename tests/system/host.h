/*
 * host.h - a network namespace with an address: where a process runs, or a
 * socket is made.
 *
 * A socket stays in the namespace of the thread that made it, so a thread
 * enters a host, connects, and leaves again.  NULL is everyday loopback, and
 * then nothing happens.  Who opened the namespace (lan.h) closes it.
 */
#ifndef REGENT_SYSTEM_HOST_H
#define REGENT_SYSTEM_HOST_H

#define HOST_NAME_LEN 12 /* less than a name of an interface may have */

struct host {
	char name[HOST_NAME_LEN];
	char address[16];
	int ns; /* descriptor of the namespace */
};

/* Where others reach the host. */
const char *host_address(const struct host *host);

/* The namespace of the calling thread; the caller closes it. */
int host_here(void);

/* Moves the calling thread for good; async-signal-safe. */
void host_move(const struct host *host);

/* Moves the calling thread and returns what host_leave takes. */
int host_enter(const struct host *host);
void host_leave(int was);

#endif
