#include "drill.h"

#include "guard/record/narrate.h"

#include <string.h>

struct drill drill;

static const struct rule *drill_step(struct cluster *c, const struct event *ev,
    usec_t now, struct actions *actions);

/* The brain of those tests, each step of it watched. */
#define failover_step drill_step
#include "tests/unit/core/brain.c"
#undef failover_step

static const struct rule *
drill_step(struct cluster *c, const struct event *ev, usec_t now,
    struct actions *actions)
{
	struct cluster before;
	struct step step = { &before, c, ev, NULL, actions, now };
	usec_t from, until;

	memcpy(&before, c, sizeof(before));
	step.rule = failover_step(c, ev, now, actions);
	record_step(&drill.recorder, &step);
	episode_step(&drill.watch, &step);
	if (drill.watch.last.kind != EPISODE_NONE) {
		episode_bounds(&drill.watch.last, &from, &until);
		record_keep(&drill.recorder, from, until);
	}
	narrate_step(&step, &drill.story);
	return step.rule;
}

int
drill_open(void **state)
{
	(void)state;
	memset(&drill, 0, sizeof(drill));
	return 0;
}

int
drill_close(void **state)
{
	(void)state;
	record_fini(&drill.recorder);
	text_fini(&drill.story);
	return 0;
}

void
drill_forget(void)
{
	text_clear(&drill.story);
}

static bool
drill_has_line(const char *line)
{
	const char *at = text_cstr(&drill.story);
	size_t len = strlen(line);

	while ((at = strstr(at, line)) != NULL) {
		bool is_start = at == drill.story.at || at[-1] == '\n';

		if (is_start && at[len] == '\n')
			return true;
		at += len;
	}
	return false;
}

void
drill_expect(const char *sentence)
{
	if (!drill_has_line(sentence))
		fail_msg("nobody said \"%s\", but:\n%s", sentence,
		    text_cstr(&drill.story));
}

void
drill_expect_not(const char *part)
{
	if (strstr(text_cstr(&drill.story), part) != NULL)
		fail_msg(
		    "somebody said \"%s\":\n%s", part, text_cstr(&drill.story));
}
