#include "base/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
endpoint_from(struct endpoint *ep, const char *host, uint16_t port)
{
	unsigned char raw[16];
	int family;

	family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
	memset(ep, 0, sizeof(*ep));
	if (inet_pton(family, host, raw) != 1)
		return false;
	if (inet_ntop(family, raw, ep->host, sizeof(ep->host)) == NULL)
		return false;
	ep->port = port;
	return true;
}

static int
endpoint_parse_port(uint16_t *port, const char *text)
{
	char *end;
	long value;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < 1 || value > 65535)
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

int
endpoint_parse(struct endpoint *ep, const char *text, struct err *err)
{
	char host[ENDPOINT_HOST_LEN];
	const char *colon = strrchr(text, ':');
	const char *from = text;
	bool is_bracketed;
	size_t len;
	uint16_t port;

	if (colon == NULL || endpoint_parse_port(&port, colon + 1) != 0)
		goto bad;
	len = (size_t)(colon - text);
	is_bracketed = len >= 2 && text[0] == '[' && colon[-1] == ']';
	if (is_bracketed != (memchr(text, ':', len) != NULL))
		goto bad; /* IPv6 needs brackets, and nothing else has them */
	if (is_bracketed) {
		from++;
		len -= 2;
	}
	if (len >= sizeof(host))
		goto bad;
	memcpy(host, from, len);
	host[len] = '\0';
	if (endpoint_from(ep, strcmp(host, "*") == 0 ? "0.0.0.0" : host, port))
		return 0;
bad:
	return err_set(err, -EINVAL,
	    "\"%s\" is not an address: expected a numeric IP:PORT "
	    "such as 10.0.0.1:6379 or [::1]:6379",
	    text);
}

bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool
endpoint_is_set(const struct endpoint *ep)
{
	return ep->host[0] != '\0';
}

const char *
endpoint_format(const struct endpoint *ep, char *buf)
{
	bool is_v6 = strchr(ep->host, ':') != NULL;

	snprintf(buf, ENDPOINT_TEXT_LEN, "%s%s%s:%u", is_v6 ? "[" : "",
	    ep->host, is_v6 ? "]" : "", (unsigned)ep->port);
	return buf;
}
