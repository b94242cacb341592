#include "net/timer.h"

void
timer_init(struct timer *timer, struct loop *loop, timer_fn *fn)
{
	timer->node = (struct heap_node){ .key = USEC_NEVER };
	timer->loop = loop;
	timer->fn = fn;
}

void
timer_set(struct timer *timer, usec_t deadline)
{
	usec_t now = loop_now(timer->loop);

	/* The turn fires what is due once: one set by a callback is for the
	 * next. */
	if (deadline == USEC_NEVER)
		timer_stop(timer);
	else
		heap_set(loop_timers(timer->loop), &timer->node,
		    deadline > now ? deadline : now + 1);
}

void
timer_stop(struct timer *timer)
{
	heap_unset(loop_timers(timer->loop), &timer->node);
}

bool
timer_is_set(const struct timer *timer)
{
	return heap_has(&timer->node);
}

usec_t
timer_deadline(const struct timer *timer)
{
	return timer->node.key;
}

void
timer_fire(struct heap *timers, usec_t now)
{
	struct heap_node *node;

	while ((node = heap_first(timers)) != NULL && node->key <= now) {
		struct timer *timer = container_of(node, struct timer, node);

		heap_unset(timers, node);
		timer->fn(timer, now);
	}
}
