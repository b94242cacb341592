/*
 * fake_dns.h - a DNS server over UDP on loopback that says what a test wants,
 * or is silent, or talks nonsense.
 *
 * A thread answers; names and answers may be changed at any time.  It knows
 * names in lower case, with A, AAAA and CNAME records, and tells of all
 * others that there are none.
 */
#ifndef REGENT_TESTS_NET_FAKE_DNS_H
#define REGENT_TESTS_NET_FAKE_DNS_H

#include "base/endpoint.h"

enum fake_dns_mood {
	FAKE_DNS_ANSWERS,
	FAKE_DNS_SILENT,
	FAKE_DNS_FAILS,   /* SERVFAIL */
	FAKE_DNS_GARBAGE, /* what is no message */
	FAKE_DNS_BROKEN,  /* a good head, and records that end too early */
};

struct fake_dns;

/* On a port that is free. */
struct fake_dns *fake_dns_start(void);
void fake_dns_stop(struct fake_dns **dns);
void fake_dns_endpoint(const struct fake_dns *dns, struct endpoint *ep);

/* The addresses of a name, between blanks; "" is a name without any. */
void fake_dns_set(struct fake_dns *dns, const char *name, unsigned ttl,
    const char *addresses);
/* The name is another one's. */
void fake_dns_alias(
    struct fake_dns *dns, const char *name, unsigned ttl, const char *target);
void fake_dns_remove(struct fake_dns *dns, const char *name);
void fake_dns_become(struct fake_dns *dns, enum fake_dns_mood mood);

/* Questions for the name's addresses of IPv4 so far. */
unsigned fake_dns_asked(struct fake_dns *dns, const char *name);

#endif
