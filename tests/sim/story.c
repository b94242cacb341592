#include "world.h"

#include <stdarg.h>
#include <stdio.h>

void
story_tell(struct world *w, const char *fmt, ...)
{
	struct story *s = &w->story;
	char *line = s->lines[s->n++ % STORY_LINES];
	int len = snprintf(
	    line, STORY_WIDTH, "%10.4f  ", (double)w->now / (double)USEC_SEC);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + len, (size_t)(STORY_WIDTH - len), fmt, ap);
	va_end(ap);
	if (s->mode == STORY_ALL)
		puts(line);
}

void
story_print(const struct story *s)
{
	unsigned first = s->n > STORY_LINES ? s->n - STORY_LINES : 0;

	for (unsigned i = first; i < s->n; i++)
		puts(s->lines[i % STORY_LINES]);
}
