#include "net/child.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/spawn.h"
#include "net/timer.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_MAGIC 0x4348494cu
#define CHILD_SHELL "/bin/sh"

/* Reads at the end: what a full pipe holds, but not what goes on for ever. */
enum { CHILD_READ_SIZE = 4096, CHILD_READS_MAX = 32 };

/* A death that is known to the kernel and not yet to libev is waited for. */
#define CHILD_REAP_GAP USEC_MS

struct child_output {
	char line[CHILD_LINE_MAX + 1];
	char first[CHILD_LINE_MAX + 1];
	char last[CHILD_LINE_MAX + 1];
	size_t line_len;
};

struct child {
	uint32_t magic;
	struct grave grave;
	struct child_plan plan;
	pid_t pid; /* 0: it was not started, or is over */
	int fd;    /* what it prints; -1: closed */
	int start_error;
	bool is_timed_out;
	ev_child exit;
	ev_io readable;
	struct timer timer;
	struct child_output output;
};

/* ---- what it prints --------------------------------------------------- */

static void
child_take_line(struct child_output *o)
{
	if (o->line_len == 0)
		return;
	o->line[o->line_len] = '\0';
	o->line_len = 0;
	memcpy(o->last, o->line, sizeof(o->last));
	if (o->first[0] == '\0')
		memcpy(o->first, o->line, sizeof(o->first));
}

/* Log lines put it between quotes. */
static char
child_printable(char byte)
{
	if ((unsigned char)byte < ' ' || byte == 0x7f)
		return ' ';
	return byte == '"' ? '\'' : byte;
}

static void
child_take_bytes(struct child_output *o, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			child_take_line(o);
		else if (o->line_len < CHILD_LINE_MAX)
			o->line[o->line_len++] = child_printable(bytes[i]);
	}
}

static void
child_close_output(struct child *c)
{
	if (c->fd < 0)
		return;
	ev_io_stop(loop_ev(c->plan.loop), &c->readable);
	close(c->fd);
	c->fd = -1;
}

/* Returns whether there may be more at once. */
static bool
child_read(struct child *c)
{
	char buf[CHILD_READ_SIZE];
	ssize_t n;

	do
		n = read(c->fd, buf, sizeof(buf));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		child_take_bytes(&c->output, buf, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		child_close_output(c);
	return n > 0;
}

static void
child_on_readable(struct ev_loop *ev, ev_io *w, int revents)
{
	struct child *c = container_of(w, struct child, readable);

	(void)ev;
	(void)revents;
	CHECK_OBJ(c, CHILD_MAGIC);
	(void)child_read(c);
}

/* ---- its end ---------------------------------------------------------- */

static void
child_stop_watching(struct child *c)
{
	timer_stop(&c->timer);
	ev_child_stop(loop_ev(c->plan.loop), &c->exit);
	child_close_output(c);
	c->pid = 0;
}

static void
child_answer(struct child *c, enum child_end end, int code, usec_t now)
{
	const struct child_result result = {
		.end = end,
		.code = code,
		.timeout_us = c->plan.timeout_us,
		.first = c->output.first,
		.last = c->output.last,
	};

	for (int i = 0; c->fd >= 0 && i < CHILD_READS_MAX; i++)
		if (!child_read(c))
			break;
	child_take_line(&c->output);
	child_stop_watching(c);
	c->plan.on_done(c->plan.arg, &result, now);
}

/* Its group may have outlived it when it was told to end. */
static void
child_on_exit(struct ev_loop *ev, ev_child *w, int revents)
{
	struct child *c = container_of(w, struct child, exit);
	usec_t now = loop_now(c->plan.loop);
	int status = w->rstatus;

	(void)ev;
	(void)revents;
	CHECK_OBJ(c, CHILD_MAGIC);
	if (c->is_timed_out) {
		(void)kill(-c->pid, SIGKILL); /* fails: nobody is left */
		child_answer(c, CHILD_TIMED_OUT, 0, now);
	} else if (WIFSIGNALED(status)) {
		child_answer(c, CHILD_SIGNALLED, WTERMSIG(status), now);
	} else {
		child_answer(c, CHILD_EXITED, WEXITSTATUS(status), now);
	}
}

/* Dead, and only our loop is too late to know. */
static bool
child_is_dead(const struct child *c)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)c->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == c->pid;
}

static void
child_end_group(struct child *c, usec_t now)
{
	if (!c->is_timed_out && c->plan.grace_us > 0) {
		c->is_timed_out = true;
		(void)kill(-c->pid, SIGTERM);
		timer_set(&c->timer, now + c->plan.grace_us);
		return;
	}
	/* libev reaps it, watched or not. */
	(void)kill(-c->pid, SIGKILL);
	child_answer(c, CHILD_TIMED_OUT, 0, now);
}

static void
child_on_timer(struct timer *timer, usec_t now)
{
	struct child *c = container_of(timer, struct child, timer);

	CHECK_OBJ(c, CHILD_MAGIC);
	if (c->pid == 0)
		child_answer(c, CHILD_UNSTARTED, c->start_error, now);
	else if (child_is_dead(c))
		timer_set(timer, now + CHILD_REAP_GAP);
	else
		child_end_group(c, now);
}

/* ---- its beginning ---------------------------------------------------- */

static int
child_set_files(posix_spawn_file_actions_t *files, const void *arg)
{
	int out = *(const int *)arg, rc;

	rc = posix_spawn_file_actions_addopen(
	    files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc =
		    posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
	if (rc == 0)
		rc =
		    posix_spawn_file_actions_adddup2(files, out, STDERR_FILENO);
	return rc;
}

/* What posix_spawn reads it does not change, though its type says so. */
static int
child_spawn(struct child *c, int out)
{
	char *const argv[] = { (char *)"sh", (char *)"-c",
		(char *)c->plan.command, NULL };
	const struct spawn_plan plan = {
		.path = CHILD_SHELL,
		.argv = argv,
		.env = (char *const *)c->plan.env,
		.is_session = true,
		.set_files = child_set_files,
		.arg = &out,
	};
	int rc = spawn_run(&c->pid, &plan);

	if (rc != 0)
		c->pid = 0; /* else it has no meaning */
	return rc;
}

static int
child_spawn_piped(struct child *c)
{
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return errno;
	rc = fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0 ? child_spawn(c, fds[1])
						     : errno;
	close(fds[1]);
	if (rc != 0)
		close(fds[0]);
	else
		c->fd = fds[0];
	return rc;
}

static void
child_watch(struct child *c)
{
	struct ev_loop *ev = loop_ev(c->plan.loop);

	ev_child_init(&c->exit, child_on_exit, c->pid, 0);
	ev_child_start(ev, &c->exit);
	ev_io_init(&c->readable, child_on_readable, c->fd, EV_READ);
	ev_io_start(ev, &c->readable);
	timer_set(&c->timer, loop_clock() + c->plan.timeout_us);
}

struct child *
child_start(const struct child_plan *plan)
{
	struct child *c = mem_new(sizeof(*c));

	CHECK(plan->command != NULL && plan->env != NULL);
	CHECK(plan->on_done != NULL && plan->timeout_us > 0);
	CHECK(ev_is_default_loop(loop_ev(plan->loop)));
	c->magic = CHILD_MAGIC;
	c->plan = *plan;
	c->fd = -1;
	timer_init(&c->timer, plan->loop, child_on_timer);
	c->start_error = child_spawn_piped(c);
	/* Borrowed for the call only. */
	c->plan.command = NULL;
	c->plan.env = NULL;
	if (c->start_error == 0)
		child_watch(c);
	else
		timer_set(&c->timer, loop_clock());
	return c;
}

void
child_stop(struct child *c)
{
	CHECK_OBJ(c, CHILD_MAGIC);
	if (c->pid != 0 && !c->is_timed_out)
		timer_set(&c->timer, loop_clock());
}

static void
child_free(struct grave *grave)
{
	free(container_of(grave, struct child, grave));
}

void
child_close(struct child **child)
{
	struct child *c = *child;

	if (c == NULL)
		return;
	CHECK_OBJ(c, CHILD_MAGIC);
	if (c->pid != 0)
		(void)kill(-c->pid, SIGKILL);
	child_stop_watching(c);
	loop_bury(c->plan.loop, &c->grave, child_free);
	*child = NULL;
}

/* ---- telling ---------------------------------------------------------- */

void
child_describe(const struct child_result *result, char *buf, size_t size)
{
	size_t len = 0;

	CHECK(size > 0);
	buf[0] = '\0';
	switch (result->end) {
	case CHILD_EXITED:
		text_append(buf, size, &len, "exit code %d", result->code);
		break;
	case CHILD_SIGNALLED:
		text_append(
		    buf, size, &len, "killed by signal %d", result->code);
		break;
	case CHILD_TIMED_OUT:
		text_append(buf, size, &len, "killed: it took longer than %g s",
		    (double)result->timeout_us / USEC_SEC);
		break;
	case CHILD_UNSTARTED:
		text_append(buf, size, &len, "could not be started: %s",
		    strerror(result->code));
		break;
	case CHILD_END_COUNT:
		CHECK_NEVER("unknown end of a child");
	}
	if (result->last[0] != '\0')
		text_append(buf, size, &len, ": %s", result->last);
}
