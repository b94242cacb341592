#include "guard/driver/postgres_reply.h"

#include "base/text.h"
#include "guard/driver/postgres_conninfo.h"
#include "guard/driver/postgres_timeline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keepalives of a receiver come at half of wal_receiver_timeout. */
#define POSTGRES_KEEPALIVE_SLACK (5 * USEC_SEC)

/* A receiver whose start is refused is gone by then. */
#define POSTGRES_LINK_SETTLED (500 * USEC_MS)

/*
 * What a standby received past the end of what it replayed is the beginning
 * of a record that never became whole; a bound for what may be taken for it.
 */
#define POSTGRES_RECORD_MAX (16 << 20)

/* Of a clock that was set back: none. */
static usec_t
postgres_read_usec(const char *text)
{
	uint64_t number;

	if (!postgres_read_number(text, &number))
		return 0;
	return number < USEC_NEVER ? (usec_t)number : USEC_NEVER;
}

bool
postgres_read_system(struct contact_result *result, const char *system,
    const char *timeline, const char *position)
{
	struct report *r = &result->report;
	uint64_t id, tli;

	if (!postgres_read_number(system, &id) ||
	    !postgres_read_number(timeline, &tli) || tli == 0 ||
	    tli > UINT32_MAX || !postgres_read_position(position, &r->position))
		return false;
	snprintf(r->history, sizeof(r->history), "%llu/%llu",
	    (unsigned long long)id, (unsigned long long)tli);
	return true;
}

/* Told of the right one: a link to the upstream it had may still be up. */
static bool
postgres_is_link_of(
    const struct contact_result *result, const char *const cells[CELL_COUNT])
{
	struct endpoint sender;
	uint64_t port;

	return postgres_read_number(cells[CELL_LINK_PORT], &port) &&
	    port <= UINT16_MAX &&
	    endpoint_from_named(
		&sender, cells[CELL_LINK_HOST], (uint16_t)port) &&
	    endpoint_equal(&sender, &result->upstream);
}

/*
 * How long it may be quiet while it is alive, is a setting of the server; to
 * the brain it is one constant of the driver.
 */
static usec_t
postgres_idle(const char *const cells[CELL_COUNT])
{
	usec_t idle = postgres_read_usec(cells[CELL_LINK_IDLE_US]);
	usec_t quiet = postgres_read_usec(cells[CELL_QUIET_US]) / 2 +
	    POSTGRES_KEEPALIVE_SLACK;

	if (postgres_read_usec(cells[CELL_QUIET_US]) == 0)
		quiet = USEC_NEVER; /* it never asks */
	if (idle < quiet)
		return idle < POSTGRES_SILENCE ? idle : POSTGRES_SILENCE - 1;
	return idle > POSTGRES_SILENCE ? idle : POSTGRES_SILENCE;
}

static void
postgres_read_replica(
    struct contact_result *result, const char *const cells[CELL_COUNT])
{
	struct report *r = &result->report;
	uint64_t received, replayed;

	r->role = ROLE_REPLICA;
	if (postgres_read_position(cells[CELL_RECEIVED], &received) &&
	    postgres_read_position(cells[CELL_REPLAYED], &replayed) &&
	    replayed < received)
		r->unapplied = received - replayed;
	postgres_read_upstream(&result->upstream, cells[CELL_CONNINFO]);
	r->link_idle_us = USEC_NEVER;
	if (cells[CELL_LINK_PID][0] == '\0')
		return;
	r->is_loading = cells[CELL_LINK_WROTE][0] == 't' &&
	    cells[CELL_LINK_PASSED][0] == 'f';
	r->link_idle_us = postgres_idle(cells);
	r->is_linked = strcmp(cells[CELL_LINK], "streaming") == 0 &&
	    postgres_is_link_of(result, cells) &&
	    (cells[CELL_LINK_WROTE][0] == 't' ||
		postgres_read_usec(cells[CELL_LINK_AGE_US]) >=
		    POSTGRES_LINK_SETTLED);
}

static void
postgres_read_primary(
    struct contact_result *result, const char *const cells[CELL_COUNT])
{
	struct report *r = &result->report;
	const char *commit = cells[CELL_SYNC_COMMIT];

	r->role = ROLE_PRIMARY;
	if (strcmp(commit, "off") != 0 && strcmp(commit, "local") != 0)
		r->sync_replicas =
		    postgres_sync_replicas(cells[CELL_SYNC_NAMES]);
	r->is_read_only = strcmp(cells[CELL_READ_ONLY], "on") == 0;
	(void)postgres_read_position(cells[CELL_RECEIVED], &r->forked_at);
}

/* What an operator should know of a node that is well. */
static void
postgres_tell(
    struct contact_result *result, const char *const cells[CELL_COUNT])
{
	char *buf = result->detail;
	size_t size = sizeof(result->detail), len = 0;

	if (cells[CELL_IS_PAUSED][0] == 't')
		text_append(buf, size, &len, "replay is paused; ");
	if (strcmp(cells[CELL_READ_ONLY], "on") == 0)
		text_append(
		    buf, size, &len, "default_transaction_read_only is on; ");
	if (cells[CELL_LACKS][0] != '\0')
		text_append(buf, size, &len,
		    "see contrib/sql/postgres.sql: the user lacks %s; ",
		    cells[CELL_LACKS]);
	if (len > 1)
		buf[strnlen(buf, size) - 2] = '\0';
}

bool
postgres_read_state(
    struct contact_result *result, const char *const cells[CELL_COUNT])
{
	struct report *r = &result->report;
	bool is_replica = strcmp(cells[CELL_IN_RECOVERY], "t") == 0;

	if (!is_replica && strcmp(cells[CELL_IN_RECOVERY], "f") != 0)
		return false;
	snprintf(r->instance, sizeof(r->instance), "%s", cells[CELL_STARTED]);
	if (is_replica)
		postgres_read_replica(result, cells);
	else
		postgres_read_primary(result, cells);
	postgres_tell(result, cells);
	result->has_report = true;
	return true;
}

uint64_t
postgres_timeline(const struct report *report)
{
	const char *slash = strchr(report->history, '/');
	uint64_t tli = 0;

	if (slash != NULL)
		(void)postgres_read_number(slash + 1, &tli);
	return tli;
}

/*
 * An incomplete record at the end of what it had received is thrown away by
 * a promotion.  It was nobody's, so what was received counts as shared: else
 * the promised position would seem to be lost.
 */
static void
postgres_set_fork(struct report *report, uint64_t tli, uint64_t at)
{
	uint64_t received = report->forked_at;
	int len = (int)strcspn(report->history, "/");

	snprintf(report->history_prev, sizeof(report->history_prev),
	    "%.*s/%llu", len, report->history, (unsigned long long)tli);
	report->forked_at = at;
	if (report->role == ROLE_PRIMARY && received > at &&
	    received - at < POSTGRES_RECORD_MAX)
		report->forked_at = received;
}

bool
postgres_read_fork(struct report *report, const char *content, size_t len)
{
	const struct postgres_course course = {
		.timeline = postgres_timeline(report),
		.file = content,
		.len = len,
	};
	uint64_t parent, end;

	if (!postgres_parent(&course, &parent, &end))
		return false;
	postgres_set_fork(report, parent, end);
	return true;
}

/* Read before the position was, so it is no more than what it has applied. */
static uint64_t
postgres_applied(const struct report *r)
{
	return r->position > r->unapplied ? r->position - r->unapplied : 0;
}

void
postgres_judge_upstream(
    struct contact_result *result, const struct lineage *known)
{
	const struct report *r = &result->report;
	bool can_follow;

	if (r->role != ROLE_REPLICA || known->history[0] == '\0' ||
	    known->history_prev[0] == '\0' ||
	    strcmp(r->history, known->history) == 0)
		return;
	if (strcmp(r->history, known->history_prev) == 0)
		can_follow = postgres_applied(r) <= known->forked_at;
	else
		can_follow = r->is_linked && !r->is_loading;
	if (!can_follow)
		memset(&result->upstream, 0, sizeof(result->upstream));
}

uint32_t
postgres_sync_replicas(const char *names)
{
	static const char *const methods[] = { "ANY", "FIRST" };
	const char *at = names + strspn(names, " \t\n");
	unsigned long number;
	char *end;

	if (*at == '\0')
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		size_t len = strlen(methods[i]);

		if (strncasecmp(at, methods[i], len) == 0 &&
		    isspace((unsigned char)at[len])) {
			at += len + strspn(at + len, " \t\n");
			break;
		}
	}
	number = isdigit((unsigned char)*at) ? strtoul(at, &end, 10) : 0;
	/* A list alone waits for its first; "5" may be a standby's name. */
	if (number == 0 || end[strspn(end, " \t\n")] != '(')
		return 1;
	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}
