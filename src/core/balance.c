#include "core/balance.h"

#include "base/check.h"

uint32_t
balance_readers(const struct cluster_view *view, bool with_writer)
{
	uint32_t bits = 0;

	for (int i = 0; i < NODES_MAX; i++) {
		if (!view->nodes[i].is_reader)
			continue;
		if (i == view->writer && !with_writer)
			continue;
		bits |= UINT32_C(1) << i;
	}
	return bits;
}

static bool
balance_has(const struct balance *b, int slot)
{
	return (b->candidates & UINT32_C(1) << slot) != 0;
}

static uint64_t
balance_weight(const struct balance *b, int slot)
{
	uint64_t weight = b->view->nodes[slot].weight;

	return weight > 0 ? weight : 1;
}

int
balance_leastsess(const struct balance *b)
{
	int best = -1;

	CHECK(b->view != NULL && b->sessions != NULL);
	for (int i = 0; i < NODES_MAX; i++) {
		if (!balance_has(b, i))
			continue;
		/* a/wa < b/wb without dividing */
		if (best < 0 ||
		    (b->sessions[i] + UINT64_C(1)) * balance_weight(b, best) <
			(b->sessions[best] + UINT64_C(1)) *
			    balance_weight(b, i))
			best = i;
	}
	return best;
}

int
balance_roundrobin(const struct balance *b, int *credit)
{
	int best = -1, total = 0;

	CHECK(b->view != NULL && credit != NULL);
	for (int i = 0; i < NODES_MAX; i++) {
		int weight = (int)balance_weight(b, i);

		if (!balance_has(b, i))
			continue;
		credit[i] += weight;
		total += weight;
		if (best < 0 || credit[i] > credit[best])
			best = i;
	}
	if (best >= 0)
		credit[best] -= total;
	return best;
}
