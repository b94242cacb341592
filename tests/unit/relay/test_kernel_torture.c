/*
 * Many sessions that the kernel carries, each with its own sizes, pauses and
 * end: every byte that arrives is compared with what was sent, and a
 * direction that ends without a reset has brought all of them.
 *
 * REGENT_TORTURE is the number of sessions (400 if not set), REGENT_SEED
 * makes a run of its own; the seed is printed.
 */
#include "rig.h"

#include "base/log.h"
#include "net/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACTIVE = 100,    /* sessions at a time */
	PATTERN = 65521, /* bytes, then they recur; a prime */
	PIECE = 65536,
	HEADER = 8,
	STALLED_AFTER = 30, /* seconds without any progress */
};

enum ending { GRACEFUL, CLIENT_RESETS, NODE_RESETS, ENDING_COUNT };

struct end {
	int fd; /* -1: not there yet, or gone */
	uint64_t to_send;
	uint64_t sent;
	uint64_t received;
	uint64_t reset_at; /* received and sent; UINT64_MAX: never */
	usec_t stalled_until;
	bool is_shut;
	bool is_ended; /* the other side has said goodbye */
	bool is_broken;
};

struct chat {
	bool is_used;
	uint32_t id;
	uint32_t rounds; /* of small messages, before all that is left */
	bool is_hasty;   /* nobody waits for an answer in them */
	bool may_break;  /* somebody resets, or a view has cut it */
	uint64_t allowed[2];
	struct end ends[2]; /* client, node */
};

static struct {
	uint64_t random;
	int listen_fd;
	uint32_t n_started;
	uint32_t n_wanted;
	uint32_t n_done;
	uint32_t n_whole;
	uint32_t n_cuts;
	bool is_calm;      /* nobody resets or cuts */
	uint64_t bytes[2]; /* of whole chats, with headers */
	usec_t progress_at;
	struct chat chats[ACTIVE];
	int strangers[2 * ACTIVE]; /* at the node, without a header yet */
	unsigned n_strangers;
	uint8_t pattern[PATTERN + PIECE];
	uint8_t in[PIECE];
} torture;

static uint64_t
torture_draw(uint64_t n)
{
	torture.random ^= torture.random << 13;
	torture.random ^= torture.random >> 7;
	torture.random ^= torture.random << 17;
	return torture.random % n;
}

static const uint8_t *
pattern_at(const struct chat *c, int from, uint64_t pos)
{
	return torture.pattern +
	    (pos + c->id * UINT64_C(7919) + (uint64_t)from * 31337) % PATTERN;
}

static uint64_t
draw_size(void)
{
	switch (torture_draw(20)) {
	case 0:
		return 0;
	case 1:
		return torture_draw(4 << 20);
	case 2:
	case 3:
	case 4:
		return torture_draw(300000);
	default:
		return torture_draw(20000);
	}
}

static void
chat_open(struct chat *c)
{
	enum ending ending = torture.is_calm || torture_draw(4) > 0
	    ? GRACEFUL
	    : torture_draw(ENDING_COUNT);
	struct addr addr;
	uint32_t header[2];

	memset(c, 0, sizeof(*c));
	c->is_used = true;
	c->id = torture.n_started++;
	c->rounds = torture_draw(8) == 0 ? 0 : 20 + (uint32_t)torture_draw(40);
	c->is_hasty = torture_draw(4) == 0;
	if (c->is_hasty)
		c->rounds *= 8;
	for (int i = 0; i < 2; i++) {
		c->ends[i].fd = -1;
		c->ends[i].to_send = c->rounds * 50 + draw_size();
		c->ends[i].reset_at = UINT64_MAX;
	}
	if (ending != GRACEFUL) {
		struct end *e = &c->ends[ending == NODE_RESETS];

		e->reset_at =
		    torture_draw(c->ends[0].to_send + c->ends[1].to_send + 1);
		c->may_break = true;
	}
	addr_from_endpoint(&addr, &rig.listens[RIG_WRITE]);
	c->ends[0].fd = sock_connect(&addr);
	assert_true(c->ends[0].fd >= 0);
	header[0] = c->id;
	header[1] = 0x70617473;
	(void)fcntl(c->ends[0].fd, F_SETFL, 0);
	assert_int_equal(send(c->ends[0].fd, header, HEADER, 0), HEADER);
	(void)fcntl(c->ends[0].fd, F_SETFL, O_NONBLOCK);
}

static void
end_close(struct end *e, bool by_reset)
{
	if (e->fd < 0)
		return;
	if (by_reset)
		sock_close_reset(e->fd);
	else
		close(e->fd);
	e->fd = -1;
}

/* Both sides talk in turns until the rounds are over. */
static uint64_t
chat_may_send(struct chat *c, int i)
{
	struct end *e = &c->ends[i], *other = &c->ends[!i];

	if (c->rounds == 0)
		return e->to_send;
	if (c->is_hasty) {
		uint64_t may = e->sent + 1 + torture_draw(500);

		c->rounds--;
		return may < e->to_send ? may : e->to_send;
	}
	if (other->received < c->allowed[i] || e->received < c->allowed[!i])
		return c->allowed[i];
	/* All is said and heard: client and node in turn. */
	if (i == 0 && c->allowed[0] <= c->allowed[1]) {
		c->allowed[0] += 1 + torture_draw(30);
	} else if (i == 1 && c->allowed[1] < c->allowed[0]) {
		c->allowed[1] = c->allowed[0];
		c->rounds--;
	}
	return c->allowed[i] < e->to_send ? c->allowed[i] : e->to_send;
}

static void
end_break(struct chat *c, int i)
{
	if (!c->may_break)
		fail_msg("chat %u: end %d broke: %s, sent %llu of %llu, "
			 "received %llu of %llu",
		    c->id, i, strerror(errno),
		    (unsigned long long)c->ends[i].sent,
		    (unsigned long long)c->ends[i].to_send,
		    (unsigned long long)c->ends[i].received,
		    (unsigned long long)c->ends[!i].to_send);
	c->ends[i].is_broken = true;
	end_close(&c->ends[i], false);
}

static void
end_send(struct chat *c, int i)
{
	struct end *e = &c->ends[i];
	uint64_t may = chat_may_send(c, i);
	size_t n = may > e->sent ? may - e->sent : 0;
	ssize_t rc;

	if (n > PIECE)
		n = PIECE;
	if (n > 1 && c->rounds == 0)
		n = 1 + torture_draw(n);
	if (n > 0) {
		rc = send(e->fd, pattern_at(c, i, e->sent), n, MSG_NOSIGNAL);
		if (rc < 0 && errno != EAGAIN) {
			end_break(c, i);
			return;
		}
		if (rc > 0) {
			e->sent += (uint64_t)rc;
			torture.progress_at = loop_clock();
		}
	}
	if (e->sent == e->to_send && c->rounds == 0 && !e->is_shut) {
		(void)shutdown(e->fd, SHUT_WR);
		e->is_shut = true;
	}
}

static void
end_note_goodbye(struct chat *c, int i)
{
	struct end *e = &c->ends[i];

	e->is_ended = true;
	if (e->received == c->ends[!i].to_send)
		return;
	/* A client that is cut sees an end; a node is never told one. */
	if (i == 1 || !c->may_break)
		fail_msg("chat %u: end %d heard goodbye after %llu of %llu",
		    c->id, i, (unsigned long long)e->received,
		    (unsigned long long)c->ends[!i].to_send);
	end_close(e, false);
	e->is_broken = true;
}

static void
end_receive(struct chat *c, int i, usec_t now)
{
	struct end *e = &c->ends[i];
	ssize_t n;

	if (e->is_ended || now < e->stalled_until)
		return;
	n = recv(e->fd, torture.in, 1 + torture_draw(PIECE), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0) {
		end_break(c, i);
		return;
	}
	torture.progress_at = now;
	if (n == 0) {
		end_note_goodbye(c, i);
		return;
	}
	if (memcmp(torture.in, pattern_at(c, !i, e->received), (size_t)n) != 0)
		fail_msg("chat %u: end %d got wrong bytes near %llu", c->id, i,
		    (unsigned long long)e->received);
	e->received += (uint64_t)n;
	if (c->rounds == 0 && torture_draw(50) == 0)
		e->stalled_until = now +
		    (usec_t)torture_draw(
			torture_draw(10) == 0 ? 300 * USEC_MS : 20 * USEC_MS);
}

static void
end_run(struct chat *c, int i, usec_t now)
{
	struct end *e = &c->ends[i];

	if (e->fd >= 0)
		end_receive(c, i, now);
	if (e->fd >= 0)
		end_send(c, i);
	if (e->fd >= 0 && e->sent + e->received >= e->reset_at) {
		end_close(e, true);
		e->is_broken = true;
	}
}

static bool
end_is_done(const struct end *e)
{
	return e->is_broken || (e->is_shut && e->is_ended);
}

static void
chat_run(struct chat *c, usec_t now)
{
	for (int i = 0; i < 2; i++)
		end_run(c, i, now);
	/* One that was cut before its node saw it has no other end. */
	if (!end_is_done(&c->ends[0]) ||
	    !(end_is_done(&c->ends[1]) ||
		(c->ends[1].fd < 0 && c->may_break && c->ends[0].is_broken)))
		return;
	if (!c->ends[0].is_broken && !c->ends[1].is_broken) {
		torture.n_whole++;
		torture.bytes[0] += c->ends[0].to_send + HEADER;
		torture.bytes[1] += c->ends[1].to_send;
	}
	end_close(&c->ends[0], false);
	end_close(&c->ends[1], false);
	c->is_used = false;
	torture.n_done++;
}

static void
torture_meet(int fd)
{
	uint32_t header[2];
	ssize_t n = recv(fd, header, HEADER, MSG_PEEK);

	if (n == HEADER) {
		assert_int_equal(header[1], 0x70617473);
		(void)recv(fd, header, HEADER, 0);
		for (int i = 0; i < ACTIVE; i++)
			if (torture.chats[i].is_used &&
			    torture.chats[i].id == header[0]) {
				assert_int_equal(
				    torture.chats[i].ends[1].fd, -1);
				torture.chats[i].ends[1].fd = fd;
				return;
			}
	} else if ((n < 0 && errno == EAGAIN) || n > 0) {
		assert_true(torture.n_strangers < 2 * ACTIVE);
		torture.strangers[torture.n_strangers++] = fd;
		return;
	}
	close(fd); /* was cut, or its client has gone */
}

static void
torture_accept(void)
{
	unsigned n = torture.n_strangers;
	int fd;

	torture.n_strangers = 0;
	for (unsigned i = 0; i < n; i++)
		torture_meet(torture.strangers[i]);
	while (
	    (fd = accept4(torture.listen_fd, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		torture_meet(fd);
}

/* Waits until something may have happened, a millisecond at most. */
static void
torture_wait(void)
{
	struct pollfd fds[2 * ACTIVE + 1];
	nfds_t n = 0;

	fds[n++] = (struct pollfd){ torture.listen_fd, POLLIN, 0 };
	for (int i = 0; i < ACTIVE; i++)
		for (int j = 0; j < 2; j++)
			if (torture.chats[i].is_used &&
			    torture.chats[i].ends[j].fd >= 0)
				fds[n++] = (struct pollfd){
					torture.chats[i].ends[j].fd, POLLIN, 0
				};
	(void)poll(fds, n, 1);
}

/* What is waited for is short, however long the whole run is. */
static void
torture_patience(void)
{
	rig.trial.deadline = loop_clock() + STALLED_AFTER * USEC_SEC;
}

/* The other slot is the same node: who is cut comes again. */
static void
torture_cut(void)
{
	for (int i = 0; i < ACTIVE; i++)
		torture.chats[i].may_break = true;
	torture.n_cuts++;
	torture_patience();
	rig_publish(&rig, torture.n_cuts % 2, 0);
	rig_await(&rig);
}

static void
torture_tell_stuck(void)
{
	for (int i = 0; i < ACTIVE; i++) {
		const struct chat *c = &torture.chats[i];

		for (int j = 0; j < 2 && c->is_used; j++)
			printf("chat %u end %d fd %d sent %llu of %llu "
			       "received %llu rounds %u%s%s\n",
			    c->id, j, c->ends[j].fd,
			    (unsigned long long)c->ends[j].sent,
			    (unsigned long long)c->ends[j].to_send,
			    (unsigned long long)c->ends[j].received, c->rounds,
			    c->ends[j].is_shut ? " shut" : "",
			    c->ends[j].is_ended ? " ended" : "");
	}
	fail_msg("no progress");
}

static void
torture_run(uint32_t n_sessions, bool is_calm)
{
	torture.n_started = torture.n_done = torture.n_whole = 0;
	torture.bytes[0] = torture.bytes[1] = 0;
	torture.n_wanted = n_sessions;
	torture.is_calm = is_calm;
	torture.progress_at = loop_clock();
	while (torture.n_done < torture.n_wanted) {
		usec_t now = loop_clock();

		for (int i = 0; i < ACTIVE; i++) {
			struct chat *c = &torture.chats[i];

			if (!c->is_used && torture.n_started < torture.n_wanted)
				chat_open(c);
			if (c->is_used)
				chat_run(c, now);
		}
		torture_accept();
		torture_wait();
		if (!is_calm && torture_draw(1000) == 0)
			torture_cut();
		if (now - torture.progress_at > STALLED_AFTER * USEC_SEC)
			torture_tell_stuck();
	}
	torture_patience();
	RIG_UNTIL(&rig, relay_sessions(rig.relay) == 0);
}

static int
torture_set_up(void **state)
{
	const char *seed = getenv("REGENT_SEED");
	uint64_t number =
	    seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)loop_clock();
	struct endpoint ep;
	struct err err;

	(void)state;
	if (getenv("REGENT_LOG") != NULL)
		log_set_level(LEVEL_INFO);
	rig_open(&rig, "", "accel = auto\n");
	printf("seed %llu, accel: %s\n", (unsigned long long)number,
	    relay_accel(rig.relay));
	torture.random = number * UINT64_C(0x9E3779B97F4A7C15) + 1;
	for (unsigned i = 0; i < sizeof(torture.pattern); i++)
		torture.pattern[i] =
		    (uint8_t)((i % PATTERN) * 2654435761u >> 13);
	trial_endpoint(&ep);
	torture.listen_fd = sock_listen(&ep, true, &err);
	assert_true(torture.listen_fd >= 0);
	for (int slot = 0; slot < 2; slot++)
		addr_from_endpoint(&rig.addrs[0][slot], &ep);
	rig_publish(&rig, 0, 0);
	rig_await(&rig);
	return 0;
}

static int
torture_tear_down(void **state)
{
	(void)state;
	close(torture.listen_fd);
	rig_close(&rig);
	return 0;
}

static void
torture_need_kernel(void)
{
	if (strcmp(relay_accel(rig.relay), "on") == 0)
		return;
	printf("accel is %s\n", relay_accel(rig.relay));
	skip();
}

static void
test_every_byte_arrives_in_order_whatever_happens(void **state)
{
	const char *n = getenv("REGENT_TORTURE");

	(void)state;
	torture_need_kernel();
	torture_run(n != NULL ? (uint32_t)atoi(n) : 400, false);
	printf("%u sessions, %u whole, %u cuts, %llu handed over\n",
	    torture.n_done, torture.n_whole, torture.n_cuts,
	    (unsigned long long)rig_count(&rig, RIG_WRITE, LISTEN_accelerated));
	assert_true(rig_count(&rig, RIG_WRITE, LISTEN_accelerated) > 0);
}

static void
test_every_byte_is_counted_once(void **state)
{
	uint64_t in = rig_count(&rig, RIG_WRITE, LISTEN_bytes_in);
	uint64_t out = rig_count(&rig, RIG_WRITE, LISTEN_bytes_out);

	(void)state;
	torture_need_kernel();
	torture_run(200, true);
	assert_int_equal(torture.n_whole, 200);
	assert_int_equal(
	    rig_count(&rig, RIG_WRITE, LISTEN_bytes_in) - in, torture.bytes[0]);
	assert_int_equal(rig_count(&rig, RIG_WRITE, LISTEN_bytes_out) - out,
	    torture.bytes[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_byte_arrives_in_order_whatever_happens),
		cmocka_unit_test(test_every_byte_is_counted_once),
	};

	return cmocka_run_group_tests(tests, torture_set_up, torture_tear_down);
}
