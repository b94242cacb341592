#include "heap.h"

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

static bool
heap_is_before(const struct message *a, const struct message *b)
{
	return a->at != b->at ? a->at < b->at : a->serial < b->serial;
}

bool
heap_push(struct heap *h, const struct message *m)
{
	struct message new = *m;
	unsigned i = h->n;

	if (h->n == HEAP_MAX)
		return false;
	h->n++;
	new.serial = ++h->serial;
	while (i > 0 && heap_is_before(&new, &h->at[(i - 1) / 2])) {
		h->at[i] = h->at[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->at[i] = new;
	return true;
}

bool
heap_pop(struct heap *h, struct message *m)
{
	struct message last;
	unsigned i = 0, child;

	if (h->n == 0)
		return false;
	*m = h->at[0];
	last = h->at[--h->n];
	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n &&
		    heap_is_before(&h->at[child + 1], &h->at[child]))
			child++;
		if (!heap_is_before(&h->at[child], &last))
			break;
		h->at[i] = h->at[child];
		i = child;
	}
	h->at[i] = last;
	return true;
}
