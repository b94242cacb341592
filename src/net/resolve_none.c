/*
 * resolve_none.c - resolve.h without c-ares: nobody gets a resolver, so
 * nothing else of it can be called.
 */
#include "net/resolve.h"

struct resolver *
resolver_new(struct loop *loop)
{
	(void)loop;
	return NULL;
}

void
resolver_free(struct resolver **resolver)
{
	CHECK(*resolver == NULL);
}

int
resolver_configure(struct resolver *resolver,
    const struct endpoint_list *servers, struct err *err)
{
	(void)resolver;
	(void)servers;
	(void)err;
	CHECK_NEVER("a resolver without c-ares");
}

struct resolve *
resolve_open(
    struct resolver *resolver, const char *name, resolve_fn *fn, void *arg)
{
	(void)resolver;
	(void)name;
	(void)fn;
	(void)arg;
	CHECK_NEVER("a resolver without c-ares");
}

void
resolve_close(struct resolve **resolve)
{
	CHECK(*resolve == NULL);
}

const struct resolved *
resolve_now(const struct resolve *resolve)
{
	(void)resolve;
	CHECK_NEVER("a resolver without c-ares");
}
