/*
 * endpoint.h - a host and a port, as written in a configuration and as nodes
 * report each other: "10.0.0.1:6379", "[::1]:6379", "db1.example.org:6379".
 *
 * A numeric host is kept in canonical form (inet_ntop), a name in lower case.
 * Only a numeric one can be connected to; net/resolve.h makes one of a name.
 */
#ifndef REGENT_BASE_ENDPOINT_H
#define REGENT_BASE_ENDPOINT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ENDPOINT_HOST_LEN 256 /* a name has at most 253 letters */
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

/* The same, and "name:port". */
int endpoint_parse_named(struct endpoint *ep, const char *text, struct err *err)
    MUST_CHECK;

/*
 * From a host and a port given apart; false if the host is not numeric, or
 * neither numeric nor a name.
 */
bool endpoint_from(struct endpoint *ep, const char *host, uint16_t port);
bool endpoint_from_named(struct endpoint *ep, const char *host, uint16_t port);

/* A dot at the end of a name makes no difference. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool endpoint_is_set(const struct endpoint *ep);

/* Whether the host is a name, and not an address. */
bool endpoint_is_named(const struct endpoint *ep);

/* Writes the text form into buf of ENDPOINT_TEXT_LEN bytes; returns buf. */
const char *endpoint_format(const struct endpoint *ep, char *buf);

#endif
