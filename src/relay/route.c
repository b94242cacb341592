#include "relay/route.h"

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
		bits = balance_readers(r->view, false) & ~r->barred;
		if (bits == 0 && r->has_primary_fallback)
			return writer;
		return bits;
	case ROUTE_ANY:
		bits = balance_readers(r->view, true) & ~r->barred;
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
	};

	switch (r->balance) {
	case BALANCE_LEASTSESS:
		return balance_leastsess(&b);
	case BALANCE_ROUNDROBIN:
		return balance_roundrobin(&b, r->credit);
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
