#include "admin/caller.h"

#include "admin/command.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CALLER_MAGIC 0x43414c52u

/* For the whole line, and between two bytes of an answer. */
#define CALLER_PATIENCE (10 * USEC_SEC)
#define CALLER_HURRY (1 * USEC_SEC)

/* How soon a caller is missed that left while its command was under way. */
#define CALLER_LOOK (1 * USEC_SEC)

/* How much of what nobody asked for is read before closing. */
enum { CALLER_DISCARD_MAX = 16 };

static void
caller_enter(struct caller *c, enum caller_state state, usec_t now)
{
	c->state = state;
	switch (state) {
	case CALLER_READING:
		stream_want(&c->stream, STREAM_READ);
		timer_set(&c->timer, now + CALLER_PATIENCE);
		break;
	case CALLER_WAITING:
		stream_want(&c->stream, 0);
		timer_set(&c->timer, now + CALLER_LOOK);
		break;
	case CALLER_WRITING:
		stream_want(&c->stream, STREAM_WRITE);
		timer_set(&c->timer, now + CALLER_PATIENCE);
		break;
	case CALLER_COUNT:
		CHECK_NEVER("no state of a caller");
	}
}

/* A byte of a node or a client that a terminal would obey. */
static bool
caller_is_control(unsigned char c)
{
	return (c < ' ' && c != '\t') || c == 0x7f;
}

static void
caller_add_line(struct text *out, const char *line, size_t len)
{
	size_t from = out->len;

	if (len == 0)
		return;
	text_add_bytes(out, line, len);
	for (size_t i = from; i < out->len; i++)
		if (caller_is_control((unsigned char)out->at[i]))
			out->at[i] = '?';
	text_add(out, "\n");
}

/*
 * An empty line ends an answer, so there is none in it: programs count
 * answers by them.
 */
static void
caller_frame(struct caller *c)
{
	const char *at = text_cstr(&c->call.answer);

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		caller_add_line(&c->out, at, len);
		at += len + (at[len] == '\n');
	}
	text_add(&c->out, "\n");
	c->has_answered = true;
	call_fini(&c->call);
}

static void
caller_on_answered(struct call *call, usec_t now)
{
	struct caller *c = container_of(call, struct caller, call);

	CHECK_OBJ(c, CALLER_MAGIC);
	CHECK(c->state == CALLER_WAITING);
	caller_frame(c);
	caller_enter(c, CALLER_WRITING, now);
}

static void
caller_begin(struct caller *c, usec_t now)
{
	call_init(&c->call, c->home.world, c->home.loop);
	c->call.now = now;
}

/* Says why, and hears nothing more. */
static void
caller_refuse(struct caller *c, const char *why, usec_t now)
{
	c->rest = NULL;
	caller_begin(c, now);
	call_fail(&c->call, "%s", why);
	caller_frame(c);
	caller_enter(c, CALLER_WRITING, now);
}

static char *
caller_next_command(struct caller *c)
{
	while (c->rest != NULL) {
		char *text = strsep(&c->rest, ";");

		if (text[strspn(text, " \t")] != '\0')
			return text;
	}
	return NULL;
}

static void
caller_run(struct caller *c, char *text, usec_t now)
{
	caller_begin(c, now);
	command_run(&c->call, text);
	if (!c->call.is_answered) {
		c->call.on_answered = caller_on_answered;
		caller_enter(c, CALLER_WAITING, now);
		return;
	}
	caller_frame(c);
	caller_enter(c, CALLER_WRITING, now);
}

static void
caller_go_on(struct caller *c, usec_t now)
{
	char *text = caller_next_command(c);

	if (text != NULL)
		caller_run(c, text, now);
	else if (!c->has_answered)
		caller_refuse(c, "no command; see `help`", now);
	else
		caller_close(c);
}

/* The line is complete when it has an end, or nothing more comes. */
static void
caller_on_bytes(struct caller *c, bool is_end, usec_t now)
{
	char *end = memchr(c->line, '\n', c->line_len);

	if (end == NULL && c->line_len >= CALLER_LINE_MAX) {
		caller_refuse(c, "line too long", now);
		return;
	}
	if (end == NULL && !is_end)
		return;
	if (end == NULL)
		end = c->line + c->line_len;
	if (end > c->line && end[-1] == '\r')
		end--;
	*end = '\0';
	c->rest = c->line;
	if (strlen(c->line) != (size_t)(end - c->line))
		caller_refuse(c, "a zero byte is in the line", now);
	else
		caller_go_on(c, now);
}

static void
caller_on_readable(struct stream *stream, usec_t now)
{
	struct caller *c = container_of(stream, struct caller, stream);
	ssize_t n;

	CHECK_OBJ(c, CALLER_MAGIC);
	CHECK(c->state == CALLER_READING);
	n = stream_read(
	    stream, c->line + c->line_len, CALLER_LINE_MAX - c->line_len);
	if (n == -EAGAIN)
		return;
	if (n < 0 || (n == 0 && c->line_len == 0)) {
		caller_close(c);
		return;
	}
	c->line_len += (size_t)n;
	caller_on_bytes(c, n == 0, now);
}

static ssize_t
caller_send(struct caller *c)
{
	ssize_t n = stream_write(
	    &c->stream, c->out.at + c->n_sent, c->out.len - c->n_sent);

	if (n > 0)
		c->n_sent += (size_t)n;
	return n;
}

static void
caller_on_writable(struct stream *stream, usec_t now)
{
	struct caller *c = container_of(stream, struct caller, stream);
	ssize_t n;

	CHECK_OBJ(c, CALLER_MAGIC);
	CHECK(c->state == CALLER_WRITING);
	n = caller_send(c);
	if (n == -EAGAIN)
		return;
	if (n < 0) {
		caller_close(c);
		return;
	}
	timer_set(&c->timer, now + CALLER_PATIENCE);
	if (c->n_sent < c->out.len)
		return;
	text_clear(&c->out);
	c->n_sent = 0;
	caller_go_on(c, now);
}

static void
caller_on_timer(struct timer *timer, usec_t now)
{
	struct caller *c = container_of(timer, struct caller, timer);

	CHECK_OBJ(c, CALLER_MAGIC);
	switch (c->state) {
	case CALLER_READING:
		caller_refuse(c, "the command did not come in time", now);
		break;
	case CALLER_WAITING:
		if (stream_is_hung_up(&c->stream))
			caller_close(c);
		else
			timer_set(timer, now + CALLER_LOOK);
		break;
	case CALLER_WRITING:
		caller_close(c);
		break;
	case CALLER_COUNT:
		CHECK_NEVER("no state of a caller");
	}
}

static const struct stream_ops caller_stream_ops = {
	.on_readable = caller_on_readable,
	.on_writable = caller_on_writable,
};

struct caller *
caller_open(const struct caller_home *home, int fd, usec_t now)
{
	struct caller *c = mem_new(sizeof(*c));

	c->magic = CALLER_MAGIC;
	c->home = *home;
	c->opened_at = now;
	list_init(&c->link);
	stream_init(&c->stream, home->loop, &caller_stream_ops);
	stream_adopt(&c->stream, fd);
	timer_init(&c->timer, home->loop, caller_on_timer);
	caller_enter(c, CALLER_READING, now);
	return c;
}

void
caller_hurry(struct caller *c)
{
	CHECK_OBJ(c, CALLER_MAGIC);
	if (c->state == CALLER_READING)
		timer_set(&c->timer, c->opened_at + CALLER_HURRY);
}

/*
 * The kernel tells the peer of a reset if bytes are left unread, and a line
 * that was too long has some.
 */
static void
caller_discard_input(struct caller *c)
{
	for (int i = 0; i < CALLER_DISCARD_MAX; i++)
		if (stream_read(&c->stream, c->line, CALLER_LINE_MAX) <= 0)
			return;
}

static void
caller_free(struct grave *grave)
{
	struct caller *c = container_of(grave, struct caller, grave);

	CHECK_OBJ(c, CALLER_MAGIC);
	text_fini(&c->out);
	free(c);
}

void
caller_close(struct caller *c)
{
	CHECK_OBJ(c, CALLER_MAGIC);
	if (c->state == CALLER_WAITING)
		call_cancel(&c->call);
	/* At the end of the process there is no turn left to send "ok". */
	if (c->n_sent < c->out.len)
		(void)caller_send(c);
	caller_discard_input(c);
	timer_stop(&c->timer);
	stream_close(&c->stream);
	list_remove(&c->link);
	loop_bury(c->home.loop, &c->grave, caller_free);
	c->home.on_closed(c->home.arg);
}
