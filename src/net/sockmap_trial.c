/*
 * sockmap_trial.c - what a sockmap promises, tried on this kernel.
 *
 * Sockets over the loopback: a source and a sink outside, the pair inside.
 * Everything is polled for, until a deadline that only a kernel at fault
 * reaches.
 */
#include "net/sockmap.h"

#include "net/sock.h"
#include "net/sockmap_program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIAL_TIME (2 * USEC_SEC)

enum {
	TRIAL_BUFFER = 64 * 1024, /* of each socket, as asked for */
	TRIAL_PIECE = 4001,
	TRIAL_AHEAD = 3 * TRIAL_PIECE,
	TRIAL_CARRY = 256 * 1024, /* bytes of a run */
	TRIAL_FLOOD = 160 * 1024, /* bytes that no sink has room for */
	TRIAL_MOST = 4 << 20,     /* more never fits into bounded queues */
	TRIAL_PERIOD = 65521,
};

struct sockmap_trial {
	struct loop *loop;
	struct sockmap *map;
	usec_t deadline;
	int outer[2];      /* the client, the node */
	int inner[2];      /* the sides of the pair */
	int pair;          /* -1: none */
	uint64_t sent;     /* by outer[0] */
	uint64_t received; /* by outer[1] */
	uint64_t start;    /* entered inner[1] before */
	uint64_t written;  /* into inner[1] by the trial itself */
	struct err *err;
	uint8_t pattern[TRIAL_PERIOD + TRIAL_PIECE];
	uint8_t bytes[TRIAL_PIECE];
};

static void
trial_on_event(void *owner, int side, int events, usec_t now)
{
	(void)owner;
	(void)side;
	(void)events;
	(void)now;
}

static bool
trial_is_late(const struct sockmap_trial *t)
{
	return loop_clock() > t->deadline;
}

static void
trial_pause(void)
{
	(void)poll(NULL, 0, 0);
}

static int
trial_connection(int fds[2], struct err *err)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(in);
	int size = TRIAL_BUFFER, fd, rc = -1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || fds[0] < 0)
		goto out;
	for (int i = 0; i < 2; i++) {
		int of = i == 0 ? fd : fds[0];

		(void)setsockopt(
		    of, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		(void)setsockopt(
		    of, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) != 0 ||
	    connect(fds[0], (struct sockaddr *)&in, sizeof(in)) != 0)
		goto out;
	fds[1] = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	rc = fds[1] < 0 ? -1 : 0;
out:
	if (rc != 0)
		rc = err_errno(err, "loopback connection");
	if (fd >= 0)
		close(fd);
	return rc;
}

static ssize_t
trial_send(struct sockmap_trial *t)
{
	ssize_t n = send(t->outer[0], t->pattern + t->sent % TRIAL_PERIOD,
	    TRIAL_PIECE, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		t->sent += (uint64_t)n;
	return n;
}

/* What has come must be what was sent. */
static int
trial_receive(struct sockmap_trial *t)
{
	ssize_t n;

	n = recv(t->outer[1], t->bytes, sizeof(t->bytes), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN
		    ? 0
		    : err_errno(t->err, "receiving what was carried");
	if (memcmp(t->bytes, t->pattern + t->received % TRIAL_PERIOD,
		(size_t)n) != 0)
		return err_set(t->err, -EILSEQ,
		    "bytes were lost or changed places near byte %llu",
		    (unsigned long long)t->received);
	t->received += (uint64_t)n;
	return 0;
}

static int
trial_join(struct sockmap_trial *t)
{
	t->sent = t->received = t->written = 0;
	t->start = sockmap_entered(t->inner[1]);
	t->pair = sockmap_join(t->map, t->inner, t);
	if (t->pair < 0)
		return err_set(t->err, t->pair, "pair: %s", strerror(-t->pair));
	return 0;
}

static int
trial_open(struct sockmap_trial *t)
{
	int near[2], far[2], rc;

	rc = trial_connection(near, t->err);
	if (rc != 0)
		return rc;
	t->outer[0] = near[0];
	t->inner[0] = near[1];
	rc = trial_connection(far, t->err);
	if (rc != 0)
		return rc;
	t->inner[1] = far[0];
	t->outer[1] = far[1];
	return 0;
}

static void
trial_close(struct sockmap_trial *t)
{
	if (t->pair >= 0) {
		sockmap_stop(t->map, t->pair);
		sockmap_forget(t->map, t->pair);
	}
	t->pair = -1;
	for (int i = 0; i < 2; i++) {
		if (t->inner[i] >= 0)
			sock_close_reset(t->inner[i]);
		if (t->outer[i] >= 0)
			close(t->outer[i]);
		t->inner[i] = t->outer[i] = -1;
	}
}

/* Receives all that was sent; the trial writes nothing itself. */
static int
trial_drain(struct sockmap_trial *t, const char *what)
{
	while (t->received < t->sent) {
		int rc = trial_receive(t);

		if (rc != 0)
			return rc;
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT,
			    "%s: %llu of %llu bytes came", what,
			    (unsigned long long)t->received,
			    (unsigned long long)t->sent);
	}
	return 0;
}

/* Few enough at a time for the sink to have room. */
static int
trial_carry(struct sockmap_trial *t)
{
	while (t->sent < TRIAL_CARRY) {
		int rc = 0;

		if (t->sent - t->received < TRIAL_AHEAD)
			(void)trial_send(t);
		else
			rc = trial_receive(t);
		if (rc != 0)
			return rc;
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT, "carrying stalled");
	}
	return trial_drain(t, "carrying");
}

/* Bytes from before the pair come first, without others behind them. */
static int
trial_queued(struct sockmap_trial *t)
{
	ssize_t n = trial_send(t);
	uint64_t sent = t->sent;
	int rc;

	if (n <= 0)
		return err_errno(t->err, "sending");
	while (recv(t->inner[0], t->bytes, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT, "nothing came");
	rc = trial_join(t);
	t->sent = sent;
	return rc != 0 ? rc : trial_drain(t, "bytes queued before");
}

/* Waits until all that was given to the sink has entered it. */
static int
trial_settle(struct sockmap_trial *t)
{
	while (sockmap_entered(t->inner[1]) - t->start - t->written !=
	    sockmap_carried(t->map, t->pair, 0)) {
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT,
			    "carried bytes don't enter the sink");
		trial_pause();
	}
	return 0;
}

/* The end of one direction: told, behind the bytes, and not of the other. */
static int
trial_end(struct sockmap_trial *t)
{
	struct pollfd fd = { .fd = t->inner[0], .events = POLLRDHUP };
	uint8_t byte;
	int rc;

	(void)trial_send(t);
	(void)shutdown(t->outer[0], SHUT_WR);
	while (poll(&fd, 1, 1) != 1 || (fd.revents & POLLRDHUP) == 0)
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT, "no end was told");
	rc = trial_settle(t);
	if (rc != 0)
		return rc;
	if (recv(t->inner[0], &byte, 1, MSG_DONTWAIT) != 0)
		return err_set(t->err, -EILSEQ, "the end can't be read");
	(void)shutdown(t->inner[1], SHUT_WR);
	rc = trial_drain(t, "bytes before the end");
	if (rc != 0)
		return rc;
	if (send(t->outer[1], "!", 1, MSG_NOSIGNAL) != 1)
		return err_errno(t->err, "sending against the end");
	while (recv(t->outer[0], &byte, 1, MSG_DONTWAIT) != 1)
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT,
			    "nothing comes against the end");
	return 0;
}

/* A sink that reads nothing: the source must be stopped, and no byte lost. */
static int
trial_fill(struct sockmap_trial *t)
{
	usec_t quiet_at = loop_clock();

	while (loop_clock() - quiet_at < 4 * USEC_MS) {
		if (trial_send(t) > 0)
			quiet_at = loop_clock();
		else
			trial_pause();
		if (t->sent > TRIAL_MOST)
			return err_set(t->err, -EILSEQ,
			    "a sink that reads nothing stops nobody");
	}
	if (sockmap_left(t->map, t->pair, 0) == 0)
		return err_set(t->err, -EILSEQ,
		    "a full sink leaves nothing to the process");
	return 0;
}

/* Writes what was left into the sink and gives it back. */
static int
trial_move(struct sockmap_trial *t)
{
	uint8_t bytes[TRIAL_PIECE];
	ssize_t n, at = 0;

	n = recv(t->inner[0], bytes, sizeof(bytes), MSG_DONTWAIT);
	while (at < n) {
		ssize_t sent = send(t->inner[1], bytes + at, (size_t)(n - at),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		int rc = sent > 0 ? 0 : trial_receive(t);

		if (rc != 0)
			return rc;
		if (trial_is_late(t))
			return err_set(t->err, -ETIMEDOUT, "the sink is stuck");
		if (sent > 0) {
			at += sent;
			t->written += (uint64_t)sent;
		}
	}
	sockmap_give_back(t->map, t->pair, 0, t->written);
	return 0;
}

static int
trial_stall(struct sockmap_trial *t)
{
	int rc = trial_join(t);

	if (rc == 0)
		rc = trial_fill(t);
	/* The sink must take what it was given before the rest is written. */
	while (rc == 0 &&
	    sockmap_entered(t->inner[1]) - t->start !=
		sockmap_carried(t->map, t->pair, 0)) {
		rc = trial_receive(t);
		if (rc == 0 && trial_is_late(t))
			rc = err_set(t->err, -ETIMEDOUT, "the sink is stuck");
	}
	while (rc == 0 &&
	    (t->written != sockmap_left(t->map, t->pair, 0) ||
		t->received < t->sent)) {
		rc = trial_move(t);
		if (rc == 0)
			rc = trial_receive(t);
		if (rc == 0 && trial_is_late(t))
			rc = err_set(
			    t->err, -ETIMEDOUT, "what was left can't be had");
	}
	return rc;
}

/*
 * A sink that takes pieces in parts: some kernels begin such a piece anew and
 * send its beginning twice (sk_psock_backlog).  regent's program gives a sink
 * only what it has room for; but how much room that is, the kernel decides.
 */
static int
trial_flood(struct sockmap_trial *t)
{
	int rc = trial_join(t);

	while (rc == 0 && t->sent < TRIAL_FLOOD) {
		if (trial_send(t) < 0)
			rc = trial_receive(t);
		if (rc == 0 && trial_is_late(t))
			rc = err_set(t->err, -ETIMEDOUT, "a flood is stuck");
	}
	if (rc == 0)
		rc = trial_drain(t, "a flood");
	(void)shutdown(t->outer[0], SHUT_WR);
	if (rc == 0)
		rc = trial_settle(t);
	(void)shutdown(t->inner[1], SHUT_WR);
	while (rc == 0 && recv(t->outer[1], t->bytes, 1, MSG_DONTWAIT) != 0) {
		if (errno != EAGAIN || trial_is_late(t))
			rc = err_set(
			    t->err, -EILSEQ, "more bytes came than were sent");
	}
	return rc;
}

/* The same with a program that carries all it is given. */
static int
trial_run_greedy(struct sockmap_trial *t)
{
	struct sockmap *modest = t->map;
	int rc = -1;

	t->map = sockmap_new_greedy(t->loop, 1, trial_on_event, t->err);
	if (t->map != NULL) {
		rc = trial_open(t);
		if (rc == 0)
			rc = trial_flood(t);
		trial_close(t);
		sockmap_free(&t->map);
	}
	t->map = modest;
	return rc;
}

static int
trial_run(struct sockmap_trial *t)
{
	uint64_t before;
	int rc = trial_open(t);

	if (rc == 0)
		rc = trial_queued(t);
	if (rc == 0)
		rc = trial_carry(t);
	if (rc == 0)
		rc = trial_end(t);
	trial_close(t);
	if (rc == 0)
		rc = trial_open(t);
	if (rc == 0)
		rc = trial_stall(t);
	if (rc != 0)
		return rc;
	/* And on it goes in the kernel. */
	before = sockmap_left(t->map, t->pair, 0);
	(void)trial_send(t);
	rc = trial_drain(t, "carrying on");
	if (rc == 0 && sockmap_left(t->map, t->pair, 0) != before)
		rc = err_set(t->err, -EILSEQ, "an empty sink is taken as full");
	return rc;
}

int
sockmap_examine(struct err *err)
{
	static struct sockmap_trial t; /* large, and once at a time */
	int rc = -1;

	memset(&t, 0, sizeof(t));
	t.err = err;
	t.pair = -1;
	memset(t.outer, -1, sizeof(t.outer));
	memset(t.inner, -1, sizeof(t.inner));
	for (unsigned i = 0; i < sizeof(t.pattern); i++)
		t.pattern[i] =
		    (uint8_t)((i % TRIAL_PERIOD) * 2654435761u >> 13);
	t.loop = loop_new(false);
	t.deadline = loop_clock() + TRIAL_TIME;
	t.map = sockmap_new(t.loop, 1, trial_on_event, err);
	if (t.map != NULL) {
		t.deadline = loop_clock() + TRIAL_TIME;
		rc = trial_run(&t);
		trial_close(&t);
		if (rc == 0)
			rc = trial_run_greedy(&t);
		sockmap_free(&t.map);
		if (rc != 0)
			err_prefix(err, "trial");
	}
	loop_free(&t.loop);
	return rc;
}
