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

static bool
endpoint_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
endpoint_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 1123 section 2.1, and "_", which names of containers have. */
static size_t
endpoint_label_len(const char *label)
{
	size_t len = 0;

	while (endpoint_is_letter(label[len]) ||
	    endpoint_is_digit(label[len]) || label[len] == '-')
		len++;
	return len <= 63 && label[0] != '-' &&
		(len == 0 || label[len - 1] != '-')
	    ? len
	    : 0;
}

/* The last label is no number: else it is an address that is misspelt. */
static bool
endpoint_is_name(const char *host)
{
	const char *last = host;

	if (strlen(host) >= ENDPOINT_HOST_LEN - 2)
		return false;
	while (*host != '\0') {
		size_t len = endpoint_label_len(host);

		if (len == 0 || (host[len] != '.' && host[len] != '\0'))
			return false;
		last = host;
		host += len + (host[len] == '.');
	}
	return strspn(last, "0123456789.") < strlen(last);
}

bool
endpoint_from_named(struct endpoint *ep, const char *host, uint16_t port)
{
	if (endpoint_from(ep, host, port))
		return true;
	memset(ep, 0, sizeof(*ep));
	if (!endpoint_is_name(host))
		return false;
	for (size_t i = 0; host[i] != '\0'; i++)
		ep->host[i] = (char)(host[i] >= 'A' && host[i] <= 'Z'
			? host[i] + ('a' - 'A')
			: host[i]);
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

/* Cuts "host:port" or "[host]:port" in two. */
static int
endpoint_split(const char *text, char *host, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	bool is_bracketed;
	size_t len;

	if (colon == NULL || endpoint_parse_port(port, colon + 1) != 0)
		return -EINVAL;
	len = (size_t)(colon - text);
	is_bracketed = len >= 2 && text[0] == '[' && colon[-1] == ']';
	/* IPv6 needs brackets, and nothing else has them. */
	if (is_bracketed != (memchr(text, ':', len) != NULL))
		return -EINVAL;
	if (is_bracketed) {
		text++;
		len -= 2;
	}
	if (len >= ENDPOINT_HOST_LEN)
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	return 0;
}

int
endpoint_parse(struct endpoint *ep, const char *text, struct err *err)
{
	char host[ENDPOINT_HOST_LEN];
	uint16_t port;

	if (endpoint_split(text, host, &port) == 0 &&
	    endpoint_from(ep, strcmp(host, "*") == 0 ? "0.0.0.0" : host, port))
		return 0;
	return err_set(err, -EINVAL,
	    "\"%s\" is not an address: expected a numeric IP:PORT "
	    "such as 10.0.0.1:6379 or [::1]:6379",
	    text);
}

int
endpoint_parse_named(struct endpoint *ep, const char *text, struct err *err)
{
	char host[ENDPOINT_HOST_LEN];
	uint16_t port;

	if (endpoint_split(text, host, &port) == 0 &&
	    endpoint_from_named(
		ep, strcmp(host, "*") == 0 ? "0.0.0.0" : host, port))
		return 0;
	return err_set(err, -EINVAL,
	    "\"%s\" is not an address: expected IP:PORT or NAME:PORT such as "
	    "10.0.0.1:6379, [::1]:6379 or db1.example.org:6379",
	    text);
}

static size_t
endpoint_host_len(const struct endpoint *ep)
{
	size_t len = strlen(ep->host);

	return len > 0 && ep->host[len - 1] == '.' ? len - 1 : len;
}

bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	size_t len = endpoint_host_len(a);

	return a->port == b->port && len == endpoint_host_len(b) &&
	    memcmp(a->host, b->host, len) == 0;
}

bool
endpoint_is_set(const struct endpoint *ep)
{
	return ep->host[0] != '\0';
}

bool
endpoint_is_named(const struct endpoint *ep)
{
	unsigned char raw[16];

	return endpoint_is_set(ep) && strchr(ep->host, ':') == NULL &&
	    inet_pton(AF_INET, ep->host, raw) != 1;
}

const char *
endpoint_format(const struct endpoint *ep, char *buf)
{
	bool is_v6 = strchr(ep->host, ':') != NULL;

	snprintf(buf, ENDPOINT_TEXT_LEN, "%s%s%s:%u", is_v6 ? "[" : "",
	    ep->host, is_v6 ? "]" : "", (unsigned)ep->port);
	return buf;
}
