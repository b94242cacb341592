#include "annals.h"

#include "base/check.h"

const char *const excuse_texts[EXCUSE_COUNT] = {
	[EXCUSE_NONE] = "none",
	[EXCUSE_ASYNC] = "within max_loss",
	[EXCUSE_ORDER] = "by order",
	[EXCUSE_NODES] = "thrown away by nodes",
	[EXCUSE_CONFIG] = "by a new configuration",
	[EXCUSE_FOLLOWED] = "by an outside authority",
};

void
annals_init(struct annals *a)
{
	a->n_histories = 1; /* 0 is none */
	a->n_writes = 0;
}

uint32_t
annals_fork(struct annals *a, const struct data *of)
{
	struct history *h;

	if (a->n_histories == HISTORIES_MAX)
		return 0;
	h = &a->histories[a->n_histories];
	h->parent = of->history;
	h->forked_at = of->position;
	return a->n_histories++;
}

bool
annals_has(
    const struct annals *a, const struct data *set, const struct data *point)
{
	uint32_t history = set->history;
	uint64_t position = set->position;

	while (history != point->history) {
		const struct history *h = &a->histories[history];

		CHECK(history < a->n_histories);
		if (history == 0)
			return false;
		if (h->forked_at < position)
			position = h->forked_at;
		history = h->parent;
	}
	return history != 0 && point->position <= position;
}
