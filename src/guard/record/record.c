#include "guard/record/record.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
record_fini(struct recorder *r)
{
	for (unsigned i = 0; i < r->n_segments; i++)
		free(r->segments[i]);
	memset(r, 0, sizeof(*r));
}

/* ---- segments --------------------------------------------------------- */

uint64_t
record_count(const struct recorder *r)
{
	const struct record_segment *s;

	if (r->n_segments == 0)
		return 0;
	s = r->segments[r->n_segments - 1];
	return s->checkpoint.number + s->n;
}

static bool
record_is_kept(const struct recorder *r, const struct record_segment *s)
{
	return s->n > 0 && s->entries[0].now <= r->kept_until &&
	    s->entries[s->n - 1].now >= r->kept_from;
}

/*
 * Of the last failover nothing goes but the middle of a long one: how it
 * began and how it went on is told by its ends.  The newest segment is full,
 * and is the one that there shall always be.
 */
static unsigned
record_choose_victim(const struct recorder *r)
{
	for (unsigned i = 0; i + 1 < r->n_segments; i++)
		if (!record_is_kept(r, r->segments[i]))
			return i;
	return 1;
}

/* Room for another one, that of the oldest if there is no more. */
static struct record_segment *
record_take_room(struct recorder *r)
{
	struct record_segment *s;
	unsigned victim;

	if (r->n_segments < RECORD_SEGMENTS_MAX)
		return mem_new(sizeof(*s));
	victim = record_choose_victim(r);
	s = r->segments[victim];
	r->n_segments--;
	memmove(&r->segments[victim], &r->segments[victim + 1],
	    (r->n_segments - victim) * sizeof(r->segments[0]));
	return s;
}

static struct record_segment *
record_begin_segment(struct recorder *r, const struct step *step)
{
	uint64_t number = record_count(r);
	struct record_segment *s = record_take_room(r);

	s->n = 0;
	s->checkpoint.at = step->now;
	s->checkpoint.number = number;
	s->checkpoint.cluster = *step->before;
	r->segments[r->n_segments++] = s;
	return s;
}

static struct record_segment *
record_segment(struct recorder *r, const struct step *step)
{
	struct record_segment *s;

	if (r->n_segments > 0) {
		s = r->segments[r->n_segments - 1];
		if (s->n < RECORD_SEGMENT_EVENTS)
			return s;
	}
	return record_begin_segment(r, step);
}

/* Most ticks are such, some twenty a second. */
static bool
record_is_idle(const struct step *step)
{
	return step->event->kind == EV_TICK && step->rule == NULL &&
	    memcmp(step->before, step->after, sizeof(*step->after)) == 0;
}

void
record_step(struct recorder *r, const struct step *step)
{
	struct record_segment *s;

	if (record_is_idle(step))
		return;
	s = record_segment(r, step);
	s->entries[s->n++] = (struct record_entry){
		.now = step->now,
		.phase = step->after->phase,
		.epoch = step->after->epoch,
		.rule = step->rule,
		.event = *step->event,
	};
}

void
record_keep(struct recorder *r, usec_t from, usec_t until)
{
	CHECK(from <= until);
	r->kept_from = from;
	r->kept_until = until;
}

void
record_restore_segment(
    struct recorder *r, const struct record_checkpoint *checkpoint)
{
	struct record_segment *s = record_take_room(r);

	s->n = 0;
	s->checkpoint = *checkpoint;
	r->segments[r->n_segments++] = s;
}

void
record_restore_entry(struct recorder *r, const struct record_entry *entry)
{
	struct record_segment *s;

	if (r->n_segments == 0)
		return;
	s = r->segments[r->n_segments - 1];
	if (s->n < RECORD_SEGMENT_EVENTS)
		s->entries[s->n++] = *entry;
}

void
record_restore_line(struct recorder *r, const struct record_line *line)
{
	r->lines[r->n_lines++ % RECORD_LINES_MAX] = *line;
}

/* ---- the timeline ----------------------------------------------------- */

void
record_tell(
    struct recorder *r, usec_t now, const char *node, const char *fmt, ...)
{
	struct record_line *line;
	va_list ap;

	line = &r->lines[r->n_lines++ % RECORD_LINES_MAX];
	line->now = now;
	clock_gettime(CLOCK_REALTIME, &line->wall);
	snprintf(
	    line->node, sizeof(line->node), "%s", node != NULL ? node : "");
	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
}

const struct record_line *
record_line_at(const struct recorder *r, unsigned i)
{
	unsigned first =
	    r->n_lines > RECORD_LINES_MAX ? r->n_lines - RECORD_LINES_MAX : 0;

	if (i >= r->n_lines - first)
		return NULL;
	return &r->lines[(first + i) % RECORD_LINES_MAX];
}
