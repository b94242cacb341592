#include "base/heap.h"

#include "base/mem.h"

#include <stdlib.h>

/* Children of i are 4i+1 to 4i+4: half as deep as with two, and their keys
 * lie in one cache line. */
enum { HEAP_WIDTH = 4, HEAP_ROOM_MIN = 64 };

struct heap_entry {
	int64_t key; /* of the node, here to be compared */
	struct heap_node *node;
};

static void
heap_place(struct heap *h, uint32_t i, struct heap_entry entry)
{
	h->entries[i] = entry;
	entry.node->place = i + 1;
}

static void
heap_sift_up(struct heap *h, uint32_t i, struct heap_entry entry)
{
	while (i > 0) {
		uint32_t parent = (i - 1) / HEAP_WIDTH;

		if (h->entries[parent].key <= entry.key)
			break;
		heap_place(h, i, h->entries[parent]);
		i = parent;
	}
	heap_place(h, i, entry);
}

/* The first of the children of i; 0: it has none. */
static uint32_t
heap_first_child(const struct heap *h, uint32_t i)
{
	uint32_t child = HEAP_WIDTH * i + 1, end = child + HEAP_WIDTH;
	uint32_t first = child;

	if (child >= h->n)
		return 0;
	if (end > h->n)
		end = h->n;
	while (++child < end)
		if (h->entries[child].key < h->entries[first].key)
			first = child;
	return first;
}

static void
heap_sift_down(struct heap *h, uint32_t i, struct heap_entry entry)
{
	uint32_t child;

	while ((child = heap_first_child(h, i)) > 0) {
		if (h->entries[child].key >= entry.key)
			break;
		heap_place(h, i, h->entries[child]);
		i = child;
	}
	heap_place(h, i, entry);
}

/* To where it belongs; whatever is at i has no place any more. */
static void
heap_sift(struct heap *h, uint32_t i, struct heap_entry entry)
{
	if (i > 0 && entry.key < h->entries[(i - 1) / HEAP_WIDTH].key)
		heap_sift_up(h, i, entry);
	else
		heap_sift_down(h, i, entry);
}

static void
heap_resize(struct heap *h, uint32_t room)
{
	h->entries = mem_resize(h->entries, room * sizeof(*h->entries));
	h->room = room;
}

void
heap_set(struct heap *h, struct heap_node *node, int64_t key)
{
	struct heap_entry entry = { .key = key, .node = node };

	node->key = key;
	if (heap_has(node)) {
		CHECK(h->entries[node->place - 1].node == node);
		heap_sift(h, node->place - 1, entry);
		return;
	}
	if (h->n == h->room)
		heap_resize(h, h->room > 0 ? 2 * h->room : HEAP_ROOM_MIN);
	heap_sift_up(h, h->n++, entry);
}

void
heap_unset(struct heap *h, struct heap_node *node)
{
	uint32_t i;
	struct heap_entry last;

	if (!heap_has(node))
		return;
	i = node->place - 1;
	CHECK(h->entries[i].node == node);
	node->place = 0;
	last = h->entries[--h->n];
	if (i < h->n)
		heap_sift(h, i, last);
	if (h->room > HEAP_ROOM_MIN && h->n < h->room / 4)
		heap_resize(h, h->room / 2);
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->n > 0 ? h->entries[0].node : NULL;
}

void
heap_fini(struct heap *h)
{
	CHECK(h->n == 0);
	free(h->entries);
	h->entries = NULL;
	h->room = 0;
}
