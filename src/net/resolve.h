/*
 * resolve.h - names and the addresses that they have, asked again when their
 * time to live is over.
 *
 * c-ares on a loop: /etc/hosts first, then the servers of /etc/resolv.conf or
 * those that are given.  A name that can't be asked for keeps the addresses it
 * had and is asked for again and again, at growing intervals.  A name has
 * IPv6 addresses only if it has none of IPv4.  The main loop only.
 */
#ifndef REGENT_NET_RESOLVE_H
#define REGENT_NET_RESOLVE_H

#include "base/endpoint.h"
#include "net/loop.h"

enum { RESOLVE_HOSTS_MAX = 16, RESOLVE_HOST_LEN = 46 };

/* However short or long an answer says that it is good for. */
#define RESOLVE_TTL_MIN USEC_SEC
#define RESOLVE_TTL_MAX (3600 * USEC_SEC)

/* What failed is asked for again after the first, doubled up to the last. */
#define RESOLVE_RETRY_MIN USEC_SEC
#define RESOLVE_RETRY_MAX (10 * USEC_SEC)

enum resolve_outcome {
	RESOLVE_PENDING, /* not answered yet */
	RESOLVE_OK,
	RESOLVE_ABSENT, /* answered: no such name, or it has no address */
	RESOLVE_FAILED, /* not answered: no server, silence, nonsense */
};

struct resolved {
	enum resolve_outcome outcome;
	unsigned n; /* also when it failed: those of the last good answer */
	char hosts[RESOLVE_HOSTS_MAX][RESOLVE_HOST_LEN]; /* in fixed order */
	usec_t again_us;    /* asked again after so long */
	const char *detail; /* static text, for people */
};

struct resolver;
struct resolve;

/* NULL when this program was built without c-ares. */
struct resolver *resolver_new(struct loop *loop);

/* Once all its names are closed. */
void resolver_free(struct resolver **resolver);

/*
 * Reads /etc/resolv.conf (again); n > 0 servers are asked in the place of
 * those in there.  On failure, a negative errno value, all stays as it was.
 * Not from a resolve_fn.
 */
int resolver_configure(struct resolver *resolver,
    const struct endpoint_list *servers, struct err *err) MUST_CHECK;

/* The outcome or the addresses are not what they were. */
typedef void resolve_fn(void *arg, const struct resolved *resolved, usec_t now);

/* Asks from the next turn on.  `name` is copied. */
struct resolve *resolve_open(
    struct resolver *resolver, const char *name, resolve_fn *fn, void *arg);
void resolve_close(struct resolve **resolve); /* also from its resolve_fn */

/* What is known now. */
const struct resolved *resolve_now(const struct resolve *resolve);

#endif
