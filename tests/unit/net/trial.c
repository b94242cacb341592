#include "trial.h"

#include "net/addr.h"

#include <stdio.h>
#include <unistd.h>

#define TRIAL_BEAT USEC_MS
#define TRIAL_LIMIT (30 * USEC_SEC)

static void
trial_on_beat(struct timer *timer, usec_t now)
{
	timer_set(timer, now + TRIAL_BEAT);
}

/* Before the loop waits: the first time of a turn is its start. */
static void
trial_on_pause(struct ev_loop *ev, ev_prepare *w, int revents)
{
	struct trial *t = container_of(w, struct trial, pause);

	(void)ev;
	(void)revents;
	if (t->is_in_turn)
		loop_stop(t->loop);
	t->is_in_turn = true;
}

void
trial_open(struct trial *t, bool is_main)
{
	t->loop = loop_new(is_main);
	t->is_in_turn = false;
	t->deadline = loop_clock() + TRIAL_LIMIT;
	timer_init(&t->beat, t->loop, trial_on_beat);
	timer_set(&t->beat, loop_clock());
	ev_prepare_init(&t->pause, trial_on_pause);
	ev_set_priority(&t->pause, EV_MINPRI); /* behind the graves */
	ev_prepare_start(loop_ev(t->loop), &t->pause);
}

void
trial_close(struct trial *t)
{
	ev_prepare_stop(loop_ev(t->loop), &t->pause);
	timer_stop(&t->beat);
	loop_free(&t->loop);
}

void
trial_turn(struct trial *t, const char *what)
{
	if (loop_clock() > t->deadline)
		fail_msg("waited too long for: %s", what);
	t->is_in_turn = false;
	loop_run(t->loop);
}

void
trial_spin(usec_t duration)
{
	usec_t end = loop_clock() + duration;

	while (loop_clock() < end)
		continue;
}

/* The kernel may well give a port a second time that was given back. */
static bool
trial_is_given(uint16_t port)
{
	static bool is_given[UINT16_MAX + 1];
	bool before = is_given[port];

	is_given[port] = true;
	return before;
}

static void
trial_any_endpoint(struct endpoint *ep)
{
	unsigned pid = (unsigned)getpid();
	char host[32];
	struct addr addr;
	int fd;

	snprintf(host, sizeof(host), "127.%u.%u.1", 1 + pid / 250 % 250,
	    1 + pid % 250);
	assert_true(endpoint_from(ep, host, 0));
	addr_from_endpoint(&addr, ep);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &addr.ss.any, addr.len), 0);
	trial_endpoint_of(ep, fd);
	close(fd);
}

void
trial_endpoint(struct endpoint *ep)
{
	do
		trial_any_endpoint(ep);
	while (trial_is_given(ep->port));
}

int
trial_listen(const struct endpoint *ep)
{
	struct addr addr;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr_from_endpoint(&addr, ep);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &addr.ss.any, addr.len), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

void
trial_endpoint_of(struct endpoint *ep, int fd)
{
	struct addr addr = { .len = sizeof(addr.ss) };
	char text[ENDPOINT_TEXT_LEN];
	struct err err;

	assert_int_equal(getsockname(fd, &addr.ss.any, &addr.len), 0);
	addr_format(&addr, text);
	assert_int_equal(endpoint_parse(ep, text, &err), 0);
}
