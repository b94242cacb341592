/*
 * addr.h - socket addresses from the numeric endpoints of a configuration.
 */
#ifndef REGENT_NET_ADDR_H
#define REGENT_NET_ADDR_H

#include "base/endpoint.h"

#include <sys/socket.h>

struct addr {
	struct sockaddr_storage ss;
	socklen_t len;
};

/* The endpoint must be set; its host is numeric by construction. */
void addr_from_endpoint(struct addr *addr, const struct endpoint *ep);

/* "10.0.0.1:5000", "[::1]:5000" or "unix" into ENDPOINT_TEXT_LEN bytes. */
const char *addr_format(const struct addr *addr, char *buf);

#endif
