/*
 * redis.c - probing and operating Redis, and servers that speak like it.
 *
 * A job is a handful of commands sent in one write; each reply is taken by
 * the step that stands for it.  The connection stays open between jobs.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"
#include "guard/driver/dialog.h"
#include "guard/driver/redis_examine.h"
#include "guard/driver/redis_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the reply of one command is taken. */
enum redis_step {
	STEP_LOGIN,       /* anything but OK: our login is refused */
	STEP_SERVER,      /* INFO server */
	STEP_ROLE,        /* ROLE */
	STEP_REPLICATION, /* INFO replication */
	STEP_MUST,        /* an error fails the job */
	STEP_MAY,         /* an error is only told */
	STEP_PRIVILEGE,   /* ACL DRYRUN */
};

enum { REDIS_STEPS_MAX = 4 + REDIS_EXAMINE_N };

struct contact {
	struct dialog dialog;
	struct grave grave;
	const struct contact_ops *ops;
	void *arg;
	struct endpoint address;
	char *user;
	char *password;
	bool is_busy;
	bool is_logged_in;
	struct job job;
	char instance[HISTORY_LEN]; /* of the server behind this connection */
	unsigned n_steps;
	unsigned at_step;
	unsigned n_privileges; /* that were told of */
	enum redis_step steps[REDIS_STEPS_MAX];
	struct contact_result result;
};

static void
redis_finish(struct contact *c, enum verdict verdict, usec_t now)
{
	struct contact_result result = c->result;

	CHECK(c->is_busy);
	c->is_busy = false;
	dialog_set_timeout(&c->dialog, 0);
	result.verdict = verdict;
	c->ops->on_done(c->arg, &result, now);
}

static void
redis_fail(
    struct contact *c, enum verdict verdict, const char *detail, usec_t now)
{
	snprintf(c->result.detail, sizeof(c->result.detail), "%s", detail);
	dialog_close(&c->dialog); /* replies still to come would be misread */
	c->is_logged_in = false;
	redis_finish(c, verdict, now);
}

static void
redis_send(
    struct contact *c, enum redis_step step, size_t n, const char *const *args)
{
	struct dialog *d = &c->dialog;

	CHECK(c->n_steps < REDIS_STEPS_MAX);
	CHECK(resp_command(d->out, sizeof(d->out), &d->out_len, n, args));
	c->steps[c->n_steps++] = step;
}

#define REDIS_SEND(c, step, ...) \
	redis_send(c, step, \
	    sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *[]){ __VA_ARGS__ })

static void
redis_send_login(struct contact *c)
{
	if (c->is_logged_in || c->password[0] == '\0')
		return;
	if (c->user[0] != '\0')
		REDIS_SEND(c, STEP_LOGIN, "AUTH", c->user, c->password);
	else
		REDIS_SEND(c, STEP_LOGIN, "AUTH", c->password);
}

static void
redis_send_who(struct contact *c)
{
	/* A process keeps its run id, and a connection its process. */
	if (c->instance[0] == '\0')
		REDIS_SEND(c, STEP_SERVER, "INFO", "server");
	REDIS_SEND(c, STEP_ROLE, "ROLE");
	REDIS_SEND(c, STEP_REPLICATION, "INFO", "replication");
}

static void
redis_send_follow(struct contact *c)
{
	char port[8];

	snprintf(port, sizeof(port), "%u", c->job.target.port);
	REDIS_SEND(c, STEP_MUST, "REPLICAOF", c->job.target.host, port);
	/* A fence that is still on would keep clients waiting, not refused. */
	REDIS_SEND(c, STEP_MAY, "CLIENT", "UNPAUSE");
	REDIS_SEND(c, STEP_MAY, "CONFIG", "REWRITE");
}

static void
redis_send_fence(struct contact *c)
{
	char ms[24];

	snprintf(
	    ms, sizeof(ms), "%lld", (long long)(c->job.pause_us / USEC_MS));
	REDIS_SEND(c, STEP_MUST, "CLIENT", "PAUSE", ms, "WRITE");
}

/* Whoever gives no user is this one. */
static const char *
redis_user(const struct contact *c)
{
	return c->user[0] != '\0' ? c->user : "default";
}

static void
redis_send_examine(struct contact *c)
{
	const char *args[3 + REDIS_EXAMINE_ARGS] = { "ACL", "DRYRUN",
		redis_user(c) };

	c->n_privileges = 0;
	redis_send_who(c);
	for (unsigned i = 0; i < REDIS_EXAMINE_N; i++) {
		const struct redis_privilege *p = &redis_privileges[i];

		memcpy(&args[3], p->args, sizeof(p->args));
		redis_send(c, STEP_PRIVILEGE, 3 + p->n_args, args);
	}
}

static void
redis_send_job(struct contact *c)
{
	redis_send_login(c);
	switch (c->job.kind) {
	case JOB_PROBE:
		redis_send_who(c);
		break;
	case JOB_FENCE:
		redis_send_fence(c);
		break;
	case JOB_UNFENCE:
		REDIS_SEND(c, STEP_MUST, "CLIENT", "UNPAUSE");
		break;
	case JOB_PROMOTE:
		REDIS_SEND(c, STEP_MUST, "REPLICAOF", "NO", "ONE");
		/* Of an earlier fence, when it was primary before. */
		REDIS_SEND(c, STEP_MAY, "CLIENT", "UNPAUSE");
		redis_send_who(c);
		break;
	case JOB_DEMOTE:
	case JOB_REPOINT:
		redis_send_follow(c);
		break;
	case JOB_REDIAL:
		/* It dials at once, and goes on where it was (Redis 6.2). */
		REDIS_SEND(c, STEP_MUST, "CLIENT", "KILL", "TYPE", "master");
		break;
	case JOB_PERSIST:
		REDIS_SEND(c, STEP_MUST, "CONFIG", "REWRITE");
		break;
	case JOB_EXAMINE:
		redis_send_examine(c);
		break;
	case JOB_COUNT:
		CHECK_NEVER("unknown job");
	}
}

static void
redis_fail_reply(struct contact *c, const struct resp *reply, usec_t now)
{
	enum redis_step step = c->steps[c->at_step];
	enum verdict verdict = VERDICT_GARBAGE;
	char detail[128] = "not a reply of a Redis server";

	if (reply->type == RESP_ERROR) {
		verdict = redis_verdict_of_error(reply);
		resp_copy(reply, detail, sizeof(detail));
		if (step == STEP_LOGIN && verdict != VERDICT_ALIVE)
			verdict = VERDICT_LOGIN;
	}
	redis_fail(c, verdict, detail, now);
}

/* false: the reply is not what the step allows. */
static bool
redis_take(struct contact *c, const struct resp *reply)
{
	struct contact_result *result = &c->result;

	switch (c->steps[c->at_step]) {
	case STEP_LOGIN:
	case STEP_MUST:
		return reply->type != RESP_ERROR;
	case STEP_MAY:
		if (reply->type == RESP_ERROR && result->detail[0] == '\0')
			resp_copy(
			    reply, result->detail, sizeof(result->detail));
		return true;
	case STEP_PRIVILEGE:
		redis_examine_take(
		    result, redis_user(c), c->n_privileges++, reply);
		return true;
	case STEP_SERVER:
		if (!redis_read_server(result, reply))
			return false;
		memcpy(c->instance, result->report.instance, HISTORY_LEN);
		return true;
	case STEP_ROLE:
		return redis_read_role(result, reply);
	case STEP_REPLICATION:
		result->has_report = true;
		return redis_read_replication(result, reply);
	}
	return false;
}

static void
redis_complete(struct contact *c, usec_t now)
{
	struct contact_result *result = &c->result;

	c->is_logged_in = true;
	/* What stands behind the last reply must not answer the next job. */
	dialog_consume(&c->dialog, c->dialog.in_len);
	memcpy(result->report.instance, c->instance, HISTORY_LEN);
	if (c->job.kind == JOB_PROMOTE && result->report.role != ROLE_PRIMARY) {
		redis_fail(c, VERDICT_ALIVE, "it stayed a replica", now);
		return;
	}
	redis_finish(c, VERDICT_OK, now);
}

static void
redis_on_bytes(struct dialog *d, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);

	while (c->is_busy && c->at_step < c->n_steps) {
		long len = resp_length(d->in, d->in_len);
		struct resp reply;

		if (len == RESP_MORE)
			return;
		if (len == RESP_BAD) {
			redis_fail(c, VERDICT_GARBAGE,
			    "not a reply of a Redis server", now);
			return;
		}
		resp_read(&reply, d->in, d->in + len);
		if (!redis_take(c, &reply)) {
			redis_fail_reply(c, &reply, now);
			return;
		}
		dialog_consume(d, (size_t)len);
		c->at_step++;
	}
	if (c->is_busy)
		redis_complete(c, now);
	else
		dialog_consume(d, d->in_len); /* nobody asked for it */
}

static void
redis_on_connected(struct dialog *d, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);

	redis_send_job(c);
	dialog_flush(d, now);
}

static void
redis_on_failed(
    struct dialog *d, enum verdict verdict, const char *detail, usec_t now)
{
	struct contact *c = container_of(d, struct contact, dialog);

	if (!c->is_busy) {
		c->ops->on_lost(c->arg, detail, now);
		return;
	}
	/* It had answered on this connection before: the process went away,
	 * which is another thing than a port that drops everybody. */
	if (verdict == VERDICT_CLOSED && c->is_logged_in)
		verdict = VERDICT_LOST;
	redis_fail(c, verdict, detail, now);
}

static const struct dialog_ops redis_dialog_ops = {
	.on_connected = redis_on_connected,
	.on_bytes = redis_on_bytes,
	.on_failed = redis_on_failed,
};

static struct contact *
redis_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	c->address = login->address;
	c->user = mem_strdup(login->user);
	c->password = mem_strdup(login->password);
	c->ops = ops;
	c->arg = arg;
	dialog_init(&c->dialog, loop, &redis_dialog_ops);
	return c;
}

static void
redis_start(struct contact *c, const struct job *job, usec_t now)
{
	CHECK(!c->is_busy);
	memset(&c->result, 0, sizeof(c->result));
	c->job = *job;
	c->is_busy = true;
	c->n_steps = 0;
	c->at_step = 0;
	dialog_set_timeout(&c->dialog, job->timeout_us);
	if (dialog_is_open(&c->dialog)) {
		redis_send_job(c);
		dialog_flush(&c->dialog, now);
		return;
	}
	c->is_logged_in = false;
	c->instance[0] = '\0';
	dialog_connect(&c->dialog, &c->address, now);
}

static void
redis_free(struct grave *grave)
{
	struct contact *c = container_of(grave, struct contact, grave);

	free(c->user);
	free(c->password);
	free(c);
}

static void
redis_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	dialog_close(&c->dialog);
	loop_bury(stream_loop(&c->dialog.stream), &c->grave, redis_free);
	*contact = NULL;
}

const struct driver driver_redis = {
	.name = "redis",
	.has_roles = true,
	.stalls = true, /* CONFIG REWRITE is an fsync in its only thread */
	.has_examine = true,
	.unlink_us = 20 * USEC_MS,
	.silence_us = 11 * USEC_SEC, /* it pings its replicas every 10 s */
	.open = redis_open,
	.start = redis_start,
	.close = redis_close,
};
