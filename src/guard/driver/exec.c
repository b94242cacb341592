/*
 * exec.c - nodes that a script of the operator looks after: its exit code
 * says how a node is, in the words of OCF resource agents.
 */
#include "guard/driver/driver.h"

#include "base/mem.h"
#include "guard/hookenv.h"
#include "net/child.h"

#include <stdio.h>
#include <stdlib.h>

/* A process a probe: not in every turn of a hurry. */
#define EXEC_GAP (50 * USEC_MS)

/* OCF_SUCCESS and OCF_RUNNING_MASTER; 7, OCF_NOT_RUNNING, is like any other. */
enum { EXEC_RUNNING = 0, EXEC_RUNNING_PRIMARY = 8 };

/* The shell did not find the command, or may not run it. */
enum { EXEC_NOT_EXECUTABLE = 126, EXEC_NOT_FOUND = 127 };

struct contact {
	struct grave grave;
	struct loop *loop;
	bool has_roles;
	const struct contact_ops *ops;
	void *arg;
	char *command;
	struct hookenv env;
	struct child *child; /* under way, or NULL */
};

/* A check that does not work says nothing of the node. */
static enum verdict
exec_verdict(const struct child_result *child)
{
	switch (child->end) {
	case CHILD_TIMED_OUT:
		return VERDICT_SILENT;
	case CHILD_UNSTARTED:
	case CHILD_SIGNALLED:
		return VERDICT_LOCAL;
	case CHILD_EXITED:
		break;
	case CHILD_END_COUNT:
		CHECK_NEVER("unknown end of a child");
	}
	switch (child->code) {
	case EXEC_RUNNING:
	case EXEC_RUNNING_PRIMARY:
		return VERDICT_OK;
	case EXEC_NOT_EXECUTABLE:
	case EXEC_NOT_FOUND:
		return VERDICT_LOCAL;
	default:
		return VERDICT_UNWELL;
	}
}

static void
exec_on_done(void *arg, const struct child_result *child, usec_t now)
{
	struct contact_result result = { .verdict = exec_verdict(child) };
	struct child_result told = *child;
	struct contact *c = arg;

	child_close(&c->child);
	if (result.verdict == VERDICT_OK && c->has_roles)
		driver_report_role(&result,
		    child->code == EXEC_RUNNING_PRIMARY ? ROLE_PRIMARY
							: ROLE_REPLICA);
	told.last = child->first; /* of a check, the first line is the one */
	if (result.verdict == VERDICT_OK && child->first[0] != '\0')
		snprintf(
		    result.detail, sizeof(result.detail), "%s", child->first);
	else
		child_describe(&told, result.detail, sizeof(result.detail));
	c->ops->on_done(c->arg, &result, now);
}

static struct contact *
exec_open(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = mem_new(sizeof(*c));

	c->loop = loop;
	c->ops = ops;
	c->arg = arg;
	c->command = mem_strdup(login->check_command);
	hookenv_copy(&c->env, login->check_env);
	return c;
}

static struct contact *
exec_open_roles(struct loop *loop, const struct contact_login *login,
    const struct contact_ops *ops, void *arg)
{
	struct contact *c = exec_open(loop, login, ops, arg);

	c->has_roles = true;
	return c;
}

static void
exec_start(struct contact *c, const struct job *job, usec_t now)
{
	const struct child_plan plan = {
		.loop = c->loop,
		.command = c->command,
		.env = hookenv_list(&c->env),
		.timeout_us = job->timeout_us,
		.on_done = exec_on_done,
		.arg = c,
	};

	(void)now; /* the deadline is counted from when it is started */
	/* The brain has nothing else to ask for where nothing is promoted. */
	CHECK(job->kind == JOB_PROBE);
	CHECK(c->child == NULL);
	c->child = child_start(&plan);
}

static void
exec_free(struct grave *grave)
{
	struct contact *c = container_of(grave, struct contact, grave);

	hookenv_fini(&c->env);
	free(c->command);
	free(c);
}

static void
exec_close(struct contact **contact)
{
	struct contact *c = *contact;

	if (c == NULL)
		return;
	child_close(&c->child);
	loop_bury(c->loop, &c->grave, exec_free);
	*contact = NULL;
}

const struct driver driver_exec = {
	.name = "exec",
	.probe_gap_us = EXEC_GAP,
	.open = exec_open,
	.start = exec_start,
	.close = exec_close,
};

const struct driver driver_exec_roles = {
	.name = "exec",
	.has_roles = true,
	.probe_gap_us = EXEC_GAP,
	.silence_us = USEC_NEVER, /* a script does not tell of links */
	.open = exec_open_roles,
	.start = exec_start,
	.close = exec_close,
};
