#include "net/addr.h"

#include "base/hash.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

void
addr_from_endpoint(struct addr *addr, const struct endpoint *ep)
{
	struct sockaddr_in *in4 = &addr->ss.in4;
	struct sockaddr_in6 *in6 = &addr->ss.in6;

	CHECK(endpoint_is_set(ep));
	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, ep->host, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(ep->port);
		addr->len = sizeof(*in4);
		return;
	}
	CHECK(inet_pton(AF_INET6, ep->host, &in6->sin6_addr) == 1);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(ep->port);
	addr->len = sizeof(*in6);
}

const char *
addr_format(const struct addr *addr, char *buf)
{
	const struct sockaddr_in *in4 = &addr->ss.in4;
	const struct sockaddr_in6 *in6 = &addr->ss.in6;
	char text[ENDPOINT_TEXT_LEN];
	struct endpoint ep = { "", 0 };

	if (addr->ss.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &in4->sin_addr, ep.host, sizeof(ep.host));
		ep.port = ntohs(in4->sin_port);
	} else if (addr->ss.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, ep.host, sizeof(ep.host));
		ep.port = ntohs(in6->sin6_port);
	} else {
		snprintf(buf, ADDR_TEXT_LEN, "unix");
		return buf;
	}
	snprintf(buf, ADDR_TEXT_LEN, "%s", endpoint_format(&ep, text));
	return buf;
}

uint64_t
addr_hash_host(const struct addr *addr)
{
	const struct in6_addr *in6 = &addr->ss.in6.sin6_addr;

	if (addr->ss.any.sa_family == AF_INET)
		return hash_bytes(
		    &addr->ss.in4.sin_addr, sizeof(addr->ss.in4.sin_addr));
	CHECK(addr->ss.any.sa_family == AF_INET6);
	/* The same client, at a listener of both families. */
	if (IN6_IS_ADDR_V4MAPPED(in6))
		return hash_bytes(in6->s6_addr + 12, 4);
	return hash_bytes(in6->s6_addr, 8);
}
