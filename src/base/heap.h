/*
 * heap.h - an intrusive min-heap: the member with the least key first.
 *
 * A node embedded in its owner knows its place, so that it can be moved and
 * taken out.  The heap never owns its members.  Its array grows and shrinks
 * with them; running out of memory aborts (base/mem.h).
 */
#ifndef REGENT_BASE_HEAP_H
#define REGENT_BASE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: in no heap. */
struct heap_node {
	int64_t key;
	uint32_t place; /* in the array, from 1; 0: in no heap */
};

struct heap {
	struct heap_entry *entries;
	uint32_t n;
	uint32_t room;
};

static inline bool
heap_has(const struct heap_node *node)
{
	return node->place != 0;
}

/* Puts the node in, or moves it, to `key`. */
void heap_set(struct heap *heap, struct heap_node *node, int64_t key);

/* Takes it out, if it is in; the key stays readable. */
void heap_unset(struct heap *heap, struct heap_node *node);

/* The node with the least key, or NULL; among equal ones any. */
struct heap_node *heap_first(const struct heap *heap);

/* An empty heap only. */
void heap_fini(struct heap *heap);

#endif
