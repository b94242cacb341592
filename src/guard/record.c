#include "guard/record.h"

#include <stdarg.h>
#include <stdio.h>

void
record_event(struct record_ring *ring, const struct cluster *cluster,
    const struct event *ev, const struct rule *rule, usec_t now)
{
	struct record_entry *e;

	/* A tick that changed nothing is what every second is full of. */
	if (ev->kind == EV_TICK && rule == NULL)
		return;
	e = &ring->events[ring->n_events++ % RECORD_EVENTS_MAX];
	e->now = now;
	e->phase = cluster->phase;
	e->epoch = cluster->epoch;
	e->rule = rule;
	e->event = *ev;
}

void
record_tell(struct record_ring *ring, usec_t now, const char *node,
    const char *fmt, ...)
{
	struct record_line *line;
	va_list ap;

	line = &ring->lines[ring->n_lines++ % RECORD_LINES_MAX];
	line->now = now;
	clock_gettime(CLOCK_REALTIME, &line->wall);
	snprintf(
	    line->node, sizeof(line->node), "%s", node != NULL ? node : "");
	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
}

const struct record_line *
record_line_at(const struct record_ring *ring, unsigned i)
{
	unsigned first = ring->n_lines > RECORD_LINES_MAX
	    ? ring->n_lines - RECORD_LINES_MAX
	    : 0;

	if (i >= ring->n_lines - first)
		return NULL;
	return &ring->lines[(first + i) % RECORD_LINES_MAX];
}

const struct record_entry *
record_event_at(const struct record_ring *ring, unsigned i)
{
	unsigned first = ring->n_events > RECORD_EVENTS_MAX
	    ? ring->n_events - RECORD_EVENTS_MAX
	    : 0;

	if (i >= ring->n_events - first)
		return NULL;
	return &ring->events[(first + i) % RECORD_EVENTS_MAX];
}
