/*
 * addr.h - socket addresses from the numeric endpoints of a configuration.
 */
#ifndef REGENT_NET_ADDR_H
#define REGENT_NET_ADDR_H

#include "base/endpoint.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct addr {
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} ss;          /* of a unix socket only the family */
	socklen_t len; /* 0: not set */
};

/* The endpoint must be set, and numeric. */
void addr_from_endpoint(struct addr *addr, const struct endpoint *ep);

/* What the host hashes to, whatever its port; of IPv6 its /64, as one host
 * changes the rest at will. */
uint64_t addr_hash_host(const struct addr *addr);

#define ADDR_TEXT_LEN 54 /* "[", INET6_ADDRSTRLEN, "]:65535" */

/* "10.0.0.1:5000", "[::1]:5000" or "unix" into ADDR_TEXT_LEN bytes. */
const char *addr_format(const struct addr *addr, char *buf);

#endif
