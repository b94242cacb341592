#include "guard/record/replay.h"

#include "base/mem.h"
#include "base/text.h"
#include "guard/record/incident.h"
#include "guard/record/field.h"
#include "guard/record/narrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
replay_start(struct replay *r, const struct record_checkpoint *checkpoint)
{
	r->brain = checkpoint->cluster;
}

static const char *
replay_rule_name(const struct rule *rule)
{
	return rule != NULL ? rule->name : "none";
}

int
replay_step(struct replay *r, const struct record_entry *e, struct err *err)
{
	const struct rule *rule;

	r->before = r->brain;
	r->actions.n = 0;
	rule = failover_step(&r->brain, &e->event, e->now, &r->actions);
	r->step = (struct step){ &r->before, &r->brain, &e->event, rule,
		&r->actions, e->now };
	if (rule == e->rule && r->brain.phase == e->phase &&
	    r->brain.epoch == e->epoch)
		return 0;
	return err_set(err, -EPROTO,
	    "recorded: rule %s, then phase %s, epoch %llu; replayed: rule %s, "
	    "then phase %s, epoch %llu",
	    replay_rule_name(e->rule), phase_names[e->phase],
	    (unsigned long long)e->epoch, replay_rule_name(rule),
	    phase_names[r->brain.phase], (unsigned long long)r->brain.epoch);
}

int
replay_meet(const struct replay *r, const struct record_checkpoint *checkpoint,
    struct err *err)
{
	struct text recorded = TEXT_INIT, replayed = TEXT_INIT;
	const struct cluster *a = &checkpoint->cluster, *b = &r->brain;
	const struct field *f;
	int slot;

	f = incident_differ(a, b, &slot);
	if (f == NULL)
		return 0;
	incident_print_member(a, slot, f, &recorded);
	incident_print_member(b, slot, f, &replayed);
	err_set(err, -EPROTO, "%s%s%s: recorded %.100s, replayed %.100s",
	    slot >= 0 ? a->nodes[slot].name : "", slot >= 0 ? "." : "", f->name,
	    text_cstr(&recorded), text_cstr(&replayed));
	text_fini(&recorded);
	text_fini(&replayed);
	return -EPROTO;
}

/* ---- telling ---------------------------------------------------------- */

void
replay_say_lines(
    const char *lines, usec_t now, replay_sentence_fn *say, void *arg)
{
	char sentence[1024];

	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		snprintf(sentence, sizeof(sentence), "%.*s", (int)len, lines);
		say(arg, now, sentence);
		lines += len + (lines[len] == '\n');
	}
}

/* What is told, and to whom. */
struct replay_talk {
	usec_t from;
	usec_t until;
	replay_sentence_fn *say;
	void *arg;
};

static void
replay_tell_step(
    const struct replay *r, const struct replay_talk *talk, struct text *lines)
{
	if (r->step.now < talk->from || r->step.now > talk->until)
		return;
	text_clear(lines);
	narrate_step(&r->step, lines);
	replay_say_lines(text_cstr(lines), r->step.now, talk->say, talk->arg);
}

static void
replay_tell_segment(struct replay *r, const struct record_segment *s,
    const struct replay_talk *talk)
{
	struct text lines = TEXT_INIT;
	struct err err;

	replay_start(r, &s->checkpoint);
	for (unsigned i = 0; i < s->n && s->entries[i].now <= talk->until;
	     i++) {
		if (replay_step(r, &s->entries[i], &err) != 0) {
			err_prefix(&err, "the record does not replay");
			talk->say(talk->arg, s->entries[i].now, err.text);
			break;
		}
		replay_tell_step(r, talk, &lines);
	}
	text_fini(&lines);
}

static bool
replay_is_told(const struct record_segment *s, const struct replay_talk *talk)
{
	return s->n > 0 && s->entries[0].now <= talk->until &&
	    s->entries[s->n - 1].now >= talk->from;
}

void
replay_tell(const struct recorder *recorder, usec_t from, usec_t until,
    replay_sentence_fn *say, void *arg)
{
	const struct replay_talk talk = { from, until, say, arg };
	struct replay *r = mem_new(sizeof(*r));
	uint64_t next = 0;

	for (unsigned i = 0; i < recorder->n_segments; i++) {
		const struct record_segment *s = recorder->segments[i];

		if (!replay_is_told(s, &talk))
			continue;
		if (next != 0 && s->checkpoint.number != next)
			say(arg, s->checkpoint.at,
			    "what happened in between was not kept: it took "
			    "too long");
		next = s->checkpoint.number + s->n;
		replay_tell_segment(r, s, &talk);
	}
	free(r);
}
