#include "relay/routes.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct routes *
routes_new(uint64_t serial, const struct cluster_view *views,
    const struct addr (*addrs)[NODES_MAX], unsigned n_workers)
{
	struct routes *r = mem_new(sizeof(*r));

	r->magic = ROUTES_MAGIC;
	r->serial = serial;
	atomic_init(&r->refs, 1);
	atomic_init(&r->unseen, n_workers);
	if (views != NULL) {
		memcpy(r->views, views, sizeof(r->views));
		memcpy(r->addrs, addrs, sizeof(r->addrs));
		return r;
	}
	for (unsigned i = 0; i < CONF_CLUSTERS_MAX; i++)
		r->views[i].writer = -1;
	return r;
}

struct routes *
routes_ref(struct routes *r)
{
	CHECK_OBJ(r, ROUTES_MAGIC);
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void
routes_unref(struct routes **routes)
{
	struct routes *r = *routes;

	if (r == NULL)
		return;
	CHECK_OBJ(r, ROUTES_MAGIC);
	*routes = NULL;
	if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
		return;
	r->magic = 0;
	free(r);
}
