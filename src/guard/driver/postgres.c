/*
 * postgres.c - probing and operating PostgreSQL, versions 12 and later.
 *
 * The connection stays open between jobs: it ends with the server's process,
 * at once.  What the statements are is in postgres_steps.c.
 */
#include "guard/driver/postgres_steps.h"

#include "base/mem.h"
#include "guard/driver/postgres_error.h"
#include "guard/driver/postgres_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What takes a moment over there is asked for again after this time. */
#define POSTGRES_AGAIN (3 * USEC_MS)

static void
postgres_finish(struct contact *c, enum verdict verdict, usec_t now)
{
	struct contact_result result = c->result;

	CHECK(c->is_busy);
	c->is_busy = false;
	timer_stop(&c->again);
	postgres_link_set_timeout(&c->link, 0);
	postgres_link_close(&c->target);
	if (c->conninfo.at != NULL)
		explicit_bzero(c->conninfo.at, c->conninfo.cap);
	if (c->sql.at != NULL)
		explicit_bzero(c->sql.at, c->sql.cap);
	result.verdict = verdict;
	result.has_report = result.has_report && verdict == VERDICT_OK;
	c->ops->on_done(c->arg, &result, now);
}

static void
postgres_fail(
    struct contact *c, enum verdict verdict, const char *detail, usec_t now)
{
	snprintf(c->result.detail, sizeof(c->result.detail), "%s", detail);
	postgres_finish(c, verdict, now);
}

/* The server refused a statement. */
static void
postgres_refused(struct contact *c, const PGresult *answer, usec_t now)
{
	const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
	enum verdict verdict =
	    postgres_verdict_of_sqlstate(sqlstate != NULL ? sqlstate : "");
	char line[96], detail[160];

	postgres_flatten(line, sizeof(line), text != NULL ? text : "no text");
	snprintf(detail, sizeof(detail), "%s (SQLSTATE %.5s)%s", line,
	    sqlstate != NULL ? sqlstate : "-",
	    verdict == VERDICT_LOGIN ? ": see contrib/sql/postgres.sql" : "");
	postgres_fail(c, verdict, detail, now);
}

static void postgres_go_on(struct contact *c, usec_t now);

static void
postgres_take(struct contact *c, const PGresult *answer, usec_t now)
{
	const struct postgres_step *step = *c->step;

	if (answer != NULL && !step->may_fail && !postgres_is_ok(answer)) {
		postgres_refused(c, answer, now);
		return;
	}
	switch (step->take(c, answer)) {
	case TAKEN:
		c->waits[0] = '\0';
		c->n_again = 0;
		c->step++;
		postgres_go_on(c, now);
		break;
	case TAKEN_AGAIN:
		c->n_again++;
		timer_set(&c->again, now + POSTGRES_AGAIN);
		break;
	case TAKEN_FAILED:
		postgres_finish(c,
		    c->job.kind == JOB_PROBE ? VERDICT_GARBAGE : VERDICT_ALIVE,
		    now);
		break;
	}
}

/* It says nothing of the node of this contact. */
static void
postgres_fail_target(struct contact *c, const char *detail, usec_t now)
{
	char host[ENDPOINT_TEXT_LEN], text[160];

	if ((*c->step)->may_fail) {
		postgres_take(c, NULL, now);
		return;
	}
	snprintf(text, sizeof(text), "no slot \"%.30s\" on %.50s: %.60s",
	    c->slot, endpoint_format(&c->job.target, host), detail);
	postgres_fail(c, VERDICT_ALIVE, text, now);
}

static void
postgres_dial_target(struct contact *c, usec_t now)
{
	struct contact_login login = c->login;
	char host[ENDPOINT_TEXT_LEN];

	if (!endpoint_is_set(&c->job.target_at)) {
		postgres_fail_target(c, "its address is not known", now);
		return;
	}
	login.address = c->job.target_at;
	login.host = c->job.target_named.host;
	/* Ours times out before theirs does. */
	snprintf(c->waits, sizeof(c->waits), "no answer from %.90s",
	    endpoint_format(&c->job.target_at, host));
	postgres_link_dial(&c->target, &login, c->job.timeout_us, now);
}

static void
postgres_ask(struct contact *c, const char *sql, usec_t now)
{
	if (!(*c->step)->is_of_target) {
		postgres_link_close(&c->target); /* nor does it time out */
		postgres_link_ask(&c->link, sql, now);
	} else if (postgres_link_is_open(&c->target)) {
		postgres_link_ask(&c->target, sql, now);
	} else {
		postgres_dial_target(c, now);
	}
}

static void
postgres_go_on(struct contact *c, usec_t now)
{
	const char *sql;

	if (*c->step == NULL) {
		postgres_finish(c, VERDICT_OK, now);
		return;
	}
	sql = (*c->step)->ask(c);
	if (sql == NULL)
		postgres_take(c, NULL, now);
	else
		postgres_ask(c, sql, now);
}

static void
postgres_on_again(struct timer *timer, usec_t now)
{
	postgres_go_on(container_of(timer, struct contact, again), now);
}

/* ---- the link to the node -------------------------------------------- */

static void
postgres_on_open(struct postgres_link *link, usec_t now)
{
	postgres_go_on(container_of(link, struct contact, link), now);
}

static void
postgres_on_answer(
    struct postgres_link *link, const PGresult *answer, usec_t now)
{
	postgres_take(container_of(link, struct contact, link), answer, now);
}

static void
postgres_on_failed(struct postgres_link *link, enum verdict verdict,
    const char *detail, usec_t now)
{
	struct contact *c = container_of(link, struct contact, link);

	c->forked[0] = '\0'; /* another server may stand there next time */
	if (!c->is_busy)
		c->ops->on_lost(c->arg, detail, now);
	else if (verdict == VERDICT_SILENT && c->waits[0] != '\0')
		postgres_fail(c, VERDICT_ALIVE, c->waits, now);
	else
		postgres_fail(c, verdict, detail, now);
}

static const struct postgres_link_ops postgres_link_ops = {
	.on_open = postgres_on_open,
	.on_answer = postgres_on_answer,
	.on_failed = postgres_on_failed,
};

/* ---- the link to whom it shall follow -------------------------------- */

static void
postgres_on_target_open(struct postgres_link *link, usec_t now)
{
	struct contact *c = container_of(link, struct contact, target);

	postgres_link_ask(link, (*c->step)->ask(c), now);
}

static void
postgres_on_target_answer(
    struct postgres_link *link, const PGresult *answer, usec_t now)
{
	postgres_take(container_of(link, struct contact, target), answer, now);
}

static void
postgres_on_target_failed(struct postgres_link *link, enum verdict verdict,
    const char *detail, usec_t now)
{
	(void)verdict;
	postgres_fail_target(
	    container_of(link, struct contact, target), detail, now);
}

static const struct postgres_link_ops postgres_target_ops = {
	.on_open = postgres_on_target_open,
	.on_answer = postgres_on_target_answer,
	.on_failed = postgres_on_target_failed,
};

/* ---- the driver ------------------------------------------------------ */

static void
postgres_copy_login(struct contact_login *to, const struct contact_login *from)
{
	*to = *from;
	to->host =
	    mem_strdup(from->host != NULL ? from->host : from->address.host);
	to->user = mem_strdup(from->user);
	to->password = mem_strdup(from->password);
	to->database = mem_strdup(from->database);
	to->ssl_ca = mem_strdup(from->ssl_ca);
	to->ssl_cert = mem_strdup(from->ssl_cert);
	to->ssl_key = mem_strdup(from->ssl_key);
	to->ca_path = NULL; /* not ours */
}

static void
postgres_free_login(struct contact_login *login)
{
	free((char *)login->host);
	free((char *)login->user);
	free((char *)login->password);
	free((char *)login->database);
	free((char *)login->ssl_ca);
	free((char *)login->ssl_cert);
	free((char *)login->ssl_key);
}

static struct contact *
postgres_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	postgres_copy_login(&c->login, login);
	c->ops = ops;
	c->arg = arg;
	postgres_link_init(&c->link, loop, &postgres_link_ops);
	postgres_link_init(&c->target, loop, &postgres_target_ops);
	timer_init(&c->again, loop, postgres_on_again);
	return c;
}

/* What needs no question to the server. */
static bool
postgres_is_moot(struct contact *c, usec_t now)
{
	if (c->job.kind == JOB_DEMOTE) {
		postgres_fail(c, VERDICT_ALIVE,
		    "no statement makes a standby of a primary: set "
		    "rejoin_command, for which there is "
		    "contrib/hooks/pg-rejoin",
		    now);
		return true;
	}
	if (c->job.kind != JOB_PERSIST)
		return false;
	postgres_finish(c, VERDICT_OK, now); /* its role is in its files */
	return true;
}

static void
postgres_start(struct contact *c, const struct job *job, usec_t now)
{
	CHECK(!c->is_busy);
	memset(&c->result, 0, sizeof(c->result));
	c->job = *job;
	c->is_busy = true;
	c->waits[0] = '\0';
	c->n_again = 0;
	if (postgres_is_moot(c, now))
		return;
	c->step = postgres_steps(job->kind);
	if (postgres_link_is_open(&c->link)) {
		postgres_link_set_timeout(&c->link, job->timeout_us);
		postgres_go_on(c, now);
		return;
	}
	postgres_link_dial(&c->link, &c->login, job->timeout_us, now);
}

static void
postgres_free(struct grave *grave)
{
	struct contact *c = container_of(grave, struct contact, grave);

	text_fini(&c->sql);
	text_fini(&c->fork);
	text_fini(&c->conninfo);
	postgres_free_login(&c->login);
	free(c);
}

static void
postgres_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	timer_stop(&c->again);
	postgres_link_close(&c->link);
	postgres_link_close(&c->target);
	loop_bury(c->link.loop, &c->grave, postgres_free);
	*contact = NULL;
}

const struct driver driver_postgres = {
	.name = "postgres",
	.has_roles = true,
	.has_examine = true,
	.silence_us = POSTGRES_SILENCE,
	.unlink_us = 250 * USEC_MS, /* its WAL sender may outlive it a bit */
	.open = postgres_open,
	.start = postgres_start,
	.close = postgres_close,
};
