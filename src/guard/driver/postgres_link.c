#include "guard/driver/postgres_link.h"

#include "guard/driver/postgres_error.h"

#include <stdio.h>
#include <string.h>

/* A deadline seen this much too late was slept over. */
#define LINK_LATE (50 * USEC_MS)

/* The oldest server with pg_promote() and timelines that are followed. */
#define LINK_VERSION_MIN 120000

static void
link_fail(struct postgres_link *link, enum verdict verdict, const char *detail,
    usec_t now)
{
	postgres_link_close(link);
	link->ops->on_failed(link, verdict, detail, now);
}

/* By what libpq says of the connection. */
static void
link_fail_by_message(struct postgres_link *link, usec_t now)
{
	char detail[160];
	enum verdict verdict = postgres_verdict_of_message(
	    PQerrorMessage(link->pg), detail, sizeof(detail));

	/* It had answered on this connection before: the process went away,
	 * which is another thing than a port that drops everybody. */
	if (link->state >= LINK_IDLE && verdict != VERDICT_UNREACHABLE &&
	    verdict != VERDICT_LOCAL)
		verdict = VERDICT_LOST;
	if (verdict == VERDICT_LOST && link->last_words[0] != '\0')
		snprintf(detail, sizeof(detail), "%s", link->last_words);
	link_fail(link, verdict, detail, now);
}

static void
link_watch(struct postgres_link *link, int events)
{
	watch_set(&link->watch, PQsocket(link->pg), events);
}

static void
link_open(struct postgres_link *link, usec_t now)
{
	if (PQserverVersion(link->pg) < LINK_VERSION_MIN) {
		link_fail(link, VERDICT_LOGIN,
		    "the server is older than PostgreSQL 12", now);
		return;
	}
	if (PQsetnonblocking(link->pg, 1) != 0) {
		link_fail(link, VERDICT_LOCAL, "out of memory", now);
		return;
	}
	link->state = LINK_IDLE;
	link_watch(link, WATCH_READ);
	link->ops->on_open(link, now);
}

static void
link_go_on_dialing(struct postgres_link *link, usec_t now)
{
	switch (PQconnectPoll(link->pg)) {
	case PGRES_POLLING_READING:
		link_watch(link, WATCH_READ);
		break;
	case PGRES_POLLING_WRITING:
		link_watch(link, WATCH_WRITE);
		break;
	case PGRES_POLLING_OK:
		link_open(link, now);
		break;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		link_fail_by_message(link, now);
		break;
	}
}

/* Takes results as far as they have come; true when there are no more. */
static bool
link_collect(struct postgres_link *link)
{
	while (!PQisBusy(link->pg)) {
		PGresult *answer = PQgetResult(link->pg);

		if (answer == NULL)
			return true;
		PQclear(link->answer);
		link->answer = answer;
	}
	return false;
}

static void
link_answer(struct postgres_link *link, usec_t now)
{
	PGresult *answer = link->answer;

	link->answer = NULL;
	link->state = LINK_IDLE;
	if (answer == NULL || PQstatus(link->pg) == CONNECTION_BAD)
		link_fail_by_message(link, now);
	else
		link->ops->on_answer(link, answer, now);
	PQclear(answer);
}

/* What is not sent yet waits for the socket. */
static void
link_flush(struct postgres_link *link, usec_t now)
{
	int rc = PQflush(link->pg);

	if (rc < 0)
		link_fail_by_message(link, now);
	else
		link_watch(link, WATCH_READ | (rc > 0 ? WATCH_WRITE : 0));
}

static void
link_read(struct postgres_link *link, usec_t now)
{
	bool is_asking = link->state == LINK_ASKING;

	if (PQconsumeInput(link->pg) == 0) {
		link_fail_by_message(link, now);
		return;
	}
	if (is_asking && link_collect(link)) {
		link_watch(link, WATCH_READ);
		link_answer(link, now);
		return;
	}
	if (!is_asking)
		(void)PQisBusy(link->pg); /* takes what nobody asked for */
	if (PQstatus(link->pg) == CONNECTION_BAD)
		link_fail_by_message(link, now);
	else
		link_flush(link, now);
}

static void
link_on_ready(struct watch *watch, int events, usec_t now)
{
	struct postgres_link *link =
	    container_of(watch, struct postgres_link, watch);

	(void)events;             /* libpq finds out itself */
	watch_stop(&link->watch); /* it may close the socket, or take another */
	if (link->state == LINK_DIALING)
		link_go_on_dialing(link, now);
	else
		link_read(link, now);
}

/*
 * Our own lateness is not the node's: an answer that lies in the socket
 * counts, and when the loop slept over the deadline the node gets its time
 * again.
 */
static void
link_on_deadline(struct timer *timer, usec_t now)
{
	struct postgres_link *link =
	    container_of(timer, struct postgres_link, deadline);
	bool is_late = now - timer_deadline(timer) > LINK_LATE;
	bool is_connected = link->state != LINK_DIALING ||
	    PQstatus(link->pg) != CONNECTION_STARTED;

	if (is_connected) {
		link_on_ready(&link->watch, WATCH_READ, now);
		if (link->state == LINK_CLOSED || link->timeout_us == 0 ||
		    timer_is_set(timer))
			return; /* it has ended, answered, or was asked anew */
	}
	if (is_late) {
		timer_set(timer, now + link->timeout_us);
		return;
	}
	if (is_connected)
		link_fail(link, VERDICT_SILENT, "no answer in time", now);
	else
		link_fail(
		    link, VERDICT_UNREACHABLE, "no connection in time", now);
}

void
postgres_link_init(struct postgres_link *link, struct loop *loop,
    const struct postgres_link_ops *ops)
{
	link->loop = loop;
	link->ops = ops;
	watch_init(&link->watch, loop, link_on_ready);
	timer_init(&link->deadline, loop, link_on_deadline);
}

/* libpq would print it; of a server that ends, it says why. */
static void
link_on_notice(void *arg, const PGresult *notice)
{
	struct postgres_link *link = arg;
	const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	postgres_flatten(link->last_words, sizeof(link->last_words),
	    text != NULL ? text : "");
}

/* Keywords and values for libpq, in step. */
struct link_options {
	size_t n;
	const char *keys[24];
	const char *values[24];
};

static void
link_option(struct link_options *o, const char *key, const char *value)
{
	CHECK(o->n + 1 < ARRAY_LEN(o->keys));
	o->keys[o->n] = key;
	o->values[o->n++] = value;
}

/*
 * Numeric addresses only, and no Kerberos: both would block.  Of the
 * environment and of files in somebody's home nothing is to come in.
 */
static PGconn *
link_start(const struct contact_login *login, usec_t timeout_us)
{
	struct link_options o = { .n = 0 };
	long long ms = (timeout_us + USEC_MS - 1) / USEC_MS;
	char port[8], wait[24], options[64];

	snprintf(port, sizeof(port), "%u", (unsigned)login->address.port);
	snprintf(wait, sizeof(wait), "%lld", ms);
	snprintf(options, sizeof(options), "-c statement_timeout=%lld", ms);
	/* Only a certificate is compared with it: hostaddr is dialled. */
	link_option(&o, "host",
	    login->host != NULL ? login->host : login->address.host);
	link_option(&o, "hostaddr", login->address.host);
	link_option(&o, "port", port);
	link_option(&o, "dbname", login->database);
	link_option(&o, "replication", "database");
	link_option(&o, "user", login->user);
	link_option(&o, "password", login->password);
	link_option(&o, "passfile", "/dev/null");
	link_option(&o, "application_name", "regent");
	link_option(&o, "options", options);
	link_option(&o, "sslmode", conf_sslmode_names[login->sslmode]);
	link_option(&o, "sslrootcert", login->ssl_ca);
	link_option(&o, "sslcert", login->ssl_cert);
	link_option(&o, "sslkey", login->ssl_key);
	link_option(&o, "gssencmode", "disable");
	link_option(&o, "target_session_attrs", "any");
	link_option(&o, "keepalives", "1");
	link_option(&o, "keepalives_idle", "5");
	link_option(&o, "keepalives_interval", "5");
	link_option(&o, "tcp_user_timeout", wait);
	return PQconnectStartParams(o.keys, o.values, 0);
}

void
postgres_link_dial(struct postgres_link *link,
    const struct contact_login *login, usec_t timeout_us, usec_t now)
{
	CHECK(link->state == LINK_CLOSED);
	CHECK(timeout_us > 0);
	link->state = LINK_DIALING;
	link->last_words[0] = '\0';
	postgres_link_set_timeout(link, timeout_us);
	link->pg = link_start(login, timeout_us);
	if (link->pg == NULL) {
		link_fail(link, VERDICT_LOCAL, "out of memory", now);
		return;
	}
	(void)PQsetErrorVerbosity(link->pg, PQERRORS_VERBOSE);
	(void)PQsetNoticeReceiver(link->pg, link_on_notice, link);
	if (PQstatus(link->pg) == CONNECTION_BAD) {
		link_fail_by_message(link, now);
		return;
	}
	/* As if the last poll had said PGRES_POLLING_WRITING. */
	link_watch(link, WATCH_WRITE);
}

void
postgres_link_set_timeout(struct postgres_link *link, usec_t timeout_us)
{
	link->timeout_us = timeout_us;
	if (timeout_us > 0)
		timer_set(&link->deadline, loop_clock() + timeout_us);
	else
		timer_stop(&link->deadline);
}

void
postgres_link_ask(struct postgres_link *link, const char *sql, usec_t now)
{
	CHECK(link->state == LINK_IDLE);
	watch_stop(&link->watch);
	link->state = LINK_ASKING;
	if (PQsendQuery(link->pg, sql) == 0)
		link_fail_by_message(link, now);
	else
		link_flush(link, now);
}

bool
postgres_link_is_open(const struct postgres_link *link)
{
	return link->state != LINK_CLOSED;
}

void
postgres_link_close(struct postgres_link *link)
{
	timer_stop(&link->deadline);
	watch_stop(&link->watch);
	PQclear(link->answer);
	link->answer = NULL;
	PQfinish(link->pg);
	link->pg = NULL;
	link->state = LINK_CLOSED;
}
