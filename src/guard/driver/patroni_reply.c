#include "guard/driver/patroni_reply.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* The value of a string member; "" when there is none. */
static const char *
patroni_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static uint64_t
patroni_number(const json_t *object, const char *name)
{
	json_int_t number = json_integer_value(json_object_get(object, name));

	return number > 0 ? (uint64_t)number : 0;
}

static bool
patroni_is_primary(const json_t *answer, int status)
{
	const char *role = patroni_text(answer, "role");

	return status == 200 &&
	    strcmp(patroni_text(answer, "state"), "running") == 0 &&
	    (strcmp(role, "primary") == 0 || strcmp(role, "master") == 0);
}

/* Not starting, stopped, without the lock, the leader of a standby cluster. */
static bool
patroni_is_replica(const json_t *answer)
{
	return strcmp(patroni_text(answer, "state"), "running") == 0 &&
	    strcmp(patroni_text(answer, "role"), "replica") == 0;
}

/* Received, not replayed: what comes from the archive is only replayed. */
static uint64_t
patroni_received(const json_t *answer)
{
	const json_t *xlog = json_object_get(answer, "xlog");
	uint64_t received = patroni_number(xlog, "received_location");
	uint64_t replayed = patroni_number(xlog, "replayed_location");

	return received > replayed ? received : replayed;
}

static void
patroni_read_replica(struct contact_result *result, const json_t *answer)
{
	struct report *r = &result->report;
	const char *link = patroni_text(answer, "replication_state");
	const json_t *tags = json_object_get(answer, "tags");

	r->role = ROLE_REPLICA;
	r->position = patroni_received(answer);
	r->link_idle_us = USEC_NEVER;
	result->follows_leader = patroni_is_replica(answer);
	r->is_loading = !result->follows_leader ||
	    json_is_true(json_object_get(tags, "noloadbalance"));
	/* Versions before 3.1 do not say it; how far it lags still counts. */
	r->is_linked = result->follows_leader &&
	    (link[0] == '\0' || strcmp(link, "streaming") == 0);
}

/* A timeline means something only within its database system. */
static void
patroni_read_history(struct report *r, const json_t *answer)
{
	uint64_t timeline = patroni_number(answer, "timeline");

	if (timeline > 0)
		snprintf(r->history, sizeof(r->history), "%.24s/%llu",
		    patroni_text(answer, "database_system_identifier"),
		    (unsigned long long)timeline);
	snprintf(r->instance, sizeof(r->instance), "%s",
	    patroni_text(answer, "postmaster_start_time"));
}

static void
patroni_tell(struct contact_result *result, int status, const json_t *answer)
{
	snprintf(result->detail, sizeof(result->detail),
	    "patroni: state %.40s, role %.40s, %s the leader lock%s",
	    patroni_text(answer, "state"), patroni_text(answer, "role"),
	    status == 200 ? "with" : "without",
	    json_is_true(json_object_get(answer, "pause")) ? ", paused" : "");
}

static enum verdict
patroni_read_object(
    struct contact_result *result, int status, const json_t *answer)
{
	if (patroni_text(answer, "state")[0] == '\0' ||
	    patroni_text(answer, "role")[0] == '\0') {
		snprintf(result->detail, sizeof(result->detail),
		    "not an answer of Patroni");
		return VERDICT_GARBAGE;
	}
	result->has_report = true;
	patroni_read_history(&result->report, answer);
	if (patroni_is_primary(answer, status)) {
		result->report.role = ROLE_PRIMARY;
		result->report.position =
		    patroni_number(json_object_get(answer, "xlog"), "location");
	} else {
		patroni_read_replica(result, answer);
	}
	patroni_tell(result, status, answer);
	return VERDICT_OK;
}

enum verdict
patroni_read(
    struct contact_result *result, int status, const char *body, size_t len)
{
	enum verdict verdict;
	json_t *answer;

	memset(result, 0, sizeof(*result));
	if (status != 200 && status != 503) {
		snprintf(result->detail, sizeof(result->detail),
		    "HTTP status %d", status);
		return status == 401 || status == 403 ? VERDICT_LOGIN
						      : VERDICT_GARBAGE;
	}
	answer = json_loadb(body, len, 0, NULL);
	verdict = patroni_read_object(result, status, answer);
	json_decref(answer);
	return verdict;
}
