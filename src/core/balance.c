#include "core/balance.h"

#include "base/check.h"
#include "base/hash.h"

uint32_t
balance_readers(
    const struct cluster_view *view, bool with_writer, uint32_t barred)
{
	uint32_t bits = 0, backups = 0;

	for (int i = 0; i < NODES_MAX; i++) {
		if (!view->nodes[i].is_reader ||
		    (barred & UINT32_C(1) << i) != 0)
			continue;
		if (i == view->writer && !with_writer)
			continue;
		if (view->nodes[i].is_backup)
			backups |= UINT32_C(1) << i;
		else
			bits |= UINT32_C(1) << i;
	}
	return bits != 0 ? bits : backups;
}

static bool
balance_has(const struct balance *b, int slot)
{
	return (b->candidates & UINT32_C(1) << slot) != 0;
}

unsigned
balance_share(const struct node_view *node, usec_t slow_start_us, usec_t now)
{
	usec_t age = now - node->returned_at;
	unsigned share;

	if (slow_start_us == 0 || node->returned_at == 0 ||
	    age >= slow_start_us)
		return BALANCE_WHOLE;
	/* A worker may have read the clock before the guard did. */
	if (age < 0)
		return 1;
	share = (unsigned)(age * BALANCE_WHOLE / slow_start_us);
	return share > 0 ? share : 1;
}

static uint64_t
balance_weight(const struct balance *b, int slot)
{
	const struct node_view *node = &b->view->nodes[slot];
	uint64_t weight = node->weight > 0 ? node->weight : 1;

	return weight * balance_share(node, b->slow_start_us, b->now);
}

/* Fewer sessions per weight, one more counted: a/wa < b/wb, not divided. */
static bool
balance_is_less(const struct balance *b, int slot, int than)
{
	return (b->sessions[slot] + UINT64_C(1)) * balance_weight(b, than) <
	    (b->sessions[than] + UINT64_C(1)) * balance_weight(b, slot);
}

int
balance_leastsess(const struct balance *b)
{
	int best = -1;

	CHECK(b->view != NULL && b->sessions != NULL);
	for (int i = 0; i < NODES_MAX; i++) {
		if (!balance_has(b, i))
			continue;
		if (best < 0 || balance_is_less(b, i, best))
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

enum { BALANCE_LOG_BITS = 16 };

/* The binary logarithm of x > 0, in units of 2^-BALANCE_LOG_BITS. */
static uint64_t
balance_log2(uint64_t x)
{
	int shift = __builtin_clzll(x);
	uint64_t y = x << shift >> 32; /* [1, 2), as [2^31, 2^32) */
	uint64_t log = (uint64_t)(63 - shift);

	for (int i = 0; i < BALANCE_LOG_BITS; i++) {
		y = y * y >> 31;
		log = log << 1 | y >> 32;
		y >>= y >> 32;
	}
	return log;
}

/*
 * -log of a number drawn evenly between 0 and 1, to be divided by the weight:
 * the least of them is of a node with the probability of its weight's share.
 * In whole numbers, as regents on different machines should agree.
 */
static uint64_t
balance_lot(const struct balance *b, int slot, uint64_t client)
{
	uint64_t drawn = hash_mix(b->keys[slot] ^ client) | 1;

	return (UINT64_C(64) << BALANCE_LOG_BITS) - balance_log2(drawn);
}

int
balance_source(const struct balance *b, uint64_t client)
{
	uint64_t best_lot = 0;
	int best = -1;

	CHECK(b->view != NULL && b->keys != NULL);
	for (int i = 0; i < NODES_MAX; i++) {
		uint64_t lot;

		if (!balance_has(b, i))
			continue;
		lot = balance_lot(b, i, client);
		if (best < 0 ||
		    lot * balance_weight(b, best) <
			best_lot * balance_weight(b, i)) {
			best = i;
			best_lot = lot;
		}
	}
	return best;
}

/* By weight, one of the candidates but for `except` (-1: all of them). */
static int
balance_draw(const struct balance *b, int except, uint64_t *seed)
{
	uint64_t total = 0, left;
	int drawn = -1;

	for (int i = 0; i < NODES_MAX; i++)
		if (balance_has(b, i) && i != except)
			total += balance_weight(b, i);
	if (total == 0)
		return -1;
	left = hash_next(seed) % total;
	for (int i = 0; drawn < 0; i++) {
		if (!balance_has(b, i) || i == except)
			continue;
		if (left < balance_weight(b, i))
			drawn = i;
		else
			left -= balance_weight(b, i);
	}
	return drawn;
}

int
balance_random2(const struct balance *b, uint64_t *seed)
{
	int one, other;

	CHECK(b->view != NULL && b->sessions != NULL && seed != NULL);
	one = balance_draw(b, -1, seed);
	if (one < 0)
		return -1;
	other = balance_draw(b, one, seed);
	return other >= 0 && balance_is_less(b, other, one) ? other : one;
}

int
balance_first(const struct balance *b)
{
	int best = -1;

	CHECK(b->view != NULL && b->ranks != NULL);
	for (int i = 0; i < NODES_MAX; i++)
		if (balance_has(b, i) &&
		    (best < 0 || b->ranks[i] < b->ranks[best]))
			best = i;
	return best;
}
