#include "relay/route.h"

#include "base/hash.h"

#include <string.h>

void
route_nodes_fill(struct route_nodes *nodes, const struct conf_cluster *cluster)
{
	memset(nodes, 0, sizeof(*nodes));
	nodes->slow_start_us = cluster->slow_start_us;
	for (unsigned i = 0; i < cluster->n_nodes; i++) {
		const struct conf_node *node = &cluster->nodes[i];

		nodes->keys[node->id] =
		    hash_bytes(node->name, strlen(node->name));
		nodes->ranks[node->id] = (uint8_t)i;
	}
}

static uint32_t
route_writer_bit(const struct cluster_view *view)
{
	return view->writer >= 0 ? UINT32_C(1) << view->writer : 0;
}

uint32_t
route_candidates(const struct route *r)
{
	uint32_t writer = route_writer_bit(r->view) & ~r->barred;
	uint32_t bits;

	switch (r->route) {
	case ROUTE_PRIMARY:
		return writer;
	case ROUTE_REPLICA:
		bits = balance_readers(r->view, false, r->barred);
		if (bits == 0 && r->has_primary_fallback)
			return writer;
		return bits;
	case ROUTE_ANY:
		bits = balance_readers(r->view, true, r->barred);
		return bits != 0 ? bits : writer;
	case ROUTE_COUNT:
		break;
	}
	CHECK_NEVER("unknown route");
}

int
route_choose(const struct route *r)
{
	struct balance b = {
		.view = r->view,
		.sessions = r->sessions,
		.candidates = route_candidates(r) & ~r->full,
		.slow_start_us = r->nodes->slow_start_us,
		.now = r->now,
		.keys = r->nodes->keys,
		.ranks = r->nodes->ranks,
	};

	switch (r->balance) {
	case BALANCE_LEASTSESS:
		return balance_leastsess(&b);
	case BALANCE_ROUNDROBIN:
		return balance_roundrobin(&b, r->credit);
	case BALANCE_SOURCE:
		return balance_source(&b, r->client);
	case BALANCE_RANDOM2:
		return balance_random2(&b, r->seed);
	case BALANCE_FIRST:
		return balance_first(&b);
	case BALANCE_COUNT:
		break;
	}
	CHECK_NEVER("unknown balance");
}

enum cut
route_cut(const struct cluster_view *view, enum conf_route route, int slot)
{
	CHECK(slot >= 0 && slot < NODES_MAX);
	if (route == ROUTE_PRIMARY && slot != view->writer)
		return CUT_NOW;
	return (enum cut)view->nodes[slot].cut;
}
