#include "heap.h"

#include "base/check.h"

const char *const message_texts[MSG_COUNT] = {
#define MESSAGE(NAME, to, text) [MSG_##NAME] = text,
#include "message.def"
#undef MESSAGE
};

const enum addressee message_addressees[MSG_COUNT] = {
#define MESSAGE(NAME, to, text) [MSG_##NAME] = TO_##to,
#include "message.def"
#undef MESSAGE
};

/* Children of i are 4i+1 to 4i+4: half as deep as with two. */
enum { HEAP_WIDTH = 4 };

void
heap_init(struct heap *h)
{
	h->n = 0;
	h->serial = 0;
	h->n_slots = 0;
	h->n_free = 0;
}

enum { HEAP_SERIAL_BITS = 24 };

static uint64_t
heap_key(usec_t at, uint32_t serial)
{
	CHECK(serial < UINT32_C(1) << HEAP_SERIAL_BITS);
	CHECK(at >= 0 && at < INT64_C(1) << (63 - HEAP_SERIAL_BITS));
	return (uint64_t)at << HEAP_SERIAL_BITS | serial;
}

static bool
heap_is_before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key < b->key;
}

bool
heap_push(struct heap *h, const struct message *m)
{
	struct heap_entry new;
	unsigned i = h->n;

	if (i == HEAP_MAX)
		return false;
	new.key = heap_key(m->at, ++h->serial);
	new.index = h->n_free > 0 ? h->free[--h->n_free] : h->n_slots++;
	h->messages[new.index] = *m;
	h->n++;
	while (i > 0) {
		unsigned parent = (i - 1) / HEAP_WIDTH;

		if (!heap_is_before(&new, &h->at[parent]))
			break;
		h->at[i] = h->at[parent];
		i = parent;
	}
	h->at[i] = new;
	return true;
}

/* The first of the children of i; 0: it has none. */
static unsigned
heap_first_child(const struct heap *h, unsigned i)
{
	unsigned child = HEAP_WIDTH * i + 1, end = child + HEAP_WIDTH;
	unsigned first = child;

	if (child >= h->n)
		return 0;
	if (end > h->n)
		end = h->n;
	while (++child < end)
		if (heap_is_before(&h->at[child], &h->at[first]))
			first = child;
	return first;
}

bool
heap_pop(struct heap *h, struct message *m)
{
	struct heap_entry last;
	unsigned i = 0, child;

	if (h->n == 0)
		return false;
	*m = h->messages[h->at[0].index];
	h->free[h->n_free++] = h->at[0].index;
	last = h->at[--h->n];
	while ((child = heap_first_child(h, i)) > 0) {
		if (!heap_is_before(&h->at[child], &last))
			break;
		h->at[i] = h->at[child];
		i = child;
	}
	h->at[i] = last;
	return true;
}
