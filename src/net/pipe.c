#include "net/pipe.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	PIPES_IDLE_MAX = 16,
	PIPE_SIZE = 262144,
	/* More than any pipe holds: its slots are the limit. */
	PIPE_FILL_MAX = 1 << 20,
};

void
pipes_init(struct pipes *p, unsigned max)
{
	p->max = max;
	list_init(&p->idle);
	p->n_idle = 0;
	p->n_lent = 0;
}

static void
pipe_free(struct pipe *pipe)
{
	close(pipe->fds[0]);
	close(pipe->fds[1]);
	free(pipe);
}

void
pipes_fini(struct pipes *p)
{
	CHECK(p->n_lent == 0);
	LIST_FOREACH_SAFE (it, &p->idle)
		pipe_free(LIST_ENTRY(it, struct pipe, link));
	pipes_init(p, p->max);
}

static struct pipe *
pipe_new(void)
{
	struct pipe *pipe = mem_try(sizeof(*pipe));

	if (pipe == NULL)
		return NULL;
	if (pipe2(pipe->fds, O_NONBLOCK | O_CLOEXEC) != 0) {
		free(pipe);
		return NULL;
	}
	/* Refused beyond what a user may have: then it is a small one. */
	(void)fcntl(pipe->fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	list_init(&pipe->link);
	return pipe;
}

struct pipe *
pipe_take(struct pipes *p)
{
	struct pipe *pipe;

	if (!list_is_empty(&p->idle)) {
		pipe = LIST_ENTRY(p->idle.prev, struct pipe, link);
		list_remove(&pipe->link);
		p->n_idle--;
	} else if (p->n_lent < p->max) {
		pipe = pipe_new();
	} else {
		return NULL;
	}
	if (pipe != NULL)
		p->n_lent++;
	return pipe;
}

void
pipe_give(struct pipes *p, struct pipe **pipe)
{
	struct pipe *mine = *pipe;

	if (mine == NULL)
		return;
	*pipe = NULL;
	CHECK(p->n_lent > 0);
	p->n_lent--;
	if (mine->len > 0 || p->n_idle == PIPES_IDLE_MAX) {
		pipe_free(mine);
		return;
	}
	list_push(&p->idle, &mine->link);
	p->n_idle++;
}

static ssize_t
pipe_splice(int from, int to, size_t len)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, len,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? n : -errno;
}

ssize_t
pipe_fill(struct pipe *pipe, struct stream *source)
{
	ssize_t n;

	CHECK(pipe->len == 0); /* else "again" would not say who is meant */
	n = pipe_splice(stream_fd(source), pipe->fds[1], PIPE_FILL_MAX);
	if (n > 0)
		pipe->len = (size_t)n;
	return n;
}

ssize_t
pipe_drain(struct pipe *pipe, struct stream *sink)
{
	ssize_t n;

	CHECK(pipe->len > 0);
	n = pipe_splice(pipe->fds[0], stream_fd(sink), pipe->len);
	if (n > 0)
		pipe->len -= (size_t)n;
	return n;
}
