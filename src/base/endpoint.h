/*
 * endpoint.h - a numeric address and a port, as written in a configuration
 * and as nodes report each other: "10.0.0.1:6379", "[::1]:6379".
 *
 * The host is kept in canonical form (inet_ntop), so equal endpoints compare
 * equal as text.
 */
#ifndef REGENT_BASE_ENDPOINT_H
#define REGENT_BASE_ENDPOINT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ENDPOINT_HOST_LEN 46 /* INET6_ADDRSTRLEN */
#define ENDPOINT_TEXT_LEN (ENDPOINT_HOST_LEN + 8)

struct endpoint {
	char host[ENDPOINT_HOST_LEN];
	uint16_t port;
};

/* A few of them, as one option has them. */
enum { ENDPOINT_LIST_MAX = 9 };

struct endpoint_list {
	unsigned n;
	struct endpoint at[ENDPOINT_LIST_MAX];
};

/* Parses "IPv4:port", "[IPv6]:port" or "*:port" (any IPv4 address). */
int endpoint_parse(struct endpoint *ep, const char *text, struct err *err)
    MUST_CHECK;

/* From a host and a port given apart; false if the host is not numeric. */
bool endpoint_from(struct endpoint *ep, const char *host, uint16_t port);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool endpoint_is_set(const struct endpoint *ep);

/* Writes the text form into buf of ENDPOINT_TEXT_LEN bytes; returns buf. */
const char *endpoint_format(const struct endpoint *ep, char *buf);

#endif
