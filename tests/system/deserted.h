/*
 * deserted.h - a cluster "crm" of two nodes where nobody listens, behind one
 * regent with one listener "crm-write": every client is refused.
 */
#ifndef REGENT_SYSTEM_DESERTED_H
#define REGENT_SYSTEM_DESERTED_H

#include "daemon.h"

struct deserted {
	struct daemon *daemon;
	uint16_t port;
};

/* Waits until both nodes are known to be down.  `options` are lines of the
 * listener. */
void deserted_open(struct deserted *d, struct site *site, const char *protocol,
    const char *options);

/* A counter of the listener. */
long long deserted_count(struct deserted *d, const char *column);

#endif
