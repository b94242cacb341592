#include "guard/driver/mysql_script.h"

#include "guard/driver/mysql_step.h"

#include <stdlib.h>
#include <string.h>

/* Of KILL: the session is another user's, and we may end only our own. */
enum { SCRIPT_NOT_OWNER = 1095 };

void
script_init(struct mysql_script *s)
{
	memset(s, 0, sizeof(*s));
	s->is_done = true;
}

void
script_fini(struct mysql_script *s)
{
	text_fini(&s->sql);
	free(s->sessions);
	s->sessions = NULL;
}

bool
script_meet(struct mysql_script *s, const char *version)
{
	memset(&s->facts, 0, sizeof(s->facts));
	return mysql_read_version(&s->facts, version);
}

void
script_begin(struct mysql_script *s, const struct job *job, usec_t now)
{
	CHECK(job->kind < JOB_COUNT);
	s->job = *job;
	s->steps = mysql_job_steps[job->kind];
	s->at = 0;
	s->is_done = false;
	s->is_undoing = false;
	s->deadline = now + job->timeout_us * 3 / 4;
	s->pause_us = 0;
	s->n_sessions = 0;
	s->n_ended = 0;
	s->n_waits = 0;
	memset(&s->result, 0, sizeof(s->result));
	s->result.verdict = VERDICT_OK;
}

/* Something was undone that has to be done again. */
static bool
script_needs_undo(const struct mysql_script *s)
{
	bool needs = false;

	for (unsigned i = 0; i < s->at && !s->is_undoing; i++) {
		needs = needs || s->steps[i]->is_undone;
		needs = needs && !s->steps[i]->is_final;
	}
	return needs;
}

static void
script_end(struct mysql_script *s)
{
	if (s->result.verdict != VERDICT_OK && script_needs_undo(s)) {
		s->is_undoing = true;
		s->steps = mysql_job_undo;
		s->at = 0;
		return;
	}
	if (s->result.verdict != VERDICT_OK)
		s->result.has_report = false;
	s->is_done = true;
}

static void
script_follow_outcome(struct mysql_script *s, enum step_outcome outcome)
{
	const struct mysql_step *step = s->steps[s->at];

	switch (outcome) {
	case STEP_OVER:
		s->at++;
		return;
	case STEP_AGAIN:
		s->at -= step->again;
		s->pause_us = step->pause_us;
		return;
	case STEP_FAILED:
		script_end(s);
		return;
	}
}

enum script_next
script_next(struct mysql_script *s, usec_t now)
{
	while (!s->is_done) {
		const struct mysql_step *step = s->steps[s->at];

		if (s->pause_us > 0)
			return SCRIPT_PAUSE;
		s->patience_us = step != NULL ? step->patience_us : 0;
		if (step == NULL)
			script_end(s);
		else if (step->say == NULL)
			script_follow_outcome(s, step->take(s, NULL, now));
		else if (step->say(s))
			return SCRIPT_ASK;
		else
			s->at++;
	}
	return SCRIPT_DONE;
}

void
script_take(struct mysql_script *s, const struct mysql_table *t, usec_t now)
{
	CHECK(!s->is_done);
	script_follow_outcome(s, s->steps[s->at]->take(s, t, now));
}

static const char *
script_privilege(const struct mysql_script *s)
{
	return s->facts.dialect == DIALECT_MARIADB ? "contrib/sql/mariadb.sql"
						   : "contrib/sql/mysql.sql";
}

void
script_refuse(
    struct mysql_script *s, unsigned code, const char *text, usec_t now)
{
	const struct mysql_step *step = s->steps[s->at];
	enum verdict verdict = mysql_verdict_of_error(code);

	CHECK(!s->is_done);
	if (step->tolerates == code) {
		script_follow_outcome(s, step->take(s, NULL, now));
		return;
	}
	if (step->is_optional) {
		mysql_step_tell(s, "%s: %.100s", step->name, text);
		s->at++;
		return;
	}
	if (code == SCRIPT_NOT_OWNER)
		verdict = VERDICT_LOGIN;
	(void)mysql_step_fail(s, verdict, "%s: %.90s%s%s", step->name, text,
	    verdict == VERDICT_LOGIN ? "; see " : "",
	    verdict == VERDICT_LOGIN ? script_privilege(s) : "");
	script_end(s);
}

void
script_impatient(struct mysql_script *s)
{
	CHECK(!s->is_done);
	s->at++;
}
