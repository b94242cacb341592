#include "guard/record/episode.h"

#include <stdio.h>
#include <string.h>

/* Nodes that don't follow by then are trouble of their own. */
#define EPISODE_TAIL (60 * USEC_SEC)

const char *const span_names[SPAN_COUNT] = {
	[SPAN_DETECT] = "detect",
	[SPAN_DECIDE] = "decide",
	[SPAN_JOURNAL] = "journal",
	[SPAN_FENCE] = "fence",
	[SPAN_BARRIER] = "barrier",
	[SPAN_CATCHUP] = "catchup",
	[SPAN_PROMOTE] = "promote",
	[SPAN_VERIFY] = "verify",
	[SPAN_PUBLISH] = "publish",
	[SPAN_RELEASE] = "release",
	[SPAN_REPOINT] = "repoint",
};

const char *const span_texts[SPAN_COUNT] = {
	[SPAN_DETECT] = "first sign of trouble, until the primary is given up",
	[SPAN_DECIDE] = "until a candidate is chosen",
	[SPAN_JOURNAL] = "until the intent is on disk",
	[SPAN_FENCE] = "the old primary is told to refuse writes",
	[SPAN_BARRIER] = "clients held, until every worker has left",
	[SPAN_CATCHUP] = "until the candidate has the last byte",
	[SPAN_PROMOTE] = "the candidate is told, until it answers",
	[SPAN_VERIFY] = "until it says that it is primary",
	[SPAN_PUBLISH] = "until its routing is published",
	[SPAN_RELEASE] = "until every worker routes to it: clients go on",
	[SPAN_REPOINT] = "until every node that is up follows it",
};

const char *const episode_names[] = {
	[EPISODE_NONE] = "none",
	[EPISODE_FAILOVER] = "failover",
	[EPISODE_SWITCHOVER] = "switchover",
};

const char *const episode_end_names[] = {
	[EPISODE_OPEN] = "under way",
	[EPISODE_DONE] = "done",
	[EPISODE_UNDONE] = "undone",
};

/* ---- instants ---------------------------------------------------------- */

static bool
episode_has(const struct episode *e, enum instant instant)
{
	return e->at[instant] != EPISODE_NEVER;
}

/* The first time counts. */
static void
episode_mark(struct episode *e, enum instant instant, usec_t now)
{
	if (!episode_has(e, instant))
		e->at[instant] = now;
}

static void
episode_forget(struct episode *e, enum instant from, enum instant until)
{
	for (int i = (int)from; i <= (int)until; i++)
		e->at[i] = EPISODE_NEVER;
}

static const struct action *
episode_action(const struct step *s, enum action_kind kind)
{
	for (unsigned i = 0; i < s->actions->n; i++)
		if (s->actions->at[i].kind == kind)
			return &s->actions->at[i];
	return NULL;
}

static bool
episode_has_ended(const struct task *was, const struct task *is)
{
	return was->outcome == OUTCOME_WAITING &&
	    (is->outcome == OUTCOME_OK || is->outcome == OUTCOME_FAILED);
}

/* ---- its beginning ------------------------------------------------------ */

static bool
episode_is_calm(enum phase phase)
{
	return phase == PHASE_STEADY || phase == PHASE_LEARN;
}

static void
episode_name(char *name, const struct cluster *c, int slot)
{
	if (slot >= 0)
		memcpy(name, c->nodes[slot].name, sizeof(c->nodes[slot].name));
	else
		name[0] = '\0';
}

/* When the present doubt about the primary began, if there was one. */
static usec_t
episode_sign(const struct step *s)
{
	const struct cluster *c = s->after;
	const struct health *h;

	if (c->primary < 0)
		return s->now;
	h = &c->nodes[c->primary].health;
	return h->state == HEALTH_DOWN && h->suspect_at != 0 ? h->suspect_at
							     : s->now;
}

static void
episode_begin(struct episode_watch *w, const struct step *s)
{
	struct episode *e = &w->last;
	bool is_ordered = s->after->phase == PHASE_PLAN;

	memset(e, 0, sizeof(*e));
	episode_forget(e, INSTANT_SIGN, INSTANT_FOLLOWED);
	for (int i = 0; i < NODES_MAX; i++)
		e->followed_at[i] = EPISODE_NEVER;
	e->kind = is_ordered ? EPISODE_SWITCHOVER : EPISODE_FAILOVER;
	e->cause = s->after->why;
	e->from_slot = s->after->primary;
	episode_name(e->from, s->after, s->after->primary);
	e->from_epoch = s->before->epoch;
	e->at[INSTANT_SIGN] = is_ordered ? w->ordered_at : episode_sign(s);
	/* Without a writer before clients have been waiting already. */
	if (s->before->published.writer < 0)
		e->at[INSTANT_HELD] = s->now;
}

/* ---- its middle --------------------------------------------------------- */

/* Another candidate: what the one before took is part of the decision. */
static void
episode_intend(
    struct episode *e, const struct step *s, const struct action *journal)
{
	episode_forget(e, INSTANT_INTENT, INSTANT_PROMOTED);
	e->at[INSTANT_INTENT] = s->now;
	e->attempts++;
	episode_name(e->to, s->after, journal->node);
}

static void
episode_take_actions(struct episode *e, const struct step *s)
{
	const struct action *journal = episode_action(s, ACT_JOURNAL);

	if (journal != NULL && journal->record == RECORD_INTENT)
		episode_intend(e, s, journal);
	if (episode_action(s, ACT_FENCE) != NULL)
		e->at[INSTANT_FENCE] = s->now;
	if (episode_action(s, ACT_PROMOTE) != NULL)
		e->at[INSTANT_PROMOTE] = s->now;
}

/* An answer may come that an attempt before this one has asked for. */
static void
episode_mark_answer(
    struct episode *e, enum instant asked, enum instant answer, usec_t now)
{
	if (episode_has(e, asked))
		episode_mark(e, answer, now);
}

static void
episode_take_answers(struct episode *e, const struct step *s)
{
	const struct cluster *was = s->before, *is = s->after;

	if (episode_has_ended(&was->journal, &is->journal))
		episode_mark_answer(e, INSTANT_INTENT, INSTANT_WRITTEN, s->now);
	if (episode_has_ended(&was->fence, &is->fence))
		episode_mark_answer(e, INSTANT_FENCE, INSTANT_FENCED, s->now);
	if (episode_has_ended(&was->promote, &is->promote))
		episode_mark_answer(
		    e, INSTANT_PROMOTE, INSTANT_PROMOTED, s->now);
	if (!was->is_barrier_reached && is->is_barrier_reached)
		episode_mark(e, INSTANT_BARRIER, s->now);
}

static void
episode_take_phase(struct episode *e, const struct step *s)
{
	const struct cluster *was = s->before, *is = s->after;

	if (was->published.writer >= 0 && is->published.writer < 0)
		episode_mark(e, INSTANT_HELD, s->now);
	if (is->phase == PHASE_HOLD && was->phase != PHASE_HOLD &&
	    e->kind == EPISODE_FAILOVER)
		episode_mark(e, INSTANT_DOWN, s->now);
	/* A fence that has not answered is waited for no longer. */
	if (is->phase == PHASE_PROMOTE && was->phase != PHASE_PROMOTE)
		episode_mark_answer(e, INSTANT_FENCE, INSTANT_FENCED, s->now);
	if (s->rule != NULL && s->rule->why != NULL && is->why != was->why)
		e->outcome = is->why;
}

/* ---- its end ------------------------------------------------------------ */

static bool
episode_has_others(const struct cluster *c)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (c->nodes[i].is_used && i != c->primary)
			return c->policy.has_roles;
	return false;
}

static void
episode_finish(struct episode *e, const struct step *s)
{
	const struct cluster *c = s->after;

	e->end = c->primary == e->from_slot ? EPISODE_UNDONE : EPISODE_DONE;
	e->outcome = c->why;
	e->ended_at = s->now;
	e->has_others = episode_has_others(c);
	e->to_epoch = c->epoch;
	e->loss_bytes = c->loss_bytes - s->before->loss_bytes;
	episode_name(e->to, c, c->primary);
	/* It was seen to be primary before its own answer came. */
	episode_mark_answer(e, INSTANT_PROMOTE, INSTANT_PROMOTED, s->now);
	if (!episode_has(e, INSTANT_HELD))
		return;
	e->at[INSTANT_VERIFIED] = s->now;
	if (episode_action(s, ACT_PUBLISH) != NULL)
		e->at[INSTANT_PUBLISHED] = s->now;
}

static bool
episode_follows(const struct cluster *c, int slot)
{
	const struct node *n = &c->nodes[slot];

	return n->health.state == HEALTH_UP && n->report.role == ROLE_REPLICA &&
	    n->report.upstream == c->primary && n->report.is_linked &&
	    !n->report.is_loading;
}

/* Whether there are followers, and nobody that is up is none. */
static bool
episode_look_at_followers(struct episode *e, const struct step *s)
{
	const struct cluster *c = s->after;
	bool is_missing = false, has_any = false;

	for (int i = 0; i < NODES_MAX; i++) {
		const struct node *n = &c->nodes[i];

		if (!n->is_used || i == c->primary)
			continue;
		if (episode_follows(c, i)) {
			has_any = true;
			if (e->followed_at[i] == EPISODE_NEVER)
				e->followed_at[i] = s->now;
		} else if (n->health.state == HEALTH_UP &&
		    n->admin != ADMIN_MAINT) {
			is_missing = true;
		}
	}
	return has_any && !is_missing;
}

static void
episode_wind_up(struct episode *e, const struct step *s)
{
	const struct cluster *c = s->after;

	if (s->event->kind == EV_BARRIER && s->event->epoch >= e->to_epoch &&
	    episode_has(e, INSTANT_PUBLISHED))
		episode_mark(e, INSTANT_RELEASED, s->now);
	if (e->has_others && c->phase == PHASE_STEADY &&
	    c->epoch == e->to_epoch && episode_look_at_followers(e, s))
		episode_mark(e, INSTANT_FOLLOWED, s->now);
}

void
episode_step(struct episode_watch *w, const struct step *s)
{
	struct episode *e = &w->last;
	bool was_calm = episode_is_calm(s->before->phase);
	bool is_calm = episode_is_calm(s->after->phase);

	if (s->event->kind == EV_ORDER)
		w->ordered_at = s->now;
	if (was_calm && !is_calm)
		episode_begin(w, s);
	if (e->kind == EPISODE_NONE)
		return;
	if (e->end != EPISODE_OPEN) {
		episode_wind_up(e, s);
		return;
	}
	episode_take_actions(e, s);
	episode_take_answers(e, s);
	episode_take_phase(e, s);
	if (is_calm)
		episode_finish(e, s);
}

/* ---- to look at ---------------------------------------------------------- */

struct episode_ends {
	enum instant from;
	enum instant until;
};

static struct episode_ends
episode_ends(const struct episode *e, enum span span)
{
	static const struct episode_ends ends[SPAN_COUNT] = {
		[SPAN_DETECT] = { INSTANT_SIGN, INSTANT_DOWN },
		[SPAN_DECIDE] = { INSTANT_DOWN, INSTANT_INTENT },
		[SPAN_JOURNAL] = { INSTANT_INTENT, INSTANT_WRITTEN },
		[SPAN_FENCE] = { INSTANT_FENCE, INSTANT_FENCED },
		[SPAN_BARRIER] = { INSTANT_HELD, INSTANT_BARRIER },
		[SPAN_CATCHUP] = { INSTANT_FENCED, INSTANT_PROMOTE },
		[SPAN_PROMOTE] = { INSTANT_PROMOTE, INSTANT_PROMOTED },
		[SPAN_VERIFY] = { INSTANT_PROMOTED, INSTANT_VERIFIED },
		[SPAN_PUBLISH] = { INSTANT_VERIFIED, INSTANT_PUBLISHED },
		[SPAN_RELEASE] = { INSTANT_PUBLISHED, INSTANT_RELEASED },
		[SPAN_REPOINT] = { INSTANT_PUBLISHED, INSTANT_FOLLOWED },
	};

	/* Nothing is detected: the operator says so. */
	if (span == SPAN_DECIDE && e->kind == EPISODE_SWITCHOVER)
		return (struct episode_ends){ INSTANT_SIGN, INSTANT_INTENT };
	return ends[span];
}

bool
episode_span(
    const struct episode *e, enum span span, usec_t *from, usec_t *until)
{
	struct episode_ends ends = episode_ends(e, span);

	if (span ==
		(e->kind == EPISODE_SWITCHOVER ? SPAN_DETECT : SPAN_CATCHUP) ||
	    (span == SPAN_REPOINT && !e->has_others))
		return false;
	*from = e->at[ends.from];
	*until = e->at[ends.until];
	/* What was not brought to its end has ended with the rest. */
	if (*until == EPISODE_NEVER && e->end != EPISODE_OPEN &&
	    span < SPAN_RELEASE)
		*until = e->ended_at;
	return *from != EPISODE_NEVER;
}

void
episode_bounds(const struct episode *e, usec_t *from, usec_t *until)
{
	*from = e->at[INSTANT_SIGN];
	if (e->end == EPISODE_OPEN)
		*until = USEC_NEVER;
	else if (!episode_has(e, INSTANT_PUBLISHED))
		*until = e->ended_at; /* clients never waited */
	else if (episode_has(e, INSTANT_FOLLOWED) &&
	    episode_has(e, INSTANT_RELEASED))
		*until = e->at[INSTANT_FOLLOWED] > e->at[INSTANT_RELEASED]
		    ? e->at[INSTANT_FOLLOWED]
		    : e->at[INSTANT_RELEASED];
	else
		*until = e->ended_at + EPISODE_TAIL;
}
