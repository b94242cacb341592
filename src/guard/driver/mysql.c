/*
 * mysql.c - probing and operating MariaDB and MySQL.
 *
 * The contact brings a script (what to say) and a link (how) together.  The
 * connection stays open between jobs.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"
#include "guard/driver/mysql_link.h"
#include "guard/driver/mysql_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A probe takes the server some statements, also in a hurry. */
#define MYSQL_GAP (2 * USEC_MS)

/* A primary sends heartbeats every 30 s, unless it was told otherwise. */
#define MYSQL_SILENCE (35 * USEC_SEC)

struct contact {
	struct mysql_link link;
	struct mysql_script script;
	struct timer timer; /* of a pause, or of patience */
	struct grave grave;
	const struct contact_ops *ops;
	void *arg;
	struct contact_login login; /* owns its strings */
	bool is_busy;
	bool is_met; /* the script knows the server's version */
	usec_t started_at;
	struct mysql_upstream heard; /* as it was when it last changed */
	struct gtid heard_gtid;
	usec_t heard_at;
};

static void mysql_contact_go_on(struct contact *c, usec_t now);

static void
mysql_contact_finish(
    struct contact *c, const struct contact_result *result, usec_t now)
{
	struct contact_result copy = *result;

	CHECK(c->is_busy);
	c->is_busy = false;
	timer_stop(&c->timer);
	mysql_link_set_timeout(&c->link, 0);
	c->ops->on_done(c->arg, &copy, now);
}

/*
 * How long its link has been quiet: the server does not tell, but it counts
 * heartbeats and what it reads.
 */
static void
mysql_contact_note_heard(struct contact *c, struct contact_result *result)
{
	const struct mysql_facts *f = &c->script.facts;
	const struct mysql_upstream *u = &f->upstream;

	if (!result->has_report || !result->report.is_linked) {
		c->heard_at = 0;
		return;
	}
	if (c->heard_at == 0 || u->heartbeats != c->heard.heartbeats ||
	    u->read_at != c->heard.read_at ||
	    f->received.seq != c->heard_gtid.seq) {
		c->heard = *u;
		c->heard_gtid = f->received;
		c->heard_at = c->started_at;
	}
	result->report.link_idle_us = c->started_at - c->heard_at;
}

static void
mysql_contact_complete(struct contact *c, usec_t now)
{
	struct contact_result *result = &c->script.result;

	if (c->script.job.kind == JOB_PROBE)
		mysql_contact_note_heard(c, result);
	mysql_contact_finish(c, result, now);
}

/* Within what is left of the job's time. */
static void
mysql_contact_connect(struct contact *c, usec_t now)
{
	usec_t left = c->started_at + c->script.job.timeout_us - loop_clock();

	mysql_link_set_timeout(&c->link, left > 0 ? left : 1);
	mysql_link_connect(&c->link, &c->login, now);
}

/* Over a new connection when we have lost our patience with the old one. */
static void
mysql_contact_ask(struct contact *c, usec_t now)
{
	if (!mysql_link_is_open(&c->link)) {
		mysql_contact_connect(c, now);
		return;
	}
	if (c->script.patience_us > 0)
		timer_set(&c->timer, loop_clock() + c->script.patience_us);
	mysql_link_ask(&c->link, text_cstr(&c->script.sql), now);
}

static void
mysql_contact_go_on(struct contact *c, usec_t now)
{
	switch (script_next(&c->script, now)) {
	case SCRIPT_ASK:
		mysql_contact_ask(c, now);
		return;
	case SCRIPT_PAUSE:
		timer_set(&c->timer, loop_clock() + c->script.pause_us);
		return;
	case SCRIPT_DONE:
		mysql_contact_complete(c, now);
		return;
	}
}

/* ---- of the link ----------------------------------------------------- */

static void
mysql_contact_on_connected(
    struct mysql_link *link, const char *version, usec_t now)
{
	struct contact *c = container_of(link, struct contact, link);
	struct contact_result result = { .verdict = VERDICT_GARBAGE };

	if (c->is_met || script_meet(&c->script, version)) {
		c->is_met = true;
		mysql_contact_go_on(c, now);
		return;
	}
	snprintf(result.detail, sizeof(result.detail),
	    "neither MariaDB nor MySQL: %.60s", version);
	mysql_link_close(&c->link);
	mysql_contact_finish(c, &result, now);
}

static void
mysql_contact_on_table(
    struct mysql_link *link, const struct mysql_table *t, usec_t now)
{
	struct contact *c = container_of(link, struct contact, link);

	timer_stop(&c->timer);
	script_take(&c->script, t, now);
	mysql_contact_go_on(c, now);
}

static void
mysql_contact_on_refused(
    struct mysql_link *link, unsigned code, const char *text, usec_t now)
{
	struct contact *c = container_of(link, struct contact, link);

	timer_stop(&c->timer);
	script_refuse(&c->script, code, text, now);
	mysql_contact_go_on(c, now);
}

static void
mysql_contact_on_failed(struct mysql_link *link, enum verdict verdict,
    const char *detail, usec_t now)
{
	struct contact *c = container_of(link, struct contact, link);
	struct contact_result result = { .verdict = verdict };

	if (!c->is_busy) {
		c->ops->on_lost(c->arg, detail, now);
		return;
	}
	snprintf(result.detail, sizeof(result.detail), "%s%s", detail,
	    verdict == VERDICT_LOGIN ? "; see contrib/sql" : "");
	mysql_contact_finish(c, &result, now);
}

static const struct mysql_link_ops mysql_contact_link_ops = {
	.on_connected = mysql_contact_on_connected,
	.on_table = mysql_contact_on_table,
	.on_refused = mysql_contact_on_refused,
	.on_failed = mysql_contact_on_failed,
};

/* A pause is over; or so is our patience, and the answer will never come to
 * anybody: it would be taken for that of the next question. */
static void
mysql_contact_on_timer(struct timer *timer, usec_t now)
{
	struct contact *c = container_of(timer, struct contact, timer);

	CHECK(c->is_busy);
	if (c->script.pause_us > 0) {
		c->script.pause_us = 0;
	} else {
		script_impatient(&c->script);
		mysql_link_close(&c->link);
	}
	mysql_contact_go_on(c, now);
}

/* ---- the driver ------------------------------------------------------ */

static struct contact_login
mysql_contact_copy_login(const struct contact_login *login)
{
	return (struct contact_login){
		.address = login->address,
		.user = mem_strdup(login->user),
		.password = mem_strdup(login->password),
		.sslmode = login->sslmode,
		.ssl_ca = mem_strdup(login->ssl_ca),
		.ssl_cert = mem_strdup(login->ssl_cert),
		.ssl_key = mem_strdup(login->ssl_key),
		.replication_user = mem_strdup(login->replication_user),
		.replication_password = mem_strdup(login->replication_password),
	};
}

static struct contact *
mysql_contact_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	c->login = mysql_contact_copy_login(login);
	c->ops = ops;
	c->arg = arg;
	script_init(&c->script);
	c->script.follow = (struct mysql_follow){
		.user = c->login.replication_user,
		.password = c->login.replication_password,
		.has_tls = login->sslmode >= SSLMODE_REQUIRE,
	};
	c->script.user = c->login.user;
	c->script.is_synced = login->is_synced;
	timer_init(&c->timer, loop, mysql_contact_on_timer);
	mysql_link_init(&c->link, loop, &mysql_contact_link_ops);
	return c;
}

static void
mysql_contact_start(struct contact *c, const struct job *job, usec_t now)
{
	CHECK(!c->is_busy);
	c->is_busy = true;
	c->started_at = now;
	script_begin(&c->script, job, now);
	if (mysql_link_is_open(&c->link)) {
		mysql_link_set_timeout(&c->link, job->timeout_us);
		mysql_contact_go_on(c, now);
		return;
	}
	c->heard_at = 0;
	c->is_met = false;
	mysql_contact_connect(c, now);
}

static void
mysql_contact_free(struct grave *grave)
{
	struct contact *c = container_of(grave, struct contact, grave);

	free((char *)c->login.user);
	free((char *)c->login.password);
	free((char *)c->login.ssl_ca);
	free((char *)c->login.ssl_cert);
	free((char *)c->login.ssl_key);
	free((char *)c->login.replication_user);
	free((char *)c->login.replication_password);
	script_fini(&c->script);
	free(c);
}

static void
mysql_contact_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	timer_stop(&c->timer);
	mysql_link_close(&c->link);
	loop_bury(c->timer.loop, &c->grave, mysql_contact_free);
	*contact = NULL;
}

const struct driver driver_mysql = {
	.name = "mysql",
	.has_roles = true,
	.has_examine = true,
	.has_rejoin = true,
	.probe_gap_us = MYSQL_GAP,
	.silence_us = MYSQL_SILENCE,
	.unlink_us = 100 * USEC_MS,
	.open = mysql_contact_open,
	.start = mysql_contact_start,
	.close = mysql_contact_close,
};
