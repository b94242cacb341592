#include "fake_dns.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FAKE_DNS_NAMES = 32,
	FAKE_DNS_NAME_LEN = 128,
	FAKE_DNS_PACKET = 512,
	FAKE_DNS_HEAD = 12,
	FAKE_DNS_A = 1,
	FAKE_DNS_CNAME = 5,
	FAKE_DNS_AAAA = 28,
	FAKE_DNS_SERVFAIL = 2,
	FAKE_DNS_NXDOMAIN = 3,
};

struct fake_dns_name {
	char name[FAKE_DNS_NAME_LEN]; /* "": free */
	unsigned n_asked;
	bool is_there;
	unsigned ttl;
	char target[FAKE_DNS_NAME_LEN]; /* "" unless it is an alias */
	char addresses[256];
};

struct fake_dns {
	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_bool is_stopping;
	pthread_mutex_t lock;
	/* Under lock: */
	enum fake_dns_mood mood;
	struct fake_dns_name names[FAKE_DNS_NAMES];
};

/* A message that is being written. */
struct fake_dns_out {
	unsigned char at[FAKE_DNS_PACKET];
	size_t len;
	unsigned n_answers;
};

static struct fake_dns_name *
fake_dns_find(struct fake_dns *d, const char *name)
{
	for (int i = 0; i < FAKE_DNS_NAMES; i++)
		if (strcmp(d->names[i].name, name) == 0)
			return &d->names[i];
	return NULL;
}

static struct fake_dns_name *
fake_dns_take(struct fake_dns *d, const char *name)
{
	struct fake_dns_name *n = fake_dns_find(d, name);

	if (n == NULL) {
		n = fake_dns_find(d, "");
		CHECK(n != NULL && strlen(name) < sizeof(n->name));
		memcpy(n->name, name, strlen(name) + 1);
	}
	return n;
}

static void
fake_dns_put(struct fake_dns_out *o, const void *bytes, size_t len)
{
	CHECK(o->len + len <= sizeof(o->at));
	memcpy(o->at + o->len, bytes, len);
	o->len += len;
}

static void
fake_dns_put16(struct fake_dns_out *o, unsigned number)
{
	uint16_t raw = htons((uint16_t)number);

	fake_dns_put(o, &raw, sizeof(raw));
}

static void
fake_dns_put_name(struct fake_dns_out *o, const char *name)
{
	while (*name != '\0') {
		size_t len = strcspn(name, ".");
		unsigned char n = (unsigned char)len;

		fake_dns_put(o, &n, 1);
		fake_dns_put(o, name, len);
		name += len + (name[len] == '.');
	}
	fake_dns_put(o, "", 1);
}

static void
fake_dns_put_head(
    struct fake_dns_out *o, const char *name, unsigned type, unsigned ttl)
{
	uint32_t raw = htonl(ttl);

	fake_dns_put_name(o, name);
	fake_dns_put16(o, type);
	fake_dns_put16(o, 1);
	fake_dns_put(o, &raw, sizeof(raw));
	o->n_answers++;
}

static void
fake_dns_put_address(struct fake_dns_out *o, const struct fake_dns_name *n,
    unsigned type, const char *text)
{
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	unsigned char raw[16];
	size_t len = family == AF_INET6 ? 16 : 4;

	if ((type == FAKE_DNS_AAAA) != (family == AF_INET6))
		return;
	CHECK(inet_pton(family, text, raw) == 1);
	fake_dns_put_head(o, n->name, type, n->ttl);
	fake_dns_put16(o, (unsigned)len);
	fake_dns_put(o, raw, len);
}

static void
fake_dns_put_addresses(
    struct fake_dns_out *o, const struct fake_dns_name *n, unsigned type)
{
	char copy[sizeof(n->addresses)], *rest = copy, *word;

	memcpy(copy, n->addresses, sizeof(copy));
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			fake_dns_put_address(o, n, type, word);
}

static void
fake_dns_put_alias(struct fake_dns_out *o, const struct fake_dns_name *n)
{
	struct fake_dns_out target = { .len = 0 };

	fake_dns_put_name(&target, n->target);
	fake_dns_put_head(o, n->name, FAKE_DNS_CNAME, n->ttl);
	fake_dns_put16(o, (unsigned)target.len);
	fake_dns_put(o, target.at, target.len);
}

/* Returns the code of the answer. */
static unsigned
fake_dns_answer(struct fake_dns *d, struct fake_dns_out *o,
    struct fake_dns_name *n, unsigned type)
{
	if (type == FAKE_DNS_A)
		n->n_asked++;
	if (d->mood == FAKE_DNS_FAILS)
		return FAKE_DNS_SERVFAIL;
	if (!n->is_there)
		return FAKE_DNS_NXDOMAIN;
	if (n->target[0] != '\0') {
		fake_dns_put_alias(o, n);
		n = fake_dns_find(d, n->target);
		CHECK(n != NULL);
	}
	fake_dns_put_addresses(o, n, type);
	return 0;
}

/* The name of the question as text; 0 or where its type is. */
static size_t
fake_dns_read_name(const unsigned char *in, size_t len, char *name)
{
	size_t at = FAKE_DNS_HEAD, n = 0;

	while (at < len && in[at] != 0) {
		size_t label = in[at++];

		if (at + label >= len || n + label + 2 > FAKE_DNS_NAME_LEN)
			return 0;
		for (size_t i = 0; i < label; i++)
			name[n++] = (char)(in[at + i] | 0x20);
		name[n++] = '.';
		at += label;
	}
	name[n > 0 ? n - 1 : 0] = '\0';
	return at + 5 <= len ? at + 1 : 0;
}

/* False when nothing is to be sent. */
static bool
fake_dns_reply(struct fake_dns *d, const unsigned char *in, size_t len,
    struct fake_dns_out *o)
{
	char name[FAKE_DNS_NAME_LEN];
	size_t at = fake_dns_read_name(in, len, name);
	unsigned type, code;

	if (at == 0)
		return false;
	type = (unsigned)in[at] << 8 | in[at + 1];
	fake_dns_put(o, in, at + 4);
	code = fake_dns_answer(d, o, fake_dns_take(d, name), type);
	o->at[2] = 0x84; /* an answer, of an authority */
	o->at[3] = (unsigned char)(0x80 | code);
	o->at[7] = (unsigned char)o->n_answers;
	memset(o->at + 8, 0, 4);
	if (d->mood == FAKE_DNS_BROKEN) {
		o->at[7] = 9;
		fake_dns_put(o, "\xc0\x0c\x00", 3);
	}
	if (d->mood == FAKE_DNS_GARBAGE)
		memset(o->at, 0xff, o->len);
	return d->mood != FAKE_DNS_SILENT;
}

static void
fake_dns_serve(struct fake_dns *d)
{
	unsigned char in[FAKE_DNS_PACKET];
	struct fake_dns_out out = { .len = 0 };
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);
	bool is_to_send;
	ssize_t n;

	n = recvfrom(
	    d->fd, in, sizeof(in), 0, (struct sockaddr *)&peer, &peer_len);
	if (n < FAKE_DNS_HEAD)
		return;
	pthread_mutex_lock(&d->lock);
	is_to_send = fake_dns_reply(d, in, (size_t)n, &out);
	pthread_mutex_unlock(&d->lock);
	/* Whoever asked may be gone. */
	if (is_to_send)
		(void)!sendto(d->fd, out.at, out.len, 0,
		    (struct sockaddr *)&peer, peer_len);
}

static void *
fake_dns_main(void *arg)
{
	struct fake_dns *d = arg;

	while (!atomic_load(&d->is_stopping))
		fake_dns_serve(d);
	return NULL;
}

struct fake_dns *
fake_dns_start(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct fake_dns *d = mem_new(sizeof(*d));
	socklen_t len = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(d->fd >= 0);
	CHECK(bind(d->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	CHECK(getsockname(d->fd, (struct sockaddr *)&addr, &len) == 0);
	d->port = ntohs(addr.sin_port);
	CHECK(pthread_mutex_init(&d->lock, NULL) == 0);
	CHECK(pthread_create(&d->thread, NULL, fake_dns_main, d) == 0);
	return d;
}

void
fake_dns_stop(struct fake_dns **dns)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct fake_dns *d = *dns;

	if (d == NULL)
		return;
	atomic_store(&d->is_stopping, true);
	/* Wakes the thread: a packet without a question. */
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons(d->port);
	CHECK(sendto(d->fd, "", 1, 0, (struct sockaddr *)&addr, sizeof(addr)) ==
	    1);
	CHECK(pthread_join(d->thread, NULL) == 0);
	close(d->fd);
	pthread_mutex_destroy(&d->lock);
	free(d);
	*dns = NULL;
}

void
fake_dns_endpoint(const struct fake_dns *d, struct endpoint *ep)
{
	CHECK(endpoint_from(ep, "127.0.0.1", d->port));
}

void
fake_dns_set(
    struct fake_dns *d, const char *name, unsigned ttl, const char *addresses)
{
	struct fake_dns_name *n;

	pthread_mutex_lock(&d->lock);
	n = fake_dns_take(d, name);
	n->is_there = true;
	n->ttl = ttl;
	n->target[0] = '\0';
	snprintf(n->addresses, sizeof(n->addresses), "%s", addresses);
	pthread_mutex_unlock(&d->lock);
}

void
fake_dns_alias(
    struct fake_dns *d, const char *name, unsigned ttl, const char *target)
{
	struct fake_dns_name *n;

	pthread_mutex_lock(&d->lock);
	n = fake_dns_take(d, name);
	n->is_there = true;
	n->ttl = ttl;
	snprintf(n->target, sizeof(n->target), "%s", target);
	pthread_mutex_unlock(&d->lock);
}

void
fake_dns_remove(struct fake_dns *d, const char *name)
{
	pthread_mutex_lock(&d->lock);
	fake_dns_take(d, name)->is_there = false;
	pthread_mutex_unlock(&d->lock);
}

void
fake_dns_become(struct fake_dns *d, enum fake_dns_mood mood)
{
	pthread_mutex_lock(&d->lock);
	d->mood = mood;
	pthread_mutex_unlock(&d->lock);
}

unsigned
fake_dns_asked(struct fake_dns *d, const char *name)
{
	unsigned n;

	pthread_mutex_lock(&d->lock);
	n = fake_dns_take(d, name)->n_asked;
	pthread_mutex_unlock(&d->lock);
	return n;
}
