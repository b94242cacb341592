#include "guard/locate.h"

#include "guard/guard_private.h"
#include "guard/publish.h"

#include <stdio.h>
#include <string.h>

/* An alias that nobody has named for so long is not looked up any more. */
#define LOCATE_ALIAS_IDLE (60 * USEC_SEC)

/* ---- nodes ----------------------------------------------------------- */

bool
locate_is_open(const struct ward_node *n)
{
	return endpoint_is_set(&n->place.address) && !n->is_withheld;
}

/* Answered where it is now, and no client is left where it was before. */
static void
locate_open(struct ward_node *n, uint64_t acked)
{
	if (n->is_withheld && n->is_answered && acked >= n->left_serial) {
		n->is_withheld = false;
		publish_views(n->ward->guard);
	}
}

void
locate_found(struct ward_node *n)
{
	const struct effects *effects = n->ward->guard->effects;

	if (!n->is_withheld)
		return;
	n->is_answered = true;
	locate_open(n, effects->acked(effects->arg));
}

void
locate_acked(struct ward *w, uint64_t acked)
{
	for (int i = 0; i < NODES_MAX; i++)
		locate_open(&w->nodes[i], acked);
}

/*
 * From here on the node is somewhere else.  What was asked of it where it was
 * has failed; the brain hears of a new node, or of a primary in doubt, which
 * has to show at its new address that it has the data.
 */
static void
locate_move(struct ward_node *n, const struct endpoint *address, usec_t now)
{
	bool was_known = endpoint_is_set(&n->place.address);
	char text[ENDPOINT_TEXT_LEN], from[ENDPOINT_TEXT_LEN] = "none";

	if (was_known)
		endpoint_format(&n->place.address, from);
	ward_tell(n->ward, LEVEL_NOTICE, (int)n->slot,
	    "name=%s address=%s->%s%s", n->place.named.host, from,
	    endpoint_format(address, text),
	    was_known ? " action=\"left; not used before it was probed\"" : "");
	n->place.address = *address;
	n->is_withheld = true;
	n->is_answered = false;
	ward_move_node(n, was_known, now);
	publish_views(n->ward->guard);
	n->left_serial = n->ward->guard->serial;
}

static void
locate_tell_failure(const struct place *p, const struct resolved *resolved)
{
	char text[ENDPOINT_TEXT_LEN];

	if (endpoint_is_set(&p->address))
		ward_tell(p->node->ward, LEVEL_WARN, (int)p->node->slot,
		    "name=%s address=%s reason=\"%s\" action=\"kept until the "
		    "name can be looked up\"",
		    p->named.host, endpoint_format(&p->address, text),
		    resolved->detail);
	else
		ward_tell(p->node->ward, LEVEL_WARN, (int)p->node->slot,
		    "name=%s address=none reason=\"%s\"", p->named.host,
		    resolved->detail);
}

static bool
locate_has(const struct resolved *resolved, const char *host)
{
	for (unsigned i = 0; i < resolved->n; i++)
		if (strcmp(resolved->hosts[i], host) == 0)
			return true;
	return false;
}

/*
 * The address among those of the name: the one in use as long as it is there,
 * else the first of the fixed order, so that two regents choose the same.
 */
static bool
locate_choose(const struct place *p, const struct resolved *resolved,
    struct endpoint *address)
{
	if (resolved->outcome != RESOLVE_OK)
		return false;
	CHECK(resolved->n > 0);
	if (endpoint_is_set(&p->address) &&
	    locate_has(resolved, p->address.host))
		return false;
	CHECK(endpoint_from(address, resolved->hosts[0], p->named.port));
	return true;
}

static void
locate_on_address(void *arg, const struct resolved *resolved, usec_t now)
{
	struct place *p = arg;
	struct endpoint address;

	if (locate_choose(p, resolved, &address)) {
		locate_move(p->node, &address, now);
	} else if (resolved->outcome != RESOLVE_OK) {
		locate_tell_failure(p, resolved);
		if (!endpoint_is_set(&p->address))
			ward_probe_anew(p->node, now);
	} else {
		ward_tell(p->node->ward, LEVEL_NOTICE, (int)p->node->slot,
		    "name=%s addresses=%u action=\"looked up again, nothing "
		    "has changed\"",
		    p->named.host, resolved->n);
	}
}

/* Only by this the others name it: nobody is cut. */
static void
locate_on_replication(void *arg, const struct resolved *resolved, usec_t now)
{
	struct place *p = arg;
	struct endpoint address;

	(void)now;
	if (locate_choose(p, resolved, &address))
		p->address = address;
	else if (resolved->outcome != RESOLVE_OK)
		locate_tell_failure(p, resolved);
}

static void
locate_set(struct place *p, struct ward_node *n, const struct endpoint *named,
    resolve_fn *fn)
{
	struct resolver *resolver = n->ward->guard->resolver;

	if (p->node != NULL && endpoint_equal(&p->named, named))
		return; /* a reload: what is known of it stays known */
	resolve_close(&p->resolve);
	p->node = n;
	p->named = *named;
	p->address = (struct endpoint){ .port = 0 };
	if (endpoint_is_named(named))
		p->resolve = resolve_open(resolver, named->host, fn, p);
	else
		p->address = *named;
}

static void
locate_unset(struct place *p)
{
	resolve_close(&p->resolve);
	memset(p, 0, sizeof(*p));
}

void
locate_configure(struct ward_node *n, const struct conf_node *conf)
{
	bool is_new = n->place.node == NULL;

	locate_set(&n->place, n, &conf->address, locate_on_address);
	if (endpoint_is_set(&conf->replication_address)) {
		locate_set(&n->replication, n, &conf->replication_address,
		    locate_on_replication);
	} else {
		locate_unset(&n->replication);
		n->replication.named = conf->address; /* looked up already */
	}
	if (is_new) {
		n->is_withheld = n->place.resolve != NULL;
		n->is_answered = false;
		n->left_serial = 0;
	}
}

void
locate_forget(struct ward_node *n)
{
	locate_unset(&n->place);
	locate_unset(&n->replication);
	n->is_withheld = false;
}

/* ---- how others name them -------------------------------------------- */

static bool
locate_is_at(const struct ward_node *n, const struct endpoint *ep)
{
	return endpoint_equal(ep, &n->replication.named) ||
	    endpoint_equal(ep, &n->replication.address) ||
	    endpoint_equal(ep, &n->place.named) ||
	    endpoint_equal(ep, &n->place.address);
}

static int
locate_known(const struct ward *w, const struct endpoint *ep)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (w->brain.nodes[i].is_used && locate_is_at(&w->nodes[i], ep))
			return i;
	return NODE_FOREIGN;
}

static void
locate_drop_alias(struct locate_alias *a)
{
	resolve_close(&a->resolve);
	a->host[0] = '\0';
}

/* Whom the sentinels appoint may be known only now. */
static void
locate_on_alias(void *arg, const struct resolved *resolved, usec_t now)
{
	struct locate_alias *a = arg;

	if (resolved->outcome != RESOLVE_OK)
		ward_tell(a->ward, LEVEL_WARN, NODE_NONE,
		    "name=%s reason=\"%s\" action=\"a node that follows it "
		    "follows none of ours\"",
		    a->host, resolved->detail);
	authority_look_again(&a->ward->authority, now);
}

static struct locate_alias *
locate_find_alias(struct ward *w, const char *host)
{
	for (int i = 0; i < LOCATE_ALIASES_MAX; i++)
		if (strcmp(w->aliases[i].host, host) == 0)
			return &w->aliases[i];
	return NULL;
}

/* In the place of a free one, or of the one that was not used longest. */
static struct locate_alias *
locate_add_alias(struct ward *w, const char *host, usec_t now)
{
	struct locate_alias *oldest = &w->aliases[0];

	for (int i = 0; i < LOCATE_ALIASES_MAX; i++) {
		struct locate_alias *a = &w->aliases[i];

		if (now - a->used_at >= LOCATE_ALIAS_IDLE)
			locate_drop_alias(a);
		if (a->used_at < oldest->used_at)
			oldest = a;
	}
	locate_drop_alias(oldest);
	oldest->ward = w;
	snprintf(oldest->host, sizeof(oldest->host), "%s", host);
	oldest->resolve =
	    resolve_open(w->guard->resolver, host, locate_on_alias, oldest);
	return oldest;
}

static int
locate_resolved_slot(
    const struct ward *w, const struct resolved *resolved, uint16_t port)
{
	int slot = NODE_FOREIGN;

	if (resolved->outcome == RESOLVE_PENDING)
		return NODE_PENDING;
	for (unsigned i = 0; slot == NODE_FOREIGN && i < resolved->n; i++) {
		struct endpoint ep;

		CHECK(endpoint_from(&ep, resolved->hosts[i], port));
		slot = locate_known(w, &ep);
	}
	return slot;
}

int
locate_slot_of(struct ward *w, const struct endpoint *ep)
{
	struct locate_alias *a;
	int slot;

	if (!endpoint_is_set(ep))
		return NODE_FOREIGN;
	slot = locate_known(w, ep);
	if (slot >= 0 || !endpoint_is_named(ep) || w->guard->resolver == NULL)
		return slot;
	a = locate_find_alias(w, ep->host);
	if (a == NULL)
		a = locate_add_alias(w, ep->host, loop_now(w->loop));
	a->used_at = loop_now(w->loop);
	return locate_resolved_slot(w, resolve_now(a->resolve), ep->port);
}

void
locate_close(struct ward *w)
{
	for (int i = 0; i < NODES_MAX; i++)
		locate_forget(&w->nodes[i]);
	for (int i = 0; i < LOCATE_ALIASES_MAX; i++)
		locate_drop_alias(&w->aliases[i]);
}
