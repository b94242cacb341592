#include "endure.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENDURE_THREADS_MAX = 64, ENDURE_CHUNK_MAX = 20000 };

#define ENDURE_PAUSE (2 * USEC_MS) /* between two rounds of a stayer */

struct endure_client {
	struct endure *endure;
	pthread_t thread;
	unsigned seed;
	uint8_t out[ENDURE_CHUNK_MAX];
	uint8_t in[ENDURE_CHUNK_MAX];
};

struct endure {
	struct resource resource;
	uint16_t port;
	atomic_bool is_stopping;
	bool is_stopped;
	unsigned n;
	struct endure_client *clients[ENDURE_THREADS_MAX];
	atomic_uint_least64_t connects, failed, rounds, bytes, cut, damaged;
	pthread_mutex_t lock;
	char why[160]; /* under lock */
};

static void
endure_blame(struct endure *e, const char *what, int error)
{
	pthread_mutex_lock(&e->lock);
	if (e->why[0] == '\0')
		snprintf(e->why, sizeof(e->why), "%s: %s", what,
		    error != 0 ? strerror(error) : "the end");
	pthread_mutex_unlock(&e->lock);
}

static int
endure_connect(const struct endure *e)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_port = htons(e->port);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* All of it, or an errno value; 0 with *n too small is the end. */
static int
endure_receive(int fd, uint8_t *bytes, size_t want)
{
	size_t done = 0;

	while (done < want) {
		ssize_t n = recv(fd, bytes + done, want - done, 0);

		if (n <= 0)
			return n < 0 ? errno : EPIPE;
		done += (size_t)n;
	}
	return 0;
}

static int
endure_send(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0)
			return errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* "a\n": a letter and a newline. */
static int
endure_greet(int fd)
{
	uint8_t line[2];

	return endure_receive(fd, line, sizeof(line));
}

static void
endure_come_and_go(struct endure *e)
{
	uint8_t echo[5] = "";
	int fd = endure_connect(e), error = fd < 0 ? errno : 0;
	const char *what = "connect";

	if (error == 0) {
		what = "greeting";
		error = endure_greet(fd);
	}
	if (error == 0) {
		what = "echo";
		error = endure_send(fd, (const uint8_t *)"hello", 5);
	}
	if (error == 0)
		error = endure_receive(fd, echo, 5);
	if (error == 0) {
		atomic_fetch_add(&e->connects, 1);
	} else {
		endure_blame(e, what, error);
		atomic_fetch_add(&e->failed, 1);
	}
	if (fd >= 0)
		close(fd);
}

static void *
endure_run_comer(void *arg)
{
	struct endure_client *c = arg;

	while (!atomic_load(&c->endure->is_stopping)) {
		endure_come_and_go(c->endure);
		clock_sleep_until(clock_now() + USEC_MS);
	}
	return NULL;
}

static int
endure_round(struct endure_client *c, int fd)
{
	size_t len = 1 + (size_t)rand_r(&c->seed) % ENDURE_CHUNK_MAX;
	int error;

	for (size_t i = 0; i < len; i++)
		c->out[i] = (uint8_t)rand_r(&c->seed);
	error = endure_send(fd, c->out, len);
	if (error == 0)
		error = endure_receive(fd, c->in, len);
	if (error != 0)
		return error;
	if (memcmp(c->in, c->out, len) != 0)
		atomic_fetch_add(&c->endure->damaged, 1);
	atomic_fetch_add(&c->endure->rounds, 1);
	atomic_fetch_add(&c->endure->bytes, len);
	return 0;
}

/* Each opens one session, and opens another only if that was cut. */
static void *
endure_run_stayer(void *arg)
{
	struct endure_client *c = arg;
	struct endure *e = c->endure;

	while (!atomic_load(&e->is_stopping)) {
		int fd = endure_connect(e);
		int error = fd < 0 ? errno : endure_greet(fd);

		while (error == 0 && !atomic_load(&e->is_stopping)) {
			error = endure_round(c, fd);
			clock_sleep_until(clock_now() + ENDURE_PAUSE);
		}
		if (error != 0) {
			endure_blame(e, "a session that stays", error);
			atomic_fetch_add(&e->cut, 1);
		}
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

void
endure_stop(struct endure *e)
{
	atomic_store(&e->is_stopping, true);
	for (unsigned i = 0; i < e->n && !e->is_stopped; i++)
		CHECK(pthread_join(e->clients[i]->thread, NULL) == 0);
	e->is_stopped = true;
}

static void
endure_close(struct resource *res)
{
	struct endure *e = container_of(res, struct endure, resource);

	endure_stop(e);
	for (unsigned i = 0; i < e->n; i++)
		free(e->clients[i]);
	free(e);
}

static void
endure_add(struct endure *e, void *(*run)(void *arg))
{
	struct endure_client *c = mem_new(sizeof(*c));

	CHECK(e->n < ENDURE_THREADS_MAX);
	c->endure = e;
	c->seed = e->n + 1;
	e->clients[e->n++] = c;
	CHECK(pthread_create(&c->thread, NULL, run, c) == 0);
}

struct endure *
endure_start(
    struct site *site, uint16_t port, unsigned n_comers, unsigned n_stayers)
{
	struct endure *e = mem_new(sizeof(*e));

	e->port = port;
	e->resource.close = endure_close;
	CHECK(pthread_mutex_init(&e->lock, NULL) == 0);
	site_add(site, &e->resource);
	for (unsigned i = 0; i < n_comers; i++)
		endure_add(e, endure_run_comer);
	for (unsigned i = 0; i < n_stayers; i++)
		endure_add(e, endure_run_stayer);
	return e;
}

void
endure_read(struct endure *e, struct endure_result *r)
{
	r->connects = atomic_load(&e->connects);
	r->failed = atomic_load(&e->failed);
	r->rounds = atomic_load(&e->rounds);
	r->bytes = atomic_load(&e->bytes);
	r->cut = atomic_load(&e->cut);
	r->damaged = atomic_load(&e->damaged);
	pthread_mutex_lock(&e->lock);
	memcpy(r->why, e->why, sizeof(r->why));
	pthread_mutex_unlock(&e->lock);
}
