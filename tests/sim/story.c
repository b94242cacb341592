#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
story_line(struct world *w, const char *text)
{
	struct story *s = &w->story;
	char *line = s->lines[s->n++ % STORY_LINES];

	snprintf(line, STORY_WIDTH, "%10.4f  %s",
	    (double)w->now / (double)USEC_SEC, text);
	if (s->mode == STORY_ALL)
		puts(line);
}

void
story_tell(struct world *w, const char *fmt, ...)
{
	char text[STORY_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	story_line(w, text);
}

void
story_tell_of(struct world *w, int slot, const char *fmt, ...)
{
	struct story *s = &w->story;
	char text[STORY_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (s->mode == STORY_TAIL && strcmp(text, s->last[slot]) == 0)
		return;
	memcpy(s->last[slot], text, sizeof(text));
	story_line(w, text);
}

void
story_print(const struct story *s)
{
	unsigned first = s->n > STORY_LINES ? s->n - STORY_LINES : 0;

	for (unsigned i = first; i < s->n; i++)
		puts(s->lines[i % STORY_LINES]);
}
