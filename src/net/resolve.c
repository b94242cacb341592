#include "net/resolve.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/timer.h"
#include "net/watch.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RESOLVER_MAGIC 0x5245534fu
#define RESOLVE_MAGIC 0x4e414d45u

/* Of one try with one server; c-ares doubles it with each round. */
enum { RESOLVE_TRY_MS = 1000, RESOLVE_TRIES = 2 };

/* One socket of c-ares, which says itself when to watch it for what. */
struct resolve_socket {
	struct list link;
	struct watch watch;
	int fd;
	struct resolver *resolver;
};

struct resolver {
	uint32_t magic;
	struct loop *loop;
	ares_channel channel; /* NULL before resolver_configure */
	struct timer timer;   /* when c-ares wants to be called */
	struct list sockets;
	struct list names;
};

/* A question under way; it may outlive the one who asked. */
struct resolve_query {
	struct resolve *resolve; /* NULL: closed */
};

struct resolve {
	uint32_t magic;
	struct list link;
	struct grave grave;
	struct resolver *resolver;
	char *name;
	resolve_fn *fn;
	void *arg;
	struct timer timer;          /* when to ask again */
	struct resolve_query *query; /* NULL: none under way */
	int family;
	bool is_second; /* the other family was asked for first */
	usec_t retry_us;
	struct resolved now;
};

/* ---- c-ares on the loop ---------------------------------------------- */

/* To be called behind whatever c-ares was told. */
static void
resolver_rearm(struct resolver *r)
{
	struct timeval left;

	if (r->channel == NULL || ares_timeout(r->channel, NULL, &left) == NULL)
		timer_stop(&r->timer);
	else
		timer_set(&r->timer,
		    loop_clock() + (usec_t)left.tv_sec * USEC_SEC +
			(usec_t)left.tv_usec);
}

static void
resolver_on_timer(struct timer *timer, usec_t now)
{
	struct resolver *r = container_of(timer, struct resolver, timer);

	(void)now;
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	resolver_rearm(r);
}

static void
resolver_on_socket(struct watch *watch, int events, usec_t now)
{
	struct resolve_socket *s =
	    container_of(watch, struct resolve_socket, watch);
	struct resolver *r = s->resolver;
	int fd = s->fd;

	(void)now;
	/* The socket may be gone when this returns. */
	ares_process_fd(r->channel,
	    (events & WATCH_READ) != 0 ? fd : ARES_SOCKET_BAD,
	    (events & WATCH_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
	resolver_rearm(r);
}

static struct resolve_socket *
resolver_find_socket(struct resolver *r, int fd)
{
	LIST_FOREACH (it, &r->sockets) {
		struct resolve_socket *s =
		    LIST_ENTRY(it, struct resolve_socket, link);

		if (s->fd == fd)
			return s;
	}
	return NULL;
}

static struct resolve_socket *
resolver_add_socket(struct resolver *r, int fd)
{
	struct resolve_socket *s = mem_new(sizeof(*s));

	s->resolver = r;
	s->fd = fd;
	watch_init(&s->watch, r->loop, resolver_on_socket);
	list_init(&s->link);
	list_push(&r->sockets, &s->link);
	return s;
}

static void
resolver_remove_socket(struct resolve_socket *s)
{
	watch_stop(&s->watch);
	list_remove(&s->link);
	free(s);
}

/* Called by c-ares; nothing to watch for: the socket is about to be closed. */
static void
resolver_on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	int events = (readable ? WATCH_READ : 0) | (writable ? WATCH_WRITE : 0);
	struct resolver *r = arg;
	struct resolve_socket *s = resolver_find_socket(r, fd);

	CHECK_OBJ(r, RESOLVER_MAGIC);
	if (events == 0) {
		if (s != NULL)
			resolver_remove_socket(s);
		return;
	}
	if (s == NULL)
		s = resolver_add_socket(r, fd);
	watch_set(&s->watch, fd, events);
}

static int
resolver_fail(int status, const char *what, struct err *err)
{
	return err_set(err, status == ARES_ENOMEM ? -ENOMEM : -EINVAL,
	    "resolver: %s: %s", what, ares_strerror(status));
}

static int
resolver_set_servers(
    ares_channel channel, const struct endpoint_list *servers, struct err *err)
{
	struct text csv = TEXT_INIT;
	char buf[ENDPOINT_TEXT_LEN];
	int status;

	if (servers->n == 0)
		return 0;
	for (unsigned i = 0; i < servers->n; i++)
		text_addf(&csv, "%s%s", i > 0 ? "," : "",
		    endpoint_format(&servers->at[i], buf));
	status = ares_set_servers_ports_csv(channel, text_cstr(&csv));
	text_fini(&csv);
	return status == ARES_SUCCESS
	    ? 0
	    : resolver_fail(status, "nameservers", err);
}

int
resolver_configure(
    struct resolver *r, const struct endpoint_list *servers, struct err *err)
{
	char lookups[] = "fb"; /* the file of hosts before the servers */
	struct ares_options options = {
		.timeout = RESOLVE_TRY_MS,
		.tries = RESOLVE_TRIES,
		.sock_state_cb = resolver_on_state,
		.sock_state_cb_data = r,
		.lookups = lookups,
	};
	ares_channel old = r->channel, channel;
	int status, rc;

	CHECK_OBJ(r, RESOLVER_MAGIC);
	status = ares_init_options(&channel, &options,
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
		ARES_OPT_LOOKUPS);
	if (status != ARES_SUCCESS)
		return resolver_fail(status, "cannot start", err);
	rc = resolver_set_servers(channel, servers, err);
	if (rc != 0) {
		ares_destroy(channel);
		return rc;
	}
	r->channel = channel;
	if (old != NULL)
		ares_destroy(old); /* what is under way is asked anew */
	resolver_rearm(r);
	return 0;
}

struct resolver *
resolver_new(struct loop *loop)
{
	struct resolver *r = mem_new(sizeof(*r));

	CHECK(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS);
	r->magic = RESOLVER_MAGIC;
	r->loop = loop;
	list_init(&r->sockets);
	list_init(&r->names);
	timer_init(&r->timer, loop, resolver_on_timer);
	return r;
}

void
resolver_free(struct resolver **resolver)
{
	struct resolver *r = *resolver;

	if (r == NULL)
		return;
	CHECK_OBJ(r, RESOLVER_MAGIC);
	CHECK(list_is_empty(&r->names));
	if (r->channel != NULL)
		ares_destroy(r->channel);
	CHECK(list_is_empty(&r->sockets));
	timer_stop(&r->timer);
	ares_library_cleanup();
	r->magic = 0;
	free(r);
	*resolver = NULL;
}

/* ---- one name -------------------------------------------------------- */

static enum resolve_outcome
resolve_outcome_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return RESOLVE_OK;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
		return RESOLVE_ABSENT;
	default:
		return RESOLVE_FAILED;
	}
}

static int
resolve_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
resolve_add_host(struct resolved *out, const struct ares_addrinfo_node *node)
{
	const struct sockaddr_in *in4 = (const void *)node->ai_addr;
	const struct sockaddr_in6 *in6 = (const void *)node->ai_addr;
	const void *raw = node->ai_family == AF_INET
	    ? (const void *)&in4->sin_addr
	    : (const void *)&in6->sin6_addr;

	if (out->n == RESOLVE_HOSTS_MAX ||
	    (node->ai_family != AF_INET && node->ai_family != AF_INET6))
		return false;
	return inet_ntop(node->ai_family, raw, out->hosts[out->n],
		   RESOLVE_HOST_LEN) != NULL;
}

/* An answer is as good as the shortest-lived of its records. */
static usec_t
resolve_ttl(const struct ares_addrinfo *info)
{
	usec_t ttl = RESOLVE_TTL_MAX;

	for (const struct ares_addrinfo_cname *c = info->cnames; c != NULL;
	     c = c->next)
		if (c->ttl * USEC_SEC < ttl)
			ttl = c->ttl * USEC_SEC;
	for (const struct ares_addrinfo_node *node = info->nodes; node != NULL;
	     node = node->ai_next)
		if (node->ai_ttl * USEC_SEC < ttl)
			ttl = node->ai_ttl * USEC_SEC;
	return ttl < RESOLVE_TTL_MIN ? RESOLVE_TTL_MIN : ttl;
}

static void
resolve_read(struct resolved *out, const struct ares_addrinfo *info)
{
	out->n = 0;
	for (const struct ares_addrinfo_node *node = info->nodes; node != NULL;
	     node = node->ai_next)
		if (resolve_add_host(out, node))
			out->n++;
	/* Servers turn their answers round to share the load. */
	qsort(out->hosts, out->n, sizeof(out->hosts[0]), resolve_compare);
}

static bool
resolve_is_equal(const struct resolved *a, const struct resolved *b)
{
	if (a->outcome != b->outcome || a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->hosts[i], b->hosts[i]) != 0)
			return false;
	return true;
}

static void
resolve_take(struct resolve *w, int status, const struct ares_addrinfo *info)
{
	struct resolved before = w->now;
	struct resolved *now = &w->now;
	usec_t at = loop_clock();

	now->outcome = resolve_outcome_of(status);
	now->detail = ares_strerror(status);
	if (now->outcome == RESOLVE_OK) {
		resolve_read(now, info);
		now->again_us = resolve_ttl(info);
		w->retry_us = RESOLVE_RETRY_MIN;
	} else {
		now->again_us = w->retry_us;
		w->retry_us *= 2;
		if (w->retry_us > RESOLVE_RETRY_MAX)
			w->retry_us = RESOLVE_RETRY_MAX;
	}
	timer_set(&w->timer, at + now->again_us);
	if (!resolve_is_equal(&before, now))
		w->fn(w->arg, now, at);
}

/* Asked of the same servers again, or of others, in the next turn. */
static void
resolve_ask_soon(struct resolve *w)
{
	timer_set(&w->timer, loop_clock());
}

static void
resolve_learn(struct resolve *w, int status, const struct ares_addrinfo *info)
{
	if (status == ARES_SUCCESS && info->nodes == NULL)
		status = ARES_ENODATA;
	if (status == ARES_EDESTRUCTION) {
		resolve_ask_soon(w); /* resolver_configure */
	} else if (resolve_outcome_of(status) == RESOLVE_ABSENT &&
	    !w->is_second) {
		w->family = w->family == AF_INET ? AF_INET6 : AF_INET;
		w->is_second = true;
		resolve_ask_soon(w);
	} else {
		w->is_second = false;
		resolve_take(w, status, info);
	}
}

static void
resolve_on_answer(
    void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct resolve_query *q = arg;
	struct resolve *w = q->resolve;

	(void)timeouts;
	free(q);
	if (w != NULL) {
		CHECK_OBJ(w, RESOLVE_MAGIC);
		w->query = NULL;
		resolve_learn(w, status, info);
	}
	if (info != NULL)
		ares_freeaddrinfo(info);
}

static void
resolve_on_timer(struct timer *timer, usec_t now)
{
	struct resolve *w = container_of(timer, struct resolve, timer);
	struct resolver *r = w->resolver;
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_socktype = SOCK_STREAM,
	};

	(void)now;
	CHECK_OBJ(w, RESOLVE_MAGIC);
	CHECK(r->channel != NULL && w->query == NULL);
	if (!w->is_second)
		w->family = w->now.n > 0 && strchr(w->now.hosts[0], ':') != NULL
		    ? AF_INET6
		    : AF_INET;
	hints.ai_family = w->family;
	w->query = mem_new(sizeof(*w->query));
	w->query->resolve = w;
	/* It may be answered before this returns. */
	ares_getaddrinfo(
	    r->channel, w->name, NULL, &hints, resolve_on_answer, w->query);
	resolver_rearm(r);
}

struct resolve *
resolve_open(struct resolver *r, const char *name, resolve_fn *fn, void *arg)
{
	struct resolve *w = mem_new(sizeof(*w));

	CHECK_OBJ(r, RESOLVER_MAGIC);
	CHECK(name[0] != '\0' && fn != NULL);
	w->magic = RESOLVE_MAGIC;
	w->resolver = r;
	w->name = mem_strdup(name);
	w->fn = fn;
	w->arg = arg;
	w->retry_us = RESOLVE_RETRY_MIN;
	w->now.detail = "not answered yet";
	list_init(&w->link);
	list_push(&r->names, &w->link);
	timer_init(&w->timer, r->loop, resolve_on_timer);
	resolve_ask_soon(w);
	return w;
}

static void
resolve_free(struct grave *grave)
{
	struct resolve *w = container_of(grave, struct resolve, grave);

	w->magic = 0;
	free(w->name);
	free(w);
}

void
resolve_close(struct resolve **resolve)
{
	struct resolve *w = *resolve;

	if (w == NULL)
		return;
	CHECK_OBJ(w, RESOLVE_MAGIC);
	timer_stop(&w->timer);
	if (w->query != NULL)
		w->query->resolve = NULL;
	list_remove(&w->link);
	loop_bury(w->resolver->loop, &w->grave, resolve_free);
	*resolve = NULL;
}

const struct resolved *
resolve_now(const struct resolve *w)
{
	CHECK_OBJ(w, RESOLVE_MAGIC);
	return &w->now;
}
